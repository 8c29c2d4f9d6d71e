// Runs a test on each kind of database: the embedded one, and a Postgres server if the machine has one.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import tap, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { createDatabase, migrateUp, type Database } from '../../src/database/index.ts'
import { SILENT } from './silent-log.ts'

export type Kind = 'embedded' | 'postgres'

const hasPostgres = process.env.TEST_DATABASE_URL !== undefined || findPostgres() !== undefined
const KINDS: readonly Kind[] = hasPostgres ? ['embedded', 'postgres'] : ['embedded']

// A test file has one database of each kind, which is emptied for each test.
const opened = new Map<Kind, Promise<Database>>()
let url = ''

// In reverse order: databases before their server.
const closers: Array<() => Promise<void>> = []
tap.teardown(async () => {
  for (const close of closers.reverse()) await close()
})

type Work = (t: Test, database: Database) => Promise<void>

/**
 * @param t the root
 * @param name a sentence of behaviour
 * @param work gets a database that is migrated and empty
 */
export function eachDatabase (t: Test, name: string, work: Work): void {
  for (const kind of KINDS) t.test(`${name} (${kind})`, async (t) => work(t, await emptyDatabase(kind)))
}

/** For tests that need a server, such as those of several connections. */
export function onPostgres (t: Test, name: string, work: (t: Test, database: Database, url: string) => Promise<void>): void {
  t.test(`${name} (postgres)`, { skip: hasPostgres ? false : 'there is no Postgres server on this machine' }, async (t) => {
    const database = await emptyDatabase('postgres')
    await work(t, database, url)
  })
}

/** For tests that count statements: skipped on a server that does not preload pg_stat_statements. */
export function onCountingPostgres (t: Test, name: string, work: Work): void {
  onPostgres(t, name, async (t, database) => {
    const reason = 'the Postgres server of TEST_DATABASE_URL lacks pg_stat_statements: add it to shared_preload_libraries'
    const skip = !await countsStatements(database) && reason
    await t.test('as the server counts', { skip }, async (t) => work(t, database))
  })
}

async function countsStatements ({ kysely }: Database): Promise<boolean> {
  try {
    await sql`create extension if not exists pg_stat_statements`.execute(kysely)
    await sql`select from pg_stat_statements limit 1`.execute(kysely)
    return true
  } catch {
    return false
  }
}

/** The URL of this test file's database, for more connections. */
export async function postgresUrl (): Promise<string> {
  await emptyDatabase('postgres')
  return url
}

async function emptyDatabase (kind: Kind): Promise<Database> {
  const known = opened.get(kind)
  if (known === undefined) {
    const opening = kind === 'embedded' ? openEmbedded() : openPostgres()
    opened.set(kind, opening)
    return opening
  }
  const database = await known
  await sql`truncate users, global_state, sessions, signing_keys, revocations, audit_events, login_attempts, mails, mail_proofs,
    totp, recovery_codes, passkeys
    restart identity cascade`.execute(database.kysely)
  await sql`insert into global_state default values`.execute(database.kysely)
  return database
}

async function openEmbedded (): Promise<Database> {
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log: SILENT })
  closers.push(() => database.close())
  await migrateUp(database)
  return database
}

async function openPostgres (): Promise<Database> {
  const server = await findServerUrl()
  const name = `gatepass_${randomBytes(6).toString('hex')}`
  await executeOn(server, `create database ${name}`)
  url = server.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${name}`)
  const database = await createDatabase({ url, poolSize: 20, dataDir: undefined, log: SILENT })
  closers.push(async () => {
    await database.close()
    await executeOn(server, `drop database if exists ${name} with (force)`)
  })
  await migrateUp(database)
  return database
}

/** The server of the whole test run, or else one of this file's own. */
async function findServerUrl (): Promise<string> {
  const shared = process.env.TEST_DATABASE_URL
  if (shared !== undefined) return shared
  const server = await startPostgres()
  closers.push(() => server.remove())
  return server.databaseUrl()
}

async function executeOn (url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
