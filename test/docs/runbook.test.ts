// docs/runbook.md is correct: its commands, routes and queries work, following it leaves a thief with nothing, and its database role is enough
// for the service.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { recordAudit } from '../../src/audit/index.ts'
import { findSqlState } from '../../src/database/failures.ts'
import { createDatabase, pendingMigrations, type Database } from '../../src/database/index.ts'
import { createMaintenanceJobs } from '../../src/maintenance.ts'
import { onPostgres } from '../support/database.ts'
import { blocksOf } from '../support/documents.ts'
import { postgresSettings } from '../support/process.ts'
import { runCommands } from '../support/run-commands.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'
import { SILENT } from '../support/silent-log.ts'

const text = await readFile('docs/runbook.md', 'utf8')
const isGrants = (block: string) => block.startsWith('create role')
const grants = blocksOf('sql', text).find(isGrants) ?? ''
const queries = blocksOf('sql', text).filter((block) => !isGrants(block))

t.setTimeout(600_000)

t.test('every command is one', async (t) => {
  const inTable = [...text.matchAll(/`npx gatepass ([^`]+)`/g)].map(([, command = '']) => command)
  const commands = [...new Set([...findCommands(text), ...inTable].map((command) => command.replace(/"\$?(\w+)"/g, '$1')))]
  t.ok(commands.length >= 10, `${commands.length} commands`)
  // A command that is understood reads its settings next.
  for (const { command, code, stderr } of await runCommands(commands, { PORT: 'none' })) {
    t.equal(stderr, 'gatepass: PORT must be integer.\n', command)
    t.equal(code, 1, command)
  }
})

t.test('every route is one', async (t) => {
  const { paths } = parse(await readFile('openapi.yaml', 'utf8'))
  const requests = findLines(text).flatMap((line) => {
    const [, path] = /"\$ISSUER(\/[^"?]*)/.exec(line) ?? []
    return path === undefined ? [] : [{ method: /-X (\w+)/.exec(line)?.[1] ?? 'GET', path: path.replace(/\$\w+/g, '{id}') }]
  })
  t.ok(requests.length >= 5, `${requests.length} requests`)
  for (const { method, path } of requests) t.ok(paths[path]?.[method.toLowerCase()], `${method} ${path}`)
})

onPostgres(t, 'every query can be asked', async (t, database) => {
  t.ok(queries.length >= 2)
  for (const query of queries) await t.resolves(sql.raw(query).execute(database.kysely), query)
})

onPostgres(t, 'AZ13, LG7: the role of the service is enough for all it does, and for nothing that would cover its tracks', async (t, database, url) => {
  const { asApp, asRetention } = await createRoles(t, database, url)
  t.strictSame(await pendingMigrations(asApp), [])
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const { app, config } = await createService(t, asApp, { settings: { FEED_TOKEN, REGISTRATION: 'open' } })
  await createUser(asApp, 'root@example.com', 'admin')
  const id = await createUser(asApp, 'ada@example.com')

  const ask = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, token?: string, body?: object) => app.inject({ method, url, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }), ...(body && { body }) })
  const root = await logIn(app, 'root@example.com')
  const ada = await logIn(app, 'ada@example.com')
  const other = await logIn(app, 'ada@example.com')
  const theft = await logIn(app, 'ada@example.com')
  await sql`update sessions set current_generation = 5, parent_generation = 4, rotated_at = rotated_at - interval '1 hour' where id = ${theft.sessionId}`.execute(asApp.kysely)
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
    if (name === 'audit') t.equal(findSqlState(await work(signal).catch((error: unknown) => error)), DENIED, 'the audit is not its to clear')
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

onPostgres(t, 'after "Leaked SECRET_KEYS" the leaked secret is useless', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ISSUER: 'https://auth.example.com' }
  await createUser(database, 'ada@example.com')
  const { session, kids } = await runService(t, database, settings, async (app) => ({ session: await logIn(app, 'ada@example.com'), kids: await listKids(app) }))

  const renewed = { ...settings, SECRET_KEYS: randomBytes(32).toString('base64') }
  await follow(t, 'Leaked SECRET_KEYS', renewed)

  await runService(t, database, renewed, async (app) => {
    await assertEnded(t, app, session)
    const current = await listKids(app)
    for (const kid of kids) t.notOk(current.includes(kid), kid)
    const { accessToken } = await logIn(app, 'ada@example.com')
    t.equal((await get(app, '/me', accessToken)).statusCode, 200)
  })
})

onPostgres(t, 'after "Database loss and restore" nothing is active that had ended', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ISSUER: 'https://auth.example.com' }
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, 'mallory@example.com')
  const tables = TABLES.join(', ')
  const sessions = await runService(t, database, settings, async (app) => {
    const [root, mallory] = [await logIn(app, 'root@example.com'), await logIn(app, 'mallory@example.com')]
    await sql.raw(`create schema backup; ${TABLES.map((table) => `create table backup.${table} as table ${table};`).join(' ')}`).execute(database.kysely)
    t.teardown(() => sql.raw('drop schema backup cascade').execute(database.kysely))
    const disabled = await app.inject({ method: 'PATCH', url: `/admin/users/${id}`, headers: { authorization: `Bearer ${root.accessToken}` }, body: { disabled: true } })
    t.equal(disabled.statusCode, 200)
    return [root, mallory]
  })
  await sql.raw(`truncate ${tables}; ${TABLES.map((table) => `insert into ${table} overriding system value select * from backup.${table};`).join(' ')}`).execute(database.kysely)
  const { rows: [active] } = await sql<{ count: number }>`select count(*)::int from sessions join users on users.id = user_id where ended_at is null and disabled_at is null`.execute(database.kysely)
  t.equal(active?.count, 2, 'in the backup, what had ended is active')

  await follow(t, 'Database loss and restore', settings)

  await runService(t, database, settings, async (app) => {
    for (const session of sessions) await assertEnded(t, app, session)
    const login = await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'mallory@example.com', password: PASSWORD } })
    t.equal(login.statusCode, 401)
    t.type((await logIn(app, 'root@example.com')).accessToken, 'string')
  })
})

const TABLES = ['users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts']

function findLines (within: string): string[] {
  return blocksOf('sh', within).flatMap((block) => block.split('\n')).map((line) => line.replace(/ +# .*$/, ''))
}

/** Commands of `npx gatepass`, without that. */
function findCommands (within: string): string[] {
  return findLines(within).flatMap((line) => /^npx gatepass (.+)$/.exec(line)?.[1] ?? [])
}

/** Runs the commands of a section, except the one that starts the service. */
async function follow (t: Test, heading: string, settings: Record<string, string>): Promise<void> {
  const [section = ''] = text.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`))
  const commands = findCommands(section).filter((command) => command !== 'serve')
  t.ok(commands.length >= 2, heading)
  for (const { command, code, stderr } of await runCommands(commands, { LOG_LEVEL: 'fatal', ...settings })) t.equal(code, 0, `${command} ${stderr}`)
}

