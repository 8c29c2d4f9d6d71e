import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Migrator, sql, type Migration, type MigrationResultSet } from 'kysely'
import type { Database, Queryable } from './database.ts'
import { findSqlState } from './failures.ts'
import { assertNotHidden, findMigrationTables, MigrationError, renameMigrationTables, type MigrationTables } from './migration-tables.ts'

/** SQLSTATE */
const DUPLICATE_TABLE = '42P07'
const DIRECTORY = new URL('../../migrations/', import.meta.url)

/**
 * Applies all pending migrations. Of several processes that try, one does.
 *
 * @throws whatever a migration threw; that migration is rolled back
 */
export async function migrateUp (database: Database): Promise<void> {
  await database.withoutDeadlines(async (db) => {
    const tables = await renameMigrationTables(db)
    assertDone(await createMigrator(db, tables).migrateToLatest(), tables)
  })
}

/** Reverts the last migration that was applied. */
export async function migrateDown (database: Database): Promise<void> {
  await database.withoutDeadlines(async (db) => {
    const tables = await renameMigrationTables(db)
    assertDone(await createMigrator(db, tables).migrateDown(), tables)
  })
}

/**
 * @returns names of the migrations that have not been applied, in order
 * @throws MigrationError if statements would find other tables than those of our migrations
 */
export async function pendingMigrations ({ kysely }: Database): Promise<string[]> {
  const tables = await findMigrationTables(kysely)
  await assertNotHidden(kysely, tables)
  const migrations = await createMigrator(kysely, tables).getMigrations()
  return migrations.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
}

/** Without a schema, Kysely would use a table of that name in any schema. */
function createMigrator (db: Queryable, { schema, table, lockTable }: MigrationTables): Migrator {
  const provider = { getMigrations: () => getMigrations(schema) }
  return new Migrator({ db, provider, migrationTableSchema: schema, migrationTableName: table, migrationLockTableName: lockTable })
}

/** `NNNN_name.up.sql` and `NNNN_name.down.sql`, in the order of their names. */
async function getMigrations (schema: string): Promise<Record<string, Migration>> {
  const files = await readdir(fileURLToPath(DIRECTORY))
  const names = files.filter((file) => file.endsWith('.up.sql')).map((file) => file.slice(0, -'.up.sql'.length))
  return Object.fromEntries(names.map((name) => [name, { up: runner(schema, `${name}.up.sql`), down: runner(schema, `${name}.down.sql`) }]))
}

function runner (schema: string, file: string): (db: Queryable) => Promise<void> {
  return async (db) => {
    // New tables belong in the schema of the existing ones, even if the role's search_path has changed.
    await sql`select set_config('search_path', quote_ident(${schema}) || ', ' || current_setting('search_path'), true)`.execute(db)
    await sql.raw(await readFile(new URL(file, DIRECTORY), 'utf8')).execute(db)
  }
}

function assertDone ({ error }: MigrationResultSet, { schema }: MigrationTables): void {
  if (error instanceof Error && findSqlState(error) === DUPLICATE_TABLE) {
    const advice = 'give gatepass a database of its own, or a schema that is first in the search_path of its role'
    throw new MigrationError(`Schema "${schema}" has a table of another program (${error.message}): ${advice}.`, { cause: error })
  }
  if (error !== undefined) throw error
}
