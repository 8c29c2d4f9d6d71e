import t from 'tap'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { transact } from '../../../src/database/index.ts'
import { publishNotBefore } from '../../../src/revocations/publish.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { createListener, createRecordingLog, withoutNotifications, revoke, sidsOf, subscribe } from './synced-instance.ts'

const NEVER_MS = 600_000

eachDatabase(t, 'revocations in force at the start are read', async (t, database) => {
  const sub = randomUUID()
  const [sid] = await revoke(database)
  await revoke(database, [randomUUID()], 0.05)
  await transact(database, (trx) => publishNotBefore(trx, { sub, before: 1_800_000_000 }))
  await transact(database, (trx) => publishNotBefore(trx, { before: 1_800_000_001 }))
  await sleep(100)
  const startedAt = Date.now()
  const revocations = await subscribe(t, database)
  t.strictSame(sidsOf(revocations), [sid], 'not the expired one')
  t.strictSame(
    [...revocations.notBefores()].map(({ sub, before }) => [sub, before]).sort((a, b) => Number(a[1]) - Number(b[1])),
    [[sub, 1_800_000_000], [undefined, 1_800_000_001]]
  )
  t.equal(revocations.size, 3)
  t.equal(revocations.isStale, false)
  t.ok(isInTime(Math.abs((revocations.asOf?.getTime() ?? 0) - startedAt), 5_000), 'as of now')
  t.ok(revocations.asOfAgeSeconds >= 0 && isInTime(revocations.asOfAgeSeconds * 1000, 5_000))
  t.equal(revocations.notify, 'ok')
})

eachDatabase(t, 'an entry says when its last token has expired, rounded up', async (t, database) => {
  const accessUntil = new Date(Math.floor(Date.now() / 1000) * 1000 + 300_001)
  await sql`insert into revocations (kind, sid, expires_at) values ('session', ${randomUUID()}, ${accessUntil})`.execute(database.kysely)
  const [entry] = (await subscribe(t, database)).sessions()
  t.equal(entry?.exp, Math.ceil(accessUntil.getTime() / 1000))
})

eachDatabase(t, 'after a notification each listener receives each new entry once', async (t, database) => {
  const [old] = await revoke(database)
  const revocations = await subscribe(t, database, { intervalMs: NEVER_MS })
  const [first, second, follower] = [createListener(), createListener(), createListener()]
  revocations.subscribe(first)
  const stop = revocations.subscribe(second)
  revocations.subscribeWithReplay(follower)
  const sub = randomUUID()
  await transact(database, (trx) => publishNotBefore(trx, { sub, before: 1_800_000_000 }))
  const [sid = ''] = await revoke(database)
  await until(() => first.sids().includes(sid) && first.notBefores.length > 0)
  stop()
  const more = await revoke(database)
  await until(() => first.sessions.length === 2)
  t.strictSame(first.sids(), [sid, ...more])
  t.match(first.notBefores, [{ sub, before: 1_800_000_000 }])
  t.strictSame(second.sids(), [sid], 'an unsubscribed listener receives no more')
  t.strictSame(follower.sids(), [old, sid, ...more], 'a replay includes earlier entries')
})

eachDatabase(t, 'an entry that was read again, or is weaker, is not published again', async (t, database) => {
  const revocations = await subscribe(t, database, { intervalMs: 20 })
  const listener = createListener()
  revocations.subscribe(listener)
  const sub = randomUUID()
  const [sid = ''] = await revoke(database)
  await until(() => listener.sessions.length === 1)
  await revoke(database, [sid], 200)
  await transact(database, (trx) => publishNotBefore(trx, { sub, before: 1_800_000_005 }))
  await until(() => listener.notBefores.length === 1)
  await transact(database, (trx) => publishNotBefore(trx, { sub, before: 1_800_000_009 }))
  await until(() => listener.notBefores.length === 2)
  t.equal(listener.sessions.length, 1)
  t.match([...revocations.notBefores()], [{ sub, before: 1_800_000_009 }])
})

eachDatabase(t, 'without notifications no entry is lost, and it is logged', async (t, database) => {
  const log = createRecordingLog()
  const revocations = await subscribe(t, withoutNotifications(database), {
    log, intervalMs: 50, notifyProbe: { intervalMs: 50, timeoutMs: 100 }
  })
  t.equal(revocations.notify, 'degraded')
  t.match(log.lines, [/^notifications of the database do not arrive/])
  const [sid] = await revoke(database)
  await until(() => revocations.size === 1)
  t.strictSame(sidsOf(revocations), [sid])
  t.equal(log.lines.length, 1, 'it is logged once')
})