/** An instance that is stopped again. */
async function runService<T> (t: Test, database: Database, settings: Record<string, string>, work: (app: FastifyInstance) => Promise<T>): Promise<T> {
  const results: T[] = []
  await t.test('with an instance', async (t) => {
    const { app } = await createService(t, database, { settings })
    results.push(await work(app))
  })
  if (results.length === 0) throw new Error('the instance did not work')
  return results[0] as T
}

function get (app: FastifyInstance, url: string, accessToken: string): Promise<LightMyRequestResponse> {
  return app.inject({ url, headers: { authorization: `Bearer ${accessToken}` } })
}

async function listKids (app: FastifyInstance): Promise<string[]> {
  const { keys } = (await app.inject('/.well-known/jwks.json')).json()
  return keys.map(({ kid }: { kid: string }) => kid)
}

async function assertEnded (t: Test, app: FastifyInstance, { refreshToken, accessToken }: { refreshToken: string, accessToken: string }): Promise<void> {
  const refresh = await app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: refreshToken } })
  t.match(refresh.json(), { status: 401, code: 'invalid_refresh_token' })
  t.match((await get(app, '/me', accessToken)).json(), { status: 401, code: 'invalid_token' })
}

/** insufficient_privilege, also where Postgres says "must be owner". */
const DENIED = '42501'

async function stateOf (database: Database, statement: string): Promise<string | undefined> {
  return sql.raw(statement).execute(database.kysely).then(() => undefined, findSqlState)
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
    const each = await createDatabase({ url: url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}:CHANGE-ME@`), poolSize: 5, dataDir: undefined, log: SILENT })
    opened.push(each)
    return each
  }
  return { asApp: await openAs(app), asRetention: await openAs(retention) }
}
