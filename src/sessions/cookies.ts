import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../contract/index.ts'
import { AmbiguousCredentialsError, CrossSiteError, InvalidRequestError } from '../errors.ts'

interface CookieOptions {
  /** Our origin. */
  issuer: string
  /** Other origins whose pages may use the cookie. */
  corsOrigins: readonly string[]
  /** If set, the cookie is for this domain and its subdomains. */
  cookieDomain: string | undefined
}

interface RequestHeaders {
  readonly headers: IncomingHttpHeaders
}

/** Reads and formats the session cookie, and guards it against cross-site requests. */
export interface SessionCookie {
  readonly name: string
  /**
   * @returns the value of the cookie, or undefined if there is none
   * @throws AmbiguousCredentialsError if there are two with its name
   */
  read (request: RequestHeaders): string | undefined
  /** @throws CrossSiteError unless the request comes from our origin or a listed one */
  assertSameSite (request: RequestHeaders): void
  /** @throws InvalidRequestError if the issuer is plain http and not on this machine */
  assertUsable (): void
  /** @returns the Set-Cookie that sets the refresh token */
  format (refreshToken: string, maxAgeSeconds: number): string
  /** The Set-Cookie that deletes the cookie. */
  readonly cleared: string
  /**
   * Resolves an ambiguity: there are two cookies with our name after COOKIE_DOMAIN was changed, or if another party has set one.
   *
   * @param path of the request that had both
   * @returns the Set-Cookie fields that delete every cookie with our names except the one that we would set
   */
  clearOthers (path: string): string[]
}

const HOST_NAME = '__Host-gatepass'
const DOMAIN_NAME = '__Secure-gatepass'

/**
 * Makes the cookie that holds the session of a browser.
 */
export function createSessionCookie ({ issuer, corsOrigins, cookieDomain }: CookieOptions): SessionCookie {
  const { protocol, hostname, port } = new URL(issuer)
  const isSecure = protocol === 'https:'
  const isUsable = isSecure || isLoopback(hostname)
  // Cookies do not distinguish ports: on one machine each service needs a name of its own.
  const name = !isSecure ? `gatepass-${port === '' ? '80' : port}` : cookieDomain === undefined ? HOST_NAME : DOMAIN_NAME
  const scope = isSecure && cookieDomain !== undefined ? `Path=/auth; Domain=${cookieDomain}` : 'Path=/'
  const attributes = `${scope}; HttpOnly; ${isSecure ? 'Secure; ' : ''}SameSite=Strict`
  const allowed = new Set([issuer, ...corsOrigins])
  const format = (value: string, maxAgeSeconds: number) => `${name}=${value}; Max-Age=${maxAgeSeconds}; ${attributes}`

  return {
    name,
    read: ({ headers }) => readCookie(headers.cookie ?? '', name),
    assertSameSite ({ headers }) {
      // The Host header proves nothing. Old browsers send no Sec-Fetch-Site; all send Origin with a POST.
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
      // Without the other attributes, which a deletion does not need: proxies limit the size of response headers.
      const others = scopes.filter((other) => other !== `${name}; ${scope}`)
      return others.map((other) => `${other.replace(';', '=; Max-Age=0;')}${isSecure ? '; Secure' : ''}`)
    }
  }
}

/** A browser stores a cookie for each name, path and domain. These are the paths whose cookies come with a request. */
function cookieScopes (name: string, path: string, domains: ReadonlyArray<string | undefined>): string[] {
  const paths = ['/', '/auth', '/auth/', path]
  return domains.flatMap((domain) => paths.map((path) => `${name}; Path=${path}${domain === undefined ? '' : `; Domain=${domain}`}`))
}

/** All values that COOKIE_DOMAIN may have had: the host and its parent domains. Browsers ignore those that are public suffixes. */
function hostAndParents (hostname: string): string[] {
  if (isIP(hostname) !== 0 || hostname.startsWith('[')) return []
  const labels = hostname.split('.')
  return labels.slice(0, -1).map((_label, index) => labels.slice(index).join('.'))
}

/** A sibling host may have set a second cookie: one with our name, or a nameless one whose value begins with our name and `=`. */
function readCookie (header: string, name: string): string | undefined {
  const values = header.split(';').map(parsePair).filter(([key]) => key === name).map(([, value]) => value)
  if (values.length > 1) throw new AmbiguousCredentialsError()
  return values[0]
}

/** Without a pattern: one that begins with white space would take quadratic time. */
function parsePair (pair: string): [key: string | undefined, value: string] {
  const text = pair.trim()
  const begin = text.startsWith('=') && text.includes('=', 1) ? 1 : 0
  const equals = text.indexOf('=', begin)
  return equals < 0 ? [undefined, ''] : [text.slice(begin, equals).trim(), text.slice(equals + 1).trim()]
}
