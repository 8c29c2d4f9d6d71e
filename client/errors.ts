/** The service said no, in a problem document (RFC 9457); `code` is stable, the message is its sentence. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly code: string
  /** The members of the request at fault, where they can be named. */
  readonly errors: ReadonlyArray<{ path: string, message: string }>
  /** When to come back, where the service says so. */
  readonly retryAfterSeconds: number | undefined

  constructor (problem: { status: number, code: string, detail: string, errors?: ReadonlyArray<{ path: string, message: string }>, retryAfterSeconds?: number | undefined }) {
    super(problem.detail)
    this.status = problem.status
    this.code = problem.code
    this.errors = problem.errors ?? []
    this.retryAfterSeconds = problem.retryAfterSeconds
  }
}

/** The service, or the storage, cannot be asked at the moment. The session is kept, and goes on by itself when it can. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly retryAfterSeconds: number | undefined

  constructor (
    { cause, retryAfterSeconds, reason = 'The service cannot be reached at the moment' }:
    { cause?: unknown, retryAfterSeconds?: number | undefined, reason?: string } = {}
  ) {
    super(`${reason}; the session is kept.`, { cause })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The storage did not take the session that a login has brought, so that it was ended again. `cause` is the storage's own error. */
export class StorageError extends Error {
  override readonly name = 'StorageError'

  constructor (cause: unknown) {
    super('The session cannot be stored, so it was ended again.', { cause })
  }
}

/**
 * @param status of the answer
 * @param body of the answer, whatever it is
 * @param retryAfterSeconds as the answer said
 * @returns what to throw: an answer that is no problem document comes from something on the way
 */
export function toError (status: number, body: unknown, retryAfterSeconds: number | undefined): ProblemError | UnavailableError {
  const { code, detail, errors } = isObject(body) ? body : {}
  if (typeof code !== 'string' || typeof detail !== 'string') return new UnavailableError({ cause: new Error(`an answer of status ${status}`), retryAfterSeconds })
  return new ProblemError({ status, code, detail, retryAfterSeconds, errors: Array.isArray(errors) ? errors.filter(isInvalidMember) : [] })
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isInvalidMember (value: unknown): value is { path: string, message: string } {
  return isObject(value) && typeof value.path === 'string' && typeof value.message === 'string'
}
