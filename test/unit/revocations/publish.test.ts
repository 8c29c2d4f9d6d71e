import t from 'tap'
import { randomUUID } from 'node:crypto'
import { transact } from '../../../src/database/index.ts'
import { REVOCATIONS_CHANNEL, publishNotBefore } from '../../../src/revocations/publish.ts'
import { eachDatabase } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { revokeSessions } from './synced-instance.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)

eachDatabase(t, 'an ended session is published until its last access token has expired', async (t, database) => {
  const [active, expired] = [{ id: randomUUID(), accessUntil: inSeconds(300) }, { id: randomUUID(), accessUntil: inSeconds(-1) }]
  await transact(database, (trx) => revokeSessions(trx, [active, expired]))
  await transact(database, (trx) => revokeSessions(trx, []))
  const entries = await database.kysely.selectFrom('revocations').selectAll().execute()
  t.strictSame(entries.map(({ kind, sid, sub, not_before: before, expires_at: exp }) => ({ kind, sid, sub, before, exp })), [
    { kind: 'session', sid: active.id, sub: null, before: null, exp: active.accessUntil }
  ])
})

eachDatabase(t, 'a not-before is published for longer than any access token lives', async (t, database) => {
  const sub = randomUUID()
  await transact(database, (trx) => publishNotBefore(trx, { sub, before: 1_800_000_000 }))
  await transact(database, (trx) => publishNotBefore(trx, { before: 1_800_000_001 }))
  const entries = await database.kysely.selectFrom('revocations').selectAll().orderBy('id').execute()
  t.match(entries, [
    { kind: 'user', sid: null, sub, not_before: '1800000000' },
    { kind: 'everybody', sid: null, sub: null, not_before: '1800000001' }
  ])
  for (const { expires_at: expiresAt } of entries) t.ok(Math.abs(expiresAt.getTime() - inSeconds(3660).getTime()) < 5000)
})

eachDatabase(t, 'listeners are woken when the change is committed, and not when it is undone', async (t, database) => {
  let woken = 0
  const listening = await database.listen(REVOCATIONS_CHANNEL, () => { woken++ })
  t.teardown(() => listening.close())
  const accessUntil = inSeconds(300)
  await t.rejects(transact(database, async (trx) => {
    await revokeSessions(trx, [{ id: randomUUID(), accessUntil }])
    throw new Error('undone')
  }))
  t.strictSame(await database.kysely.selectFrom('revocations').selectAll().execute(), [])
  await transact(database, (trx) => revokeSessions(trx, [{ id: randomUUID(), accessUntil }, { id: randomUUID(), accessUntil }]))
  await until(() => woken > 0)
  t.equal(woken, 1, 'once for a transaction')
  await transact(database, (trx) => publishNotBefore(trx, { before: 1 }))
  await until(() => woken > 1)
  t.equal(woken, 2)
})
