const MAX_TRIES = 3

/**
 * Runs `work` again after a conflict. A single statement can conflict, too, if the role's default isolation level is serializable.
 *
 * @param work has had no effect when it throws a conflict
 */
export async function retryConflicts<T> (work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === MAX_TRIES || !isConflict(error)) throw error
    }
  }
}

/** A deadlock or a serialization failure: it had no effect, and a retry is safe. */
export function isConflict (error: unknown): boolean {
  return CONFLICTS.has(findSqlState(error) ?? '')
}

const CONFLICTS = new Set(['40P01', '40001'])

/**
 * Whether the database failed, and not the query: it is down, hung, slow, full or read-only, or has no connection left. A later retry may
 * succeed; whether a change was made is unknown.
 */
export function isDatabaseUnavailable (error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  if (!(error instanceof Error) || !('code' in error)) return false
  const sqlState = findSqlState(error)
  return sqlState === undefined ? SYSTEM_ERRORS.has(String(error.code)) : UNAVAILABLE.test(sqlState)
}

/** Whether a value was text that the database cannot store, such as one with a NUL. */
export function isInvalidText (error: unknown): boolean {
  const sqlState = findSqlState(error)
  return sqlState === '22021' || sqlState === '22P05'
}

/** The SQLSTATE of an error of Postgres; undefined for other errors. */
export function findSqlState (error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) && !SYSTEM_ERRORS.has(error.code) ? error.code : undefined
}

/** There is no connection, or no answer in time. The message is for the log. */
export class DatabaseUnavailableError extends Error {}

/** Work needs a session of its own, and there is a pooler in between. */
export class PoolerError extends Error {
  constructor () {
    super('DATABASE_URL leads to a pooler, which gives each transaction another session: ' +
      'set DATABASE_LISTEN_URL to the address of the database itself.')
  }
}

/** The start-up parameter that PgBouncer has refused; undefined for other errors. */
export function findRefusedParameter (error: unknown): string | undefined {
  return isOfPgBouncer(error) ? /^unsupported startup parameter(?: in options)?: (\w+)/.exec(error.message)?.[1] : undefined
}

/** Whether PgBouncer has refused a transaction, because its `pool_mode` is `statement`. */
export function isStatementPooling (error: unknown): boolean {
  return isOfPgBouncer(error) && /statement pooling/i.test(error.message)
}

/** PgBouncer's own errors all have this SQLSTATE, protocol_violation. */
function isOfPgBouncer (error: unknown): error is Error {
  return findSqlState(error) === '08P01'
}

// Connection exceptions, insufficient resources, operator intervention (a shutdown, a statement timeout), read-only, lock timeouts, I/O
// errors, and a server that does not know our role or database.
const UNAVAILABLE = /^(08...|53...|57P0.|57014|25006|55P03|58...|28...|3D000)$/

const SYSTEM_ERRORS = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES'
])
