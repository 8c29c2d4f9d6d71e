// SECURITY.md is held to what it says: its tests exist, its commands are commands, and its database role is enough, and no more.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { recordAudit } from '../../src/audit/index.ts'
import { sqlStateOf } from '../../src/database/failures.ts'
import { createDatabase, pendingMigrations, type Database } from '../../src/database/index.ts'
import { createMaintenanceJobs } from '../../src/maintenance.ts'
import { ask as askOver, logIn as logInOver, refresh as refreshOver } from '../support/client.ts'
import { eachDatabase, onPostgres } from '../support/database.ts'
import { postgresSettings, runCommand, startService } from '../support/process.ts'
import { createService, enrol, logIn, PASSWORD } from '../support/service.ts'

const text = await readFile('SECURITY.md', 'utf8')

/** What is asked for, by family: so many each. */
const FAMILIES = { TF: 14, VF: 29, RS: 28, PW: 19, AB: 20, ER: 12, HC: 20, KY: 15, AZ: 13, LG: 12, AV: 10, F: 32 }

/** Rows of the tables whose first cell is the id of a requirement. */
const rows = [...text.matchAll(/^\| ((?:TF|VF|RS|PW|AB|ER|HC|KY|AZ|LG|AV|F)\d+) \| ([^|\n]+) \| ([^|\n]+) \|$/gm)]
  .map(([, id = '', meaning = '', held = '']) => ({ id, meaning, held }))

