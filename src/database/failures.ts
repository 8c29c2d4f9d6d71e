/** A deadlock or a serialization failure: nothing was done, and asking again is safe. */
export function isConflict (error: unknown): boolean {
  return CONFLICTS.has(findSqlState(error) ?? '')
}

/**
 * Does again what a conflict has undone; a statement on its own may meet one, too, where a role's transactions are serializable.
 *
 * @param work has done nothing when it throws a conflict
 */
export async function retryConflicts<T> (work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error
    }
  }
}

const ATTEMPTS = 3

/**
 * Whether the database, and not the question, is at fault: it is down, hung, slow, full, read-only or has no connection left.
 * Asking again later may help; nothing is known of whether a change was made.
 */
export function isDatabaseUnavailable (error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  if (!(error instanceof Error) || !('code' in error)) return false
  const sqlState = findSqlState(error)
  return sqlState === undefined ? SYSTEM_ERRORS.has(String(error.code)) : UNAVAILABLE.test(sqlState)
}

/** Whether a value is text that the database cannot hold, such as one with a NUL. */
export function isInvalidText (error: unknown): boolean {
  const sqlState = findSqlState(error)
  return sqlState === '22021' || sqlState === '22P05'
}

/** The five letters by which Postgres names an error. */
export function findSqlState (error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) && !SYSTEM_ERRORS.has(error.code) ? error.code : undefined
}

/** No connection, or no answer in time. The message is for the log. */
export class DatabaseUnavailableError extends Error {}

const CONFLICTS = new Set(['40P01', '40001'])

// Connection exceptions, insufficient resources, operator intervention (shutdown, cancelled by a timeout), read-only, locks
// not had in time, I/O errors, and a server that does not know us, or not our database.
const UNAVAILABLE = /^(08...|53...|57P0.|57014|25006|55P03|58...|28...|3D000)$/

const SYSTEM_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES'])
