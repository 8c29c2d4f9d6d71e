// The roles of docs/runbook.md are enough for the service and its commands, and for no more.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { recordAudit } from '../../src/audit/index.ts'
import { findSqlState } from '../../src/database/failures.ts'
import { createDatabase, migrateUp, pendingMigrations, type Database } from '../../src/database/index.ts'
import { createMaintenanceJobs, runMaintenance } from '../../src/maintenance.ts'
import { listCodeBlocks } from '../support/documents.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { SILENT } from '../support/silent-log.ts'
import { createUser } from '../support/users.ts'

const PASSWORDS = { GATEPASS_OWNER_PASSWORD: 'a\'b', GATEPASS_APP_PASSWORD: 'c', GATEPASS_RETENTION_PASSWORD: 'd' }

/** insufficient_privilege, also where Postgres says "must be owner". */
const DENIED = '42501'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const FORBIDDEN = [
  'update audit_events set user_id = null', 'delete from audit_events', 'truncate audit_events', 'drop table audit_events',
  'alter table audit_events disable trigger all', 'create rule r as on insert to audit_events do instead nothing',
  'drop table users', 'drop table sessions', 'truncate users cascade', 'create table mine (id int)', 'create schema mine',
  'update revocations set expires_at = now()', 'delete from global_state', 'insert into gatepass_migrations values (\'x\', \'y\')',
  'select rolpassword from pg_authid', 'select pg_read_file(\'PG_VERSION\')', 'create role another superuser', 'set role postgres',
  'copy audit_events to program \'cat\''
]

const FORBIDDEN_FOR_RETENTION = [
  'select * from users', 'select * from signing_keys', 'delete from revocations',
  'update audit_events set type = type', 'drop table audit_events',
  'insert into audit_events (id, type) values (gen_random_uuid(), \'login\')'
]

t.setTimeout(600_000)

const skip = !existsSync(join(findPostgres() ?? '', 'psql')) && 'there is no Postgres server with psql on this machine'

t.test('the document shows the files', async (t) => {
  const blocks = listCodeBlocks('sql', await readFile('docs/runbook.md', 'utf8'))
  for (const file of ['roles.sql', 'grants.sql']) {
    t.ok(blocks.includes(await readFile(`deploy/postgres/${file}`, 'utf8')), file)
  }
})

