// Settings that are well-formed, each by itself, and make no sense together, or give away what they are to protect.
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { ConfigError, isLoopback, trustsNearlyEverybody } from './values.ts'

const require = createRequire(import.meta.url)

/** What is looked at, as it was read. */
export interface CheckedSettings {
  PORT: number
  METRICS_PORT: number | undefined
  DATABASE_URL: string | undefined
  DATABASE_LISTEN_URL: string
  ISSUER: string
  isIssuerSet: boolean
  AUDIENCE: string
  ACCESS_TOKEN_TTL: number
  KEY_ROTATION_INTERVAL: number
  SECRET_KEYS: readonly Buffer[]
  FEED_TOKEN: readonly string[]
  REGISTRATION: string
  DEFAULT_ROLE: string
  ADMIN_EMAIL: string
  ADMIN_PASSWORD: string
  CORS_ORIGINS: readonly string[]
  COOKIE_DOMAIN: string | undefined
  TRUST_PROXY: readonly string[] | false
}

/** @throws ConfigError with one sentence that names the setting that makes no sense beside another one */
export function assertSensible (settings: CheckedSettings): void {
  const { SECRET_KEYS, FEED_TOKEN, ADMIN_PASSWORD, ADMIN_EMAIL, COOKIE_DOMAIN } = settings
  const { hostname } = new URL(settings.ISSUER)
  const isSecret = (text: string) => isSecretKey(text, SECRET_KEYS)
  const faults: Array<[isFaulty: boolean, sentence: string]> = [
    [hasDoubles(SECRET_KEYS.map((key) => key.toString('hex'))), 'SECRET_KEYS holds the same one twice: draw a new one to replace another.'],
    [hasDoubles(FEED_TOKEN), 'FEED_TOKEN holds the same one twice.'],
    [FEED_TOKEN.some(isSecret), 'FEED_TOKEN must not be one of SECRET_KEYS: every edge is given it.'],
    [FEED_TOKEN.includes(ADMIN_PASSWORD) || isSecret(ADMIN_PASSWORD), 'ADMIN_PASSWORD must not be one of SECRET_KEYS, nor a FEED_TOKEN.'],
    [ADMIN_PASSWORD !== '' && ADMIN_PASSWORD.toLowerCase() === ADMIN_EMAIL.toLowerCase(), 'ADMIN_PASSWORD must not be ADMIN_EMAIL.'],
    [settings.REGISTRATION === 'open' && settings.DEFAULT_ROLE === 'admin', 'DEFAULT_ROLE must not be admin while REGISTRATION is open.'],
    [settings.DATABASE_LISTEN_URL !== '' && settings.DATABASE_URL === undefined, 'DATABASE_LISTEN_URL is set without DATABASE_URL.'],
    [settings.METRICS_PORT === settings.PORT, 'METRICS_PORT must not be PORT: metrics are not for the public.'],
    [COOKIE_DOMAIN !== undefined && !isWithin(hostname, COOKIE_DOMAIN), `COOKIE_DOMAIN must be the host of ISSUER (${hostname}) or a domain above it.`],
    [COOKIE_DOMAIN !== undefined && isPublicSuffix(COOKIE_DOMAIN), 'COOKIE_DOMAIN must not be one under which anybody may have a name, such as co.uk.']
  ]
  for (const [isFaulty, sentence] of faults) if (isFaulty) throw new ConfigError(sentence)
}

/** @returns a sentence for each setting that is allowed, and is probably a mistake */
export function findDoubtful (settings: CheckedSettings): string[] {
  const { ISSUER, AUDIENCE, CORS_ORIGINS, TRUST_PROXY, ACCESS_TOKEN_TTL, KEY_ROTATION_INTERVAL } = settings
  const isOpen = (origin: string) => origin.startsWith('http:') && !isLoopback(new URL(origin).hostname)
  const widest = TRUST_PROXY === false ? undefined : TRUST_PROXY.find(trustsNearlyEverybody)
  const doubts: Array<[isDoubtful: boolean, sentence: string]> = [
    [isOpen(ISSUER), 'ISSUER is http and not of this machine: passwords and tokens can be read on the way, and edges refuse it.'],
    [!settings.isIssuerSet && settings.PORT === 0, 'ISSUER is not set, and is http://localhost:0 with PORT=0: no edge will find it.'],
    [AUDIENCE === ISSUER, 'AUDIENCE is ISSUER: it names the services that take the tokens.'],
    [CORS_ORIGINS.some(isOpen), 'CORS_ORIGINS has one that is http: whoever is on the way to that page can change it, and act as its users.'],
    [widest !== undefined, `TRUST_PROXY has ${widest ?? ''}: nearly everybody is believed, so that clients choose the address that is limited.`],
    [KEY_ROTATION_INTERVAL < ACCESS_TOKEN_TTL, 'KEY_ROTATION_INTERVAL is shorter than ACCESS_TOKEN_TTL: many keys are published at once.']
  ]
  return doubts.filter(([isDoubtful]) => isDoubtful).map(([, sentence]) => sentence)
}

function hasDoubles (values: readonly string[]): boolean {
  return new Set(values).size < values.length
}

/** In whatever way it is written. */
function isSecretKey (text: string, keys: readonly Buffer[]): boolean {
  return (['base64', 'hex', 'utf8'] as const).some((encoding) => keys.some((key) => key.equals(Buffer.from(text, encoding))))
}

/** No browser keeps the cookie of another domain, and an address has no domain. */
function isWithin (hostname: string, domain: string): boolean {
  return isIP(hostname) === 0 && (hostname === domain || hostname.endsWith(`.${domain}`))
}

/** The list is large, and few set a domain. */
function isPublicSuffix (domain: string): boolean {
  const { getPublicSuffix }: typeof import('tldts') = require('tldts')
  return getPublicSuffix(domain, { allowPrivateDomains: true }) === domain
}
