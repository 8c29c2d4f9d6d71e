// `gatepass doctor` finds what is wrong, and says what to do.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { createKeyring } from '../../../src/keys/keyring.ts'
import { freePort } from '../../../scripts/free-port.js'
import { createCertificate } from '../../support/certificate.ts'
import { onPostgres } from '../../support/database.ts'
import { insertPasskey } from '../../support/factors.ts'
import { addMail } from '../../support/sender.ts'
import { postgresSettings, runCommand, startService } from '../../support/process.ts'
import { SILENT } from '../../support/silent-log.ts'
import { startMailServer } from '../../support/smtp.ts'
import { createUser } from '../../support/users.ts'
import { insertForged, makeForgedKey } from '../../unit/keys/attacker.ts'

t.setTimeout(300_000)

const TIDY = {
  ISSUER: 'https://auth.example.com',
  TRUST_PROXY: '10.0.0.1',
  CORS_ORIGINS: 'https://app.example.com',
  FEED_TOKEN: randomBytes(32).toString('base64url'),
  ADMIN_EMAIL: 'root@example.com',
  ADMIN_PASSWORD: 'correct horse battery staple'
}

/** Runs the doctor, and returns what it found beside what is well. */
async function diagnose (t: Test, settings: Record<string, string>, cwd?: string): Promise<{ code: number | null, found: string[] }> {
  const { code, stdout, stderr } = await runCommand(t, ['doctor', '--json'], settings, cwd === undefined ? {} : { cwd }).ended
  t.equal(stderr, '')
  const { findings }: { findings: Finding[] } = JSON.parse(stdout)
  return { code, found: findings.filter(({ level }) => level !== 'ok').map(({ level, check, message }) => `${level} ${check}: ${message}`) }
}

