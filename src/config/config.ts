import { availableParallelism } from 'node:os'
import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'
import { assertSensible, findDoubtful } from './checks.ts'
import { addEnvFile, checkNames, type Environment } from './environment.ts'
import { ConfigError, listOf, parseAudience, parseCookieDomain, parseDatabaseUrl, parseFeedToken, parseHeaderName, parseHost, parseOrigin, parsePort, parseRole, parseSecretKey, parseTrustProxy } from './values.ts'
import { ALGORITHMS, defaultRoles, MAX_ACCESS_TTL_SECONDS, ROLE_PATTERN, type Algorithm } from '../contract/index.ts'

export { ConfigError } from './values.ts'

/** Everything that can be set, parsed, checked and frozen. Durations are in seconds. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  /** Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed; false: none. */
  readonly trustProxy: readonly string[] | false
  readonly database: {
    /** undefined: the embedded database under `dataDir`. */
    readonly url: string | undefined
    readonly listenUrl: string | undefined
    readonly poolSize: number
    readonly dataDir: string
  }
  /** The `iss` of every token: an origin, no path, no trailing slash. */
  readonly issuer: string
  readonly audience: string
  readonly accessTtlSeconds: number
  readonly sessionIdleSeconds: number
  readonly sessionMaxSeconds: number
  readonly refreshGraceSeconds: number
  /** The oldest one over it ends. */
  readonly sessionsPerUser: number
  /** The first signs and encrypts, all verify and decrypt. Empty only in embedded mode: then one is generated under `dataDir`. */
  readonly secretKeys: readonly Buffer[]
  readonly signingAlgorithm: Algorithm
  readonly keyRotationSeconds: number
  readonly registration: 'closed' | 'open'
  readonly defaultRole: string
  readonly passwordMinLength: number
  readonly argon2: { readonly memoryKib: number, readonly passes: number, readonly parallelism: number }
  /** How many hashes run at once: a core each, and a thread of libuv's is left for dns and files (UV_THREADPOOL_SIZE, 4 unless set). */
  readonly hashingConcurrency: number
  readonly admin: { readonly email: string, readonly password: string | undefined } | undefined
  readonly corsOrigins: readonly string[]
  /** Request headers of their pages, in lower case, beside those that are always allowed. */
  readonly corsHeaders: readonly string[]
  readonly cookieDomain: string | undefined
  readonly feedTokens: readonly string[]
  readonly metricsPort: number | undefined
  readonly loginRatePerMinute: number
  readonly docs: boolean
  readonly auditRetentionDays: number
  /** Sentences for the operator: settings that are allowed, and are probably mistakes. */
  readonly warnings: readonly string[]
}

const DAY = 86_400
const LIBUV_THREADS = 4

const EnvironmentSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3000, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Union(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)), { default: 'info' }),
  TRUST_PROXY: Type.String({ default: '' }),
  DATABASE_URL: Type.String({ default: '' }),
  DATABASE_LISTEN_URL: Type.String({ default: '' }),
  DATABASE_POOL_SIZE: Type.Integer({ default: 10, minimum: 2, maximum: 500 }),
  DATA_DIR: Type.String({ default: 'data', minLength: 1 }),
  ISSUER: Type.String({ default: '' }),
  AUDIENCE: Type.String({ default: 'api', minLength: 1, maxLength: 64 }),
  ACCESS_TOKEN_TTL: Type.Integer({ default: 300, minimum: 75, maximum: MAX_ACCESS_TTL_SECONDS }),
  SESSION_IDLE_TTL: Type.Integer({ default: 7 * DAY, minimum: 300, maximum: 400 * DAY }),
  SESSION_MAX_TTL: Type.Integer({ default: 30 * DAY, minimum: 300, maximum: 400 * DAY }),
  REFRESH_GRACE: Type.Integer({ default: 30, minimum: 15, maximum: 60 }),
  SESSIONS_PER_USER: Type.Integer({ default: 100, minimum: 1, maximum: 10_000 }),
  SECRET_KEYS: Type.String({ default: '' }),
  SIGNING_ALGORITHM: Type.Union(ALGORITHMS.map((name) => Type.Literal(name)), { default: 'ES256' }),
  KEY_ROTATION_INTERVAL: Type.Integer({ default: 30 * DAY, minimum: 60, maximum: 400 * DAY }),
  REGISTRATION: Type.Union([Type.Literal('closed'), Type.Literal('open')], { default: 'closed' }),
  DEFAULT_ROLE: Type.String({ default: 'user', pattern: ROLE_PATTERN.source }),
  PASSWORD_MIN_LENGTH: Type.Integer({ default: 8, minimum: 8, maximum: 64 }),
  ARGON2_MEMORY: Type.Integer({ default: 19_456, minimum: 1024, maximum: 1_048_576 }),
  ARGON2_TIME: Type.Integer({ default: 2, minimum: 1, maximum: 16 }),
  ARGON2_PARALLELISM: Type.Integer({ default: 1, minimum: 1, maximum: 16 }),
  ADMIN_EMAIL: Type.String({ default: '' }),
  ADMIN_PASSWORD: Type.String({ default: '' }),
  CORS_ORIGINS: Type.String({ default: '' }),
  CORS_HEADERS: Type.String({ default: '' }),
  COOKIE_DOMAIN: Type.String({ default: '' }),
  FEED_TOKEN: Type.String({ default: '' }),
  METRICS_PORT: Type.String({ default: '', pattern: '^([1-9][0-9]{0,4})?$' }),
  LOGIN_RATE_PER_MINUTE: Type.Integer({ default: 10, minimum: 1, maximum: 10_000 }),
  DOCS: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on' }),
  AUDIT_RETENTION_DAYS: Type.Integer({ default: 400, minimum: 1, maximum: 36_500 })
})

/** The name of every setting. */
export const SETTINGS: readonly string[] = Object.keys(EnvironmentSchema.properties)

/**
 * Reads the settings: the environment, and a `.env` in the working directory for what the environment leaves out.
 *
 * @param environment defaults to the process's own, with `.env` behind it; a given one is taken as it is
 * @returns a frozen `Config`
 * @throws ConfigError with one sentence naming the setting that is wrong
 */
