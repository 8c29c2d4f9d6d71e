import t from 'tap'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import type { Database } from '../../../src/database/index.ts'
import { createRevocations } from '../../../src/revocations/revocations.ts'
import { START_CURSOR, readSince, type TableCursor } from '../../../src/revocations/sync.ts'
import { onPostgres } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { createRecordingLog, revoke, sidsOf } from './synced-instance.ts'

const INSERT = "insert into revocations (kind, sid, expires_at) values ('session', $1, now() + interval '300 s') returning id, writer"

/** @returns session ids, oldest transaction first, and the next cursor */
async function read (database: Database, since: TableCursor) {
  const sids: string[] = []
  let cursor = since
  for await (const { position, entries } of readSince(database.kysely, since)) {
    cursor = position.cursor
    for (const entry of entries) if ('revoked' in entry) sids.push(entry.revoked.sid)
  }
  return { sids, cursor }
}

onPostgres(t, 'a transaction that began first and commits last is not lost', async (t, database, url) => {
  const slow = new pg.Client({ connectionString: url })
  await slow.connect()
  t.teardown(() => slow.end())
  const revocations = await createRevocations({ database, log: createRecordingLog(), intervalMs: 50 })
  t.teardown(() => revocations.close())

  const late = randomUUID()
  await slow.query('begin')
  const { rows: [lateRow] } = await slow.query(INSERT, [late])
  const early = await revoke(database, [randomUUID(), randomUUID()])
  await until(() => revocations.size === 2)
  const earlyRow = await database.kysely.selectFrom('revocations').select(['id', 'writer']).orderBy('id').executeTakeFirstOrThrow()
  t.ok(BigInt(lateRow.id) < BigInt(earlyRow.id) && BigInt(lateRow.writer) < BigInt(earlyRow.writer), 'its numbers are the smaller ones')

  const first = await read(database, START_CURSOR)
  t.strictSame(first.sids.sort(), [...early].sort())
  const second = await read(database, first.cursor)
  t.strictSame(second.sids, [], 'what was seen is not sent again while it goes on')
  await slow.query('commit')
  t.strictSame((await read(database, second.cursor)).sids, [late])
  await until(() => revocations.size === 3)
  t.strictSame(sidsOf(revocations), [late, ...early].sort())
})

onPostgres(t, 'what a transaction rolls back is never read', async (t, database, url) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('begin')
  await client.query(INSERT, [randomUUID()])
  const first = await read(database, START_CURSOR)
  await client.query('rollback')
  t.strictSame((await read(database, first.cursor)).sids, [])
})

onPostgres(t, 'more than a page is read whole, although some of it commits in between', async (t, database) => {
  const old = Array.from({ length: 2_500 }, () => randomUUID())
  await revoke(database, old)
  const seen: string[] = []
  let cursor = START_CURSOR
  let pages = 0
  for await (const { position, entries } of readSince(database.kysely, START_CURSOR)) {
    if (pages++ === 0) await revoke(database, [randomUUID()])
    cursor = position.cursor
    for (const entry of entries) if ('revoked' in entry) seen.push(entry.revoked.sid)
  }
  t.equal(pages, 3)
  for (const sid of old) if (!seen.includes(sid)) t.fail(`${sid} is missing`)
  t.equal((await read(database, cursor)).sids.length, 1, 'what the first page could not see is in the next read')
})

onPostgres(t, 'in whatever order transactions begin, write, end and are read, nothing is lost and little is doubled', async (
  t, database, url
) => {
  const clients = await Promise.all([1, 2, 3, 4].map(async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return client
  }))
  t.teardown(() => Promise.all(clients.map((client) => client.end())))

  const step = fc.record({ who: fc.nat(3), what: fc.constantFrom('write', 'write', 'commit', 'commit', 'rollback', 'read') })
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    const open = clients.map<string[] | undefined>(() => undefined)
    const committed: string[] = []
    const seen: string[] = []
    let { cursor } = await read(database, START_CURSOR)
    const readOn = async () => {
      const reading = await read(database, cursor)
      cursor = reading.cursor
      seen.push(...reading.sids)
    }
    const end = async (who: number, how: string) => {
      await clients[who]?.query(how)
      if (how === 'commit') committed.push(...open[who] ?? [])
      open[who] = undefined
    }
    for (const { who, what } of steps) {
      if (what === 'read') await readOn()
      else if (what === 'write') {
        if (open[who] === undefined) await clients[who]?.query('begin')
        const sid = randomUUID()
        await clients[who]?.query(INSERT, [sid])
        open[who] = [...open[who] ?? [], sid]
      } else if (open[who] !== undefined) await end(who, what)
    }
    for (const who of open.keys()) if (open[who] !== undefined) await end(who, 'commit')
    await readOn()
    // One reader, and no commit during a read: each entry is read exactly once.
    return seen.length === committed.length && committed.every((sid) => seen.includes(sid))
  }), { numRuns: 60 })
})