onPostgres(t, 'doctor finds every fault that is planted', async (t, database, url) => {
  const settings: Record<string, string> = { ...TIDY, ...postgresSettings(url) }
  const keyring = await createKeyring({
    database, secretKeys: [Buffer.from(settings.SECRET_KEYS ?? '', 'base64')], algorithm: 'ES256', log: SILENT
  })
  await keyring.close()
  const name = `doctor_${randomBytes(6).toString('hex')}`
  await sql.raw(`create database ${name} encoding 'SQL_ASCII' locale 'C' template template0`).execute(database.kysely)
  await sql.raw(`create role ${name} login; grant select on gatepass_migrations, users to ${name}`).execute(database.kysely)
  t.teardown(async () => {
    await sql.raw(`drop database ${name} with (force)`).execute(database.kysely)
    await sql.raw(`drop owned by ${name}; drop role ${name}`).execute(database.kysely)
  })
  const other = url.replace(/\/[^/?]+(?=\?|$)/, `/${name}`)
  const asRole = url.replace(/^(postgres(?:ql)?:\/\/)[^@/]*@/, `$1${name}@`)

  await t.test('none where none is', async (t) => {
    t.match(await diagnose(t, settings), { code: 0, found: [/^warning database: The role ".+" is a superuser/] })
    const { code, stdout } = await runCommand(t, ['doctor'], settings).ended
    t.equal(code, 0)
    t.match(stdout, /^ok +clock +The clock of this machine agrees with that of the database\.$/m)
    t.match(stdout, /^ok +keys +Key [0-9a-f]{16} signs \(ES256\); the next rotation is at .*Z\.$/m)
    t.match(stdout, /\n\n0 faults, 1 warning\.\n$/)
  })

  const clock = `data:text/javascript,${encodeURIComponent('const { now } = Date; Date.now = () => now() + 3_600_000')}`
  const nowhere = `postgres://127.0.0.1:${await freePort()}/gatepass`
  // Several at once, since each run starts a process.
  const planted: ReadonlyArray<readonly [settings: Record<string, string>, found: ReadonlyArray<string | RegExp>]> = [
    [
      { DATABASE_URL: nowhere, SMTP_URL: `smtp://127.0.0.1:${await freePort()}`, MAIL_FROM: 'accounts@example.org' },
      [
        /^fault mail: The mail server 127\.0\.0\.1:\d+ cannot be used \(CONN ECONNREFUSED\): look at SMTP_URL/,
        /^fault database: The database cannot be reached \(.*\): check DATABASE_URL\./
      ]
    ],
    [
      { MAIL_LANGUAGE: '/nowhere.json' },
      ['fault mail: MAIL_LANGUAGE cannot be read (ENOENT', 'warning database: The role']
    ],
    [
      { DATABASE_URL: other, CORS_ORIGIN: 'https://a.example.com', CORS_ORIGINS: '' },
      [
        'warning settings: CORS_ORIGIN in the environment', 'warning cors: CORS_ORIGINS is empty',
        'fault database: The encoding of the database is SQL_ASCII', /^fault migrations: Migrations are pending \(0001_initial, .*migrate"/
      ]
    ],
    [
      { DATABASE_URL: asRole, TRUST_PROXY: '', ROLES_FILE: '/nowhere.json' },
      [
        'fault proxy: TRUST_PROXY is empty', 'fault roles: ROLES_FILE cannot be read',
        /^fault rights: .*delete, insert, update on users.*grants\.sql/
      ]
    ],
    [
      { DATABASE_POOL_SIZE: '500', DATABASE_LISTEN_URL: other, SECRET_KEYS: randomBytes(32).toString('base64') },
      [
        'fault database: DATABASE_POOL_SIZE is 500', 'fault listen: Notifications do not arrive through DATABASE_LISTEN_URL',
        /^fault keys: SECRET_KEYS .*was made with another secret/
      ]
    ],
    [
      { DATABASE_LISTEN_URL: nowhere, NODE_OPTIONS: `--import ${clock}`, CORS_ORIGINS: 'http://localhost:5173' },
      [
        'warning cors: CORS_ORIGINS has http://localhost:5173', 'warning cookie: CORS_ORIGINS has http://localhost:5173, and ISSUER',
        'warning database: The role',
        'fault clock: The clock of this machine is 3600 s ahead', 'fault listen: Nothing can listen through DATABASE_LISTEN_URL: '
      ]
    ],
    [
      { ISSUER: '', NODE_ENV: 'production' },
      ['fault issuer: NODE_ENV is production, but ISSUER is http://localhost:3000', 'warning database: The role']
    ]
  ]
  for (const [changes, expected] of planted) {
    await t.test(Object.keys(changes).join(', '), async (t) => {
      const { code, found } = await diagnose(t, { ...settings, ...changes })
      t.equal(found.length, expected.length, found.join('\n'))
      t.match(found, expected)
      t.equal(code, 1)
    })
  }

  await t.test('a mail server that takes mails, and a mail that has waited for long', async (t) => {
    const directory = t.testdir()
    const server = await startMailServer(t, { ...createCertificate(directory), secure: true, password: 'hunter2' })
    const id = await addMail(database, 'ada@example.com')
    await sql`update mails set created_at = now() - interval '1 hour', last_error = 'AUTH PLAIN 535' where id = ${id}`
      .execute(database.kysely)
    const mail = { SMTP_URL: `smtps://ada:hunter2@localhost:${server.port}`, NODE_EXTRA_CA_CERTS: join(directory, 'cert.pem') }
    const { found } = await diagnose(t, { ...settings, ...mail, MAIL_FROM: 'accounts@example.com' })
    t.match(found, [
      'warning mail: MAIL_FROM has the domain example.com, which is nobody\'s', /^warning database/,
      /^warning outbox: 1 mail\(s\) wait, the oldest for 60 minutes \(AUTH PLAIN 535\): /
    ])
    t.notMatch(found.join(), 'hunter2')
    t.strictSame(server.received, [])
    await sql`delete from mails`.execute(database.kysely)
  })

  await t.test('second factors that nobody can use: for another domain, and under a secret that is gone', async (t) => {
    const userId = await createUser(database, 'lost@example.com')
    await insertPasskey(database, userId)
    await database.kysely.insertInto('totp').values({ user_id: userId, secret_jwe: 'unreadable', key_id: 'gone' }).execute()
    const { code, found } = await diagnose(t, settings)
    t.equal(code, 1)
    t.match(found, [
      /^warning database/, /^warning passkeys: 1 passkey was made for another domain than auth\.example\.com, .*PASSKEY_RP_ID/,
      /^fault keys: 1 authenticator app\(s\) were enrolled with a secret that is not in SECRET_KEYS/
    ])
    await database.kysely.deleteFrom('users').execute()
  })

  await t.test('in the database: a user whose role is not defined, and a key that somebody else wrote', async (t) => {
    await createUser(database, 'ghost@example.com', 'ghost')
    await insertForged(database, await makeForgedKey())
    const { code, found } = await diagnose(t, settings)
    t.equal(code, 1)
    t.match(found, [
      /^warning database/, /^fault users: Users have roles that are not defined.* \(ghost\)/,
      /^fault keys: signing_keys has 1 row.*--compromised/
    ])
  })
})

t.test('doctor names every setting that is wrong, and does not open a database by a faulty setting', async (t) => {
  const settings = {
    ...TIDY,
    DATABASE_URL: 'mysql://localhost/gatepass',
    PORT: 'none',
    CORS_ORIGINS: 'https://app.example.com/',
    ISSUER: 'https://auth.example.com/auth',
    SECRET_KEYS: 'changeme',
    REFRESH_GRACE: '60',
    ACCESS_TOKEN_TTL: '75',
    COOKIE_DOMAIN: 'example.com'
  }
  const { code, found } = await diagnose(t, settings, t.testdir())
  t.equal(code, 1)
  const named = found.filter((line) => line.startsWith('fault settings')).map((line) => line.split(' ')[2])
  t.strictSame(named.sort(), ['CORS_ORIGINS', 'DATABASE_URL', 'ISSUER', 'PORT', 'REFRESH_GRACE', 'SECRET_KEYS'])
  t.ok(found.includes('skipped database: DATABASE_URL is faulty.'), found.join('\n'))
  t.notMatch(found.join('\n'), /changeme/)
})

t.test('doctor looks at the embedded database, and makes none', async (t) => {
  const directory = t.testdir()
  const text = async (settings: Record<string, string>) => (await runCommand(t, ['doctor'], settings, { cwd: directory }).ended).stdout
  t.match(await text({}), /^ok +disk +The first start makes a database in .*\/data\.\n\n0 faults, 0 warnings\.$/m)
  const { address, stop } = await startService(t, { DATA_DIR: join(directory, 'started') })
  t.ok(address)
  await stop('SIGTERM')
  const started = await text({ DATA_DIR: join(directory, 'started') })
  t.match(started, /^ok +listen +Notifications of the database arrive\.$/m)
  t.match(started, /\n\n0 faults, 0 warnings\.\n$/)
  await mkdir(join(directory, 'data', 'postgres'), { recursive: true })
  t.match(await text({}), /^fault +disk +The file "secret" in .*data is missing/m)
  await writeFile(join(directory, '.env'), 'CORS_ORIGIN=https://a.example.com\nSECRET_KEY=a\n', { mode: 0o600 })
  const shown = await text({})
  for (const name of ['CORS_ORIGIN', 'SECRET_KEY']) {
    t.match(shown, new RegExp(`^fault +settings +${name} in \\.env is not a setting: write `, 'm'))
  }
})