export function loadConfig (environment?: Environment): Config {
  const given = environment === undefined ? addEnvFile(SETTINGS, process.env) : { environment, warnings: checkNames(SETTINGS, environment, {}) }
  const env = readEnvironment(given.environment)
  const url = env.DATABASE_URL === '' ? undefined : parseDatabaseUrl('DATABASE_URL', env.DATABASE_URL)
  const secretKeys = listOf(env.SECRET_KEYS).map(parseSecretKey)
  if (url !== undefined && secretKeys.length === 0) {
    throw new ConfigError('SECRET_KEYS is required with DATABASE_URL: set it to 32 random bytes, for example from "openssl rand -base64 32".')
  }
  if (env.REFRESH_GRACE * 5 > env.ACCESS_TOKEN_TTL) {
    throw new ConfigError(`REFRESH_GRACE must be at most a fifth of ACCESS_TOKEN_TTL (${env.ACCESS_TOKEN_TTL}), but is ${env.REFRESH_GRACE}.`)
  }
  if (env.SESSION_IDLE_TTL > env.SESSION_MAX_TTL) {
    throw new ConfigError(`SESSION_IDLE_TTL must be at most SESSION_MAX_TTL (${env.SESSION_MAX_TTL}), but is ${env.SESSION_IDLE_TTL}.`)
  }
  if (env.SESSION_IDLE_TTL < env.ACCESS_TOKEN_TTL + env.REFRESH_GRACE) {
    throw new ConfigError(`SESSION_IDLE_TTL must outlive an access token (${env.ACCESS_TOKEN_TTL} s) and REFRESH_GRACE, but is ${env.SESSION_IDLE_TTL}.`)
  }
  if (env.ADMIN_PASSWORD !== '' && env.ADMIN_EMAIL === '') {
    throw new ConfigError('ADMIN_PASSWORD is set without ADMIN_EMAIL.')
  }
  const host = parseHost(env.HOST)
  const issuer = env.ISSUER === '' ? `http://localhost:${env.PORT}` : parseOrigin('ISSUER', env.ISSUER)
  const trustProxy = parseTrustProxy(env.TRUST_PROXY)
  const listenUrl = env.DATABASE_LISTEN_URL === '' ? url : parseDatabaseUrl('DATABASE_LISTEN_URL', env.DATABASE_LISTEN_URL)
  const corsOrigins = listOf(env.CORS_ORIGINS).map((origin) => parseOrigin('CORS_ORIGINS', origin))
  const corsHeaders = listOf(env.CORS_HEADERS).map((header) => parseHeaderName('CORS_HEADERS', header))
  const cookieDomain = env.COOKIE_DOMAIN === '' ? undefined : parseCookieDomain(env.COOKIE_DOMAIN)
  const feedTokens = listOf(env.FEED_TOKEN).map(parseFeedToken)
  const metricsPort = env.METRICS_PORT === '' ? undefined : parsePort('METRICS_PORT', env.METRICS_PORT)
  const settings = {
    ...env,
    DATABASE_URL: url,
    ISSUER: issuer,
    isIssuerSet: env.ISSUER !== '',
    AUDIENCE: parseAudience(env.AUDIENCE),
    SECRET_KEYS: secretKeys,
    FEED_TOKEN: feedTokens,
    DEFAULT_ROLE: parseRole('DEFAULT_ROLE', env.DEFAULT_ROLE, defaultRoles.names),
    CORS_ORIGINS: corsOrigins,
    COOKIE_DOMAIN: cookieDomain,
    METRICS_PORT: metricsPort,
    TRUST_PROXY: trustProxy
  }
  assertSensible(settings)
  return deepFreeze({
    host,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    trustProxy,
    database: {
      url,
      listenUrl,
      poolSize: env.DATABASE_POOL_SIZE,
      dataDir: env.DATA_DIR
    },
    issuer,
    audience: env.AUDIENCE,
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
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    argon2: { memoryKib: env.ARGON2_MEMORY, passes: env.ARGON2_TIME, parallelism: env.ARGON2_PARALLELISM },
    hashingConcurrency: Math.max(1, Math.min(availableParallelism(), (Number(given.environment.UV_THREADPOOL_SIZE) || LIBUV_THREADS) - 1)),
    admin: env.ADMIN_EMAIL === '' ? undefined : { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD === '' ? undefined : env.ADMIN_PASSWORD },
    corsOrigins,
    corsHeaders,
    cookieDomain,
    feedTokens,
    metricsPort,
    loginRatePerMinute: env.LOGIN_RATE_PER_MINUTE,
    docs: env.DOCS === 'on',
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    warnings: [...given.warnings, ...findDoubtful(settings)]
  })
}

function readEnvironment (environment: Environment): Static<typeof EnvironmentSchema> {
  // A setting left empty is a setting left out, so that .env.example can be copied as it is.
  const data = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  for (const [name, schema] of Object.entries(EnvironmentSchema.properties)) {
    // Ajv takes 1e3, 0x10 and " 5 " for numbers, too.
    if (Type.IsInteger(schema) && !/^-?(0|[1-9][0-9]*)$/.test(data[name] ?? '0')) throw new ConfigError(`${name} must be integer.`)
  }
  try {
    return envSchema<Static<typeof EnvironmentSchema>>({ schema: EnvironmentSchema, data, env: false })
  } catch (error) {
    throw new ConfigError(sentenceOf(error), { cause: error })
  }
}

/** Ajv's findings carry the member's path; the value is left out, since it may be a secret. */
function sentenceOf (error: unknown): string {
  const findings = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : []
  const [first] = findings as Array<{ instancePath: string, keyword: string, message?: string, params?: { allowedValue?: string } }>
  if (first === undefined) return 'The settings cannot be read.'
  const name = first.instancePath.slice(1)
  const allowed = findings.filter((finding) => finding.keyword === 'const' && finding.instancePath === first.instancePath).map((finding) => finding.params?.allowedValue)
  return allowed.length > 0 ? `${name} must be one of ${allowed.join(', ')}.` : `${name} ${first.message ?? 'is invalid'}.`
}

function deepFreeze<T extends object> (value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Buffer.isBuffer(member)) deepFreeze(member)
  }
  return Object.freeze(value)
}
