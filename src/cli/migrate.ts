import { loadConfig } from '../config/index.ts'
import { createDatabase, DataDirInUseError, migrateDown, migrateUp, pendingMigrations } from '../database/index.ts'
import type { Result } from './run.ts'
import { createQuietLog, toOperatorError } from './command-context.ts'

export async function migrateCommand (direction: 'up' | 'down'): Promise<Result> {
  const config = loadConfig(undefined, { needsSecretKeys: false })
  const { url, listenUrl, poolSize, dataDir } = config.database
  const database = await createDatabase({ url, listenUrl, poolSize, dataDir, log: createQuietLog() }).catch((error: unknown) => {
    throw error instanceof DataDirInUseError ? toOperatorError(error, config) : error
  })
  try {
    const before = await pendingMigrations(database)
    await (direction === 'up' ? migrateUp(database) : migrateDown(database))
    const pending = await pendingMigrations(database)
    const moved = direction === 'up' ? before.filter((name) => !pending.includes(name)) : pending.filter((name) => !before.includes(name))
    const verb = direction === 'up' ? 'Applied' : 'Undone'
    const text = moved.length === 0 ? 'Nothing to do.' : `${verb}: ${moved.join(', ')}.`
    return { text, value: { direction, moved, pending } }
  } finally {
    await database.close()
  }
}
