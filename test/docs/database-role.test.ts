// The database role of docs/runbook.md is enough for the service, and for no more.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { recordAudit } from '../../src/audit/index.ts'
import { findSqlState } from '../../src/database/failures.ts'
import { createDatabase, pendingMigrations, type Database } from '../../src/database/index.ts'
import { createMaintenanceJobs } from '../../src/maintenance.ts'
import { onPostgres } from '../support/database.ts'
import { listCodeBlocks } from '../support/documents.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { SILENT } from '../support/silent-log.ts'
import { createUser } from '../support/users.ts'

const blocks = listCodeBlocks('sql', await readFile('docs/runbook.md', 'utf8'))
const grants = blocks.find((block) => block.startsWith('create role')) ?? ''
const retention = blocks.find((block) => block.startsWith('delete from audit_events')) ?? ''

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
  'select * from users', 'update audit_events set type = type', 'drop table audit_events',
  'insert into audit_events (id, type) values (gen_random_uuid(), \'login\')'
]

t.setTimeout(600_000)

onPostgres(t, 'AZ13, LG7: the role allows all that the service does, and no change of the audit', async (t, database, url) => {
  const { asApp, asRetention } = await createRoles(t, database, url)
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
    if (name !== 'audit') await t.resolves(work({ signal }), name)
    else t.equal(findSqlState(await work({ signal }).catch((error: unknown) => error)), DENIED, 'it may not delete audit events')
  }
  for (const statement of FORBIDDEN) t.equal(await findState(asApp, statement), DENIED, statement)

  await recordAudit(database.kysely, { type: 'login', details: { old: true } })
  await sql`update audit_events set at = at - interval '401 days' where details ? 'old'`.execute(database.kysely)
  const { numAffectedRows } = await sql.raw(retention).execute(asRetention.kysely)
  t.equal(Number(numAffectedRows), 1, 'the role for retention deletes what is old, and no more')
  for (const statement of FORBIDDEN_FOR_RETENTION) t.equal(await findState(asRetention, statement), DENIED, statement)
})

async function findState (database: Database, statement: string): Promise<string | undefined> {
  return sql.raw(statement).execute(database.kysely).then(() => undefined, findSqlState)
}

/** Runs the statements of the document with other names: roles belong to the server, which other tests use too. */
async function createRoles (t: Test, database: Database, url: string): Promise<{ asApp: Database, asRetention: Database }> {
  const suffix = randomBytes(4).toString('hex')
  const [app, retention] = [`gatepass_app_${suffix}`, `gatepass_retention_${suffix}`]
  const { rows: [row] } = await sql<{ name: string }>`select current_database() as name`.execute(database.kysely)
  const statements = grants.replaceAll('gatepass_app', app).replaceAll('gatepass_retention', retention)
    .replaceAll('database gatepass ', `database ${row?.name} `)
  t.match(statements, `create role ${app} `)
  const opened: Database[] = []
  await sql.raw(statements).execute(database.kysely)
  t.teardown(async () => {
    for (const each of opened) await each.close()
    await sql.raw(`drop owned by ${app}, ${retention}; drop role ${app}, ${retention}`).execute(database.kysely)
  })
  const openAs = async (role: string): Promise<Database> => {
    const asRole = url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}:CHANGE-ME@`)
    const each = await createDatabase({ url: asRole, poolSize: 5, dataDir: undefined, log: SILENT })
    opened.push(each)
    return each
  }
  return { asApp: await openAs(app), asRetention: await openAs(retention) }
}
