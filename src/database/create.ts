import type { Database, DatabaseLog } from './database.ts'
import { createPostgres } from './postgres.ts'

interface CreateDatabaseOptions {
  /** undefined: the embedded database in `dataDir`. */
  url: string | undefined
  /** The same database without a pooler, for LISTEN and migrations; undefined: `url`, unless that turns out to lead to a pooler. */
  listenUrl?: string | undefined
  poolSize: number
  /** The directory of the embedded database; undefined: in memory, for tests. */
  dataDir: string | undefined
  log: DatabaseLog
}

/**
 * Creates a database: a pool that connects on the first query, or the embedded database, opened.
 *
 * @throws DataDirError if the directory of the embedded database is locked or cannot be used
 */
export async function createDatabase ({ url, listenUrl, poolSize, dataDir, log }: CreateDatabaseOptions): Promise<Database> {
  if (url !== undefined) return createPostgres({ url, listenUrl, poolSize, log })
  // Imported only if needed: Postgres in WebAssembly takes memory.
  const { openEmbedded } = await import('./embedded.ts')
  return openEmbedded({ dataDir, log })
}
