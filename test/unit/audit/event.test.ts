import { randomUUID } from 'node:crypto'
import t from 'tap'
import { listAudit, recordAudit, toOrigin } from '../../../src/audit/index.ts'
import { transact } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'

const ORIGIN = { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' }

eachDatabase(t, 'LG4: an event is listed as it was recorded', async (t, database) => {
  const [userId, actorId, sessionId] = [randomUUID(), randomUUID(), randomUUID()]
  await recordAudit(database.kysely, {
    type: 'user_role_changed', userId, actorId, sessionId, origin: ORIGIN, details: { from: 'user', to: 'admin' }
  })
  const { events: [event], next } = await listAudit(database.kysely, { limit: 10 })
  t.equal(next, null)
  if (event === undefined) throw new Error('no event')
  const { id, at, ...told } = event
  t.match(id, /^[0-9a-f-]{36}$/)
  t.ok(Math.abs(at.getTime() - Date.now()) < 60_000)
  t.strictSame(told, { type: 'user_role_changed', userId, actorId, sessionId, ...ORIGIN, details: { from: 'user', to: 'admin' } })
})

eachDatabase(t, 'an event of the service has no actor', async (t, database) => {
  await recordAudit(database.kysely, { type: 'keys_rotated' })
  const { events: [event] } = await listAudit(database.kysely, { limit: 1 })
  t.match(event, { userId: null, actorId: null, sessionId: null, ip: null, userAgent: null, requestId: null, details: {} })
})

eachDatabase(t, 'an event is rolled back with its transaction', async (t, database) => {
  await t.rejects(transact(database, async (trx) => {
    await recordAudit(trx, { type: 'user_deleted', userId: randomUUID() })
    throw new Error('the change failed')
  }), { message: 'the change failed' })
  t.strictSame(await listAudit(database.kysely, { limit: 10 }), { events: [], next: null })
})

eachDatabase(t, 'pages go from the newest event to the oldest, each event once, even if events are added meanwhile', async (
  t, database
) => {
  const userId = randomUUID()
  for (let count = 0; count < 7; count++) await recordAudit(database.kysely, { type: 'login', userId, details: { count } })
  const seen: unknown[] = []
  let after: string | undefined
  for (let page = 0; page < 3; page++) {
    const { events, next } = await listAudit(database.kysely, { after, limit: 3 })
    seen.push(...events.map(({ details }) => details.count))
    after = next ?? undefined
    if (page === 0) await recordAudit(database.kysely, { type: 'logout', userId, details: { count: 'new' } })
  }
  t.strictSame(seen, [6, 5, 4, 3, 2, 1, 0])
  t.equal(after, undefined)
})

eachDatabase(t, 'events are found by user and by type', async (t, database) => {
  const [ada, eve] = [randomUUID(), randomUUID()]
  await recordAudit(database.kysely, { type: 'login', userId: ada })
  await recordAudit(database.kysely, { type: 'logout', userId: ada })
  await recordAudit(database.kysely, { type: 'login', userId: eve })
  const found = async (query: { userId?: string, type?: 'login' }) =>
    (await listAudit(database.kysely, { ...query, limit: 10 })).events.map(({ type, userId }) => [type, userId])
  t.strictSame(await found({ userId: ada }), [['logout', ada], ['login', ada]])
  t.strictSame(await found({ type: 'login' }), [['login', eve], ['login', ada]])
  t.strictSame(await found({ type: 'login', userId: ada }), [['login', ada]])
  t.strictSame(await found({ userId: randomUUID() }), [])
})

const request = { ip: '192.0.2.1', id: 'req-1', headers: { 'user-agent': 'phone' } }

t.test('an origin is address, user agent and request id', async (t) => {
  t.strictSame(toOrigin(request), { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' })
})

t.test('characters that cannot be stored or shown are removed', async (t) => {
  const table: Array<[name: string, sent: string | undefined, kept: string | null]> = [
    ['nothing', undefined, null],
    ['empty', '', null],
    ['a NUL', 'a\0b', 'ab'],
    ['line breaks', 'a\r\nset-cookie: b\u2028c\u2029d\u0085e', 'aset-cookie: bcde'],
    ['terminal codes', '\u001b[31mred\u009b0m', '[31mred0m'],
    ['control characters only', '\u0001\u0002', null],
    ['halves of surrogate pairs', 'a\ud800b\udc00c', 'abc'],
    ['a whole pair', 'a😀', 'a😀'],
    ['256 characters', 'x'.repeat(256), 'x'.repeat(256)],
    ['more', 'x'.repeat(10_000), 'x'.repeat(256)],
    ['a pair across the limit', `${'x'.repeat(255)}😀`, 'x'.repeat(255)]
  ]
  for (const [name, sent, kept] of table) {
    t.equal(toOrigin({ ...request, headers: { 'user-agent': sent } }).userAgent, kept, name)
  }
})
