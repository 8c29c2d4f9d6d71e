// Parsers of settings that are text. Each returns the value or throws a ConfigError with one sentence that names the setting.
import { BlockList, isIP } from 'node:net'
import { MAX_AUDIENCE_LENGTH } from '../contract/index.ts'

/** A setting that cannot be used; the message is one sentence that names it. */
export class ConfigError extends Error {}

const EXAMPLE = 'for example from "openssl rand -base64 32"'
export const RANDOM_BYTES = `32 random bytes, ${EXAMPLE}`
const GUESSABLE = `holds one that can be guessed, a placeholder or a pattern: set it to ${RANDOM_BYTES}.`

const DEFAULT_AUDIENCE = 'api'

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const SSL_VALUES = ['true', 'false', '1', '0', 'no-verify']

/** In secrets that a person made up, in small letters, in capitals, or with one capital: random text has short words in any mixture. */
const PLACEHOLDER = new RegExp([
  ['change', 'me'], ['change', 'it'], ['change', 'this'], ['secret'], ['passwor'], ['passw0r'], ['passwd'], ['example'], ['placeholder'],
  ['insecure'], ['replace', 'me'], ['gatepass'], ['qwerty']
].map((words) => words.map(toSpellings).join('.?')).join('|'))
const MIN_DISTINCT_BYTES = 8
/** Of what repeats: bounds the work, since a setting may have any length. */
const MAX_PERIOD = 64

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** Splits a comma-separated list, without the white space around its items. */
export function parseList (value: string): string[] {
  return value.split(',').map((item) => item.trim()).filter((item) => item !== '')
}

/** As strict as libpq: the driver would misread other URLs, or fail without naming the setting. */
export function parseDatabaseUrl (name: string, value: string): string {
  const withHost = value.replace(/^(postgres(?:ql)?:\/\/[^/@]*@)(?=\/)/, '$1localhost')
  const isUrl = /^postgres(ql)?:\/\//.test(value) && URL.canParse(withHost)
  if (!isUrl) throw new ConfigError(`${name} must be a URL such as postgres://user@host/database.`)
  if (/\s$/.test(value)) throw new ConfigError(`${name} ends in white space, which would be part of it: take that away.`)
  const { username, password, hostname, pathname, searchParams } = new URL(withHost)
  if (![username, password, hostname, pathname].every(isDecodable)) {
    throw new ConfigError(`${name} has a % that encodes nothing: write % itself as %25.`)
  }
  for (const [parameter, phrase, values] of [['sslmode', 'a sslmode', SSL_MODES], ['ssl', 'an ssl', SSL_VALUES]] as const) {
    const isValid = searchParams.getAll(parameter).every((given) => values.includes(given))
    if (!isValid) throw new ConfigError(`${name} has ${phrase} that must be one of ${values.join(', ')}.`)
  }
  return value
}

export function parseOrigin (name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.origin !== value) {
    throw new ConfigError(`${name} must be an origin such as https://auth.example.com, in lower case, with no path and no trailing slash.`)
  }
  return value
}

/** RFC 9110 5.1 and 5.6.2; with credentials, `*` is a header's name and no wildcard (Fetch 3.3.5). */
export function parseHeaderName (name: string, value: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value) || value === '*') {
    throw new ConfigError(`${name} must list names of request headers, such as x-request-id, and no wildcard.`)
  }
  return value.toLowerCase()
}

/** 64 hex digits, or base64 or base64url of at least 32 bytes: what "openssl rand -hex" and "-base64" print. */
export function parseSecretKey (value: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value) || key.length < 32) {
    throw new ConfigError(`SECRET_KEYS must hold 32 random bytes or more each, in base64 or hex, ${EXAMPLE}.`)
  }
  if (isGuessable(Buffer.from(value), key)) throw new ConfigError(`SECRET_KEYS ${GUESSABLE}`)
  return key
}

export function parseFeedToken (value: string): string {
  if (!/^[A-Za-z0-9+/_.~-]+=*$/.test(value) || value.length < 43) {
    throw new ConfigError(`FEED_TOKEN must hold 32 random bytes or more each, ${EXAMPLE}.`)
  }
  if (isGuessable(Buffer.from(value), Buffer.from(value, 'base64'))) throw new ConfigError(`FEED_TOKEN ${GUESSABLE}`)
  return value
}

/** An address or a host name; a scheme or a port would be looked up as part of the name. */
export function parseHost (value: string): string {
  if (isIP(value) === 0 && !/^(?=.*[A-Za-z])[\w-]+(\.[\w-]+)*$/.test(value)) {
    throw new ConfigError('HOST must be an address or the name of a host, such as 0.0.0.0, with no scheme and no port.')
  }
  return value
}

