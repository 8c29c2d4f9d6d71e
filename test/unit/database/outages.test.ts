import { execFile } from 'node:child_process'
import { connect, createServer as createServerOfSockets, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, isDatabaseUnavailable, transact, type Database } from '../../../src/database/index.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { SILENT } from '../../support/silent-log.ts'

const options = { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }

async function createServer (t: Test, { poolSize = 3 } = {}) {
  const server = await startPostgres()
  const database = await createDatabase({ url: server.databaseUrl(), poolSize, dataDir: undefined, log: SILENT })
  t.teardown(async () => {
    await database.close()
    await server.remove()
  })
  return { server, database }
}

const ask = ({ kysely }: Database) => sql<{ one: number }>`select 1 as one`.execute(kysely).then(({ rows }) => rows[0]?.one)
const isAway = (database: Database) =>
  ask(database).then(() => false, (error: unknown) => isDatabaseUnavailable(error) || Promise.reject(error))

t.test('a server that stops and comes back costs errors in between, and nothing else', options, async (t) => {
  const { server, database } = await createServer(t)
  t.equal(await ask(database), 1)
  for (const mode of ['fast', 'immediate'] as const) {
    await server.stop(mode)
    for (let turn = 0; turn < 5; turn++) t.equal(await isAway(database), true)
    await server.start()
    await until(async () => await ask(database).catch(() => 0) === 1)
  }
})

t.test('F1: backends that are killed take nobody with them', options, async (t) => {
  const { database } = await createServer(t)
  const kill = () => sql`select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and backend_type = 'client backend'`.execute(database.kysely)
  await Promise.all([ask(database), ask(database), ask(database)])
  await kill()
  await until(async () => await ask(database).catch(() => 0) === 1)
  const lost = transact(database, async (trx) => {
    await kill()
    await sql`select 1`.execute(trx)
  })
  t.equal(await lost.then(() => false, isDatabaseUnavailable), true, 'one that held a transaction is told')
  t.equal(await ask(database), 1)
})

t.test('F1: a backend that is killed as soon as it is ready takes nobody with it', options, async (t) => {
  const { server } = await createServer(t)
  const url = await startHurriedKiller(t, server)
  const database = await createDatabase({ url, poolSize: 3, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close())
  // An error that nobody listens for would end this process.
  for (let turn = 0; turn < 3; turn++) t.strictSame(await Promise.all([isAway(database), isAway(database)]), [true, true])
  t.equal(await transact(database, async (trx) => { await sql`select 1`.execute(trx) }).then(() => false, isDatabaseUnavailable), true)
  const listening = await database.listen('news', () => {})
  t.equal(listening.connected, false)
  await listening.close()
})

t.test('AV2, F2: a server that hangs is an error within the deadline, and good again when it wakes', options, async (t) => {
  const { server, database } = await createServer(t)
  await Promise.all([ask(database), ask(database)])
  const { pids } = await processesOf(await server.pid())
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    const startedAt = performance.now()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => isAway(database)))
    t.strictSame(new Set(outcomes), new Set([true]))
    t.ok(isInTime(performance.now() - startedAt, 12_000), 'none waits longer than its deadline and a connection of its own')
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  await until(async () => await ask(database).catch(() => 0) === 1)
  for (let turn = 0; turn < 10; turn++) t.equal(await ask(database), 1, 'no connection that hung is handed out again')
})

t.test('F3: a statement that takes too long is ended at the server, too', options, async (t) => {
  const { database } = await createServer(t)
  t.equal(await sql`select pg_sleep(30)`.execute(database.kysely).then(() => false, isDatabaseUnavailable), true)
  const { rows } = await sql`select 1 from pg_stat_activity
    where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`.execute(database.kysely)
  t.strictSame(rows, [])
  await database.withoutDeadlines(async (db) => {
    t.match(await sql`show statement_timeout`.execute(db), { rows: [{ statement_timeout: '0' }] }, 'but for what may take long')
  })
})

t.test('F5: when all connections are taken, the next one waits so long and no longer', options, async (t) => {
  const { database } = await createServer(t, { poolSize: 2 })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => { letGo = resolve })
  const holders = [1, 2].map(() => database.kysely.connection().execute(() => held))
  await until(() => database.load.total === 2 && database.load.idle === 0)
  t.equal(await isAway(database), true)
  letGo()
  await Promise.all(holders)
  t.equal(await ask(database), 1)
})

t.test('the listener comes back, and says so', options, async (t) => {
  const { server, database } = await createServer(t)
  const heard: string[] = []
  let connects = 0
  const listening = await database.listen('news', (payload) => { heard.push(payload) }, () => { connects++ })
  t.equal(listening.connected, true)
  t.equal(connects, 1)
  await sql`select pg_notify('news', 'one')`.execute(database.kysely)
  await until(() => heard.length === 1)
  await server.stop('immediate')
  await until(() => !listening.connected)
  await server.start()
  await until(() => connects === 2 && listening.connected)
  await until(async () => await ask(database).catch(() => 0) === 1)
  await sql`select pg_notify('news', 'two'), pg_notify('olds', 'not this')`.execute(database.kysely)
  await until(() => heard.length === 2)
  t.strictSame(heard, ['one', 'two'])
  await listening.close()
})

/**
 * A way to the server on which each connection is killed when it is ready, before whoever asked for it has read that: the two
 * messages come in one piece, as to a process that had no time for its sockets.
 *
 * @returns its URL
 */
async function startHurriedKiller (t: Test, { directory, databaseUrl }: Awaited<ReturnType<typeof startPostgres>>): Promise<string> {
  const killer = new pg.Client({ connectionString: databaseUrl(), application_name: 'killer' })
  await killer.connect()
  let kills: Promise<unknown> = Promise.resolve()
  const proxy = createServerOfSockets((inbound) => {
    const outbound = connect(join(directory, '.s.PGSQL.5432'))
    const pieces: Buffer[] = []
    inbound.on('error', () => {}).once('close', () => outbound.destroy()).pipe(outbound)
    outbound.on('data', (piece) => {
      pieces.push(piece)
      if (piece.includes(READY)) kills = kills.then(() => killer.query(KILL))
    })
    outbound.on('error', () => {}).once('close', () => inbound.resume().end(Buffer.concat(pieces)))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    // Its connections end first, so that none begins another kill.
    await new Promise((resolve) => proxy.close(resolve))
    await kills
    await killer.end()
  })
  return `postgres://postgres@127.0.0.1:${(proxy.address() as AddressInfo).port}/postgres`
}

/** ReadyForQuery, in no transaction. */
const READY = Buffer.from('Z\0\0\0\x05I')

/** Its answer comes later than the end of the connection that it kills, as on a busy machine. */
const KILL = "select pg_terminate_backend(pid), pg_sleep(0.05) from pg_stat_activity where application_name like 'gatepass%'"

/** A process and its children. */
async function processesOf (parent: number): Promise<{ pids: number[] }> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(parent)])
  return { pids: [parent, ...stdout.split('\n').map(Number).filter((pid) => pid > 0)] }
}