t.test('AZ13, LG7: the role allows all that the service does, and no change of the audit', { skip }, async (t) => {
  const { asOwner, asApp, asRetention } = await createRoles(t)
  t.strictSame(await pendingMigrations(asApp), [])
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const { app, config } = await createService(t, asApp, { settings: { FEED_TOKEN, REGISTRATION: 'open' } })
  await createUser(asApp, 'root@example.com', 'admin')
  const id = await createUser(asApp, 'ada@example.com')

  function ask (method: Method, url: string, token?: string, body?: object): Promise<LightMyRequestResponse> {
    return app.inject({ method, url, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }), ...(body && { body }) })
  }
  const root = await logIn(app, 'root@example.com')
  const ada = await logIn(app, 'ada@example.com')
  const other = await logIn(app, 'ada@example.com')
  const theft = await logIn(app, 'ada@example.com')
  await sql`update sessions set current_generation = 5, parent_generation = 4, rotated_at = rotated_at - interval '1 hour'
    where id = ${theft.sessionId}`.execute(asApp.kysely)
  const cyd = { email: 'cyd@example.com', password: PASSWORD, role: 'user' }
  const passwords = { current_password: PASSWORD, new_password: `new ${PASSWORD}` }
  const work: Array<[name: string, ask: () => Promise<LightMyRequestResponse>, status: number]> = [
    ['a login that fails', () => ask('POST', '/auth/login', undefined, { email: 'ada@example.com', password: 'wrong' }), 401],
    ['a refresh', () => ask('POST', '/auth/refresh', undefined, { refresh_token: ada.refreshToken }), 200],
    ['a token that comes twice', () => ask('POST', '/auth/refresh', undefined, { refresh_token: theft.refreshToken }), 401],
    ['a logout', () => ask('POST', '/auth/logout', undefined, { refresh_token: other.refreshToken }), 204],
    ['registering', () => ask('POST', '/auth/register', undefined, { email: 'bob@example.com', password: PASSWORD }), 201],
    ['one\'s account', () => ask('GET', '/account', ada.accessToken), 200],
    ['one\'s sessions', () => ask('GET', '/account/sessions', ada.accessToken), 200],
    ['one\'s password', () => ask('PUT', '/account/password', ada.accessToken, passwords), 204],
    ['the users', () => ask('GET', '/admin/users', root.accessToken), 200],
    ['a new user', () => ask('POST', '/admin/users', root.accessToken, cyd), 201],
    ['a new role', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { role: 'advertiser' }), 200],
    ['a password', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { password: `newer ${PASSWORD}` }), 200],
    ['disabling', () => ask('PATCH', `/admin/users/${id}`, root.accessToken, { disabled: true }), 200],
    ['the sessions of a user', () => ask('DELETE', `/admin/users/${id}/sessions`, root.accessToken), 204],
    ['the end of a user', () => ask('DELETE', `/admin/users/${id}`, root.accessToken), 204],
    ['the keys', () => ask('POST', '/admin/keys/rotate', root.accessToken, {}), 200],
    ['the audit', () => ask('GET', '/admin/audit', root.accessToken), 200],
    ['mails', () => ask('GET', '/admin/mails', root.accessToken), 200],
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

  const jobs = await runMaintenance(createMaintenanceJobs(config, asApp))
  t.strictSame(jobs.filter(({ rows }) => rows === undefined), [{ job: 'audit', rows: undefined }], 'it may not delete audit events')
  const skipped = createMaintenanceJobs(config, asApp).find(({ name }) => name === 'audit')
  t.equal(await skipped?.canRun?.(), false, 'so the service does not try')
  for (const statement of FORBIDDEN) t.equal(await findState(asApp, statement), DENIED, statement)

  for (const database of [asRetention, asOwner]) {
    await recordAudit(asOwner.kysely, { type: 'login', details: { old: true } })
    await sql`update audit_events set at = at - interval '401 days', id = '01900000-0000-7000-8000-000000000000'
      where details ? 'old'`.execute(asOwner.kysely)
    const done = await runMaintenance(createMaintenanceJobs(config, database))
    t.match(done.find(({ job }) => job === 'audit'), { rows: { events: 1 } }, 'what is old is deleted, and no more')
    t.equal(done.filter(({ rows }) => rows === undefined).length, database === asOwner ? 0 : 5, 'the owner may run all jobs')
  }
  for (const statement of FORBIDDEN_FOR_RETENTION) t.equal(await findState(asRetention, statement), DENIED, statement)
})

async function findState (database: Database, statement: string): Promise<string | undefined> {
  return sql.raw(statement).execute(database.kysely).then(() => undefined, findSqlState)
}

t.test('in a database from before PostgreSQL 15, the schema is given to its owner first', { skip }, async (t) => {
  const { admin, grant } = await createRoles(t)
  await admin('alter schema public owner to postgres')
  await t.rejects(grant(), /permission denied for schema public/)
  const [line = ''] = /alter schema [^`]+/.exec(await readFile('docs/runbook.md', 'utf8')) ?? []
  await admin(line)
  await t.resolves(grant())
})

/** Runs each file as the role that the document names, on a server of its own: roles belong to the server. */
async function createRoles (t: Test) {
  const postgres = await startPostgres()
  const opened: Database[] = []
  t.teardown(async () => {
    for (const database of opened) await database.close()
    await postgres.remove()
  })
  const urlOf = (role: string, database = 'gatepass') => `postgres://${role}@/${database}?host=${postgres.directory}`
  const open = async (role: string): Promise<Database> => {
    const database = await createDatabase({ url: urlOf(role), poolSize: 5, dataDir: undefined, log: SILENT })
    opened.push(database)
    return database
  }
  const psql = async (url: string, ...parameters: string[]): Promise<void> => {
    const env = { PATH: process.env.PATH, ...PASSWORDS }
    await promisify(execFile)(join(postgres.bin, 'psql'), ['--no-psqlrc', '--set', 'ON_ERROR_STOP=1', url, ...parameters], { env })
  }
  await psql(urlOf('postgres', 'postgres'), '--command', 'create role cloud_admin login createrole createdb')
  await psql(urlOf('cloud_admin', 'postgres'), '--file', 'deploy/postgres/roles.sql')
  const asOwner = await open('gatepass_owner')
  await migrateUp(asOwner)
  const grant = () => psql(urlOf('gatepass_owner'), '--file', 'deploy/postgres/grants.sql')
  await grant()
  await grant()
  return {
    admin: (statement: string) => psql(urlOf('postgres'), '--command', statement),
    grant,
    asOwner,
    asApp: await open('gatepass_app'),
    asRetention: await open('gatepass_retention')
  }
}
