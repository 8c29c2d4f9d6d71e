import { isObject } from './errors.ts'

/** Who is logged in, as the access token says: for showing. The service never takes it from here. */
export interface CurrentUser {
  /** UUID. */
  readonly id: string
  readonly role: string
  /** UUID. */
  readonly sessionId: string
}

/** Which session of which user. */
export type Identity = Pick<CurrentUser, 'id' | 'sessionId'>

/** What a login or a refresh has brought, with times of this page's monotonic clock. */
export interface Tokens {
  readonly accessToken: string
  /** Absent when it travels in the cookie. */
  readonly refreshToken: string | undefined
  readonly user: CurrentUser
  /** NumericDate seconds of the service. */
  readonly issuedAt: number
  readonly lifetimeSeconds: number
  /** When it was asked for, in milliseconds: the life of a token is counted from there, to be on the safe side. */
  readonly askedAt: number
}

/**
 * Reads a token response, whoever sent it.
 *
 * @param body the answer's
 * @param askedAt milliseconds of the monotonic clock
 * @throws TypeError when it is none: a proxy or a captive portal answered
 */
export function parseTokens (body: unknown, askedAt: number): Tokens {
  if (!isObject(body)) throw new TypeError('not a token response')
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId, expires_in: lifetimeSeconds } = body
  if (typeof accessToken !== 'string' || typeof sessionId !== 'string' || typeof lifetimeSeconds !== 'number' || !(lifetimeSeconds > 0)) throw new TypeError('not a token response')
  if (refreshToken !== undefined && typeof refreshToken !== 'string') throw new TypeError('not a token response')
  const { sub, role, sid, iat } = decodeClaims(accessToken)
  if (typeof sub !== 'string' || typeof role !== 'string' || sid !== sessionId || typeof iat !== 'number') throw new TypeError('not an access token of the session')
  return { accessToken, refreshToken, user: Object.freeze({ id: sub, role, sessionId }), issuedAt: iat, lifetimeSeconds, askedAt }
}

/** @returns whether both are of one session of one user, as they are before and after a refresh */
export function isSameSession (a: Identity, b: Identity): boolean {
  return a.id === b.id && a.sessionId === b.sessionId
}

/** Without a check of the signature, which is not for those to check who send it. */
function decodeClaims (accessToken: string): Record<string, unknown> {
  const [, payload = ''] = accessToken.split('.')
  const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
  if (!isObject(claims)) throw new TypeError('not an access token')
  return claims
}
