// Behind a pooler, played by a proxy that does to the start of a connection what PgBouncer does; ops/pgbouncer.js tries the real one.
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { toSentence } from '../../../src/cli/failure.ts'
import { createDatabase, migrateUp, pendingMigrations, prepare, type Database } from '../../../src/database/index.ts'
import { PoolerError } from '../../../src/database/failures.ts'

t.setTimeout(120_000)

const skip = findPostgres() === undefined && 'there is no Postgres server on this machine'
const readSession = prepare<Session, { answer: number }>(`select :answer::int as answer, current_setting('jit') as jit,
  current_setting('statement_timeout') as timeout, (select count(*)::int from pg_prepared_statements where name <> '') as prepared`)

interface Session {
  answer: number
  jit: string
  timeout: string
  prepared: number
}

interface Pooler {
  url: string
  directUrl: string
  /** Start-up parameters that were refused. */
  refused: string[]
}

/** Start-up parameters that PgBouncer knows. */
const KNOWN = ['user', 'database', 'application_name', 'client_encoding']

t.test('nothing is set on a session that others use next, and nothing prepared', { skip }, async (t) => {
  const { url, directUrl, refused } = await startPooler(t)
  const own = await open(t, { url: directUrl })
  t.strictSame(await askTwice(own.database), { answer: 42, jit: 'off', timeout: '4s', prepared: 1 }, 'without a pooler both is done')
  t.strictSame(own.events, [])

  const { database, events } = await open(t, { url })
  t.strictSame(await askTwice(database), { answer: 42, jit: 'on', timeout: '0', prepared: 0 })
  t.strictSame(refused, ['statement_timeout'], 'the first connection finds out that parameters are refused, and the second sends none')
  t.strictSame(events, ['database_without_deadlines'], 'it is said once that statements have no deadline')

  const declared = await open(t, { url: directUrl, listenUrl: `${directUrl}&application_name=listener` })
  t.match(await askTwice(declared.database), { prepared: 0 }, 'another address for LISTEN says that there is a pooler')
})

t.test('through a pooler nobody listens, unless told so', { skip }, async (t) => {
  const { url, directUrl } = await startPooler(t)
  const { database, events } = await open(t, { url })
  t.equal((await database.listen('news', () => {})).connected, false)
  const { database: told } = await open(t, { url, listenUrl: directUrl })
  t.equal((await told.listen('news', () => {})).connected, true)
  const { database: insisting } = await open(t, { url, listenUrl: url })
  t.equal((await insisting.listen('news', () => {})).connected, true, 'a pooler in session mode, for example')
  t.notOk(events.includes('database_listen_failed'), 'which the probe of notifications reports')
})

t.test('migrations need a session of their own', { skip }, async (t) => {
  const { url, directUrl } = await startPooler(t)
  const { database } = await open(t, { url })
  const error = await migrateUp(database).catch((error: unknown) => error)
  t.ok(error instanceof PoolerError)
  t.match(toSentence(error), /^DATABASE_URL leads to a pooler, .* set DATABASE_LISTEN_URL to the address of the database itself\.$/)
  const { database: told } = await open(t, { url, listenUrl: directUrl })
  await migrateUp(told)
  t.strictSame(await pendingMigrations(database), [])
})

t.test('the role has the deadlines there', { skip }, async (t) => {
  const { url, directUrl } = await startPooler(t)
  const { database: owner } = await open(t, { url: directUrl })
  await sql`alter role postgres set statement_timeout = '3s'`.execute(owner.kysely)
  const { database, events } = await open(t, { url })
  t.match(await askTwice(database), { timeout: '3s' })
  t.strictSame(events, [])
})

t.test('a parameter of the address that is refused is named, with the line that PgBouncer needs', { skip }, async (t) => {
  const { url } = await startPooler(t)
  const { database } = await open(t, { url: `${url}&options=-c%20search_path%3Dmine` })
  const error = await sql`select 1`.execute(database.kysely).catch((error: unknown) => error)
  t.equal(toSentence(error), 'PgBouncer refuses the start-up parameter "options": remove it from DATABASE_URL, or add the line ' +
    '"ignore_startup_parameters = options" to pgbouncer.ini, which drops it.')
  const statementPooling = Object.assign(new Error('transaction blocks not allowed in statement pooling mode'), { code: '08P01' })
  t.equal(toSentence(statementPooling), 'PgBouncer does not allow transactions: set "pool_mode = transaction" in pgbouncer.ini.')
})

async function askTwice ({ kysely }: Database): Promise<Session | undefined> {
  return kysely.connection().execute(async (db) => {
    await db.executeQuery(readSession({ answer: 41 }))
    return (await db.executeQuery(readSession({ answer: 42 }))).rows[0]
  })
}

async function open (t: Test, { url, listenUrl }: { url: string, listenUrl?: string }): Promise<{ database: Database, events: unknown[] }> {
  const events: unknown[] = []
  const record = (details: object) => { events.push(Reflect.get(details, 'event')) }
  const log = { info: record, warn: record }
  const database = await createDatabase({ url, listenUrl, poolSize: 3, dataDir: undefined, log })
  t.teardown(() => database.close())
  return { database, events }
}

/** A way to a server that refuses what PgBouncer refuses, and gives a process id of its own to each connection. */
async function startPooler (t: Test): Promise<Pooler> {
  const postgres = await startPostgres()
  const refused: string[] = []
  const server = createServer((inbound) => {
    const outbound = connect(join(postgres.directory, '.s.PGSQL.5432'))
    inbound.on('error', () => {}).once('close', () => outbound.destroy())
    outbound.on('error', () => {}).once('close', () => inbound.destroy())
    inbound.once('data', (startup) => {
      const name = listParameters(startup).find((name) => !KNOWN.includes(name))
      if (name !== undefined) {
        refused.push(name)
        inbound.end(toFatal(`unsupported startup parameter: ${name}`))
        return
      }
      outbound.write(startup)
      inbound.pipe(outbound)
    })
    outbound.once('data', (greeting) => {
      inbound.write(withOtherProcessId(greeting))
      outbound.pipe(inbound)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.close()
    await postgres.remove()
  })
  const { port } = server.address() as AddressInfo
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres?`, directUrl: postgres.databaseUrl(), refused }
}

/** Its length and version, then names and values. */
function listParameters (startup: Buffer): string[] {
  return startup.subarray(8).toString().split('\0').filter((text, index) => index % 2 === 0 && text !== '')
}

function toFatal (message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`)
  const head = Buffer.from('E....')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

/** BackendKeyData: K, the length 12, the process id, and the key that cancels. */
function withOtherProcessId (greeting: Buffer): Buffer {
  const at = greeting.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
  if (at < 0) throw new Error('the server sent no process id with its first bytes')
  const changed = Buffer.from(greeting)
  changed.writeInt32BE(-7, at + 5)
  return changed
}
