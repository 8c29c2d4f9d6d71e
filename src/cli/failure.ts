import { findRefusedParameter, findSqlState, isDatabaseUnavailable, isStatementPooling } from '../database/index.ts'
import { InvalidRequestError, PublicError } from '../errors.ts'

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop what uses it, or set SETTING',
  EACCES: 'may not be listened on: set SETTING to one above 1023',
  EADDRNOTAVAIL: 'is not an address of this machine: set HOST'
}

/** SQLSTATE */
const READ_ONLY = '25006'

/**
 * Converts any error to one sentence for the operator, without a stack.
 */
export function toSentence (error: unknown): string {
  if (error instanceof PublicError) {
    const members = (error.errors ?? []).map(({ path, message }) => `${path.slice(1)} ${message}.`)
    // Its own sentence only refers to them.
    return (error instanceof InvalidRequestError && members.length > 0 ? members : [error.message, ...members]).join(' ')
  }
  if (!(error instanceof Error)) return 'Something unexpected was thrown.'
  if ('syscall' in error && error.syscall === 'listen' && 'code' in error) return toListenSentence(error, String(error.code))
  if (findSqlState(error) === READ_ONLY) {
    return `The database is read-only (${readReason(error)}): it is a standby, or default_transaction_read_only is on.`
  }
  const refused = findRefusedParameter(error)
  if (refused !== undefined) {
    return `PgBouncer refuses the start-up parameter "${refused}": remove it from DATABASE_URL, or add the line ` +
      `"ignore_startup_parameters = ${refused}" to pgbouncer.ini, which drops it.`
  }
  if (isStatementPooling(error)) return 'PgBouncer does not allow transactions: set "pool_mode = transaction" in pgbouncer.ini.'
  if (isDatabaseUnavailable(error)) return `The database cannot be reached (${readReason(error)}): check DATABASE_URL.`
  return readReason(error)
}

/** Names the setting of the port: PORT, unless the error has another one as `setting`. */
function toListenSentence (error: Error, code: string): string {
  const { address, port, setting } = { address: '', port: '', setting: 'PORT', ...error }
  const reason = LISTEN_ERRORS[code]?.replace('SETTING', setting) ?? `cannot be listened on (${code})`
  return `${address}:${port} ${reason}.`
}

/** An AggregateError, of several addresses tried, has no message of its own. */
function readReason (error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  const message = first instanceof Error ? first.message : error.message
  return message.split('\n', 1)[0] ?? error.name
}
