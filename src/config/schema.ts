import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'
import { ALGORITHMS, MAX_ACCESS_TTL_SECONDS, ROLE_PATTERN } from '../contract/index.ts'
import type { Environment } from './environment.ts'
import { ConfigError } from './values.ts'

const DAY = 86_400
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

const SettingsSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3000, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Union(LOG_LEVELS.map((level) => Type.Literal(level)), { default: 'info' }),
  TRUST_PROXY: Type.String({ default: '' }),
  DATABASE_URL: Type.String({ default: '' }),
  DATABASE_LISTEN_URL: Type.String({ default: '' }),
  DATABASE_POOL_SIZE: Type.Integer({ default: 10, minimum: 2, maximum: 500 }),
  DATA_DIR: Type.String({ default: 'data', minLength: 1 }),
  ISSUER: Type.String({ default: '', maxLength: 60 }),
  AUDIENCES: Type.String({ default: '' }),
  AUDIENCE: Type.String({ default: '' }),
  ACCESS_TOKEN_TTL: Type.Integer({ default: 300, minimum: 75, maximum: MAX_ACCESS_TTL_SECONDS }),
  SESSION_IDLE_TTL: Type.Integer({ default: 7 * DAY, minimum: 300, maximum: 400 * DAY }),
  SESSION_MAX_TTL: Type.Integer({ default: 30 * DAY, minimum: 300, maximum: 400 * DAY }),
  REFRESH_GRACE: Type.Integer({ default: 30, minimum: 15, maximum: 60 }),
  SESSIONS_PER_USER: Type.Integer({ default: 100, minimum: 1, maximum: 10_000 }),
  SECRET_KEYS: Type.String({ default: '' }),
  SIGNING_ALGORITHM: Type.Union(ALGORITHMS.map((name) => Type.Literal(name)), { default: 'ES256' }),
  KEY_ROTATION_INTERVAL: Type.Integer({ default: 30 * DAY, minimum: 60, maximum: 400 * DAY }),
  REGISTRATION: Type.Union([Type.Literal('closed'), Type.Literal('open')], { default: 'closed' }),
  ROLES_FILE: Type.String({ default: '' }),
  DEFAULT_ROLE: Type.String({ default: 'user', pattern: ROLE_PATTERN.source }),
  PASSWORD_MIN_LENGTH: Type.Integer({ default: 8, minimum: 8, maximum: 64 }),
  ARGON2_MEMORY: Type.Integer({ default: 19_456, minimum: 1024, maximum: 1_048_576 }),
  ARGON2_TIME: Type.Integer({ default: 2, minimum: 1, maximum: 16 }),
  ARGON2_PARALLELISM: Type.Integer({ default: 1, minimum: 1, maximum: 16 }),
  ADMIN_EMAIL: Type.String({ default: '' }),
  ADMIN_PASSWORD: Type.String({ default: '' }),
  ADMIN_STEP_UP: Type.Union([Type.Literal('off'), Type.Literal('factor'), Type.Literal('always')], { default: 'factor' }),
  CORS_ORIGINS: Type.String({ default: '' }),
  CORS_HEADERS: Type.String({ default: '' }),
  COOKIE_DOMAIN: Type.String({ default: '' }),
  FEED_TOKEN: Type.String({ default: '' }),
  METRICS_PORT: Type.String({ default: '', pattern: '^([1-9][0-9]{0,4})?$' }),
  LOGIN_RATE_PER_MINUTE: Type.Integer({ default: 10, minimum: 1, maximum: 10_000 }),
  SECOND_FACTOR: Type.Union(
    [Type.Literal('optional'), Type.Literal('admins'), Type.Literal('everybody')], { default: 'optional' }
  ),
  PASSKEY_RP_ID: Type.String({ default: '' }),
  PASSKEY_ORIGINS: Type.String({ default: '' }),
  SMTP_URL: Type.String({ default: '' }),
  MAIL_FROM: Type.String({ default: '', maxLength: 320 }),
  MAIL_LANGUAGE: Type.String({ default: 'en', maxLength: 1024 }),
  APP_NAME: Type.String({ default: 'gatepass', maxLength: 64 }),
  LINK_URL: Type.String({ default: '', maxLength: 1024 }),
  DOCS: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on' }),
  AUDIT_RETENTION_DAYS: Type.Integer({ default: 400, minimum: 1, maximum: 36_500 }),
  SHUTDOWN_DELAY: Type.Optional(Type.Integer({ minimum: 0, maximum: 300 }))
})

/** The names of all settings. */
export const SETTINGS: readonly string[] = Object.keys(SettingsSchema.properties)

/** The settings by name, with their types and defaults; not yet parsed any further. */
export type Settings = Static<typeof SettingsSchema>

/**
 * Validates an environment against the schema.
 *
 * @throws ConfigError that names the setting
 */
export function readSettings (environment: Environment): Settings {
  // An empty setting is an unset one, so that .env.example can be copied unchanged.
  const data = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  for (const [name, schema] of Object.entries(SettingsSchema.properties)) {
    // Ajv also accepts 1e3, 0x10 and " 5 " as numbers.
    const isInteger = /^-?(0|[1-9][0-9]*)$/.test(data[name] ?? '0')
    if (Type.IsInteger(schema) && !isInteger) throw new ConfigError(`${name} must be integer.`)
  }
  try {
    return envSchema<Settings>({ schema: SettingsSchema, data, env: false })
  } catch (error) {
    throw new ConfigError(toSentence(error), { cause: error })
  }
}

/** What is used of an error of Ajv's. */
interface Finding {
  instancePath: string
  keyword: string
  message?: string
  params?: { allowedValue?: string }
}

/** Names the setting, never its value, which may be a secret. */
function toSentence (error: unknown): string {
  const findings: Finding[] = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : []
  const [first] = findings
  if (first === undefined) return 'The settings cannot be read.'
  const name = first.instancePath.slice(1)
  const alternatives = findings.filter(({ keyword, instancePath }) => keyword === 'const' && instancePath === first.instancePath)
  const allowed = alternatives.map(({ params }) => params?.allowedValue)
  return allowed.length > 0 ? `${name} must be one of ${allowed.join(', ')}.` : `${name} ${first.message ?? 'is invalid'}.`
}
