import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseEnv } from 'node:util'
import t from 'tap'
import { loadConfig } from '../../src/config/config.ts'
import { SETTINGS } from '../../src/config/schema.ts'
import { ConfigError } from '../../src/config/values.ts'

const SECRET = randomBytes(32).toString('base64')
const HEX_SECRET = randomBytes(32).toString('hex')

t.test('PW9, F16: every setting has a default', async (t) => {
  t.strictSame(loadConfig({}), {
    host: '127.0.0.1',
    port: 3000,
    logLevel: 'info',
    trustProxy: false,
    database: { url: undefined, listenUrl: undefined, poolSize: 10, dataDir: 'data' },
    issuer: 'http://localhost:3000',
    audiences: ['api'],
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
    rolesFile: undefined,
    passwordMinLength: 8,
    argon2: { memoryKib: 19_456, passes: 2, parallelism: 1 },
    hashingConcurrency: Math.max(1, Math.min(availableParallelism(), 3)),
    admin: undefined,
    adminStepUp: 'factor',
    secondFactor: 'optional',
    passkeys: { rpId: 'localhost', origins: ['http://localhost:3000'] },
    corsOrigins: [],
    corsHeaders: [],
    cookieDomain: undefined,
    feedTokens: [],
    metricsPort: undefined,
    loginRatePerMinute: 10,
    mail: {
      mode: 'inbox',
      smtp: undefined,
      from: { name: 'gatepass', address: 'gatepass@localhost' },
      appName: 'gatepass',
      linkUrl: undefined,
      language: 'en'
    },
    docs: true,
    auditRetentionDays: 400,
    shutdownDelaySeconds: 0,
    warnings: []
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
    AUDIENCES: ['campaigns, ads', 'audiences', ['campaigns', 'ads']],
    ACCESS_TOKEN_TTL: ['3600', 'accessTtlSeconds', 3600],
    SESSION_IDLE_TTL: ['3900', 'sessionIdleSeconds', 3900],
    SESSION_MAX_TTL: ['86400', 'sessionMaxSeconds', 86_400],
    REFRESH_GRACE: ['60', 'refreshGraceSeconds', 60],
    SESSIONS_PER_USER: ['5', 'sessionsPerUser', 5],
    SECRET_KEYS: [`${SECRET},${HEX_SECRET}`, 'secretKeys', [Buffer.from(SECRET, 'base64'), Buffer.from(HEX_SECRET, 'hex')]],
    SIGNING_ALGORITHM: ['EdDSA', 'signingAlgorithm', 'EdDSA'],
    KEY_ROTATION_INTERVAL: ['86400', 'keyRotationSeconds', 86_400],
    REGISTRATION: ['open', 'registration', 'open'],
    ROLES_FILE: ['roles.json', 'rolesFile', 'roles.json'],
    DEFAULT_ROLE: ['advertiser', 'defaultRole', 'advertiser'],
    PASSWORD_MIN_LENGTH: ['15', 'passwordMinLength', 15],
    ARGON2_MEMORY: ['47104', 'argon2.memoryKib', 47_104],
    ARGON2_TIME: ['1', 'argon2.passes', 1],
    ARGON2_PARALLELISM: ['2', 'argon2.parallelism', 2],
    ADMIN_EMAIL: ['ada@example.com', 'admin.email', 'ada@example.com'],
    ADMIN_PASSWORD: ['correct horse', 'admin.password', 'correct horse'],
    ADMIN_STEP_UP: ['always', 'adminStepUp', 'always'],
    SECOND_FACTOR: ['admins', 'secondFactor', 'admins'],
    PASSKEY_RP_ID: ['example.com', 'passkeys.rpId', 'example.com'],
    PASSKEY_ORIGINS: ['https://app.example.com', 'passkeys.origins', ['https://app.example.com']],
    CORS_ORIGINS: ['https://app.example.com,http://localhost:5173', 'corsOrigins', ['https://app.example.com', 'http://localhost:5173']],
    CORS_HEADERS: ['X-Request-Id, x-b3-traceid', 'corsHeaders', ['x-request-id', 'x-b3-traceid']],
    COOKIE_DOMAIN: ['example.com', 'cookieDomain', 'example.com'],
    FEED_TOKEN: [feed, 'feedTokens', [feed]],
    METRICS_PORT: ['9464', 'metricsPort', 9464],
    LOGIN_RATE_PER_MINUTE: ['5', 'loginRatePerMinute', 5],
    SMTP_URL: ['smtps://mail.example.com', 'mail.smtp.port', 465],
    MAIL_FROM: ['Ads <accounts@example.com>', 'mail.from', { name: 'Ads', address: 'accounts@example.com' }],
    APP_NAME: ['Example & Söhne', 'mail.appName', 'Example & Söhne'],
    MAIL_LANGUAGE: ['de', 'mail.language', 'de'],
    LINK_URL: ['https://app.example.com/account', 'mail.linkUrl', 'https://app.example.com/account'],
    DOCS: ['off', 'docs', false],
    AUDIT_RETENTION_DAYS: ['30', 'auditRetentionDays', 30],
    SHUTDOWN_DELAY: ['7', 'shutdownDelaySeconds', 7]
  }
  t.strictSame([...Object.keys(set), 'AUDIENCE'].sort(), [...SETTINGS].sort(), 'none is left out here but another name of AUDIENCES')
  const config = loadConfig(Object.fromEntries(Object.entries(set).map(([name, [text]]) => [name, text])))
  for (const [name, [, path, value]] of Object.entries(set)) {
    t.strictSame(path.split('.').reduce<unknown>((part, key) => Reflect.get(Object(part), key), config), value, name)
  }
})

t.test('TF8: AUDIENCES is a list whose first is the default, and AUDIENCE another name for a list of one', async (t) => {
  const table: ReadonlyArray<[settings: Record<string, string>, audiences: string[]]> = [
    [{}, ['api']], [{ AUDIENCES: '', AUDIENCE: '' }, ['api']],
    [{ AUDIENCE: 'ads' }, ['ads']], [{ AUDIENCES: 'ads' }, ['ads']],
    [{ AUDIENCES: ' ads,, api ,' }, ['ads', 'api']], [{ AUDIENCES: 'API,api' }, ['API', 'api']],
    [{ AUDIENCES: `${'a'.repeat(64)},https://ads.example.com/v1?x=%20` }, ['a'.repeat(64), 'https://ads.example.com/v1?x=%20']]
  ]
  t.strictSame(table.map(([settings]) => loadConfig(settings).audiences), table.map(([, audiences]) => audiences))
  t.ok(Object.isFrozen(loadConfig({ AUDIENCES: 'ads,api' }).audiences))
})

t.test('passkeys are for the host of ISSUER, and pages of CORS_ORIGINS may use them, unless settings say otherwise', async (t) => {
  const android = `android:apk-key-hash:${'a'.repeat(43)}`
  const issuer = { ISSUER: 'https://auth.example.com', CORS_ORIGINS: 'https://app.example.com' }
  t.strictSame(loadConfig(issuer).passkeys, {
    rpId: 'auth.example.com', origins: ['https://auth.example.com', 'https://app.example.com']
  })
  const given = { PASSKEY_RP_ID: 'example.com', PASSKEY_ORIGINS: `https://example.com, ${android},https://example.com` }
  t.strictSame(loadConfig({ ...issuer, ...given }).passkeys, { rpId: 'example.com', origins: ['https://example.com', android] })
  for (const rpId of ['Example.com', 'https://example.com', 'example.com:443', 'example..com', '-example.com', '192.0.2.1', '.', 'a b']) {
    t.equal(refusal({ PASSKEY_RP_ID: rpId }), 'PASSKEY_RP_ID must be a domain in lower case, such as example.com.', rpId)
  }
  for (const origin of ['example.com', 'https://example.com/path', 'android:apk-key-hash:short', `${android}a`, 'null']) {
    t.match(refusal({ PASSKEY_ORIGINS: origin }), /^PASSKEY_ORIGINS must /, origin)
  }
  t.match(refusal({ SECOND_FACTOR: 'some' }), /^SECOND_FACTOR must /)
})

t.test('an ISSUER of 60 letters is accepted', async (t) => {
  const issuer = `https://${'a'.repeat(60 - 'https://.example.com'.length)}.example.com`
  t.equal(issuer.length, 60)
  t.equal(loadConfig({ ISSUER: issuer }).issuer, issuer)
  t.match(refusal({ ISSUER: issuer.replace('a', 'aa') }), /^ISSUER must NOT have more than 60 characters\.$/)
})

t.test('TF4: an invalid value is refused with one sentence that names the setting and does not contain the value', async (t) => {
  const table: ReadonlyArray<[string, string, Record<string, string>?]> = [
    ['PORT', 'hunter2'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '3000.5'],
    ['LOG_LEVEL', 'hunter2'],
    ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '1'], ['TRUST_PROXY', 'hunter2.example'],
    ['DATABASE_URL', 'mysql://hunter2@db/c'], ['DATABASE_URL', 'hunter2'],
    ['DATABASE_LISTEN_URL', 'hunter2'],
    ['DATABASE_POOL_SIZE', '1'], ['DATABASE_POOL_SIZE', '501'],
    ['ISSUER', 'auth.example.com'], ['ISSUER', 'https://auth.example.com/'], ['ISSUER', 'https://auth.example.com/hunter2'],
    ['ISSUER', 'https://AUTH.example.com'], ['ISSUER', 'ftp://auth.example.com'],
    ['ISSUER', `https://${'hunter2'.repeat(6)}.example.com`], ['AUDIENCE', 'a'.repeat(65)], ['AUDIENCES', `api,${'a'.repeat(65)}`],
    ['ADMIN_STEP_UP', 'hunter2'], ['ADMIN_STEP_UP', 'on'], ['ADMIN_STEP_UP', 'Always'],
    ['ACCESS_TOKEN_TTL', '74'], ['ACCESS_TOKEN_TTL', '3601'], ['ACCESS_TOKEN_TTL', '5m'],
    ['SESSION_IDLE_TTL', '299'], ['SESSION_IDLE_TTL', '600', { ACCESS_TOKEN_TTL: '600' }],
    ['SESSION_IDLE_TTL', '7200', { SESSION_MAX_TTL: '3600' }],
    ['SESSION_MAX_TTL', '299'],
    ['SESSIONS_PER_USER', '0'], ['SESSIONS_PER_USER', '10001'], ['REFRESH_GRACE', '14'],
    ['REFRESH_GRACE', '61', { ACCESS_TOKEN_TTL: '3600' }], ['REFRESH_GRACE', '60', { ACCESS_TOKEN_TTL: '299' }],
    ['SECRET_KEYS', 'hunter2'], ['SECRET_KEYS', 'a'.repeat(42)],
    ['SECRET_KEYS', `${SECRET},hunter2`], ['SECRET_KEYS', '', { DATABASE_URL: 'postgres://db/c' }],
    ['SIGNING_ALGORITHM', 'HS256'], ['SIGNING_ALGORITHM', 'none'], ['SIGNING_ALGORITHM', 'es256'],
    ['KEY_ROTATION_INTERVAL', '59'],
    ['REGISTRATION', 'hunter2'],
    ['DEFAULT_ROLE', 'Admin'], ['DEFAULT_ROLE', 'a b'],
    ['PASSWORD_MIN_LENGTH', '7'], ['PASSWORD_MIN_LENGTH', '65'],
    ['ARGON2_MEMORY', '1023'], ['ARGON2_TIME', '0'], ['ARGON2_PARALLELISM', '17'],
    ['ADMIN_PASSWORD', 'hunter2'],
    ['CORS_ORIGINS', '*'], ['CORS_ORIGINS', 'https://app.example.com/hunter2'], ['CORS_ORIGINS', 'null'],
    ['CORS_HEADERS', '*'], ['CORS_HEADERS', 'x-request-id: hunter2'], ['CORS_HEADERS', 'x-a hunter2'], ['CORS_HEADERS', 'x-é'],
    ['COOKIE_DOMAIN', 'https://example.com'], ['COOKIE_DOMAIN', 'com'],
    ['FEED_TOKEN', 'hunter2'], ['FEED_TOKEN', `${'a'.repeat(43)},hunter2`],
    ['METRICS_PORT', 'hunter2'], ['METRICS_PORT', '65536'],
    ['LOGIN_RATE_PER_MINUTE', '0'],
    ['SMTP_URL', 'https://hunter2@mail.example.com'], ['SMTP_URL', 'hunter2'], ['MAIL_FROM', 'hunter2'],
    ['APP_NAME', 'a\nhunter2'], ['LINK_URL', 'http://hunter2.example.com'], ['MAIL_LANGUAGE', 'hunter2'],
    ['DOCS', 'yes'],
    ['AUDIT_RETENTION_DAYS', '0'],
    ['SHUTDOWN_DELAY', '-1'], ['SHUTDOWN_DELAY', '301'], ['SHUTDOWN_DELAY', 'hunter2']
  ]
  const failures: string[] = []
  for (const [name, value, rest] of table) {
    const sentence = refusal({ ...rest, [name]: value })
    if (!new RegExp(`^${name} [^\\n]*[.]$`).test(sentence) || sentence.includes('hunter2')) failures.push(`${name}=${value}: ${sentence}`)
  }
  t.strictSame(failures, [])
})

