import { type IncomingHttpHeaders } from 'node:http'
import { AmbiguousCredentialsError, CrossSiteError, InvalidRequestError } from '../errors.ts'

export interface CookieOptions {
  /** Our own origin. */
  issuer: string
  /** Further origins whose pages may use the cookie. */
  corsOrigins: readonly string[]
  /** Set: the cookie is for this domain and those below it. */
  cookieDomain: string | undefined
}

/** What of a request counts here. */
interface Asking {
  readonly headers: IncomingHttpHeaders
}

/** The session cookie: how it is read, written and guarded. */
export interface SessionCookie {
  /**
   * @returns the cookie's value, or undefined when there is none
   * @throws AmbiguousCredentialsError when there are two of the name
   */
  read (request: Asking): string | undefined
  /** @throws CrossSiteError unless the request comes from our own origin or a listed one */
  assertSameSite (request: Asking): void
  /** @throws InvalidRequestError where the issuer is plain http, and not this machine */
  assertUsable (): void
  /** @returns Set-Cookie with the refresh token, for so many seconds */
  format (refreshToken: string, maxAgeSeconds: number): string
  /** Set-Cookie that takes it back. */
  readonly cleared: string
}

/**
 * @param options where we are, and who may use the cookie
 * @returns the cookie by which browsers hold a session
 */
export function createSessionCookie ({ issuer, corsOrigins, cookieDomain }: CookieOptions): SessionCookie {
  const { protocol, hostname } = new URL(issuer)
  const isSecure = protocol === 'https:'
  const isUsable = isSecure || isLoopback(hostname)
  const name = !isSecure ? 'gatepass' : cookieDomain === undefined ? '__Host-gatepass' : '__Secure-gatepass'
  const scope = isSecure && cookieDomain !== undefined ? `Path=/auth; Domain=${cookieDomain}` : 'Path=/'
  const attributes = `${scope}; HttpOnly; ${isSecure ? 'Secure; ' : ''}SameSite=Strict`
  const allowed = new Set([issuer, ...corsOrigins])
  const format = (value: string, maxAgeSeconds: number) => `${name}=${value}; Max-Age=${maxAgeSeconds}; ${attributes}`

  return {
    read: ({ headers }) => readCookie(headers.cookie ?? '', name),
    assertSameSite ({ headers }) {
      // The Host header proves nothing. Older browsers send no Sec-Fetch-Site, all send Origin with a POST.
      const site = headers['sec-fetch-site']
      const isAllowed = headers.origin === undefined ? site === 'same-origin' : allowed.has(headers.origin)
      const isContradicted = headers.origin === issuer && site === 'cross-site'
      if (!isAllowed || isContradicted) throw new CrossSiteError()
    },
    assertUsable () {
      if (!isUsable) throw new InvalidRequestError({ errors: [{ path: '/delivery', message: 'cookies need https' }] })
    },
    format,
    cleared: format('', 0)
  }
}

/** A second cookie of the name may have been planted from a sibling host, with or without a name of its own. */
function readCookie (header: string, name: string): string | undefined {
  const values = header.split(';').map(parsePair).filter(([key]) => key === name).map(([, value]) => value)
  if (values.length > 1) throw new AmbiguousCredentialsError()
  return values[0]
}

/** By position: a pattern with white space in front tried again from each of it. */
function parsePair (pair: string): [key: string | undefined, value: string] {
  const text = pair.trim()
  const begin = text.startsWith('=') && text.includes('=', 1) ? 1 : 0
  const equals = text.indexOf('=', begin)
  return equals < 0 ? [undefined, ''] : [text.slice(begin, equals).trim(), text.slice(equals + 1).trim()]
}

function isLoopback (hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
