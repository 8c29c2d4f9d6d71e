import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseEnv } from 'node:util'
import t from 'tap'
import { ConfigError, loadConfig, SETTINGS } from '../src/config.ts'

const SECRET = randomBytes(32).toString('base64')

t.test('nothing has to be set', async (t) => {
  t.strictSame(loadConfig({}), {
    host: '127.0.0.1',
    port: 3000,
    logLevel: 'info',
    trustProxy: false,
    database: { url: undefined, listenUrl: undefined, poolSize: 10, dataDir: 'data' },
    issuer: 'http://localhost:3000',
    audience: 'api',
    accessTtlSeconds: 300,
    sessionIdleSeconds: 7 * 86_400,
    sessionMaxSeconds: 30 * 86_400,
    refreshGraceSeconds: 30,
    sessionsPerUser: 100,
    secretKeys: [],
    signingAlgorithm: 'ES256',
    keyRotationSeconds: 30 * 86_400,
    registration: 'closed',
    defaultRole: 'user',
    passwordMinLength: 8,
    argon2: { memoryKib: 19_456, passes: 2, parallelism: 1 },
    hashingConcurrency: Math.max(1, Math.min(availableParallelism(), 3)),
    admin: undefined,
    corsOrigins: [],
    cookieDomain: undefined,
    feedTokens: [],
    metricsPort: undefined,
    loginRatePerMinute: 10,
    docs: true,
    auditRetentionDays: 400
  })
})

t.test('every setting has its effect', async (t) => {
  const feed = randomBytes(32).toString('base64url')
  const set: Record<string, [string, string, unknown]> = {
    HOST: ['0.0.0.0', 'host', '0.0.0.0'],
    PORT: ['0', 'port', 0],
    LOG_LEVEL: ['debug', 'logLevel', 'debug'],
    TRUST_PROXY: ['10.0.0.0/8, ::1', 'trustProxy', ['10.0.0.0/8', '::1']],
    DATABASE_URL: ['postgres://postgres@/postgres?host=/run', 'database.url', 'postgres://postgres@/postgres?host=/run'],
    DATABASE_LISTEN_URL: ['postgresql://a:b@db:5432/c', 'database.listenUrl', 'postgresql://a:b@db:5432/c'],
    DATABASE_POOL_SIZE: ['2', 'database.poolSize', 2],
    DATA_DIR: ['/var/lib/gatepass', 'database.dataDir', '/var/lib/gatepass'],
    ISSUER: ['https://auth.example.com', 'issuer', 'https://auth.example.com'],
    AUDIENCE: ['campaigns', 'audience', 'campaigns'],
    ACCESS_TOKEN_TTL: ['3600', 'accessTtlSeconds', 3600],
    SESSION_IDLE_TTL: ['3900', 'sessionIdleSeconds', 3900],
    SESSION_MAX_TTL: ['86400', 'sessionMaxSeconds', 86_400],
    REFRESH_GRACE: ['60', 'refreshGraceSeconds', 60],
    SESSIONS_PER_USER: ['5', 'sessionsPerUser', 5],
    SECRET_KEYS: [`${SECRET},${'ab'.repeat(32)}`, 'secretKeys', [Buffer.from(SECRET, 'base64'), Buffer.from('ab'.repeat(32), 'hex')]],
    SIGNING_ALGORITHM: ['EdDSA', 'signingAlgorithm', 'EdDSA'],
    KEY_ROTATION_INTERVAL: ['86400', 'keyRotationSeconds', 86_400],
    REGISTRATION: ['open', 'registration', 'open'],
    DEFAULT_ROLE: ['advertiser', 'defaultRole', 'advertiser'],
    PASSWORD_MIN_LENGTH: ['15', 'passwordMinLength', 15],
    ARGON2_MEMORY: ['47104', 'argon2.memoryKib', 47_104],
    ARGON2_TIME: ['1', 'argon2.passes', 1],
    ARGON2_PARALLELISM: ['2', 'argon2.parallelism', 2],
    ADMIN_EMAIL: ['ada@example.com', 'admin.email', 'ada@example.com'],
    ADMIN_PASSWORD: ['correct horse', 'admin.password', 'correct horse'],
    CORS_ORIGINS: ['https://app.example.com,http://localhost:5173', 'corsOrigins', ['https://app.example.com', 'http://localhost:5173']],
    COOKIE_DOMAIN: ['example.com', 'cookieDomain', 'example.com'],
    FEED_TOKEN: [feed, 'feedTokens', [feed]],
    METRICS_PORT: ['9464', 'metricsPort', 9464],
    LOGIN_RATE_PER_MINUTE: ['5', 'loginRatePerMinute', 5],
    DOCS: ['off', 'docs', false],
    AUDIT_RETENTION_DAYS: ['30', 'auditRetentionDays', 30]
  }
  t.strictSame(Object.keys(set).sort(), [...SETTINGS].sort(), 'none is left out here')
  const config = loadConfig(Object.fromEntries(Object.entries(set).map(([name, [text]]) => [name, text])))
  for (const [name, [, path, value]] of Object.entries(set)) {
    t.strictSame(path.split('.').reduce<unknown>((part, key) => Reflect.get(Object(part), key), config), value, name)
  }
})