t.test('settings that are wrong, alone or together, are refused in one sentence', async (t) => {
  const FEED = randomBytes(32).toString('base64url')
  const secretBytes = Buffer.from(SECRET, 'base64')
  const letters = (text: string) => text.repeat(50).slice(0, 43)
  const table: ReadonlyArray<[name: string, value: string, rest?: Record<string, string>]> = [
    // Guessable secrets, or those of an example.
    ['SECRET_KEYS', Buffer.alloc(32).toString('base64')], ['SECRET_KEYS', '0'.repeat(64)],
    ['SECRET_KEYS', 'ab'.repeat(32)], ['SECRET_KEYS', 'f'.repeat(64)],
    ['SECRET_KEYS', Buffer.alloc(32, 7).toString('base64')], ['SECRET_KEYS', Buffer.from('abcdefg'.repeat(5)).toString('base64')],
    ['SECRET_KEYS', letters('changeme')], ['SECRET_KEYS', letters('a')],
    ['SECRET_KEYS', letters('0123456789')], ['SECRET_KEYS', letters('abcdefghijklmnopqrstuvwxyz')],
    ['SECRET_KEYS', Buffer.from('change-me to something that nobody can guess').toString('base64')],
    ['SECRET_KEYS', 'thisIsMySuperSecretKeyThatNobodyWillEverGuess1'], ['SECRET_KEYS', 'MY_KEY_THAT_YOU_HAVE_TO_CHANGE_ME_BEFORE_IT_RUNS'],
    ['SECRET_KEYS', 'aKeyForTestsOnlyThatYouMustChangeMeIfYouGoLive12'], ['SECRET_KEYS', 'the9Password8of7our6old5server4and3of2the1new0'],
    ['SECRET_KEYS', 'uJ4k2Passw0rd9XbQz7WmT1yLfR5hN8vCd3GpE6sKaYoi'],
    ['SECRET_KEYS', '0123456789abcdef'.repeat(4)],
    ['SECRET_KEYS', Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')],
    ['SECRET_KEYS', Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)).toString('hex')],
    ['SECRET_KEYS', randomBytes(16).toString('hex').repeat(2)],
    ['SECRET_KEYS', `${SECRET},${SECRET}`], ['SECRET_KEYS', `${SECRET},${secretBytes.toString('hex')}`],
    ['SECRET_KEYS', `${SECRET},${Buffer.alloc(32, 9).toString('base64')}`],
    ['FEED_TOKEN', letters('a')], ['FEED_TOKEN', letters('changeme')],
    ['FEED_TOKEN', letters('hunter2')], ['FEED_TOKEN', Buffer.alloc(32, 5).toString('base64')],
    ['FEED_TOKEN', `${FEED},${FEED}`],
    ['FEED_TOKEN', SECRET, { SECRET_KEYS: SECRET }], ['FEED_TOKEN', secretBytes.toString('base64url'), { SECRET_KEYS: SECRET }],
    ['FEED_TOKEN', secretBytes.toString('hex'), { SECRET_KEYS: `${HEX_SECRET},${SECRET}` }],
    // Roles.
    ['DEFAULT_ROLE', 'admin', { REGISTRATION: 'open' }],
    ['ADMIN_PASSWORD', 'Ada@Example.com', { ADMIN_EMAIL: 'ada@example.com' }],
    ['ADMIN_PASSWORD', SECRET, { ADMIN_EMAIL: 'ada@example.com', SECRET_KEYS: SECRET }],
    ['ADMIN_PASSWORD', FEED, { ADMIN_EMAIL: 'ada@example.com', FEED_TOKEN: FEED }],
    // Cookies.
    ['COOKIE_DOMAIN', 'example.com'], ['COOKIE_DOMAIN', 'example.org', { ISSUER: 'https://auth.example.com' }],
    ['COOKIE_DOMAIN', 'le.com', { ISSUER: 'https://auth.example.com' }],
    ['COOKIE_DOMAIN', 'a.auth.example.com', { ISSUER: 'https://auth.example.com' }],
    ['COOKIE_DOMAIN', '2.0.1', { ISSUER: 'https://192.2.0.1' }],
    ['COOKIE_DOMAIN', 'co.uk', { ISSUER: 'https://auth.example.co.uk' }],
    ['COOKIE_DOMAIN', 'github.io', { ISSUER: 'https://ada.github.io' }],
    ['COOKIE_DOMAIN', '.example.com', { ISSUER: 'https://auth.example.com' }], ['COOKIE_DOMAIN', '-.example.com'],
    // Addresses and proxies.
    ['HOST', 'http://0.0.0.0'], ['HOST', '127.0.0.1:3000'], ['HOST', '[::1]'], ['HOST', '3000'], ['HOST', '0.0.0.0 '], ['HOST', 'a..b'],
    ['METRICS_PORT', '3000'], ['METRICS_PORT', '4000', { PORT: '4000' }], ['METRICS_PORT', ' 9464'], ['METRICS_PORT', '1e3'],
    ['TRUST_PROXY', '10.0.0.0/99'], ['TRUST_PROXY', '10.0.0.0/33'], ['TRUST_PROXY', '::/129'],
    ['TRUST_PROXY', '10.0.0.0/'], ['TRUST_PROXY', '10.0.0.0/8/8'], ['TRUST_PROXY', '1.2'],
    ['TRUST_PROXY', '999.0.0.1'], ['TRUST_PROXY', '10.0.0.0/255.0.0.0'], ['TRUST_PROXY', 'fe80::1%eth0'],
    ['AUDIENCE', 'a b'], ['AUDIENCE', 'api\n'], ['AUDIENCE', 'äpi'], ['AUDIENCE', ' '], ['AUDIENCE', 'api,ads'],
    ['AUDIENCE', 'api', { AUDIENCES: 'api' }], ['AUDIENCE', 'api', { AUDIENCES: 'ads,campaigns' }],
    ['AUDIENCES', 'a b'], ['AUDIENCES', 'api,ä'], ['AUDIENCES', 'api,a\nb'], ['AUDIENCES', ' '], ['AUDIENCES', ' , '],
    ['AUDIENCES', 'api,ads,api'], ['AUDIENCES', 'api, api'],
    ['CORS_ORIGINS', 'https://*.example.com/'], ['CORS_ORIGINS', 'https://app.example.com,*'],
    ['DATABASE_LISTEN_URL', 'postgres://db/c'], ['DATABASE_POOL_SIZE', '0'],
    // Mail.
    ...[
      'smtp://', 'smtp:mail.example.com', 'smtp:///path', 'smtp://mail.example.com/inbox', 'smtp://mail.example.com:0',
      'smtp://mail.example.com:65536', 'smtp://ada@mail.example.com', 'smtp://:hunter2@mail.example.com',
      'smtp://ada:hunter2#1@mail.example.com', 'smtp://ada:1/hunter2@mail.example.com', 'smtp://ada:1?hunter2@mail.example.com',
      'smtp://ada:hunter2%zz@mail.example.com', 'smtp://ada:hunter2%00@mail.example.com', 'smtp://ada:hunter2%0d%0a@mail.example.com',
      'smtp://ma%20il', 'smtp://-%', 'smtp://mail..example.com', 'smtp://[::1', 'smtp://[::g]', 'smtp://1.2.3.4.5',
      'smtp://mail.example.com?ignoreTLS=false', 'smtp://mail.example.com?tls=no', 'smtp://mail.example.com#x'
    ].map((url) => ['SMTP_URL', url, { MAIL_FROM: 'a@example.com' }] as [string, string, Record<string, string>]),
    ['MAIL_FROM', '', { SMTP_URL: 'smtp://mail.example.com' }],
    ...[
      'a', '@example.com', 'a@', 'a b@example.com', 'a@b@example.com', 'a@exa mple.com', 'a@example..com', 'a@[192.0.2.1]', 'ä@example.com',
      'a@example.com, b@example.com', '<a@example.com', 'A <a@example.com> B', 'A <>', '"A" B <a@example.com>', '"a\\"b" <a@example.com>',
      'A\nBcc: b@example.com <a@example.com>', `${'a'.repeat(65)}@example.com`, 'a;b@example.com', 'A: a@example.com;'
    ].map((address) => ['MAIL_FROM', address] as [string, string]),
    ['APP_NAME', ' '], ['APP_NAME', 'a\u2028b'], ['APP_NAME', 'a\u202eb'], ['APP_NAME', '<b>'], ['APP_NAME', 'a"b'],
    ['APP_NAME', 'a\u0000'], ['APP_NAME', 'a'.repeat(65)],
    ['LINK_URL', '/account'], ['LINK_URL', 'https://app.example.com/?x=1'], ['LINK_URL', 'https://app.example.com/#x'],
    ['LINK_URL', 'https://app.example.com/?'], ['LINK_URL', 'https://app.example.com/#'], ['LINK_URL', 'https://ada@app.example.com/'],
    ['LINK_URL', 'https://:x@app.example.com/'], ['LINK_URL', 'http://app.example.com/'], ['LINK_URL', 'javascript:alert(1)'],
    ['MAIL_LANGUAGE', 'fr'], ['MAIL_LANGUAGE', 'EN'],
    // Numbers in unusual notations.
    ...[
      '1e3', '0x10', ' 5000 ', '5000.0', '05000', '+5000', '５０００', '٣٠٠٠',
      'Infinity', 'NaN', '5_000', '-5000', '--1', '1e400', '99999999999999999999'
    ].flatMap((number) =>
      [['PORT', number], ['ACCESS_TOKEN_TTL', number], ['LOGIN_RATE_PER_MINUTE', number]] as Array<[string, string]>),
    ['SESSION_IDLE_TTL', String(401 * 86_400)], ['SESSION_MAX_TTL', String(401 * 86_400)],
    ['KEY_ROTATION_INTERVAL', String(401 * 86_400)], ['AUDIT_RETENTION_DAYS', '36501']
  ]
  t.ok(table.length >= 100, `${table.length} settings`)
  const failures: string[] = []
  for (const [name, value, rest] of table) {
    const sentence = refusal({ ...rest, [name]: value })
    const isWellFormed = sentence.startsWith(`${name} `) && sentence.endsWith('.') && !sentence.includes('\n')
    const isSecret = ['SECRET_KEYS', 'FEED_TOKEN', 'ADMIN_PASSWORD'].includes(name)
    if (!isWellFormed || (isSecret && sentence.includes(value)) || sentence.includes('hunter2')) {
      failures.push(`${name}=${value} ${JSON.stringify(rest ?? {})}: ${sentence}`)
    }
  }
  t.strictSame(failures, [])
})

