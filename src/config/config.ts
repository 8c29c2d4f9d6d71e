import { availableParallelism } from 'node:os'
import type { Algorithm } from '../contract/index.ts'
import { assertConsistent, findWarnings } from './checks.ts'
import { checkSettingNames, loadEnvironment, type Environment } from './environment.ts'
import { parseMail, type MailConfig } from './mail.ts'
import { readSettings, SETTINGS } from './schema.ts'
import { parsePasskeys, type PasskeyConfig } from './second-factors.ts'
import {
  isLoopbackHost, parseAudiences, parseCookieDomain, parseDatabaseUrl, parseFeedToken, parseHeaderName, parseHost, parseList, parseOrigin,
  parsePort, parseSecretKey, parseTrustProxy
} from './values.ts'

/** All settings, parsed, checked and frozen. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  /** Addresses or CIDR blocks of proxies whose X-Forwarded-For is trusted; false: none. */
  readonly trustProxy: readonly string[] | false
  readonly database: {
    /** Undefined: the embedded database under `dataDir`. */
    readonly url: string | undefined
    readonly listenUrl: string | undefined
    readonly poolSize: number
    readonly dataDir: string
  }
  /** The `iss` of every token: an origin, no path, no trailing slash. */
  readonly issuer: string
  /** Whom tokens can be for; the first is the default, and that of our own routes. */
  readonly audiences: readonly string[]
  readonly accessTtlSeconds: number
  readonly sessionIdleSeconds: number
  readonly sessionMaxSeconds: number
  readonly refreshGraceSeconds: number
  /** A login beyond it ends the oldest session. */
  readonly sessionsPerUser: number
  /** The first signs and encrypts, all verify and decrypt. Empty in embedded mode only: one is then generated under `dataDir`. */
  readonly secretKeys: readonly Buffer[]
  readonly signingAlgorithm: Algorithm
  readonly keyRotationSeconds: number
  readonly registration: 'closed' | 'open'
  /** Of users who register. `openRoles` checks that it is defined. */
  readonly defaultRole: string
  /** JSON or a module; undefined: the default roles. */
  readonly rolesFile: string | undefined
  readonly passwordMinLength: number
  readonly argon2: { readonly memoryKib: number, readonly passes: number, readonly parallelism: number }
  /** Password hashes at once: one per core, but one thread of libuv's pool (UV_THREADPOOL_SIZE, default 4) stays free for dns and files. */
  readonly hashingConcurrency: number
  readonly admin: { readonly email: string, readonly password: string | undefined } | undefined
  /** Whether a change by an admin needs a recent proof: never; of admins who have a second factor; always. */
  readonly adminStepUp: 'off' | 'factor' | 'always'
  /** Whose logins need a second factor, beside those of users who have asked for it. */
  readonly secondFactor: 'optional' | 'admins' | 'everybody'
  readonly passkeys: PasskeyConfig
  readonly corsOrigins: readonly string[]
  /** Request headers that their pages may send beside the standard ones, in lower case. */
  readonly corsHeaders: readonly string[]
  readonly cookieDomain: string | undefined
  readonly feedTokens: readonly string[]
  readonly metricsPort: number | undefined
  readonly loginRatePerMinute: number
  readonly mail: MailConfig
  readonly docs: boolean
  readonly auditRetentionDays: number
  /** How long requests are still served after SIGTERM, while load balancers take note. */
  readonly shutdownDelaySeconds: number
  /** Sentences for the operator about settings that are allowed but probably mistakes. */
  readonly warnings: readonly string[]
}

const LIBUV_THREADS = 4
const SHUTDOWN_DELAY_SECONDS = 5

/**
 * Reads the settings: the environment, and a `.env` in the working directory for settings that the environment leaves out.
 *
 * @param environment default: the process's own, with `.env`; a given one is used alone
 * @returns a frozen `Config`
 * @throws ConfigError with one sentence that names the setting at fault
 */
export function loadConfig (environment?: Environment, { needsSecretKeys = true }: ConfigOptions = {}): Config {
  const loaded = environment === undefined
    ? loadEnvironment(SETTINGS, process.env)
    : { environment, warnings: checkSettingNames(SETTINGS, environment, {}) }
  return toConfig(loaded, { needsSecretKeys })
}

interface ConfigOptions {
  /** Whether to refuse a database server without SECRET_KEYS; default: yes. */
  needsSecretKeys?: boolean
}

