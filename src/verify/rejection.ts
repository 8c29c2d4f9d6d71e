import {
  DoubledCredentialsError, InsufficientScopeError, InsufficientUserAuthenticationError, InvalidTokenError, MissingTokenError, NotReadyError,
  PROBLEM_MEDIA_TYPE, toProblem, type PublicError
} from '../errors.ts'

/** Why a token is rejected: for the log and the metrics, never for the client. */
export const TOKEN_REJECTIONS = [
  'malformed', 'header', 'unknown_key', 'signature', 'claims', 'issuer', 'audience', 'lifetime', 'issued_in_future', 'expired',
  'revoked', 'refresh_required', 'key_revoked',
  // No fault of the token: the edge has no keys, is fetching the key of the token, or its revocations are stale.
  'no_keys', 'key_pending', 'feed_stale'
] as const

export type TokenRejection = typeof TOKEN_REJECTIONS[number]

/** Why a request is rejected. */
export type RejectionReason =
  TokenRejection | 'missing_token' | 'doubled_credentials' | 'insufficient_scope' | 'insufficient_user_authentication'

/** The response to a rejected request: a problem document (RFC 9457). */
export interface RejectionResponse {
  readonly status: number
  /** Lower-case names, `content-type` among them. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
  /** The one sentence of the body. */
  readonly detail: string
}

// A reason that is not here is a fault of the token: all of those have the same response, so that a client cannot tell them apart.
const ERRORS: Readonly<Partial<Record<RejectionReason, () => PublicError>>> = {
  missing_token: () => new MissingTokenError(),
  doubled_credentials: () => new DoubledCredentialsError(),
  insufficient_scope: () => new InsufficientScopeError(),
  insufficient_user_authentication: () => new InsufficientUserAuthenticationError(),
  no_keys: () => new NotReadyError(),
  // A fetch of the keys takes no longer.
  key_pending: () => new NotReadyError({ headers: { 'retry-after': '1' } }),
  feed_stale: () => new NotReadyError()
}

// Serialized once, so that a flood of bad tokens costs little.
const INVALID_TOKEN = toResponse(new InvalidTokenError())
const RESPONSES = new Map<string, RejectionResponse>(
  Object.entries(ERRORS).map(([reason, createError]) => [reason, toResponse(createError())])
)

/**
 * What a guard throws: the request is not allowed. It carries the whole response.
 *
 * Hono sends it by itself, and Express its status and headers; with other frameworks, an error handler sends `toResponse()`, or `body` with
 * `status` and `headers`.
 */
export class Rejection extends Error implements RejectionResponse {
  override readonly name = 'Rejection'
  /** For the log; a client must not see it. */
  readonly reason: RejectionReason
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly detail: string

  constructor (reason: RejectionReason, response: RejectionResponse = toRejectionResponse(reason)) {
    const { stackTraceLimit } = Error
    // It is a response and no fault: without a trace, a flood of bad tokens costs little.
    Error.stackTraceLimit = 0
    super(response.detail)
    Error.stackTraceLimit = stackTraceLimit
    this.reason = reason
    this.status = response.status
    this.headers = response.headers
    this.body = response.body
    this.detail = response.detail
  }

  /** The response for frameworks that have those of the Fetch API. */
  toResponse (): Response {
    return new Response(this.body, { status: this.status, headers: this.headers })
  }

  /** What Hono sends where an app has no error handler. */
  getResponse (): Response {
    return this.toResponse()
  }
}

export function toRejectionResponse (reason: RejectionReason): RejectionResponse {
  return RESPONSES.get(reason) ?? INVALID_TOKEN
}

/** The error of the catalogue for a reason; it does not tell the client more than `toRejectionResponse`. */
export function toPublicError (reason: RejectionReason): PublicError {
  return ERRORS[reason]?.() ?? new InvalidTokenError()
}

/** The response of an error of the catalogue, serialized once. */
export function toResponse (error: PublicError): RejectionResponse {
  const headers = Object.freeze({ ...error.headers, 'content-type': PROBLEM_MEDIA_TYPE })
  return { status: error.status, headers, body: JSON.stringify(toProblem(error)), detail: error.message }
}