t.test('SMTP_URL says where mails go, by which name, and whether TLS is asked for', async (t) => {
  const plain = { secure: false, requireTls: true, auth: undefined }
  const table: ReadonlyArray<[url: string, smtp: Record<string, unknown>]> = [
    ['smtp://mail.example.com', { ...plain, host: 'mail.example.com', port: 587 }],
    ['smtps://mail.example.com/', { ...plain, host: 'mail.example.com', port: 465, secure: true, requireTls: false }],
    ['smtp://MAIL.example.com:2525', { ...plain, host: 'mail.example.com', port: 2525 }],
    ['smtp://mail.example.com?ignoreTLS=true', { ...plain, host: 'mail.example.com', port: 587, requireTls: false }],
    ['smtp://localhost:25', { ...plain, host: 'localhost', port: 25, requireTls: false }],
    ['smtp://127.0.0.2:25', { ...plain, host: '127.0.0.2', port: 25, requireTls: false }],
    ['smtp://[::1]:25', { ...plain, host: '::1', port: 25, requireTls: false }],
    ['smtp://[2001:DB8::1]', { ...plain, host: '2001:db8::1', port: 587 }],
    ['smtp://192.0.2.1', { ...plain, host: '192.0.2.1', port: 587 }],
    ['smtp://mail_relay', { ...plain, host: 'mail_relay', port: 587 }],
    ['smtp://post.bücher.example', { ...plain, host: 'post.xn--bcher-kva.example', port: 587 }],
    ['smtp://ada%40example.com:p%23%2F%3F%25%C3%BC@mail.example.com', {
      ...plain, host: 'mail.example.com', port: 587, auth: { user: 'ada@example.com', pass: 'p#/?%ü' }
    }]
  ]
  t.strictSame(table.map(([url]) => loadConfig({ SMTP_URL: url, MAIL_FROM: 'a@example.com' }).mail.smtp), table.map(([, smtp]) => smtp))
})

