import {
  DoubledCredentialsError, InsufficientScopeError, InsufficientUserAuthenticationError, InvalidTokenError, MissingTokenError, NotReadyError,
  toProblem, type PublicError
} from '../errors.ts'

/** Why a token is rejected: for the log and the metrics, never for the client. */
export const TOKEN_REJECTIONS = [
  'malformed', 'header', 'unknown_key', 'signature', 'claims', 'issuer', 'audience', 'lifetime', 'issued_in_future', 'expired',
  'revoked', 'refresh_required', 'key_revoked',
  // No fault of the token: the edge has no keys, or its revocations are stale.
  'no_keys', 'feed_stale'
] as const

export type TokenRejection = typeof TOKEN_REJECTIONS[number]

/** Why a request is rejected. */
export type RejectionReason =
  TokenRejection | 'missing_token' | 'doubled_credentials' | 'insufficient_scope' | 'insufficient_user_authentication'

export interface RejectionResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

// A reason that is not here is a fault of the token: all of those have the same response, so that a client cannot tell them apart.
const ERRORS: Readonly<Partial<Record<RejectionReason, new () => PublicError>>> = {
  missing_token: MissingTokenError,
  doubled_credentials: DoubledCredentialsError,
  insufficient_scope: InsufficientScopeError,
  insufficient_user_authentication: InsufficientUserAuthenticationError,
  no_keys: NotReadyError,
  feed_stale: NotReadyError
}

// Serialized once, so that a flood of bad tokens costs little.
const INVALID_TOKEN = toResponse(new InvalidTokenError())
const RESPONSES = new Map<string, RejectionResponse>(
  Object.entries(ERRORS).map(([reason, PublicError]) => [reason, toResponse(new PublicError())])
)

/** The response to a rejected request, a problem document (RFC 9457). */
export function toRejectionResponse (reason: RejectionReason): RejectionResponse {
  return RESPONSES.get(reason) ?? INVALID_TOKEN
}

/** The error of the catalogue for a reason; it does not tell the client more than `toRejectionResponse`. */
export function toPublicError (reason: RejectionReason): PublicError {
  return new (ERRORS[reason] ?? InvalidTokenError)()
}

/** The response of an error of the catalogue, serialized once. */
export function toResponse (error: PublicError): RejectionResponse {
  return { status: error.status, headers: error.headers, body: JSON.stringify(toProblem(error)) }
}