const blocksOf = (language: string, within = text) => [...within.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
const isGrants = (block: string) => block.startsWith('create role')
const grants = blocksOf('sql').find(isGrants) ?? ''
const queries = blocksOf('sql').filter((block) => !isGrants(block))
const linesIn = (within: string) => blocksOf('sh', within).flatMap((block) => block.split('\n')).map((line) => line.replace(/ +# .*$/, ''))
const commandsIn = (within: string) => linesIn(within).flatMap((line) => /^npx gatepass (.+)$/.exec(line)?.[1] ?? [])

t.test('every requirement is in the document, once', async (t) => {
  const expected = Object.entries(FAMILIES).flatMap(([family, count]) => Array.from({ length: count }, (_, index) => `${family}${index + 1}`))
  t.strictSame(rows.map(({ id }) => id), expected)
})

t.test('every requirement names tests that there are, or the reason why there is none', async (t) => {
  const sources = new Map<string, string[]>()
  for (const { id, held } of rows) {
    const named = [...held.matchAll(/`(test\/[\w/.-]+\.test\.ts)` "([^"]+)"/g)]
    if (named.length === 0) t.match(held, /^(Not held|Does not apply|Decided otherwise|Held in part): .{20,}/, `${id} is held by a test, or says why not`)
    t.equal(held.split('`test/').length - 1, named.length, `${id} names a test by its file and its sentence`)
    for (const [, file = '', sentence = ''] of named) {
      if (!sources.has(file)) sources.set(file, (await readFile(file, 'utf8').catch(() => '')).replaceAll('\\\'', '\'').split('\n'))
      const isThere = sources.get(file)?.some((line) => /\b(test|eachDatabase|onPostgres|onCountingPostgres|onLinux)\(/.test(line) && line.includes(sentence))
      t.ok(isThere, `${id}: ${file} "${sentence}"`)
    }
  }
})

t.test('it says nothing of where it was written', async (t) => {
  t.notMatch(text, /REQUIREMENTS|CONTRACT|DESIGN|TOOLCHAIN|\/work|\/home\/|\.\.\/shared/)
  for (const [, path = ''] of text.matchAll(/\]\(((?!http|#)[^)]+)\)/g)) await t.resolves(readFile(path), path)
})

t.test('every command of the runbook is one', async (t) => {
  t.setTimeout(600_000)
  const commands = [...new Set(commandsIn(text))]
  t.ok(commands.length >= 8, `${commands.length} commands`)
  for (const command of commands) {
    // A command that is understood asks for its settings next.
    const { stderr } = await runCommand(t, command.replace(/"\$?(\w+)"/g, '$1').replaceAll('$', '').split(/\s+/), { PORT: 'none' }).ended
    t.equal(stderr, 'gatepass: PORT must be integer.\n', command)
  }
})

t.test('every route of the runbook is one', async (t) => {
  const document = await readFile('openapi.yaml', 'utf8')
  const requests = linesIn(text).flatMap((line) => {
    const [, path] = /"\$ISSUER(\/[^"?]*)/.exec(line) ?? []
    return path === undefined ? [] : [{ method: /-X (\w+)/.exec(line)?.[1] ?? 'GET', path: path.replace(/\$\w+/g, '{id}') }]
  })
  t.ok(requests.length >= 5, `${requests.length} requests`)
  for (const { method, path } of requests) {
    const [, described = ''] = new RegExp(`^  ${path.replace(/[{}.]/g, '\\$&')}:\\n((?:    .*\\n)+)`, 'm').exec(document) ?? []
    t.match(described, new RegExp(`^    ${method.toLowerCase()}:$`, 'm'), `${method} ${path}`)
  }
})

onPostgres(t, 'every query of the runbook can be asked', async (t, database) => {
  t.ok(queries.length >= 2)
  for (const query of queries) await t.resolves(sql.raw(query).execute(database.kysely), query)
})

onPostgres(t, 'AZ13, LG7: the role of the service is enough for all it does, and for nothing that would cover its tracks', async (t, database, url) => {
  t.setTimeout(600_000)
  const { asApp, asRetention } = await createRoles(t, database, url)
  t.strictSame(await pendingMigrations(asApp), [])
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const { app, config } = await createService(t, asApp, { settings: { FEED_TOKEN, REGISTRATION: 'open' } })
  await enrol(asApp, 'root@example.com', 'admin')
  const id = await enrol(asApp, 'ada@example.com')

  const ask = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, token?: string, body?: object) => app.inject({ method, url, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }), ...(body && { body }) })
  const root = await logIn(app, 'root@example.com')
  const ada = await logIn(app, 'ada@example.com')
  const other = await logIn(app, 'ada@example.com')
  const theft = await logIn(app, 'ada@example.com')
  await sql`update sessions set current = 5, parent = 4, rotated_at = rotated_at - interval '1 hour' where id = ${theft.sessionId}`.execute(asApp.kysely)
  const work: Array<[name: string, ask: () => Promise<LightMyRequestResponse>, status: number]> = [
    ['a login that fails', () => ask('POST', '/auth/login', undefined, { email: 'ada@example.com', password: 'wrong' }), 401],
    ['a refresh', () => ask('POST', '/auth/refresh', undefined, { refresh_token: ada.refreshToken }), 200],
    ['a token that comes twice', () => ask('POST', '/auth/refresh', undefined, { refresh_token: theft.refreshToken }), 401],
    ['a logout', () => ask('POST', '/auth/logout', undefined, { refresh_token: other.refreshToken }), 204],
    ['registering', () => ask('POST', '/auth/register', undefined, { email: 'bob@example.com', password: PASSWORD }), 201],
    ['one\'s account', () => ask('GET', '/account', ada.accessToken), 200],
    ['one\'s sessions', () => ask('GET', '/account/sessions', ada.accessToken), 200],
    ['one\'s password', () => ask('PUT', '/account/password', ada.accessToken, { current_password: PASSWORD, new_password: `new ${PASSWORD}` }), 204],
    ['the users', () => ask('GET', '/admin/users', root.accessToken), 200],
    ['a new user', () => ask('POST', '/admin/users', root.accessToken, { email: 'cyd@example.com', password: PASSWORD, role: 'user' }), 201],
    ['a new role', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { role: 'advertiser' }), 200],
    ['a password', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { password: `newer ${PASSWORD}` }), 200],
    ['disabling', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { disabled: true }), 200],
    ['the sessions of a user', () => ask('DELETE', `/admin/users/${id}/sessions`, root.accessToken), 204],
    ['the end of a user', () => ask('DELETE', `/admin/users/${id}`, root.accessToken), 204],
    ['the keys', () => ask('POST', '/admin/keys/rotate', root.accessToken), 200],
    ['the audit', () => ask('GET', '/admin/audit', root.accessToken), 200],
    ['the feed', () => ask('GET', '/revocations', FEED_TOKEN), 200],
    ['being ready', () => ask('GET', '/health/ready'), 200],
    ['everybody\'s sessions', () => ask('DELETE', '/admin/sessions', root.accessToken), 204]
  ]
  for (const [name, request, status] of work) {
    const reply = await request()
    t.equal(reply.statusCode, status, `${name}: ${reply.body}`)
  }
  const { accessToken } = await logIn(app, 'root@example.com')
  t.match(await ask('POST', '/admin/keys/rotate', accessToken, { compromised: 'all' }), { statusCode: 200 })

  for (const { name, canRun = async () => true, work } of createMaintenanceJobs(config, asApp)) {
    const { signal } = new AbortController()
    t.equal(await canRun(), name !== 'audit', name)
    if (name === 'audit') t.equal(sqlStateOf(await work(signal).catch((error: unknown) => error)), DENIED, 'the audit is not its to clear')
    else await t.resolves(work(signal), name)
  }
  const forbidden = [
    'update audit_events set user_id = null', 'delete from audit_events', 'truncate audit_events', 'drop table audit_events', 'alter table audit_events disable trigger all',
    'create rule r as on insert to audit_events do instead nothing', 'drop table users', 'drop table sessions', 'truncate users cascade', 'create table mine (id int)', 'create schema mine',
    'update revocations set expires_at = now()', 'delete from global_state', 'insert into gatepass_migrations values (\'x\', \'y\')', 'select rolpassword from pg_authid', 'select pg_read_file(\'PG_VERSION\')', 'create role another superuser',
    'set role postgres', 'copy audit_events to program \'cat\''
  ]
  for (const statement of forbidden) t.equal(await stateOf(asApp, statement), DENIED, statement)

  await recordAudit(database.kysely, { type: 'login', details: { old: true } })
  await sql`update audit_events set at = at - interval '401 days' where details ? 'old'`.execute(database.kysely)
  const [retention = ''] = queries.filter((query) => query.startsWith('delete from audit_events'))
  const { numAffectedRows } = await sql.raw(retention).execute(asRetention.kysely)
  t.equal(Number(numAffectedRows), 1, 'the role for that clears what is old, and no more')
  for (const statement of ['select * from users', 'update audit_events set type = type', 'insert into audit_events (id, type) values (gen_random_uuid(), \'login\')', 'drop table audit_events']) {
    t.equal(await stateOf(asRetention, statement), DENIED, statement)
  }
})

