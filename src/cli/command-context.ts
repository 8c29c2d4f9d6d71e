import type { FastifyBaseLogger } from 'fastify'
import { loadConfig, type Config } from '../config/index.ts'
import { DataDirInUseError, type Database } from '../database/index.ts'
import { createLog } from '../http/index.ts'
import { openDatabase } from '../dependencies.ts'
import type { Ending } from '../sessions/index.ts'
import { createServedError, type AdminRequest } from './admin-api.ts'

/** Who does it, in the audit: nobody with an account. */
export const CLI_ACTOR: Ending = { actorId: null, origin: { ip: null, userAgent: 'gatepass command line', requestId: null } }

/** What commands work with. */
export interface CommandContext {
  config: Config
  database: Database
  log: FastifyBaseLogger
}

/**
 * Opens the database of the settings, works, and closes it again.
 *
 * @param request what does the same while the service has the embedded database open; undefined where nothing does
 * @throws OperatorError with it, then
 */
export async function withDatabase<T> (request: AdminRequest | undefined, work: (context: CommandContext) => Promise<T>): Promise<T> {
  const config = loadConfig()
  const log = createQuietLog()
  const database = await openDatabase(config, log).catch((error: unknown) => {
    throw error instanceof DataDirInUseError ? createServedError(error, config, request) : error
  })
  try {
    return await work({ config, database, log })
  } finally {
    await database.close()
  }
}

/** Standard output is for what the command says. */
export function createQuietLog (): FastifyBaseLogger {
  return createLog({ level: 'warn', stream: process.stderr })
}