t.test('a value that cannot be used is refused with one sentence that names the setting and keeps the value to itself', async (t) => {
  const table: ReadonlyArray<[string, string, Record<string, string>?]> = [
    ['PORT', 'hunter2'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '3000.5'],
    ['LOG_LEVEL', 'hunter2'],
    ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '1'], ['TRUST_PROXY', 'hunter2.example'],
    ['DATABASE_URL', 'mysql://hunter2@db/c'], ['DATABASE_URL', 'hunter2'],
    ['DATABASE_LISTEN_URL', 'hunter2'],
    ['DATABASE_POOL_SIZE', '1'], ['DATABASE_POOL_SIZE', '501'],
    ['ISSUER', 'auth.example.com'], ['ISSUER', 'https://auth.example.com/'], ['ISSUER', 'https://auth.example.com/hunter2'], ['ISSUER', 'https://AUTH.example.com'], ['ISSUER', 'ftp://auth.example.com'],
    ['AUDIENCE', 'a'.repeat(65)],
    ['ACCESS_TOKEN_TTL', '74'], ['ACCESS_TOKEN_TTL', '3601'], ['ACCESS_TOKEN_TTL', '5m'],
    ['SESSION_IDLE_TTL', '299'], ['SESSION_IDLE_TTL', '600', { ACCESS_TOKEN_TTL: '600' }], ['SESSION_IDLE_TTL', '7200', { SESSION_MAX_TTL: '3600' }],
    ['SESSION_MAX_TTL', '299'],
    ['SESSIONS_PER_USER', '0'], ['SESSIONS_PER_USER', '10001'], ['REFRESH_GRACE', '14'], ['REFRESH_GRACE', '61', { ACCESS_TOKEN_TTL: '3600' }], ['REFRESH_GRACE', '60', { ACCESS_TOKEN_TTL: '299' }],
    ['SECRET_KEYS', 'hunter2'], ['SECRET_KEYS', 'a'.repeat(42)], ['SECRET_KEYS', `${SECRET},hunter2`], ['SECRET_KEYS', '', { DATABASE_URL: 'postgres://db/c' }],
    ['SIGNING_ALGORITHM', 'HS256'], ['SIGNING_ALGORITHM', 'none'], ['SIGNING_ALGORITHM', 'es256'],
    ['KEY_ROTATION_INTERVAL', '59'],
    ['REGISTRATION', 'hunter2'],
    ['DEFAULT_ROLE', 'Admin'], ['DEFAULT_ROLE', 'a b'],
    ['PASSWORD_MIN_LENGTH', '7'], ['PASSWORD_MIN_LENGTH', '65'],
    ['ARGON2_MEMORY', '1023'], ['ARGON2_TIME', '0'], ['ARGON2_PARALLELISM', '17'],
    ['ADMIN_PASSWORD', 'hunter2'],
    ['CORS_ORIGINS', '*'], ['CORS_ORIGINS', 'https://app.example.com/hunter2'], ['CORS_ORIGINS', 'null'],
    ['COOKIE_DOMAIN', 'https://example.com'], ['COOKIE_DOMAIN', 'com'],
    ['FEED_TOKEN', 'hunter2'], ['FEED_TOKEN', `${'a'.repeat(43)},hunter2`],
    ['METRICS_PORT', 'hunter2'], ['METRICS_PORT', '65536'],
    ['LOGIN_RATE_PER_MINUTE', '0'],
    ['DOCS', 'yes'],
    ['AUDIT_RETENTION_DAYS', '0']
  ]
  for (const [name, value, rest] of table) {
    const sentence = refusal({ ...rest, [name]: value })
    t.match(sentence, new RegExp(`^${name} [^\\n]*[.]$`), `${name}=${value}`)
    t.notMatch(sentence, /hunter2/, `${name}=${value}: the value may be a secret`)
  }
})

t.test('a setting left empty is a setting left out', async (t) => {
  t.strictSame(loadConfig(Object.fromEntries(SETTINGS.map((name) => [name, '']))), loadConfig({}))
})

t.test('the settings cannot be changed afterwards', async (t) => {
  const config = loadConfig({ CORS_ORIGINS: 'https://app.example.com' })
  for (const part of [config, config.database, config.argon2, config.corsOrigins]) t.ok(Object.isFrozen(part))
})

t.test('.env.example names every setting with its default', async (t) => {
  const example = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'))
  t.strictSame(Object.keys(example).sort(), [...SETTINGS].sort())
  t.strictSame(loadConfig(example as Record<string, string>), loadConfig({}))
})

t.test('a .env in the working directory is read, and the environment wins over it', async (t) => {
  const before = process.cwd()
  process.chdir(t.testdir({ '.env': 'AUDIENCE=from-file\nPORT=4000\n' }))
  process.env.PORT = '5000'
  t.teardown(() => {
    process.chdir(before)
    delete process.env.PORT
  })
  t.match(loadConfig(), { audience: 'from-file', port: 5000 })
})

function refusal (environment: Record<string, string>): string {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}
