// The session of a browser: both tokens in cookies of this app, which no script can read.
import { ISSUER } from './gatepass'

const isProduction = process.env.NODE_ENV === 'production'
const PREFIX = isProduction ? '__Host-' : ''

export const ACCESS_COOKIE = `${PREFIX}access-token`
export const REFRESH_COOKIE = `${PREFIX}refresh-token`

/** Lax, so that a link from another site opens the page as the user; a form of another site is sent without them. */
const OPTIONS = { httpOnly: true, secure: isProduction, sameSite: 'lax', path: '/' } as const

export interface Tokens {
  access_token: string
  expires_in: number
  refresh_token: string
  refresh_expires_in: number
}

interface CookieJar {
  set (name: string, value: string, options: typeof OPTIONS & { maxAge: number }): unknown
}

export function setTokens (cookies: CookieJar, tokens: Tokens): void {
  // The browser forgets the access token before it expires: a request without it refreshes.
  cookies.set(ACCESS_COOKIE, tokens.access_token, { ...OPTIONS, maxAge: Math.floor(tokens.expires_in * 0.9) })
  cookies.set(REFRESH_COOKIE, tokens.refresh_token, { ...OPTIONS, maxAge: tokens.refresh_expires_in })
}

export function clearTokens (cookies: CookieJar): void {
  for (const name of [ACCESS_COOKIE, REFRESH_COOKIE]) cookies.set(name, '', { ...OPTIONS, maxAge: 0 })
}

/** A request to gatepass. A response that takes longer than 10 s is not used. */
export function post (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${ISSUER}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    cache: 'no-store',
    signal: AbortSignal.timeout(10_000)
  })
}

const refreshes = new Map<string, Promise<Tokens | undefined>>()

/**
 * Gets the next tokens: one request for all that come with the same refresh token.
 *
 * @returns undefined when the session has ended
 * @throws when nobody knows whether it has: the cookies stay
 */
export function refresh (refreshToken: string): Promise<Tokens | undefined> {
  const pending = refreshes.get(refreshToken) ?? requestTokens(refreshToken).finally(() => refreshes.delete(refreshToken))
  refreshes.set(refreshToken, pending)
  return pending
}

async function requestTokens (refreshToken: string): Promise<Tokens | undefined> {
  const response = await post('/auth/refresh', { refresh_token: refreshToken })
  const body = await response.json()
  if (response.ok) return body
  if (response.status === 401 && body.code === 'invalid_refresh_token') return undefined
  throw new Error(`the refresh was answered with ${response.status}`)
}
