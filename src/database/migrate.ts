import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Migrator, sql, type Migration, type MigrationResultSet } from 'kysely'
import { type Database, type Queryable } from './database.ts'

const DIRECTORY = new URL('../../migrations/', import.meta.url)

/**
 * Brings the schema up to date. Of several processes that try, one does it.
 *
 * @throws whatever a migration threw; that one is undone
 */
export async function migrateUp (database: Database): Promise<void> {
  await database.withoutDeadlines(async (db) => assertDone(await createMigrator(db).migrateToLatest()))
}

/** Undoes the last migration that was applied. */
export async function migrateDown (database: Database): Promise<void> {
  await database.withoutDeadlines(async (db) => assertDone(await createMigrator(db).migrateDown()))
}

/** @returns the names of those that have not been applied, in order */
export async function pendingMigrations ({ kysely }: Database): Promise<string[]> {
  const migrations = await createMigrator(kysely).getMigrations()
  return migrations.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
}

function createMigrator (db: Queryable): Migrator {
  return new Migrator({ db, provider: { getMigrations }, migrationTableName: 'migrations', migrationLockTableName: 'migrations_lock' })
}

/** `NNNN_name.up.sql` and `NNNN_name.down.sql`, in the order of their names. */
async function getMigrations (): Promise<Record<string, Migration>> {
  const files = await readdir(fileURLToPath(DIRECTORY))
  const names = files.filter((file) => file.endsWith('.up.sql')).map((file) => file.slice(0, -'.up.sql'.length))
  return Object.fromEntries(names.map((name) => [name, { up: runner(`${name}.up.sql`), down: runner(`${name}.down.sql`) }]))
}

function runner (file: string): (db: Queryable) => Promise<void> {
  return async (db) => {
    await sql.raw(await readFile(new URL(file, DIRECTORY), 'utf8')).execute(db)
  }
}

function assertDone ({ error }: MigrationResultSet): void {
  if (error !== undefined) throw error
}