t.test('MAIL_FROM may have a name, and a domain of any script', async (t) => {
  const table: ReadonlyArray<[value: string, name: string, address: string]> = [
    ['accounts@example.com', 'gatepass', 'accounts@example.com'],
    [' Example <accounts@example.com> ', 'Example', 'accounts@example.com'],
    ['"Example, Inc." <accounts@example.com>', 'Example, Inc.', 'accounts@example.com'],
    ['"" <accounts@example.com>', 'gatepass', 'accounts@example.com'],
    ['<accounts@example.com>', 'gatepass', 'accounts@example.com'],
    ['Bücher <konto+1@Bücher.example>', 'Bücher', 'konto+1@xn--bcher-kva.example'],
    ['root@localhost', 'gatepass', 'root@localhost']
  ]
  t.strictSame(table.map(([value]) => loadConfig({ MAIL_FROM: value }).mail.from), table.map(([, name, address]) => ({ name, address })))
})

t.test('mails are kept in memory only where the service is on this machine, for this machine', async (t) => {
  const database = { DATABASE_URL: 'postgres://db/c', SECRET_KEYS: SECRET }
  const smtp = { SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'a@example.com' }
  const table: ReadonlyArray<[settings: Record<string, string>, mode: string]> = [
    [{}, 'inbox'], [{ HOST: 'localhost' }, 'inbox'], [{ HOST: '::1', ISSUER: 'http://127.0.0.1:3000' }, 'inbox'],
    [{ HOST: '0.0.0.0' }, 'off'], [database, 'off'], [{ HOST: '192.0.2.1' }, 'off'],
    // Behind a proxy.
    [{ ISSUER: 'https://auth.example.com' }, 'off'], [{ ISSUER: 'http://auth.localhost' }, 'off'],
    [smtp, 'smtp'], [{ ...smtp, ...database }, 'smtp'], [{ ...smtp, ISSUER: 'https://auth.example.com' }, 'smtp']
  ]
  t.strictSame(table.map(([settings]) => loadConfig(settings).mail.mode), table.map(([, mode]) => mode))
})

