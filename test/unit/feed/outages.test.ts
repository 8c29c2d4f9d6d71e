import t, { type Test } from 'tap'
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, migrateUp, type Database } from '../../../src/database/index.ts'
import type { Revocations } from '../../../src/revocations/revocations.ts'
import { until } from '../../support/until.ts'
import { createListener, createRecordingLog, withoutNotifications, revoke, sidsOf, subscribe } from '../revocations/synced-instance.ts'

const options = { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }

/** A server of the test's own, to stop. */
async function createServer (t: Test) {
  const server = await startPostgres()
  const database = await createDatabase({ url: server.databaseUrl(), poolSize: 3, dataDir: undefined, log: createRecordingLog() })
  t.teardown(async () => {
    await database.close()
    await server.remove()
  })
  return { server, database }
}

async function revokeInTheEnd (database: Database): Promise<string> {
  const id = randomUUID()
  await until(() => revoke(database, [id]).then(() => true, () => false))
  return id
}

/** As by an old transaction: what a server does that has lost transactions, or a replica that was behind at the failover. */
async function writeAsOld (database: Database): Promise<string> {
  const sid = randomUUID()
  await sql`insert into revocations (kind, sid, expires_at, writer) values ('session', ${sid}, now() + interval '300 s', '5')`.execute(
    database.kysely
  )
  return sid
}

async function untilRead (revocations: Revocations): Promise<void> {
  const askedAt = Date.now()
  await until(() => Number(revocations.asOf) > askedAt)
}

t.test('an outage of the database loses no revocation', options, async (t) => {
  const { server, database } = await createServer(t)
  await migrateUp(database)
  const log = createRecordingLog()
  const revocations = await subscribe(t, database, { log, intervalMs: 50, staleAfterMs: 500 })
  const listener = createListener()
  revocations.subscribe(listener)
  const known = await revoke(database)
  await until(() => revocations.size === 1)
  for (const mode of ['fast', 'immediate'] as const) {
    await server.stop(mode)
    await until(() => revocations.isStale && revocations.notify === 'degraded')
    t.ok(revocations.asOfAgeSeconds > 0.5)
    t.strictSame(sidsOf(revocations), [...known].sort(), 'known revocations stay in force')
    await server.start()
    known.push(await revokeInTheEnd(database))
    await until(() => !revocations.isStale && revocations.notify === 'ok' && revocations.size === known.length)
  }
  t.strictSame(listener.sids(), known)
  t.strictSame(log.lines.filter((line) => /in sync|could not read/.test(line)), [
    'could not read revocations from the database', 'revocations are in sync with the database again',
    'could not read revocations from the database', 'revocations are in sync with the database again'
  ])
})

t.test('an instance starts stale without its database, and syncs when it is up', options, async (t) => {
  const { server, database } = await createServer(t)
  await migrateUp(database)
  await server.stop()
  const revocations = await subscribe(t, database, { intervalMs: 50 })
  t.equal(revocations.isStale, true)
  t.equal(revocations.asOf, undefined)
  t.equal(revocations.asOfAgeSeconds, Infinity)
  t.equal(revocations.notify, 'degraded')
  await server.start()
  const sid = await revokeInTheEnd(database)
  await until(() => !revocations.isStale && revocations.notify === 'ok' && revocations.size > 0)
  t.strictSame(sidsOf(revocations), [sid])
})

t.test('a server that reuses transaction ids, as after a failover, hides no revocation', options, async (t) => {
  const { server, database } = await createServer(t)
  await migrateUp(database)
  // Without notifications only the server's start time shows the restart.
  const revocations = await subscribe(t, withoutNotifications(database), { intervalMs: 50 })
  await revoke(database)
  await until(() => revocations.size === 1)
  const sid = await writeAsOld(database)
  await untilRead(revocations)
  t.equal(revocations.size, 1, 'a row that looks old is not read')
  await server.stop()
  await server.start()
  await until(() => sidsOf(revocations).includes(sid))
})

t.test('after the listening connection was lost, everything is read again', options, async (t) => {
  const { database } = await createServer(t)
  await migrateUp(database)
  const revocations = await subscribe(t, database, { intervalMs: 50 })
  await revoke(database)
  await until(() => revocations.size === 1)
  const sid = await writeAsOld(database)
  await untilRead(revocations)
  t.equal(revocations.size, 1)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatepass listener'`.execute(database.kysely)
  await until(() => sidsOf(revocations).includes(sid))
})
