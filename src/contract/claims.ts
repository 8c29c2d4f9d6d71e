// The claims of an access token: the issuer writes exactly these, and the edge accepts nothing else.

/** The claims of an access token (RFC 9068 2.2), all of them and no others. Times are NumericDate seconds. */
export interface AccessClaims {
  iss: string
  aud: string
  /** The user's id, a UUID. */
  sub: string
  /** The name of one role; the edge knows its capabilities, see `defineRoles`. */
  role: string
  /** The session's id, a UUID. */
  sid: string
  jti: string
  iat: number
  exp: number
  client_id: string
}

/** RFC 9068 2.1: an id token, or any other JWT signed with the same key, is not accepted as an access token. */
export const TOKEN_TYPE = 'at+jwt'

/** RFC 9068 2.2 requires a client_id; the only client is the service itself. */
export const CLIENT_ID = 'gatepass'

/** The edge rejects a token with a longer lifetime, even if its signature is valid. */
export const MAX_ACCESS_TTL_SECONDS = 3600

/** How far the clock of an instance may be off. */
export const CLOCK_LEEWAY_SECONDS = 5

/** How far the `iat` of a token may be ahead of the issuer's clock: see the not-before of all users. */
export const ISSUED_AHEAD_SECONDS = 3

export const ROLE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