t.test('LINK_URL may be a page on this machine', async (t) => {
  t.equal(loadConfig({ LINK_URL: 'http://localhost:5173' }).mail.linkUrl, 'http://localhost:5173/')
  t.equal(loadConfig({ LINK_URL: 'https://bücher.example/konto neu' }).mail.linkUrl, 'https://xn--bcher-kva.example/konto%20neu')
})

t.test('a DATABASE_URL that libpq would refuse is refused, without its contents in the message', async (t) => {
  const urls = [
    'postgres://ada:hunter2@db/c ', 'postgres://ada:hunter2@db/c\n', 'postgres://ada:hunter2@db/c?sslmode=bogus',
    'postgres://ada:hunter2@db/c?sslmode=', 'postgres://ada:hunter2@db/c?sslmode=Require',
    'postgres://ada:hunter2@db/c?sslmode=require&sslmode=bogus', 'postgres://ada:hunter2@db/c?ssl=bogus',
    'postgres://ada:hunter2%@db/c', 'postgres://ada:hunter2%zz@db/c', 'postgres://ada:hunter2@db/c%2',
    'postgres://ada:hunter2@db/%ff', 'postgres://ada:hunter2@/c%?host=/tmp'
  ]
  for (const url of urls) {
    for (const settings of [{ DATABASE_URL: url }, { DATABASE_URL: 'postgres://db/c', DATABASE_LISTEN_URL: url }]) {
      const sentence = refusal({ ...settings, SECRET_KEYS: SECRET })
      t.match(sentence, new RegExp(`^${Object.keys(settings).at(-1)} (ends in|has) [^\\n]+\\.$`), url)
      t.notMatch(sentence, /hunter2/, url)
    }
  }
  const taken = [
    'postgres://ada:a%20b%25@db/a%2Fb', 'postgresql://ada@/c?host=/tmp', 'postgres://db/c?sslmode=verify-full',
    'postgres://db/c?ssl=false', 'postgres://ada:p w@db/c', 'postgres://[::1]:5432/c', 'postgres://%2Ftmp/c'
  ]
  for (const url of taken) t.equal(loadConfig({ DATABASE_URL: url, SECRET_KEYS: SECRET }).database.url, url)
})

