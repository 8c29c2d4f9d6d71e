// The embedded database is open in one process only: while that is the service, it is the admin API that does what commands do.
import type { Config } from '../config/index.ts'
import { UUID_PATTERN } from '../contract/index.ts'
import type { DataDirInUseError } from '../database/index.ts'
import { OperatorError } from '../dependencies.ts'

/** What a command asks for, as a request to the admin API. */
export interface AdminRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /admin, with no slash before it. */
  path: string
  body?: object
}

/** Stands where a password is to be put in: none is ever printed. */
export const PASSWORD_PLACE = 'PASSWORD'

/** @param name e-mail or id, as for a command; the API knows ids only */
export function userPath (name: string): string {
  return `users/${UUID_PATTERN.test(name) ? name : 'ID'}`
}

/**
 * Why a command cannot be done while the service runs on the embedded database, and what does it instead.
 *
 * @param request undefined where the API has none for it
 */
export function createServedError ({ directory }: DataDirInUseError, { port }: Pick<Config, 'port'>, request: AdminRequest | undefined): OperatorError {
  const held = `Another process, most likely the service, has the database in ${directory} open: stop it first`
  if (request === undefined) return new OperatorError(`${held}.`)
  const { method, path, body } = request
  const origin = `http://localhost:${port}`
  const id = path.split('/').includes('ID') ? `, and ID from ${origin}/admin/users` : ''
  const data = body === undefined ? '' : ` -H 'content-type: application/json' -d ${quote(JSON.stringify(body))}`
  const command = `curl${method === 'GET' ? '' : ` -X ${method}`} ${origin}/admin/${path} -H "authorization: Bearer $TOKEN"${data}`
  return new OperatorError(`${held}, or ask it, with TOKEN from an admin's login (POST ${origin}/auth/login)${id}: ${command}`)
}

function quote (text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
