// Settings whose form says more than their type: each is read here, or refused with a sentence that names it.
import { isIP } from 'node:net'
import { isGuessable } from './guessable-secrets.ts'

/** A setting that cannot be used; the message is one sentence that names it. */
export class ConfigError extends Error {}

const GUESSABLE = 'holds one that can be guessed, a placeholder or a pattern: set it to 32 random bytes, for example from "openssl rand -base64 32".'

/** What is between commas, without white space around it. */
export function listOf (value: string): string[] {
  return value.split(',').map((item) => item.trim()).filter((item) => item !== '')
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const SSL_VALUES = ['true', 'false', '1', '0', 'no-verify']

/** What libpq refuses is refused; the driver would take it for something else, or fail without a word of where to look. */
export function parseDatabaseUrl (name: string, value: string): string {
  const withHost = value.replace(/^(postgres(?:ql)?:\/\/[^/@]*@)(?=\/)/, '$1localhost')
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(withHost)) throw new ConfigError(`${name} must be a URL such as postgres://user@host/database.`)
  if (/\s$/.test(value)) throw new ConfigError(`${name} ends in white space, which would be part of it: take that away.`)
  const { username, password, hostname, pathname, searchParams } = new URL(withHost)
  if (![username, password, hostname, pathname].every(isDecodable)) throw new ConfigError(`${name} has a % that encodes nothing: write % itself as %25.`)
  for (const [parameter, values] of [['sslmode', SSL_MODES], ['ssl', SSL_VALUES]] as const) {
    if (searchParams.getAll(parameter).some((given) => !values.includes(given))) throw new ConfigError(`${name} has ${parameter === 'ssl' ? 'an' : 'a'} ${parameter} that must be one of ${values.join(', ')}.`)
  }
  return value
}

function isDecodable (text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

export function parseOrigin (name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.origin !== value) {
    throw new ConfigError(`${name} must be an origin such as https://auth.example.com, in lower case, with no path and no trailing slash.`)
  }
  return value
}

/** RFC 9110 5.1 and 5.6.2; with credentials, `*` would be the name of a header and no wildcard (Fetch 3.3.5). */
export function parseHeaderName (name: string, value: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value) || value === '*') throw new ConfigError(`${name} must list names of request headers, such as x-request-id, and no wildcard.`)
  return value.toLowerCase()
}

/** 64 hex digits, or base64 or base64url of at least 32 bytes: what "openssl rand" prints either way. */
export function parseSecretKey (value: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value) || key.length < 32) {
    throw new ConfigError('SECRET_KEYS must hold 32 random bytes or more each, in base64 or hex, for example from "openssl rand -base64 32".')
  }
  if (isGuessable(Buffer.from(value), key)) throw new ConfigError(`SECRET_KEYS ${GUESSABLE}`)
  return key
}

export function parseFeedToken (value: string): string {
  if (!/^[A-Za-z0-9+/_.~-]+=*$/.test(value) || value.length < 43) {
    throw new ConfigError('FEED_TOKEN must hold 32 random bytes or more each, for example from "openssl rand -base64 32".')
  }
  if (isGuessable(Buffer.from(value), Buffer.from(value, 'base64'))) throw new ConfigError(`FEED_TOKEN ${GUESSABLE}`)
  return value
}

/** Whom to listen for; a port or a scheme would be looked up as part of a name. */
export function parseHost (value: string): string {
  if (isIP(value) === 0 && !/^(?=.*[A-Za-z])[\w-]+(\.[\w-]+)*$/.test(value)) throw new ConfigError('HOST must be an address or the name of a host, such as 0.0.0.0, with no scheme and no port.')
  return value
}

export function parseAudience (value: string): string {
  if (!/^[\x21-\x7e]+$/.test(value)) throw new ConfigError('AUDIENCE must be of ASCII characters that can be seen, with no blank.')
  return value
}

export function parseRole (name: string, value: string, roles: readonly string[]): string {
  if (!roles.includes(value)) throw new ConfigError(`${name} must be one of ${roles.join(', ')}.`)
  return value
}

/** Fastify takes addresses; a number of hops would believe whoever connects directly. */
export function parseTrustProxy (value: string): readonly string[] | false {
  const blocks = listOf(value)
  for (const block of blocks) {
    const { version, bits, prefix } = partsOf(block)
    if (version === 0 || block.includes('%') || !(prefix >= 0 && prefix <= bits)) {
      throw new ConfigError('TRUST_PROXY must list addresses or CIDR blocks, such as 10.0.0.0/8.')
    }
  }
  return blocks.length > 0 && blocks
}

/** More than any network of one's own: 10.0.0.0/8 and fc00::/7 are the largest. */
export function trustsNearlyEverybody (block: string): boolean {
  const { version, prefix } = partsOf(block)
  if (/^::ffff:/i.test(block)) return prefix < 96 + 8
  return prefix < (version === 4 ? 8 : 7)
}

/** NaN as prefix is none that can be read; version 0 is no address. */
function partsOf (block: string): { version: number, bits: number, prefix: number } {
  const [address = '', length, ...rest] = block.split('/')
  const version = rest.length === 0 ? isIP(address) : 0
  const bits = version === 4 ? 32 : 128
  return { version, bits, prefix: length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : NaN }
}

export function isLoopback (hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

export function parseCookieDomain (value: string): string {
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value)) throw new ConfigError('COOKIE_DOMAIN must be a domain such as example.com.')
  return value
}

export function parsePort (name: string, value: string): number {
  const port = Number(value)
  if (port > 65_535) throw new ConfigError(`${name} must be <= 65535.`)
  return port
}