t.test('random secrets are never taken for guessable ones', async (t) => {
  for (let drawn = 0; drawn < 5_000; drawn++) {
    const bytes = randomBytes(32)
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const text = bytes.toString(encoding)
      if (loadConfig({ SECRET_KEYS: text, FEED_TOKEN: randomBytes(32).toString(encoding) }).secretKeys.length !== 1) t.fail(text)
    }
  }
})

t.test('a random secret that happens to spell a short word is not taken for a guessable one', async (t) => {
  const text = 'uJ4k2pAsSw9XbQz7WmT1sEcREt5hN8vCd3GpEQwErtyo'
  t.equal(loadConfig({ SECRET_KEYS: text }).secretKeys.length, 1)
  t.throws(() => loadConfig({ SECRET_KEYS: text.replace('sEcREt', 'Secret') }), /^SECRET_KEYS holds one that can be guessed/)
})

t.test('a setting that is probably a mistake has a warning that names it', async (t) => {
  const table: ReadonlyArray<[settings: Record<string, string>, warning: RegExp | undefined]> = [
    [{ ISSUER: 'http://auth.example.com' }, /^ISSUER is http /], [{ ISSUER: 'http://203.0.113.7:3000' }, /^ISSUER is http /],
    [{ ISSUER: 'http://localhost:3000' }, undefined], [{ ISSUER: 'http://auth.localhost' }, undefined],
    [{ ISSUER: 'http://127.0.0.2:3000' }, undefined], [{ ISSUER: 'http://[::1]:3000' }, undefined],
    [{ ISSUER: 'https://203.0.113.7' }, undefined], [{ ISSUER: 'http://127.0.0.1.example.com' }, /^ISSUER is http /],
    [{ PORT: '0' }, /^ISSUER is not set/], [{ PORT: '0', ISSUER: 'https://auth.example.com' }, undefined],
    [{ AUDIENCE: 'https://auth.example.com', ISSUER: 'https://auth.example.com' }, /^AUDIENCES has ISSUER/],
    [{ AUDIENCES: 'api,https://auth.example.com', ISSUER: 'https://auth.example.com' }, /^AUDIENCES has ISSUER/],
    [{ CORS_ORIGINS: 'https://app.example.com,http://app.example.com' }, /^CORS_ORIGINS has /],
    [{ CORS_ORIGINS: 'http://localhost:5173' }, undefined],
    [{ TRUST_PROXY: '0.0.0.0/0' }, /^TRUST_PROXY has 0\.0\.0\.0\/0:/],
    [{ TRUST_PROXY: '10.0.0.1,::/0' }, /^TRUST_PROXY has ::\/0:/], [{ TRUST_PROXY: '0.0.0.0/1' }, /^TRUST_PROXY has /],
    [{ TRUST_PROXY: '::ffff:0.0.0.0/96' }, /^TRUST_PROXY has /],
    [{ TRUST_PROXY: '10.0.0.0/8,fc00::/7,::ffff:10.0.0.0/104,127.0.0.1' }, undefined],
    [{ KEY_ROTATION_INTERVAL: '299' }, /^KEY_ROTATION_INTERVAL is shorter /], [{ KEY_ROTATION_INTERVAL: '300' }, undefined],
    [{ SMTP_URL: 'smtp://mail.example.com?ignoreTLS=true', MAIL_FROM: 'a@example.com' }, /^SMTP_URL has ignoreTLS=true:/],
    [{ SMTP_URL: 'smtp://[::1]?ignoreTLS=true', MAIL_FROM: 'a@example.com' }, undefined],
    [{ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'a@example.com' }, undefined],
    [{ COOKIE_DOMAIN: 'example.com', ISSUER: 'https://auth.example.com' }, undefined],
    [{ COOKIE_DOMAIN: 'corp.internal', ISSUER: 'https://corp.internal' }, undefined],
    [{ DEFAULT_ROLE: 'admin' }, undefined], [{ HOST: 'auth-1.internal', DATA_DIR: 'x' }, undefined],
    [{ HOST: '::' }, undefined], [{ HOST: 'fe80::1%eth0' }, undefined]
  ]
  for (const [settings, warning] of table) {
    const { warnings } = loadConfig(settings)
    if (warning === undefined) {
      t.strictSame(warnings, [], JSON.stringify(settings))
    } else {
      t.ok(
        warnings.length === 1 && warning.test(warnings[0] ?? '') && /^[^\n]+\.$/.test(warnings[0] ?? ''),
        `${JSON.stringify(settings)}: ${warnings.join()}`
      )
    }
  }
})

