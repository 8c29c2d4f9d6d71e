import { randomUUID } from 'node:crypto'
import { CLIENT_ID } from '../contract/index.ts'
import type { DerivedKey } from '../secrets/index.ts'
import type { Keyring } from '../keys/index.ts'
import type { Lifetimes } from './lifetimes.ts'
import { formatRefreshToken } from './refresh-token.ts'

/** What the database has granted, and tokens shall say. */
export interface Grant {
  sessionId: string
  /** Of the refresh token. */
  generation: number
  userId: string
  role: string
  /** NumericDate seconds of the database, never of an instance. */
  issuedAt: number
  /** Until the absolute end of the session. */
  restSeconds: number
}

/** A pair of tokens as a client gets them. */
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

export interface IssuerOptions {
  keyring: Pick<Keyring, 'sign'>
  refreshTokenKeys: readonly DerivedKey[]
  issuer: string
  audience: string
  lifetimes: Lifetimes
}

/**
 * Makes the function that turns a grant into tokens; it signs, and asks nobody.
 *
 * @param options who issues, for whom, with which keys, for how long
 * @returns grant -> tokens
 */
export function createIssuer ({ keyring, refreshTokenKeys, issuer, audience, lifetimes }: IssuerOptions): (grant: Grant) => Tokens {
  const { accessTtlSeconds, sessionIdleSeconds, grace } = lifetimes
  // Counted from nothing that a refresh moves, or one holder of a token could see the refreshes of another.
  const idleRestSeconds = sessionIdleSeconds - grace.window
  return function issue ({ sessionId, generation, userId, role, issuedAt, restSeconds }) {
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
      refreshExpiresInSeconds: Math.min(idleRestSeconds, restSeconds)
    }
  }
}
