import type { AppOptions } from '../app.ts'
import { loadConfig } from '../config/index.ts'
import { createDatabase, DataDirInUseError, migrateDown, migrateUp, pendingMigrations } from '../database/index.ts'
import { OperatorError } from '../dependencies.ts'
import { findModuleMigrations } from '../team-modules.ts'
import type { Result } from './run.ts'
import { createQuietLog, toOperatorError } from './command-context.ts'

/**
 * @param direction `up`: everything that is pending; `down`: one step
 * @param app its modules may have tables
 * @param name of the module whose last migration is undone; undefined: that of the service
 * @throws OperatorError for a module that has no migrations
 */
export async function migrateCommand (direction: 'up' | 'down', app: AppOptions, name?: string): Promise<Result> {
  const modules = findModuleMigrations(app.modules)
  const module = modules.find((module) => module.name === name)
  if (name !== undefined && module === undefined) throw new OperatorError(`There is no module "${name}" with migrations.`)
  const config = loadConfig(undefined, { needsSecretKeys: false })
  const { url, listenUrl, poolSize, dataDir } = config.database
  const database = await createDatabase({ url, listenUrl, poolSize, dataDir, log: createQuietLog() }).catch((error: unknown) => {
    throw error instanceof DataDirInUseError ? toOperatorError(error, config) : error
  })
  try {
    const before = await pendingMigrations(database, modules)
    await (direction === 'up' ? migrateUp(database, modules) : migrateDown(database, module))
    const pending = await pendingMigrations(database, modules)
    const moved = direction === 'up' ? before.filter((name) => !pending.includes(name)) : pending.filter((name) => !before.includes(name))
    const verb = direction === 'up' ? 'Applied' : 'Undone'
    const text = moved.length === 0 ? 'Nothing to do.' : `${verb}: ${moved.join(', ')}.`
    return { text, value: { direction, moved, pending } }
  } finally {
    await database.close()
  }
}