t.test('a name in the environment that resembles a setting has a warning, and ordinary names have none', async (t) => {
  const slips = [
    ['LOGIN_RATE', 'LOGIN_RATE_PER_MINUTE'], ['DATABSE_URL', 'DATABASE_URL'], ['DATABASE_URI', 'DATABASE_URL'],
    ['SECRET_KEY', 'SECRET_KEYS'], ['FEED_TOKENS', 'FEED_TOKEN'], ['ISUER', undefined],
    ['ISSUERS', 'ISSUER'], ['ADMIN_MAIL', 'ADMIN_EMAIL'], ['ADMIN_PASSWD', 'ADMIN_PASSWORD'], ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['CORS_HEADER', 'CORS_HEADERS'], ['TRUSTED_PROXY', 'TRUST_PROXY'], ['log_level', 'LOG_LEVEL'],
    ['COOKIE-DOMAIN', 'COOKIE_DOMAIN'], ['DEFAUTL_ROLE', 'DEFAULT_ROLE'], ['SESSION_IDLE', 'SESSION_IDLE_TTL'],
    ['METRIC_PORT', 'METRICS_PORT'], ['REGISTRATON', 'REGISTRATION'], ['ARGON2_MEM', undefined]
  ] as const
  for (const [slip, meant] of slips) {
    t.strictSame(
      loadConfig({ [slip]: 'hunter2' }).warnings,
      meant === undefined ? [] : [`${slip} in the environment is not a setting and has no effect: do you mean ${meant}?`],
      slip
    )
  }
  t.strictSame(loadConfig({ SECRET_KEY: 'of another program', SECRET_KEYS: SECRET }).warnings, [], 'what is there was not misspelt')
  const ordinary = `HOSTNAME PORTAGE HOSTTYPE LOGNAME USER HOME PATH PWD OLDPWD SHELL SHLVL TERM LANG LC_ALL EDITOR PAGER DISPLAY MAIL TZ
    TMPDIR COLORTERM LS_COLORS DOCKER_HOST SSH_AUTH_SOCK SSH_CONNECTION XDG_DATA_DIRS XDG_RUNTIME_DIR NODE_ENV NODE_OPTIONS NODE_VERSION
    YARN_VERSION UV_THREADPOOL_SIZE npm_config_cache npm_lifecycle_event npm_package_json INIT_CWD KUBERNETES_PORT KUBERNETES_SERVICE_HOST
    GATEPASS_PORT GATEPASS_SERVICE_HOST POSTGRES_PASSWORD POSTGRES_USER PGHOST PGPORT PGDATA DATABASE_HOST DATABASE_PORT DATABASE_NAME
    DATABASE_USER REDIS_URL REDIS_PORT ACCESS_TOKEN GITHUB_TOKEN CI AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID SECRET TOKEN DATA PORTS HOSTS
    DOC DEBUG LOG LOGS ADMIN ROLE EMAIL PASSWORD http_proxy NO_PROXY COOKIE CORS DOMAIN SESSION_ID SESSION_MANAGER MALLOC_ARENA_MAX
    INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET HISTSIZE DBUS_SESSION_BUS_ADDRESS`.split(/\s+/)
  t.strictSame(loadConfig(Object.fromEntries(ordinary.map((name) => [name, 'x']))).warnings, [])
})

