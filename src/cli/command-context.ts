import { setFlagsFromString } from 'node:v8'
import type { FastifyBaseLogger } from 'fastify'
import { findCredentialsByEmail, findUser, normalizeEmail } from '../accounts/index.ts'
import type { Actor } from '../audit/index.ts'
import { loadConfig, type Config } from '../config/index.ts'
import { toLowerCaseUuid } from '../contract/index.ts'
import { DataDirInUseError, type Database } from '../database/index.ts'
import { openDatabase, OperatorError } from '../dependencies.ts'
import { createLog } from '../http/index.ts'
import { shellQuote } from '../startup/index.ts'

// The embedded database is WebAssembly: a command has ended before optimizing that code would save time.
setFlagsFromString('--wasm-tiering-budget=1000000000')

/** The actor of commands in the audit log: no user. */
export const CLI_ACTOR: Actor = { actorId: null, origin: { ip: null, userAgent: 'gatepass command line', requestId: null } }

/** What commands work with. */
export interface CommandContext {
  config: Config
  database: Database
  log: FastifyBaseLogger
}

/** The request to the admin API that does the same as a command. */
export interface AdminRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /admin, without a leading slash. */
  path: string
  body?: object
}

/** Replaces the password in a command that is printed. */
export const PASSWORD_PLACEHOLDER = 'PASSWORD'

/**
 * Runs a command on the database of the settings, and closes it again.
 *
 * @param request does the same while the service has the embedded database open; undefined where no request does
 * @param options `needsSecretKeys`: see `loadConfig`
 * @throws OperatorError that shows the request, in that case
 */
export async function withDatabase<T> (
  request: AdminRequest | undefined, work: (context: CommandContext) => Promise<T>, options: { needsSecretKeys?: boolean } = {}
): Promise<T> {
  const config = loadConfig(undefined, options)
  const log = createQuietLog()
  const database = await openDatabase(config, log).catch((error: unknown) => {
    throw error instanceof DataDirInUseError ? toOperatorError(error, config, request) : error
  })
  try {
    return await work({ config, database, log })
  } finally {
    await database.close()
  }
}

/** Logs to standard error: standard output is for the result of a command. */
export function createQuietLog (): FastifyBaseLogger {
  return createLog({ level: 'warn', stream: process.stderr })
}

/**
 * Explains that the service has the embedded database open, and how to ask the service instead: only one process can open it.
 *
 * @param request see `withDatabase`
 */
export function toOperatorError ({ directory }: DataDirInUseError, { port }: Pick<Config, 'port'>, request?: AdminRequest): OperatorError {
  const reason = `Another process, most likely the service, has the database in ${directory} open: stop it first`
  if (request === undefined) return new OperatorError(`${reason}.`)
  const { method, path, body } = request
  const origin = `http://localhost:${port}`
  const id = path.split('/').includes('ID') ? `, and ID from ${origin}/admin/users` : ''
  const data = body === undefined ? '' : ` -H 'content-type: application/json' -d ${shellQuote(JSON.stringify(body))}`
  const command = `curl${method === 'GET' ? '' : ` -X ${method}`} ${origin}/admin/${path} -H "authorization: Bearer $TOKEN"${data}`
  return new OperatorError(`${reason}, or ask it, with TOKEN from an admin's login (POST ${origin}/auth/login)${id}: ${command}`)
}

/** @param name e-mail or id; the admin API knows ids only, so an e-mail becomes the placeholder ID */
export function userPath (name: string): string {
  return `users/${toLowerCaseUuid(name) ?? 'ID'}`
}

/**
 * Finds the user that a command names.
 *
 * @param name e-mail or id
 * @throws OperatorError when there is no such user
 */
export async function requireUser ({ kysely: db }: Database, name: string): Promise<{ id: string, email: string }> {
  const id = toLowerCaseUuid(name)
  const user = id === undefined ? await findCredentialsByEmail(db, normalizeEmail(name)) : await findUser(db, id)
  if (user === undefined) throw new OperatorError('There is no such user.')
  return user
}
