import { randomUUID } from 'node:crypto'
import { CLIENT_ID } from '../contract/index.ts'
import type { Keyring } from '../keys/index.ts'
import type { DerivedKey } from '../secrets/index.ts'
import type { Lifetimes } from './lifetimes.ts'
import { formatRefreshToken } from './refresh-token.ts'

/** What the database granted to a login or a refresh. */
export interface Grant {
  sessionId: string
  /** Of the refresh token. */
  generation: number
  userId: string
  role: string
  /** NumericDate, by the database's clock, never by that of an instance. */
  issuedAt: number
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

interface TokenMinterOptions {
  keyring: Pick<Keyring, 'sign'>
  /** The first one is used. */
  refreshTokenKeys: readonly DerivedKey[]
  issuer: string
  audience: string
  lifetimes: Lifetimes
}

/**
 * Makes the function that mints the tokens of a grant: it signs, and needs no query.
 *
 * @returns grant -> tokens
 */
export function createTokenMinter (options: TokenMinterOptions): (grant: Grant) => Tokens {
  const { keyring, refreshTokenKeys, issuer, audience, lifetimes } = options
  const { accessTtlSeconds, sessionIdleSeconds, rotation } = lifetimes
  // Independent of rotated_at, or a thief could observe the victim's refreshes.
  const idleSeconds = sessionIdleSeconds - rotation.windowSeconds
  return function mint ({ sessionId, generation, userId, role, issuedAt, remainingSeconds }) {
    const tokenId = randomUUID()
    return {
      sessionId,
      userId,
      tokenId,
      accessToken: keyring.sign({
        iss: issuer,
        aud: audience,
        sub: userId,
        role,
        sid: sessionId,
        jti: tokenId,
        iat: issuedAt,
        exp: issuedAt + accessTtlSeconds,
        client_id: CLIENT_ID
      }),
      expiresInSeconds: accessTtlSeconds,
      refreshToken: formatRefreshToken({ sessionId, generation }, refreshTokenKeys),
      refreshExpiresInSeconds: Math.min(idleSeconds, remainingSeconds)
    }
  }
}
