import type { PasskeyJson } from './platform.ts'

const MAX_RETRY_AFTER_SECONDS = 300

/** The service rejected the request with a problem document (RFC 9457); `code` is stable, the message is its `detail`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly code: string
  /** The invalid members of the request, where the service names them. */
  readonly errors: ReadonlyArray<{ path: string, message: string }>
  /** From `Retry-After`, where the response has it. */
  readonly retryAfterSeconds: number | undefined

  constructor ({ status, code, detail, errors = [], retryAfterSeconds }: Problem) {
    super(detail)
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfterSeconds = retryAfterSeconds
  }
}

interface Problem {
  status: number
  code: string
  detail: string
  errors?: ReadonlyArray<{ path: string, message: string }>
  retryAfterSeconds?: number | undefined
}

/** The service, or the storage, is not available at the moment. The session is kept, and the client tries again by itself. */
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

/** The service asks for a recent or a stronger proof of the user (RFC 9470): ask the user, call `stepUp`, and repeat the request. */
export class StepUpNeededError extends Error {
  override readonly name = 'StepUpNeededError'
  /** How strong: `aal1`, `aal2` or `phr`; undefined where any proof will do, or where the response cannot be read. */
  readonly acr: string | undefined
  /** How recent, in seconds; undefined where the response cannot be read. */
  readonly maxAge: number | undefined
  /** From `stepUp`, when the password alone was not enough: the second factors of the user, as `SecondFactorNeededError` has them. */
  readonly methods: readonly string[] | undefined

  constructor ({ acr, maxAge, methods }: { acr?: string | undefined, maxAge?: number | undefined, methods?: readonly string[] }) {
    super('Prove again who you are: the last proof is too old, or too weak.')
    this.acr = acr
    this.maxAge = maxAge
    this.methods = methods
  }
}

/** The password was right, and a second factor is needed: ask the user, and call `secondFactor`. */
export class SecondFactorNeededError extends Error {
  override readonly name = 'SecondFactorNeededError'
  /** For `secondFactor`. It may be tried again after a wrong one, and begins one session at most. */
  readonly challenge: string
  /** What the user has: `totp`, `passkey`, `recovery_code`. */
  readonly methods: readonly string[]
  /** For `secondFactor`, where the user has passkeys. */
  readonly passkeyOptions: PasskeyJson | undefined
  /** How long the challenge is good. */
  readonly expiresInSeconds: number

  constructor ({ challenge, methods, passkeyOptions, expiresInSeconds }: Omit<SecondFactorNeededError, keyof Error>) {
    super('A second factor is needed.')
    this.challenge = challenge
    this.methods = methods
    this.passkeyOptions = passkeyOptions
    this.expiresInSeconds = expiresInSeconds
  }
}

/** The service asks for a second factor, and the user has none: see `enrol`. No session has begun. */
export class EnrolmentNeededError extends Error {
  override readonly name = 'EnrolmentNeededError'
  /** For `enrol`: it is good for nothing else. */
  readonly accessToken: string
  readonly expiresInSeconds: number

  constructor ({ accessToken, expiresInSeconds }: Omit<EnrolmentNeededError, keyof Error>) {
    super('This service asks for a second factor: set one up, then log in again.')
    this.accessToken = accessToken
    this.expiresInSeconds = expiresInSeconds
  }
}

/** The storage rejected the session of a login, so the session was ended again. `cause` is the storage's own error. */
export class StorageError extends Error {
  override readonly name = 'StorageError'

  constructor (cause: unknown) {
    super('The session cannot be stored, so it was ended again.', { cause })
  }
}

/**
 * @param status of the response
 * @param body of the response, parsed; of any shape
 * @param retryAfterSeconds from the response
 * @returns the error to throw: UnavailableError for a response without a problem document, which a proxy has sent
 */
export function toError (status: number, body: unknown, retryAfterSeconds: number | undefined): ProblemError | UnavailableError {
  const { code, detail, errors } = isObject(body) ? body : {}
  if (typeof code !== 'string' || typeof detail !== 'string') {
    return new UnavailableError({ cause: new Error(`a response of status ${status}`), retryAfterSeconds })
  }
  return new ProblemError({ status, code, detail, retryAfterSeconds, errors: Array.isArray(errors) ? errors.filter(isInvalidMember) : [] })
}

/** @returns the seconds of `Retry-After`, at most five minutes of them; undefined where the response has none */
export function parseRetryAfter ({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')
  return text !== null && /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_RETRY_AFTER_SECONDS) : undefined
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isInvalidMember (value: unknown): value is { path: string, message: string } {
  return isObject(value) && typeof value.path === 'string' && typeof value.message === 'string'
}
