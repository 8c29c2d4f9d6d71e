// Checks of settings that are well-formed by themselves but wrong together, or unsafe.
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { isLoopback } from '../contract/index.ts'
import type { MailConfig } from './mail.ts'
import type { Settings } from './schema.ts'
import { ConfigError, isLoopbackHost, isNearlyEverybody, RANDOM_BYTES } from './values.ts'

const require = createRequire(import.meta.url)

/** The settings as they were read, and those that were parsed further. */
interface CheckedSettings extends Settings {
  isIssuerSet: boolean
  needsSecretKeys: boolean
  url: string | undefined
  mail: Pick<MailConfig, 'smtp'>
  issuer: string
  audiences: readonly string[]
  secretKeys: readonly Buffer[]
  feedTokens: readonly string[]
  corsOrigins: readonly string[]
  cookieDomain: string | undefined
  metricsPort: number | undefined
  trustProxy: readonly string[] | false
}

/** @throws ConfigError with one sentence that names a setting which contradicts another one */
export function assertConsistent (settings: CheckedSettings): void {
  const { ACCESS_TOKEN_TTL, ADMIN_EMAIL, ADMIN_PASSWORD, REFRESH_GRACE, SESSION_IDLE_TTL, SESSION_MAX_TTL } = settings
  const { cookieDomain, feedTokens, needsSecretKeys, secretKeys, url } = settings
  const { hostname } = new URL(settings.issuer)
  const isSecret = (text: string) => isSecretKey(text, secretKeys)
  const faults: Array<[isFaulty: boolean, sentence: string]> = [
    [
      needsSecretKeys && url !== undefined && secretKeys.length === 0,
      `SECRET_KEYS is required with DATABASE_URL: set it to ${RANDOM_BYTES}.`
    ],
    [
      REFRESH_GRACE * 5 > ACCESS_TOKEN_TTL,
      `REFRESH_GRACE must be at most a fifth of ACCESS_TOKEN_TTL (${ACCESS_TOKEN_TTL}), but is ${REFRESH_GRACE}.`
    ],
    [
      SESSION_IDLE_TTL > SESSION_MAX_TTL,
      `SESSION_IDLE_TTL must be at most SESSION_MAX_TTL (${SESSION_MAX_TTL}), but is ${SESSION_IDLE_TTL}.`
    ],
    [
      SESSION_IDLE_TTL < ACCESS_TOKEN_TTL + REFRESH_GRACE,
      `SESSION_IDLE_TTL must outlive an access token (${ACCESS_TOKEN_TTL} s) and REFRESH_GRACE, but is ${SESSION_IDLE_TTL}.`
    ],
    [ADMIN_PASSWORD !== '' && ADMIN_EMAIL === '', 'ADMIN_PASSWORD is set without ADMIN_EMAIL.'],
    [
      hasDuplicates(secretKeys.map((key) => key.toString('hex'))),
      'SECRET_KEYS holds the same one twice: draw a new one to replace another.'
    ],
    [hasDuplicates(feedTokens), 'FEED_TOKEN holds the same one twice.'],
    [feedTokens.some(isSecret), 'FEED_TOKEN must not be one of SECRET_KEYS: every edge is given it.'],
    [feedTokens.includes(ADMIN_PASSWORD) || isSecret(ADMIN_PASSWORD), 'ADMIN_PASSWORD must not be one of SECRET_KEYS, nor a FEED_TOKEN.'],
    [ADMIN_PASSWORD !== '' && ADMIN_PASSWORD.toLowerCase() === ADMIN_EMAIL.toLowerCase(), 'ADMIN_PASSWORD must not be ADMIN_EMAIL.'],
    [settings.REGISTRATION === 'open' && settings.DEFAULT_ROLE === 'admin', 'DEFAULT_ROLE must not be admin while REGISTRATION is open.'],
    [settings.DATABASE_LISTEN_URL !== '' && url === undefined, 'DATABASE_LISTEN_URL is set without DATABASE_URL.'],
    [settings.metricsPort === settings.PORT, 'METRICS_PORT must not be PORT: metrics are not public.'],
    [
      cookieDomain !== undefined && !isWithin(hostname, cookieDomain),
      `COOKIE_DOMAIN must be the host of ISSUER (${hostname}) or a domain above it.`
    ],
    [cookieDomain !== undefined && isPublicSuffix(cookieDomain), 'COOKIE_DOMAIN must not be a public suffix, such as co.uk.']
  ]
  for (const [isFaulty, sentence] of faults) if (isFaulty) throw new ConfigError(sentence)
}

/** @returns a sentence for each setting that is allowed but probably a mistake */
export function findWarnings (settings: CheckedSettings): string[] {
  const { ACCESS_TOKEN_TTL, audiences, corsOrigins, issuer, KEY_ROTATION_INTERVAL, mail: { smtp }, trustProxy } = settings
  const broadest = trustProxy === false ? undefined : trustProxy.find(isNearlyEverybody)
  const doubts: Array<[isDoubtful: boolean, sentence: string]> = [
    [isInsecure(issuer), 'ISSUER is http on another machine: passwords and tokens can be read on the way, and edges refuse it.'],
    [!settings.isIssuerSet && settings.PORT === 0, 'ISSUER is not set, and is http://localhost:0 with PORT=0: no edge will find it.'],
    [audiences.includes(issuer), 'AUDIENCES has ISSUER: it should name the services that accept the tokens.'],
    [corsOrigins.some(isInsecure), 'CORS_ORIGINS has an http origin: who can change its pages on the way can act as its users.'],
    [broadest !== undefined, `TRUST_PROXY has ${broadest ?? ''}: nearly every client is trusted, and can choose its address.`],
    [KEY_ROTATION_INTERVAL < ACCESS_TOKEN_TTL, 'KEY_ROTATION_INTERVAL is shorter than ACCESS_TOKEN_TTL: many keys are published at once.'],
    [
      smtp !== undefined && !smtp.secure && !smtp.requireTls && !isLoopbackHost(smtp.host),
      'SMTP_URL has ignoreTLS=true: passwords and links can be read on the way.'
    ]
  ]
  return doubts.filter(([isDoubtful]) => isDoubtful).map(([, sentence]) => sentence)
}

/** http to another machine; browsers treat names below .localhost as this machine. */
function isInsecure (origin: string): boolean {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'http:' && !isLoopback(hostname) && !hostname.endsWith('.localhost')
}

function hasDuplicates (values: readonly string[]): boolean {
  return new Set(values).size < values.length
}

/** In any of the encodings that people use. */
function isSecretKey (text: string, keys: readonly Buffer[]): boolean {
  return (['base64', 'hex', 'utf8'] as const).some((encoding) => keys.some((key) => key.equals(Buffer.from(text, encoding))))
}

/** Browsers reject a cookie of another domain, and an IP address has no domain. */
function isWithin (hostname: string, domain: string): boolean {
  return isIP(hostname) === 0 && (hostname === domain || hostname.endsWith(`.${domain}`))
}

function isPublicSuffix (domain: string): boolean {
  return loadPublicSuffixes().getPublicSuffix(domain, { allowPrivateDomains: true }) === domain
}

/** What browsers compare for SameSite=Strict, beside the scheme; an address, or a name of one label, is a site of its own. */
export function toSite (origin: string): string {
  return loadPublicSuffixes().getDomain(origin, { allowPrivateDomains: true }) ?? new URL(origin).hostname
}

/** On demand: the list is large, and few services set a domain. */
function loadPublicSuffixes (): typeof import('tldts') {
  return require('tldts')
}
