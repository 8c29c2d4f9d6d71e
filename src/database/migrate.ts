import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Migrator, sql, type Kysely, type Migration, type MigrationResultSet } from 'kysely'
import { PACKAGE_ROOT } from '../package.ts'
import { MIGRATION_TABLES_LOCK } from './advisory-locks.ts'
import type { Database, Queryable } from './database.ts'
import { findSqlState } from './failures.ts'
import type { Tables } from './tables.ts'

/** Migrations cannot be read or applied. The message is one sentence, for the operator of the database. */
class MigrationError extends Error {}

/** The tables that record which migrations were applied. */
interface MigrationTables {
  /** Our other tables are in it, too. */
  readonly schema: string
  readonly table: string
  readonly lockTable: string
}

/** Where a module that has tables of its own keeps their migrations. */
export interface ModuleMigrations {
  /** They are recorded in the table `NAME_migrations`. */
  readonly name: string
  readonly directory: string
}

const DIRECTORY = fileURLToPath(new URL('migrations/', PACKAGE_ROOT))

const FIRST_MIGRATION = '0001_initial'

const NAMES = { table: 'gatepass_migrations', lockTable: 'gatepass_migrations_lock' }
/** The names of our first versions, and of many other tools. */
const OLD_NAMES = { table: 'migrations', lockTable: 'migrations_lock' }

const OUR_TABLES: ReadonlyArray<keyof Tables> = [
  'users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts'
]

/** SQLSTATE */
const DUPLICATE_TABLE = '42P07'

/**
 * Applies all pending migrations, those of modules after ours. Of several processes that try, one does.
 *
 * @throws whatever a migration threw; that migration is rolled back
 */
export async function migrateUp (database: Database, modules: readonly ModuleMigrations[] = []): Promise<void> {
  await database.withoutDeadlines(async (db) => {
    const tables = await renameMigrationTables(db)
    assertDone(await createMigrator(db, tables).migrateToLatest(), tables)
    for (const module of modules) assertDone(await createModuleMigrator(db, tables, module).migrateToLatest(), tables)
  })
}

/** Reverts the last migration that was applied: ours, or that of a module. */
export async function migrateDown (database: Database, module?: ModuleMigrations): Promise<void> {
  await database.withoutDeadlines(async (db) => {
    const tables = await renameMigrationTables(db)
    const migrator = module === undefined ? createMigrator(db, tables) : createModuleMigrator(db, tables, module)
    assertDone(await migrator.migrateDown(), tables)
  })
}

/**
 * @returns names of the migrations that have not been applied, in order; those of modules with the name of the module
 * @throws MigrationError if statements would find other tables than those of our migrations
 */
export async function pendingMigrations ({ kysely }: Database, modules: readonly ModuleMigrations[] = []): Promise<string[]> {
  const tables = await findMigrationTables(kysely)
  await assertNotHidden(kysely, tables)
  const pending = await listPending(createMigrator(kysely, tables))
  for (const module of modules) {
    const names = await listPending(createModuleMigrator(kysely, tables, module))
    pending.push(...names.map((name) => `${module.name}/${name}`))
  }
  return pending
}

async function listPending (migrator: Migrator): Promise<string[]> {
  const migrations = await migrator.getMigrations()
  return migrations.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
}

/** The tables of modules are beside ours. */
function createModuleMigrator (db: Queryable, { schema }: MigrationTables, { name, directory }: ModuleMigrations): Migrator {
  return createMigrator(db, { schema, table: `${name}_migrations`, lockTable: `${name}_migrations_lock` }, directory)
}

/** Without a schema, Kysely would use a table of that name in any schema. */
function createMigrator (db: Queryable, { schema, table, lockTable }: MigrationTables, directory = DIRECTORY): Migrator {
  const provider = { getMigrations: () => getMigrations(schema, directory) }
  return new Migrator({ db, provider, migrationTableSchema: schema, migrationTableName: table, migrationLockTableName: lockTable })
}

/** `NNNN_name.up.sql` and `NNNN_name.down.sql`, in the order of their names. */
async function getMigrations (schema: string, directory: string): Promise<Record<string, Migration>> {
  const files = await readdir(directory)
  const names = files.filter((file) => file.endsWith('.up.sql')).map((file) => file.slice(0, -'.up.sql'.length))
  const run = (file: string) => runner(schema, join(directory, file))
  return Object.fromEntries(names.map((name) => [name, { up: run(`${name}.up.sql`), down: run(`${name}.down.sql`) }]))
}

