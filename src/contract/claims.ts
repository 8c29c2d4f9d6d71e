// What an access token says. The issuing half writes these claims, the verifying half accepts nothing else.

/** The claims of an access token (RFC 9068 2.2), all of them and no others. Times are NumericDate seconds. */
export interface AccessClaims {
  iss: string
  aud: string
  /** The user's id, a UUID. */
  sub: string
  /** One role name; what it may do is known at the edge, see `defineRoles`. */
  role: string
  /** The session's id, a UUID. */
  sid: string
  jti: string
  iat: number
  exp: number
  client_id: string
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

export const ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'RS256']

/** RFC 9068 2.1: keeps an id token, or any other JWT of the same key, from passing as an access token. */
export const TOKEN_TYPE = 'at+jwt'

/** RFC 9068 2.2 wants a client_id; there is one client, the service itself. */
export const CLIENT_ID = 'gatepass'

/** The longest life of any access token, in seconds; the edge refuses more, whatever the signature says. */
export const MAX_ACCESS_TTL_SECONDS = 3600

/** How far an instance's clock may be off, in seconds. */
export const CLOCK_LEEWAY_SECONDS = 5

/** How far past the issuer's clock the `iat` of a token may be, in seconds: see the not-before of everybody. */
export const ISSUED_AHEAD_SECONDS = 3

export const ROLE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A public signing key as it stands in the JWKS (RFC 7517): exactly the public members, one algorithm, one use. */
export type PublicJwk = {
  kid: string
  alg: Algorithm
  use: 'sig'
} & (
  | { kty: 'EC', crv: 'P-256', x: string, y: string }
  | { kty: 'OKP', crv: 'Ed25519', x: string }
  | { kty: 'RSA', n: string, e: string }
)