eachDatabase(t, 'notifications that are restored are noticed', async (t, database) => {
  let isSilent = true
  const log = createRecordingLog()
  const revocations = await subscribe(t, {
    ...database,
    listen: (channel, onNotify, onConnect) => database.listen(channel, (payload) => { if (!isSilent) onNotify(payload) }, onConnect)
  }, { log, notifyProbe: { intervalMs: 50, timeoutMs: 50 } })
  t.equal(revocations.notify, 'degraded')
  isSilent = false
  await until(() => revocations.notify === 'ok')
  t.match(log.lines, [/do not arrive/, /arrive again/])
})

eachDatabase(t, 'an entry is evicted by its own exp', async (t, database) => {
  const revocations = await subscribe(t, database, { intervalMs: 50 })
  const [stays] = await revoke(database)
  await revoke(database, [randomUUID()], 1)
  await until(() => revocations.size === 2)
  await until(() => revocations.size === 1)
  t.strictSame(sidsOf(revocations), [stays])
})

eachDatabase(t, 'an entry that is removed from the table stays in force', async (t, database) => {
  const revocations = await subscribe(t, database, { intervalMs: 20 })
  const [sid] = await revoke(database)
  await until(() => revocations.size === 1)
  await database.kysely.deleteFrom('revocations').execute()
  const asOf = revocations.asOf
  await until(() => Number(revocations.asOf) > Number(asOf))
  t.strictSame(sidsOf(revocations), [sid])
})

eachDatabase(t, 'a listener that throws does not keep others from receiving', async (t, database) => {
  const log = createRecordingLog()
  const revocations = await subscribe(t, database, { log })
  const listener = createListener()
  revocations.subscribe({ revokeSession () { throw new Error('full') }, requireRefresh () {} })
  revocations.subscribe(listener)
  await revoke(database)
  await until(() => listener.sessions.length === 1)
  t.strictSame(log.lines, ['a listener failed to handle a revocation'])
})

eachDatabase(t, 'F15: a hundred thousand entries are read without blocking the event loop', async (t, database) => {
  await sql`insert into revocations (kind, sid, expires_at)
    select 'session', gen_random_uuid(), now() + interval '300 s' from generate_series(1, 100000)`.execute(database.kysely)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const revocations = await subscribe(t, database)
  clearInterval(timer)
  t.equal(revocations.size, 100_000)
  t.ok(turns > 20, `${turns} other things`)
})

onPostgres(t, 'a sync reads only new entries', async (t, database) => {
  await sql`insert into revocations (kind, sid, expires_at)
    select 'session', gen_random_uuid(), now() + interval '300 s' from generate_series(1, 20000)`.execute(database.kysely)
  await sql`analyze revocations`.execute(database.kysely)
  const scans = async () => {
    const { rows: [found] } = await sql<{ whole: string, indexed: string }>`select seq_scan as whole, idx_scan as indexed
      from pg_stat_user_tables where relname = 'revocations'`.execute(database.kysely)
    return { whole: Number(found?.whole), indexed: Number(found?.indexed) }
  }
  const before = await scans()
  await subscribe(t, database, { intervalMs: 20 })
  await until(async () => (await scans()).indexed > before.indexed + 100)
  // The server counts late: a few are of what was done before.
  t.ok((await scans()).whole < before.whole + 30, 'by an index')
})

eachDatabase(t, 'who catches up knows what was committed before, without a notification; many share a few reads', async (t, database) => {
  let reads = 0
  const counting = database.reserved.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      reads++
      return result
    }
  })
  const revocations = await subscribe(t, { ...withoutNotifications(database), reserved: counting }, { intervalMs: NEVER_MS })
  const [sid] = await revoke(database)
  const before = reads
  await Promise.all(Array.from({ length: 100 }, () => revocations.catchUp()))
  t.strictSame(sidsOf(revocations), [sid])
  t.ok(reads - before <= 2, `${reads - before} reads`)
})

onPostgres(t, 'a read that began before a commit is not enough, and a slow one delays nobody for long', async (t, database) => {
  let isSlow = false
  let endRead: (() => void) | undefined
  const slow = database.reserved.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (isSlow) await new Promise<void>((resolve) => { endRead = resolve })
      return result
    }
  })
  const revocations = await subscribe(t, { ...withoutNotifications(database), reserved: slow }, { intervalMs: NEVER_MS })
  isSlow = true
  const early = revocations.catchUp()
  await until(() => endRead !== undefined)
  isSlow = false
  const [sid] = await revoke(database)
  await Promise.all([early, revocations.catchUp()])
  t.strictSame(sidsOf(revocations), [], 'both have waited long enough')
  const late = revocations.catchUp()
  endRead?.()
  await late
  t.strictSame(sidsOf(revocations), [sid], 'the next read has ended')
})