function runner (schema: string, file: string): (db: Queryable) => Promise<void> {
  return async (db) => {
    // New tables belong in the schema of the existing ones, even if the role's search_path has changed. A pooler in session mode gives the
    // deadlines of the role.
    await sql`select set_config('search_path', quote_ident(${schema}) || ', ' || current_setting('search_path'), true),
      set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`.execute(db)
    await sql.raw(await readFile(file, 'utf8')).execute(db)
  }
}

function assertDone ({ error }: MigrationResultSet, { schema }: MigrationTables): void {
  if (error instanceof Error && findSqlState(error) === DUPLICATE_TABLE) {
    const advice = 'give gatepass a database of its own, or a schema that is first in the search_path of its role'
    throw new MigrationError(`Schema "${schema}" has a table of another program (${error.message}): ${advice}.`, { cause: error })
  }
  if (error !== undefined) throw error
}

/**
 * Searches along the search path, as every statement with a table of ours does.
 *
 * @returns the existing tables, with their old or new names; or else those to be created, in the first schema
 * @throws MigrationError if the search path has no existing schema
 */
async function findMigrationTables (db: Queryable): Promise<MigrationTables> {
  const { rows } = await sql<{ schema: string, table: string }>`
    select nspname::text as schema, relname::text as table
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any(current_schemas(false)) and relname in (${NAMES.table}, ${OLD_NAMES.table}) and relkind = 'r'
      and (relname = ${NAMES.table} or has_table_privilege(pg_class.oid, 'select'))
      and '{name,timestamp}' = (select array_agg(attname::text order by attname) from pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped)
    order by array_position(current_schemas(false), nspname), relname`.execute(db)
  for (const { schema, table } of rows) {
    if (table === NAMES.table) return { schema, ...NAMES }
    if (await hasOurFirstMigration(db, schema)) return { schema, ...OLD_NAMES }
  }
  const { rows: [current] } = await sql<{ schema: string | null }>`select current_schema()::text as schema`.execute(db)
  if (typeof current?.schema !== 'string') {
    throw new MigrationError(
      'The search_path of the database role leads to no schema that is there: create one, or set another search_path.')
  }
  return { schema: current.schema, ...NAMES }
}

/** Renames tables that have their old names. Of several processes that try, one does. */
async function renameMigrationTables (db: Kysely<Tables>): Promise<MigrationTables> {
  return db.transaction().setIsolationLevel('read committed').execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_TABLES_LOCK})`.execute(trx)
    const found = await findMigrationTables(trx)
    if (found.table === NAMES.table) return found
    const { schema } = found
    await sql`alter table ${sql.id(schema, OLD_NAMES.table)} rename to ${sql.id(NAMES.table)}`.execute(trx)
    await sql`alter table if exists ${sql.id(schema, OLD_NAMES.lockTable)} rename to ${sql.id(NAMES.lockTable)}`.execute(trx)
    return { schema, ...NAMES }
  })
}

/** @throws MigrationError if statements with a table of ours would find a table of another schema */
async function assertNotHidden (db: Queryable, { schema }: MigrationTables): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${[...OUR_TABLES]}::text[]) as name
    where to_regclass(quote_ident(${schema}) || '.' || name) is not null
      and to_regclass(name) <> to_regclass(quote_ident(${schema}) || '.' || name)`.execute(db)
  const names = rows.map(({ name }) => name).join(', ')
  if (names === '') return
  const advice = `put "${schema}" first in the search_path of the database role`
  throw new MigrationError(`Other tables hide those of gatepass in schema "${schema}" (${names}): ${advice}.`)
}

/** Other tools have tables with the same two columns. Ours records our first migration, and is beside the tables that it created. */
async function hasOurFirstMigration (db: Queryable, schema: string): Promise<boolean> {
  const { rows: [row] } = await sql<{ is_ours: boolean }>`
    select exists (select from ${sql.id(schema, OLD_NAMES.table)} where name::text = ${FIRST_MIGRATION})
      and to_regclass(quote_ident(${schema}) || '.signing_keys') is not null
      and to_regclass(quote_ident(${schema}) || '.global_state') is not null as is_ours`.execute(db)
  return row?.is_ours === true
}