onPostgres(t, 'after a secret has leaked, the runbook leaves nothing of worth to who has it', async (t, database, url) => {
  t.setTimeout(600_000)
  const settings = { ...postgresSettings(url), ISSUER: 'https://auth.example.com' }
  const leaked = await startService(t, settings)
  await enrol(database, 'ada@example.com')
  const session = await logInOver(leaked.address, 'ada@example.com', PASSWORD)
  const before = (await askOver(`${leaked.address}/.well-known/jwks.json`)).body
  await leaked.stop()

  const renewed = { ...settings, SECRET_KEYS: randomBytes(32).toString('base64') }
  await follow(t, 'Leaked SECRET_KEYS', renewed)
  const { address } = await startService(t, renewed)
  t.match(await refreshOver(address, session.refreshToken), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await askOver(`${address}/me`, { token: session.accessToken }), { status: 401, body: { code: 'invalid_token' } })
  const after = JSON.stringify((await askOver(`${address}/.well-known/jwks.json`)).body)
  for (const [, kid = ''] of JSON.stringify(before).matchAll(/"kid":"(\w+)"/g)) t.notOk(after.includes(kid), kid)
  const { accessToken } = await logInOver(address, 'ada@example.com', PASSWORD)
  t.match(await askOver(`${address}/me`, { token: accessToken }), { status: 200 })
})

onPostgres(t, 'after a restore, the runbook leaves nothing alive that was over', async (t, database, url) => {
  t.setTimeout(600_000)
  const settings = { ...postgresSettings(url), ISSUER: 'https://auth.example.com' }
  const first = await startService(t, settings)
  await enrol(database, 'root@example.com', 'admin')
  const id = await enrol(database, 'mallory@example.com')
  const root = await logInOver(first.address, 'root@example.com', PASSWORD)
  const mallory = await logInOver(first.address, 'mallory@example.com', PASSWORD)
  const tables = ['users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts']
  await sql.raw(`create schema backup; ${tables.map((table) => `create table backup.${table} as table ${table};`).join(' ')}`).execute(database.kysely)
  t.teardown(() => sql.raw('drop schema backup cascade').execute(database.kysely))
  t.match(await askOver(`${first.address}/admin/users/${id}`, { method: 'PATCH', token: root.accessToken, body: { disabled: true } }), { status: 200 })
  await first.stop()
  await sql.raw(`truncate ${tables.join(', ')}; ${tables.map((table) => `insert into ${table} overriding system value select * from backup.${table};`).join(' ')}`).execute(database.kysely)
  const { rows: [living] } = await sql<{ count: number }>`select count(*)::int from sessions join users on users.id = user_id where ended_at is null and disabled_at is null`.execute(database.kysely)
  t.equal(living?.count, 2, 'what was over is not, in the backup')

  await follow(t, 'Database loss and restore', settings)
  const { address } = await startService(t, settings)
  for (const { refreshToken, accessToken } of [root, mallory]) {
    t.match(await refreshOver(address, refreshToken), { status: 401 })
    t.match(await askOver(`${address}/me`, { token: accessToken }), { status: 401 })
  }
  t.match(await askOver(`${address}/auth/login`, { method: 'POST', body: { email: 'mallory@example.com', password: PASSWORD } }), { status: 401 })
  t.type((await logInOver(address, 'root@example.com', PASSWORD)).accessToken, 'string')
})

