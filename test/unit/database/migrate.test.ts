import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { sql } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createDatabase, migrateDown, migrateUp, pendingMigrations, type Database } from '../../../src/database/index.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { SILENT } from '../../support/silent-log.ts'

eachDatabase(t, 'every migration goes down and up again, and what is pending can be told', async (t, database) => {
  const files = await readdir(new URL('../../../migrations/', import.meta.url))
  const names = files.filter((file) => file.endsWith('.up.sql')).map((file) => file.replace('.up.sql', '')).sort()
  t.strictSame(await pendingMigrations(database), [])
  for (const [undone] of names.entries()) {
    await migrateDown(database)
    t.strictSame(await pendingMigrations(database), names.slice(names.length - undone - 1))
  }
  await migrateDown(database)
  t.strictSame(await pendingMigrations(database), names, 'there is nothing left to undo')
  await Promise.all([migrateUp(database), migrateUp(database)])
  t.strictSame(await pendingMigrations(database), [], 'of two that try at once, each ends with the schema of today')
  await migrateUp(database)
  t.match(await database.kysely.selectFrom('global_state').selectAll().execute(), [{ session_epoch: 0, tokens_valid_from: '0' }])
})

/** An empty database of its own, in which statements are made first; `path` is the search path of who opens it. */
async function open (
  t: Test, url: string, { path = 'public', statements = [] }: { path?: string, statements?: string[] }
): Promise<Database> {
  const name = `gatepass_${randomBytes(6).toString('hex')}`
  await run(url, `create database ${name}`)
  const own = url.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${name}`)
  for (const statement of [...statements, `alter role current_user in database ${name} set search_path = ${path}`]) {
    await run(own, statement)
  }
  const database = await createDatabase({ url: own, poolSize: 2, dataDir: undefined, log: SILENT })
  t.teardown(async () => {
    await database.close()
    await run(url, `drop database ${name} with (force)`)
  })
  return database
}

async function run (url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function schemasOf ({ kysely }: Database, table: string): Promise<string[]> {
  const { rows } = await sql<{ schema: string }>`select relnamespace::regnamespace::text as schema from pg_class
    where relname = ${table} order by 1`.execute(kysely)
  return rows.map(({ schema }) => schema)
}

const FOREIGN = ['(id integer primary key, run_on timestamp)', '(name varchar(255) primary key, timestamp varchar(255) not null)']
const foreign = (schema: string, columns: string) => [
  `create table ${schema}.migrations ${columns}`,
  `create table ${schema}.migrations_lock (is_locked integer)`
]

onPostgres(t, 'tables of another tool that are called migrations are left alone, wherever they are', async (t, _database, url) => {
  for (const columns of FOREIGN) {
    for (const [path, other] of [
      ['public', 'public'], ['public, other', 'other'], ['other, public', 'other'], ['mine, public', 'public']
    ] as const) {
      const database = await open(t, url, { path, statements: ['create schema mine', 'create schema other', ...foreign(other, columns)] })
      t.ok((await pendingMigrations(database)).length > 0, `${path}: ${columns}`)
      await migrateUp(database)
      await migrateUp(database)
      t.strictSame(await pendingMigrations(database), [])
      const [first] = path.split(',')
      t.strictSame(
        [await schemasOf(database, 'gatepass_migrations'), await schemasOf(database, 'users'), await schemasOf(database, 'migrations')],
        [[first], [first], [other]]
      )
      const { rows } = await sql`select 1 from ${sql.id(other, 'migrations')}`.execute(database.kysely)
      t.strictSame(rows, [])
    }
  }
})

onPostgres(t, 'a database that was migrated under the old names goes on under the new ones, and nobody has to migrate it for that', async (
  t, _database, url
) => {
  const database = await open(t, url, { path: 'mine, public', statements: ['create schema mine', ...foreign('public', '(id integer)')] })
  await migrateUp(database)
  await sql`alter table mine.gatepass_migrations rename to migrations`.execute(database.kysely)
  await sql`alter table mine.gatepass_migrations_lock rename to migrations_lock`.execute(database.kysely)
  await sql`update global_state set session_epoch = 7`.execute(database.kysely)
  t.strictSame(await pendingMigrations(database), [], 'read as they are, by a service that may change nothing')
  await Promise.all([migrateUp(database), migrateUp(database)])
  t.strictSame(
    [await schemasOf(database, 'gatepass_migrations'), await schemasOf(database, 'migrations_lock'),
      await schemasOf(database, 'migrations')],
    [['mine'], ['public'], ['public']]
  )
  t.strictSame(await pendingMigrations(database), [])
  t.match(
    (await sql`select session_epoch from global_state`.execute(database.kysely)).rows,
    [{ session_epoch: 7 }], 'nothing was made anew'
  )
  const { length } = (await readdir(new URL('../../../migrations/', import.meta.url))).filter((file) => file.endsWith('.down.sql'))
  for (let undone = 0; undone < length; undone++) await migrateDown(database)
  t.strictSame(await schemasOf(database, 'users'), [])
})

onPostgres(t, 'a schema that comes first later hides nothing, and what cannot work is one sentence', async (t, _database, url) => {
  const database = await open(t, url, { path: 'mine, public' })
  await migrateUp(database)
  t.strictSame(await schemasOf(database, 'users'), ['public'])
  await sql`create schema mine`.execute(database.kysely)
  t.strictSame(await pendingMigrations(database), [], 'the tables are where they were')
  await sql`create table mine.users (id integer)`.execute(database.kysely)
  await t.rejects(pendingMigrations(database), {
    message: 'Other tables hide those of gatepass in schema "public" (users): put "public" first in the search_path of the database role.'
  })

  const taken = await open(t, url, { statements: ['create table users (id integer)'] })
  await t.rejects(migrateUp(taken), {
    message: /^Schema "public" has a table of another program \(relation "users" already exists\): give gatepass/
  })
  t.strictSame(await schemasOf(taken, 'sessions'), [], 'and nothing was done')
  const lost = await open(t, url, { path: 'nowhere' })
  await t.rejects(migrateUp(lost), { message: /leads to no schema/ })
})
