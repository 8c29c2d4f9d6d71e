import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../contract/index.ts'
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
interface RequestHeaders {
  readonly headers: IncomingHttpHeaders
}

/** The session cookie: how it is read, written and guarded. */
export interface SessionCookie {
  /**
   * @returns the cookie's value, or undefined when there is none
   * @throws AmbiguousCredentialsError when there are two of the name
   */
  read (request: RequestHeaders): string | undefined
  /** @throws CrossSiteError unless the request comes from our own origin or a listed one */
  assertSameSite (request: RequestHeaders): void
  /** @throws InvalidRequestError where the issuer is plain http, and not this machine */
  assertUsable (): void
  /** @returns Set-Cookie with the refresh token, for so many seconds */
  format (refreshToken: string, maxAgeSeconds: number): string
  /** Set-Cookie that takes it back. */
  readonly cleared: string
  /**
   * The way out where there are two of the name: after COOKIE_DOMAIN was changed, or because somebody else has set one.
   *
   * @param path of the request that carried both
   * @returns Set-Cookie fields that take back every cookie of ours that is not the one which we would set
   */
  clearOthers (path: string): string[]
}

const HOST_NAME = '__Host-gatepass'
const DOMAIN_NAME = '__Secure-gatepass'

/**
 * @param options where we are, and who may use the cookie
 * @returns the cookie by which browsers hold a session
 */
export function createSessionCookie ({ issuer, corsOrigins, cookieDomain }: CookieOptions): SessionCookie {
  const { protocol, hostname, port } = new URL(issuer)
  const isSecure = protocol === 'https:'
  const isUsable = isSecure || isLoopback(hostname)
  // Browsers tell hosts apart, but no ports: on one machine each service has a name of its own.
  const name = !isSecure ? `gatepass-${port === '' ? '80' : port}` : cookieDomain === undefined ? HOST_NAME : DOMAIN_NAME
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
    cleared: format('', 0),
    clearOthers (path) {
      const scopes = isSecure
        ? [...cookieScopes(DOMAIN_NAME, path, [undefined, ...hostAndParents(hostname)]), `${HOST_NAME}; Path=/`]
        : cookieScopes(name, path, [undefined])
      // Short ones, for proxies bound what a response may have in its head: a cookie is taken back without its other attributes.
      const others = scopes.filter((other) => other !== `${name}; ${scope}`)
      return others.map((other) => `${other.replace(';', '=; Max-Age=0;')}${isSecure ? '; Secure' : ''}`)
    }
  }
}

/** A browser keeps a cookie for each name, path and domain: these are the paths by which one comes with a request. */
function cookieScopes (name: string, path: string, domains: ReadonlyArray<string | undefined>): string[] {
  const paths = ['/', '/auth', '/auth/', path]
  return domains.flatMap((domain) => paths.map((path) => `${name}; Path=${path}${domain === undefined ? '' : `; Domain=${domain}`}`))
}

/** Whatever COOKIE_DOMAIN may have been: the host and the domains above it, of which browsers leave public suffixes alone. */
function hostAndParents (hostname: string): string[] {
  if (isIP(hostname) !== 0 || hostname.startsWith('[')) return []
  const labels = hostname.split('.')
  return labels.slice(0, -1).map((_label, index) => labels.slice(index).join('.'))
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