/** Whether a HOST can be reached from this machine only. */
export function isLoopbackHost (host: string): boolean {
  const [address = ''] = host.split('%')
  return isIP(address) === 0 ? address.toLowerCase() === 'localhost' : LOOPBACK.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

/** @param audience another name for a list of one; both empty: the default */
export function parseAudiences ({ AUDIENCES: list, AUDIENCE: audience }: { AUDIENCES: string, AUDIENCE: string }): readonly string[] {
  if (list !== '' && audience !== '') throw new ConfigError('AUDIENCE must not be set beside AUDIENCES, of which it is another name.')
  const [name, audiences] = audience === '' ? ['AUDIENCES', parseList(list)] : ['AUDIENCE', [audience]]
  for (const value of audiences) {
    if (!/^[!-+\--~]+$/.test(value)) throw new ConfigError(`${name} must be of visible ASCII characters, with no blank and no comma.`)
    if (value.length > MAX_AUDIENCE_LENGTH) throw new ConfigError(`${name} must have at most ${MAX_AUDIENCE_LENGTH} characters each.`)
  }
  if (new Set(audiences).size < audiences.length) throw new ConfigError('AUDIENCES holds the same one twice.')
  if (list !== '' && audiences.length === 0) throw new ConfigError('AUDIENCES must hold one or more, or be empty.')
  return audiences.length === 0 ? [DEFAULT_AUDIENCE] : audiences
}

/** Addresses only: a number of hops, which Fastify accepts too, would trust any client that connects directly. */
export function parseTrustProxy (value: string): readonly string[] | false {
  const blocks = parseList(value)
  for (const block of blocks) {
    const { version, bits, prefix } = parseCidr(block)
    if (version === 0 || block.includes('%') || !(prefix >= 0 && prefix <= bits)) {
      throw new ConfigError('TRUST_PROXY must list addresses or CIDR blocks, such as 10.0.0.0/8.')
    }
  }
  return blocks.length > 0 && blocks
}

/** Whether a block is larger than the largest private networks, 10.0.0.0/8 and fc00::/7. */
export function isNearlyEverybody (block: string): boolean {
  const { version, prefix } = parseCidr(block)
  if (/^::ffff:/i.test(block)) return prefix < 96 + 8
  return prefix < (version === 4 ? 8 : 7)
}

export function parseCookieDomain (value: string): string {
  const isDomain = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value)
  if (!isDomain) throw new ConfigError('COOKIE_DOMAIN must be a domain such as example.com.')
  return value
}

export function parsePort (name: string, value: string): number {
  const port = Number(value)
  if (port > 65_535) throw new ConfigError(`${name} must be <= 65535.`)
  return port
}

/** `version` is 0 where the address is invalid, `prefix` is NaN where the length is. */
function parseCidr (block: string): { version: number, bits: number, prefix: number } {
  const [address = '', length, ...rest] = block.split('/')
  const version = rest.length === 0 ? isIP(address) : 0
  const bits = version === 4 ? 32 : 128
  return { version, bits, prefix: length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : NaN }
}

function isDecodable (text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * Whether a person may have made up a secret: it contains a placeholder, has few distinct bytes, or repeats or counts. A random secret is
 * rejected less than once in a hundred million times.
 *
 * @param forms the bytes of its text, and the decoded bytes
 */
function isGuessable (...forms: readonly Buffer[]): boolean {
  return forms.some((bytes) => {
    const isPlaceholder = PLACEHOLDER.test(bytes.toString('latin1'))
    return isPlaceholder || new Set(bytes).size < MIN_DISTINCT_BYTES || isPeriodic(bytes) || isCounting(bytes)
  })
}

function toSpellings (word: string): string {
  const [first = '', ...rest] = word
  return `(?:${word}|${word.toUpperCase()}|${[first.toUpperCase(), ...rest].join('')})`
}

/** abcabcabc */
function isPeriodic (bytes: Buffer): boolean {
  const longest = Math.min(MAX_PERIOD, Math.floor(bytes.length / 2))
  for (let period = 1; period <= longest; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true
  }
  return false
}

/** 0, 1, 2, 3 or z, y, x: at least half of the steps are equal. */
function isCounting (bytes: Buffer): boolean {
  const steps = new Map<number, number>()
  for (let index = 1; index < bytes.length; index++) {
    const step = (bytes[index] ?? 0) - (bytes[index - 1] ?? 0)
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  return Math.max(...steps.values()) >= bytes.length / 2
}
