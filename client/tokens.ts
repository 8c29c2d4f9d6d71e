import { isObject } from './errors.ts'

/** The logged-in user, as the access token says: for display only, because the client does not verify the token. */
export interface CurrentUser {
  /** UUID. */
  readonly id: string
  readonly role: string
  /** UUID. */
  readonly sessionId: string
  /** The custom claims of the user, such as the id of an organisation. */
  readonly claims: Readonly<Record<string, string | number | boolean>>
}

/** Identifies a session and its user. */
export type Identity = Pick<CurrentUser, 'id' | 'sessionId'>

/** The tokens of a login or a refresh, with times of this page's monotonic clock. */
export interface Tokens {
  readonly accessToken: string
  /** Undefined when it travels in the cookie. */
  readonly refreshToken: string | undefined
  readonly user: CurrentUser
  /** `aud`: whom the access token is for. */
  readonly audience: unknown
  /** `iat`, in seconds of the service's clock. */
  readonly issuedAt: number
  readonly lifetimeSeconds: number
  /**
   * When the request was sent, in milliseconds. The lifetime is counted from here, so that a slow response makes no token last too long.
   */
  readonly requestedAt: number
}

/**
 * Why the current user has changed: a login; a session restored after a reload; a new role; new custom claims; a logout; the service ended
 * the session; there was no session to restore; or the store now holds another session.
 */
export type Change = 'login' | 'restored' | 'role' | 'claims' | 'logout' | 'ended' | 'none' | 'replaced'

/**
 * Parses a token response, from the service or from another tab.
 *
 * @param body of the response, of any shape
 * @param requestedAt milliseconds of the monotonic clock
 * @throws TypeError for anything else, such as the response of a proxy or a captive portal
 */
export function parseTokens (body: unknown, requestedAt: number): Tokens {
  if (!isObject(body)) throw new TypeError('not a token response')
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId, expires_in: lifetimeSeconds } = body
  if (typeof accessToken !== 'string') throw new TypeError('not a token response')
  if (typeof lifetimeSeconds !== 'number' || !(lifetimeSeconds > 0)) throw new TypeError('not a token response')
  if (refreshToken !== undefined && typeof refreshToken !== 'string') throw new TypeError('not a token response')
  const { sub, role, sid, iat, aud, ext } = decodeClaims(accessToken)
  if (typeof sub !== 'string' || typeof role !== 'string' || typeof sid !== 'string' || typeof iat !== 'number') {
    throw new TypeError('not an access token of a user')
  }
  // The response to a step-up does not repeat it.
  if (sessionId !== undefined && sessionId !== sid) throw new TypeError('not an access token of the session')
  const claims = Object.freeze({ ...isObject(ext) && ext as CurrentUser['claims'] })
  const user = Object.freeze({ id: sub, role, sessionId: sid, claims })
  return { accessToken, refreshToken, user, audience: aud, issuedAt: iat, lifetimeSeconds, requestedAt }
}

/** A refresh changes neither the user nor the session. */
export function isSameSession (a: Identity, b: Identity): boolean {
  return a.id === b.id && a.sessionId === b.sessionId
}

/** What has changed of a user whose session goes on. */
export function findChange (before: CurrentUser, after: CurrentUser): Change | undefined {
  if (before.role !== after.role) return 'role'
  return JSON.stringify(before.claims) === JSON.stringify(after.claims) ? undefined : 'claims'
}

/** @returns when a fraction of the lifetime has passed, in milliseconds of the monotonic clock */
export function timeAtFraction ({ requestedAt, lifetimeSeconds }: Tokens, fraction: number): number {
  return requestedAt + lifetimeSeconds * 1000 * fraction
}

/** Without verification: only the services that receive the token verify it. */
function decodeClaims (accessToken: string): Record<string, unknown> {
  const [, payload = ''] = accessToken.split('.')
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (!isObject(claims)) throw new TypeError('not an access token')
  return claims
}