t.test('a name in .env that resembles a setting is refused if that is not set, and has a warning if it is', async (t) => {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  const inDirectoryWith = (env: string) => process.chdir(t.testdir({ '.env': env }))
  inDirectoryWith('LOGIN_RATE=5\n')
  t.throws(() => loadConfig(), new ConfigError(
    'LOGIN_RATE in .env is not a setting: write LOGIN_RATE_PER_MINUTE if you mean that, or set that as well if not.'
  ))
  inDirectoryWith(`${readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')}\nSECRET_KEY=hunter2\n`)
  t.throws(() => loadConfig(), /^SECRET_KEY in \.env is not a setting: write SECRET_KEYS/, 'one that is there and empty is not set')
  inDirectoryWith('LOGIN_RATE=5\nLOGIN_RATE_PER_MINUTE=7\nPOSTGRES_PASSWORD=c0ffee\n')
  t.strictSame(loadConfig().warnings, ['LOGIN_RATE in .env is not a setting and has no effect: do you mean LOGIN_RATE_PER_MINUTE?'])
})

t.test('there are warnings for settings that have no effect in .env, and for its permissions', {
  skip: process.platform === 'win32' && 'Windows has other modes'
}, async (t) => {
  const before = process.cwd()
  process.chdir(t.testdir({
    '.env': `UV_THREADPOOL_SIZE=64\nSECRET_KEYS=${SECRET}\nADMIN_EMAIL=ada@example.com\nADMIN_PASSWORD=hunter22\nFEED_TOKEN=\n`
  }))
  t.teardown(() => process.chdir(before))
  const tooLate = 'UV_THREADPOOL_SIZE in .env comes too late and has no effect: set it in the environment.'
  chmodSync('.env', 0o644)
  t.strictSame(loadConfig().warnings, [
    tooLate,
    'SECRET_KEYS, ADMIN_PASSWORD in .env can be read by other users of this machine: run "chmod 600 .env".'
  ])
  t.ok(loadConfig().hashingConcurrency <= 3)
  chmodSync('.env', 0o600)
  t.strictSame(loadConfig().warnings, [tooLate])
})

t.test('an empty setting is an unset one', async (t) => {
  t.strictSame(loadConfig(Object.fromEntries(SETTINGS.map((name) => [name, '']))), loadConfig({}))
})

t.test('SHUTDOWN_DELAY is 5 s, but none on a loopback address unless it is set', async (t) => {
  const delayOf = (settings: Record<string, string>) => loadConfig(settings).shutdownDelaySeconds
  for (const HOST of ['0.0.0.0', '::', '10.1.2.3', 'fe80::1%eth0', 'localhost.example.com', 'gatepass']) t.equal(delayOf({ HOST }), 5, HOST)
  for (const HOST of ['127.0.0.1', '127.3.2.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'Localhost']) {
    t.equal(delayOf({ HOST }), 0, HOST)
    t.equal(delayOf({ HOST, SHUTDOWN_DELAY: '3' }), 3, HOST)
  }
  t.equal(delayOf({ HOST: '0.0.0.0', SHUTDOWN_DELAY: '0' }), 0)
})

t.test('the config is frozen', async (t) => {
  const config = loadConfig({ CORS_ORIGINS: 'https://app.example.com' })
  for (const part of [config, config.database, config.argon2, config.corsOrigins]) t.ok(Object.isFrozen(part))
})

t.test('RS8: .env.example names every setting with its default', async (t) => {
  const example = parseEnv(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8'))
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
  t.match(loadConfig(), { audiences: ['from-file'], port: 5000 })
})

t.test('a .env with a byte order mark is read; one in another encoding, or unreadable, is refused in one sentence', async (t) => {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  const text = 'DATABASE_URL=postgres://db/c\r\nAUDIENCE=from-file\r\n'
  const inDirectoryWith = (bytes: Buffer) => {
    process.chdir(t.testdir())
    writeFileSync('.env', bytes, { mode: 0o600 })
  }
  inDirectoryWith(Buffer.from(`\uFEFF${text}`))
  t.throws(() => loadConfig(), /^SECRET_KEYS is required with DATABASE_URL/, 'its first setting is there')
  const refused = new ConfigError('.env is not UTF-8 text: save it as UTF-8.')
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le')
  const table: ReadonlyArray<[name: string, bytes: Buffer]> = [
    ['UTF-16LE', utf16], ['UTF-16LE without a mark', utf16.subarray(2)],
    ['UTF-16BE', Buffer.from(utf16).swap16()], ['UTF-16BE without a mark', Buffer.from(utf16).swap16().subarray(2)],
    ['UTF-32LE', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])], ['Latin-1', Buffer.from('ADMIN_PASSWORD=fünf Esel\n', 'latin1')]
  ]
  for (const [name, bytes] of table) {
    inDirectoryWith(bytes)
    t.throws(() => loadConfig(), refused, name)
  }
  process.chdir(t.testdir({ '.env': {} }))
  t.throws(() => loadConfig(), new ConfigError('.env cannot be read (EISDIR).'))
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
