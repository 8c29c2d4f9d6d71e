import type { Database, DatabaseLog } from './database.ts'
import { createPostgres } from './postgres.ts'

export interface CreateDatabaseOptions {
  /** undefined: the embedded database under `dataDir`. */
  url: string | undefined
  /** The same database past a pooler, for LISTEN; `url` unless given. */
  listenUrl?: string | undefined
  poolSize: number
  /** Where the embedded database lives; undefined: in memory, for tests. */
  dataDir: string | undefined
  log: DatabaseLog
}

/**
 * Makes a database: a pool that connects when it is asked, or the embedded one, opened.
 *
 * @throws DataDirError when the directory of the embedded one is in use or cannot be used
 */
export async function createDatabase ({ url, listenUrl = url, poolSize, dataDir, log }: CreateDatabaseOptions): Promise<Database> {
  if (url !== undefined) return createPostgres({ url, listenUrl: listenUrl ?? url, poolSize, log })
  // Who has a server needs no Postgres in WebAssembly in memory.
  const { openEmbedded } = await import('./embedded.ts')
  return openEmbedded({ dataDir, log })
}
