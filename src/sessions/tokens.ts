import { randomUUID } from 'node:crypto'
import { CLIENT_ID, ENROLMENT_CLIENT_ID, ENROLMENT_SCOPE, toAcr, type AccessClaims, type CustomClaims } from '../contract/index.ts'
import { InvalidTargetError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { DerivedKey } from '../secrets/index.ts'
import type { Authentication, Lifetimes } from './session-sql.ts'
import { formatRefreshToken } from './refresh-token.ts'

/** What the database granted for an access token. */
export interface AccessGrant extends Authentication {
  sessionId: string
  userId: string
  role: string
  claims: CustomClaims
  /** NumericDate, by the database's clock, never by that of an instance. */
  issuedAt: number
  /** For `Keyring.awaitRevocations`. */
  revokedKeys: number
}

/** What the database granted to a login or a refresh. */
export interface Grant extends AccessGrant {
  /** Of the refresh token. */
  generation: number
  /** Until the absolute end of the session. */
  remainingSeconds: number
}

/** A pair of tokens for a client. */
export interface Tokens {
  sessionId: string
  userId: string
  /** The `jti` of the access token. */
  tokenId: string
  accessToken: string
  expiresInSeconds: number
  refreshToken: string
  refreshExpiresInSeconds: number
}

/** Signs the access token of a grant: no query. `jti` is the id of the token. */
type MintAccessToken = (
  grant: AccessGrant, audience: string, lifetimeSeconds: number
) => Pick<Tokens, 'tokenId' | 'accessToken'>

interface AccessTokenMinterOptions {
  keyring: Pick<Keyring, 'sign'>
  issuer: string
}

interface TokenMinterOptions extends AccessTokenMinterOptions {
  /** The first one is used. */
  refreshTokenKeys: readonly DerivedKey[]
  lifetimes: Lifetimes
}

/**
 * Makes the function that mints the tokens of a grant: it signs, and needs no query.
 *
 * @returns grant, audience -> tokens
 */
export function createTokenMinter (options: TokenMinterOptions): (grant: Grant, audience: string) => Tokens {
  const { refreshTokenKeys, lifetimes } = options
  const { accessTtlSeconds, sessionIdleSeconds, rotation } = lifetimes
  const mintAccessToken = createAccessTokenMinter(options)
  // Independent of rotated_at, or a thief could observe the victim's refreshes.
  const idleSeconds = sessionIdleSeconds - rotation.windowSeconds
  return function mint (grant, audience) {
    const { sessionId, userId, generation, remainingSeconds } = grant
    return {
      sessionId,
      userId,
      ...mintAccessToken(grant, audience, accessTtlSeconds),
      expiresInSeconds: accessTtlSeconds,
      refreshToken: formatRefreshToken({ sessionId, generation }, refreshTokenKeys),
      refreshExpiresInSeconds: Math.min(idleSeconds, remainingSeconds)
    }
  }
}

/**
 * @param isEnrolment whether the token is good for enrolling a second factor, and nothing else: by its client and its scope, which every
 *   edge takes for a ceiling
 */
export function createAccessTokenMinter (
  { keyring, issuer }: AccessTokenMinterOptions, { isEnrolment = false }: { isEnrolment?: boolean } = {}
): MintAccessToken {
  const client = isEnrolment ? { client_id: ENROLMENT_CLIENT_ID, scope: ENROLMENT_SCOPE } : { client_id: CLIENT_ID }
  return function mintAccessToken (grant, audience, lifetimeSeconds) {
    const tokenId = randomUUID()
    const { sessionId, userId, role, claims, issuedAt, authenticatedAt, level } = grant
    const accessClaims: AccessClaims = {
      iss: issuer,
      aud: audience,
      sub: userId,
      role,
      sid: sessionId,
      jti: tokenId,
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      ...client,
      // After a failover, the clock of the database may be behind that of the login.
      auth_time: Math.min(authenticatedAt, issuedAt),
      acr: toAcr(level),
      ...(Object.keys(claims).length > 0 && { ext: claims })
    }
    return { tokenId, accessToken: keyring.sign(accessClaims) }
  }
}

/**
 * Chooses whom a token is for. Nothing is stored: each request names the audience it wants.
 *
 * @param audiences of AUDIENCES, the first is the default
 * @param requested by the client, if it has asked for one
 * @throws InvalidTargetError
 */
export function selectAudience (audiences: readonly string[], requested: string | undefined): string {
  const audience = requested === undefined ? audiences[0] : audiences.find((known) => known === requested)
  if (audience === undefined) throw new InvalidTargetError()
  return audience
}