function toConfig (
  { environment, warnings }: { environment: Environment, warnings: readonly string[] }, { needsSecretKeys }: Required<ConfigOptions>
): Config {
  const env = readSettings(environment)
  const url = env.DATABASE_URL === '' ? undefined : parseDatabaseUrl('DATABASE_URL', env.DATABASE_URL)
  const listenUrl = env.DATABASE_LISTEN_URL === '' ? undefined : parseDatabaseUrl('DATABASE_LISTEN_URL', env.DATABASE_LISTEN_URL)
  const secretKeys = parseList(env.SECRET_KEYS).map(parseSecretKey)
  const host = parseHost(env.HOST)
  const issuer = env.ISSUER === '' ? `http://localhost:${env.PORT}` : parseOrigin('ISSUER', env.ISSUER)
  const audiences = parseAudiences(env)
  const trustProxy = parseTrustProxy(env.TRUST_PROXY)
  const corsOrigins = parseList(env.CORS_ORIGINS).map((origin) => parseOrigin('CORS_ORIGINS', origin))
  const corsHeaders = parseList(env.CORS_HEADERS).map((header) => parseHeaderName('CORS_HEADERS', header))
  const cookieDomain = env.COOKIE_DOMAIN === '' ? undefined : parseCookieDomain(env.COOKIE_DOMAIN)
  const feedTokens = parseList(env.FEED_TOKEN).map(parseFeedToken)
  const metricsPort = env.METRICS_PORT === '' ? undefined : parsePort('METRICS_PORT', env.METRICS_PORT)
  const threads = Number(environment.UV_THREADPOOL_SIZE) || LIBUV_THREADS
  const mail = parseMail(env, { isEmbedded: url === undefined, isLoopback: isLoopbackHost(host), issuer })
  const parsed = { url, mail, secretKeys, issuer, audiences, trustProxy, corsOrigins, cookieDomain, feedTokens, metricsPort }
  const passkeys = parsePasskeys(env, { issuer, corsOrigins })
  const checked = { ...env, ...parsed, isIssuerSet: env.ISSUER !== '', needsSecretKeys }
  assertConsistent(checked)
  return deepFreeze({
    host,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    trustProxy,
    database: { url, listenUrl, poolSize: env.DATABASE_POOL_SIZE, dataDir: env.DATA_DIR },
    issuer,
    audiences,
    accessTtlSeconds: env.ACCESS_TOKEN_TTL,
    sessionIdleSeconds: env.SESSION_IDLE_TTL,
    sessionMaxSeconds: env.SESSION_MAX_TTL,
    refreshGraceSeconds: env.REFRESH_GRACE,
    sessionsPerUser: env.SESSIONS_PER_USER,
    secretKeys,
    signingAlgorithm: env.SIGNING_ALGORITHM as Algorithm,
    keyRotationSeconds: env.KEY_ROTATION_INTERVAL,
    registration: env.REGISTRATION,
    defaultRole: env.DEFAULT_ROLE,
    rolesFile: emptyToUndefined(env.ROLES_FILE),
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    argon2: { memoryKib: env.ARGON2_MEMORY, passes: env.ARGON2_TIME, parallelism: env.ARGON2_PARALLELISM },
    hashingConcurrency: Math.max(1, Math.min(availableParallelism(), threads - 1)),
    admin: env.ADMIN_EMAIL === '' ? undefined : { email: env.ADMIN_EMAIL, password: emptyToUndefined(env.ADMIN_PASSWORD) },
    adminStepUp: env.ADMIN_STEP_UP,
    secondFactor: env.SECOND_FACTOR,
    passkeys,
    corsOrigins,
    corsHeaders,
    cookieDomain,
    feedTokens,
    metricsPort,
    loginRatePerMinute: env.LOGIN_RATE_PER_MINUTE,
    mail,
    docs: env.DOCS === 'on',
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    shutdownDelaySeconds: env.SHUTDOWN_DELAY ?? (isLoopbackHost(host) ? 0 : SHUTDOWN_DELAY_SECONDS),
    warnings: [...warnings, ...findWarnings(checked)]
  })
}

function emptyToUndefined (text: string): string | undefined {
  return text === '' ? undefined : text
}

function deepFreeze<T extends object> (value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Buffer.isBuffer(member)) deepFreeze(member)
  }
  return Object.freeze(value)
}