eachDatabase(t, 'HC9, AZ9: whatever is read, nothing is changed by it, and no answer has a hash, a private key or a refresh token in it', async (t, database) => {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const { app } = await createService(t, database, { settings: { FEED_TOKEN } })
  const id = await enrol(database, 'root@example.com', 'admin')
  const { accessToken, refreshToken, sessionId } = await logIn(app, 'root@example.com')
  const { paths } = (await app.inject('/openapi.json')).json()
  const before = await everything(database)
  const { rows: secrets } = await sql<{ secret: string }>`select password_hash as secret from users union all select private_jwe from signing_keys where private_jwe is not null`.execute(database.kysely)
  t.equal(secrets.length, 3)
  for (const path of Object.keys(paths)) {
    const url = path.replace('{id}', path.includes('users') ? id : sessionId)
    const headers = { authorization: `Bearer ${path === '/revocations' ? FEED_TOKEN : accessToken}`, cookie: `__Host-gatepass=${refreshToken}`, origin: 'https://auth.example.com' }
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
      for (const address of [url, `${url}?confirm=true&_method=DELETE`]) {
        const { statusCode, body, headers: said } = await app.inject({ method, url: address, headers })
        t.ok(statusCode < 500, `${method} ${address} is answered ${statusCode}`)
        for (const secret of [refreshToken, ...secrets.map(({ secret }) => secret)]) t.notOk(`${body} ${JSON.stringify(said)}`.includes(secret), `${method} ${address}`)
      }
    }
  }
  t.equal(await everything(database), before)
})

eachDatabase(t, 'TF5: an e-mail that is registered again is another user', async (t, database) => {
  const { app } = await createService(t, database, { settings: { REGISTRATION: 'open' } })
  await enrol(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const ids = []
  for (let time = 0; time < 2; time++) {
    const { id } = (await app.inject({ method: 'POST', url: '/auth/register', body: { email: 'ada@example.com', password: PASSWORD } })).json()
    ids.push(id)
    t.equal((await app.inject({ method: 'DELETE', url: `/admin/users/${id}`, headers: { authorization: `Bearer ${accessToken}` } })).statusCode, 204)
  }
  t.match(ids, [/^[\da-f-]{36}$/, /^[\da-f-]{36}$/])
  t.not(ids[0], ids[1])
})

/** All rows there are, as text. */
async function everything (database: Database): Promise<string> {
  const tables = ['users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts']
  const { rows: [row] } = await sql<{ text: string }>`select ${sql.join(tables.map((table) => sql`coalesce((select string_agg(x::text, ' ' order by x::text) from ${sql.table(table)} x), '')`), sql` || `)} as text`.execute(database.kysely)
  return row?.text ?? ''
}

/** Types the commands of a section of the runbook, but for the one that starts the service. */
async function follow (t: Test, heading: string, settings: Record<string, string>): Promise<void> {
  const [section = ''] = text.split(/^### /m).filter((part) => part.startsWith(`${heading}\n`))
  const commands = commandsIn(section).filter((command) => command !== 'serve')
  t.ok(commands.length >= 2, heading)
  for (const command of commands) t.match(await runCommand(t, command.split(' '), { LOG_LEVEL: 'fatal', ...settings }).ended, { code: 0 }, command)
}

/** insufficient_privilege, also where Postgres says "must be owner". */
const DENIED = '42501'

async function stateOf (database: Database, statement: string): Promise<string | undefined> {
  return sql.raw(statement).execute(database.kysely).then(() => undefined, sqlStateOf)
}

/** Applies what the document says, with names of its own: roles belong to the server, which others may be using. */
async function createRoles (t: Test, database: Database, url: string): Promise<{ asApp: Database, asRetention: Database }> {
  const suffix = randomBytes(4).toString('hex')
  const [app, retention] = [`gatepass_app_${suffix}`, `gatepass_retention_${suffix}`]
  const { rows: [row] } = await sql<{ name: string }>`select current_database() as name`.execute(database.kysely)
  const statements = grants.replaceAll('gatepass_app', app).replaceAll('gatepass_retention', retention).replaceAll('database gatepass ', `database ${row?.name} `)
  t.match(statements, `create role ${app} `)
  const opened: Database[] = []
  await sql.raw(statements).execute(database.kysely)
  t.teardown(async () => {
    for (const each of opened) await each.close()
    await sql.raw(`drop owned by ${app}, ${retention}; drop role ${app}, ${retention}`).execute(database.kysely)
  })
  const openAs = async (role: string): Promise<Database> => {
    const log = { info () {}, warn () {}, error () {} }
    const each = await createDatabase({ url: url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}:CHANGE-ME@`), poolSize: 5, dataDir: undefined, log })
    opened.push(each)
    return each
  }
  return { asApp: await openAs(app), asRetention: await openAs(retention) }
}
