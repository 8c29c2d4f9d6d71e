import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, migrateUp, pendingMigrations } from '../../../src/database/index.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

/** What a role, a database or a server may be set to for somebody else's sake. */
const HOSTILE: ReadonlyArray<Record<string, string>> = [
  {},
  { datestyle: 'German', timezone: 'Asia/Kolkata' },
  { datestyle: 'SQL, DMY', intervalstyle: 'sql_standard', timezone: 'Pacific/Kiritimati' },
  { datestyle: 'Postgres, MDY', intervalstyle: 'iso_8601' },
  { extra_float_digits: '-15', bytea_output: 'escape' },
  { statement_timeout: '5ms', lock_timeout: '1ms', idle_in_transaction_session_timeout: '20ms', idle_session_timeout: '200ms' },
  { default_transaction_isolation: 'serializable', default_transaction_deferrable: 'on' },
  { default_transaction_isolation: 'repeatable read' },
  { enable_indexscan: 'off', enable_bitmapscan: 'off', enable_nestloop: 'off', plan_cache_mode: 'force_generic_plan' },
  { enable_seqscan: 'off', enable_sort: 'off', jit_above_cost: '0', jit_optimize_above_cost: '0' },
  {
    standard_conforming_strings: 'off',
    backslash_quote: 'off',
    transform_null_equals: 'on',
    array_nulls: 'off',
    quote_all_identifiers: 'on',
    client_min_messages: 'debug5',
    client_encoding: 'LATIN1',
    row_security: 'off',
    xmloption: 'document'
  }
]

t.test('no setting of the role matters', {
  skip: findPostgres() === undefined && 'there is no Postgres server on this machine'
}, async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.remove())
  await run(server.databaseUrl(), 'create role gatepass login')
  for (const [index, settings] of HOSTILE.entries()) {
    const name = `hostile_${index}`
    await run(server.databaseUrl(), `create database ${name} owner gatepass`)
    for (const [setting, value] of Object.entries(settings)) {
      await run(
        server.databaseUrl(),
        `alter role gatepass in database ${name} set ${setting} = ${value.includes(',') ? value : `'${value}'`}`
      )
    }
    const url = server.databaseUrl(name).replace('postgres@', 'gatepass@')
    await t.test(`${JSON.stringify(settings)}, on connections of our own`, (t) => live(t, { url, listenUrl: url }))
    // With another address for LISTEN there is a pooler between, and nothing is set on a connection.
    const isBounded = 'statement_timeout' in settings || 'enable_indexscan' in settings || 'jit_above_cost' in settings
    if (!isBounded) {
      await t.test(`${JSON.stringify(settings)}, behind a pooler`, (t) => live(t, { url, listenUrl: `${url}&application_name=listener` }))
    }
  }
})

/** A service from its migration to the end of a session, as far as it reads times and takes locks. */
async function live (t: Test, { url, listenUrl }: { url: string, listenUrl: string }): Promise<void> {
  const lines: string[] = []
  const database = await createDatabase({
    url,
    listenUrl,
    poolSize: 4,
    dataDir: undefined,
    log: { info () {}, warn: (details, sentence) => { lines.push(`${sentence} ${JSON.stringify(details)}`) } }
  })
  t.teardown(() => database.close())
  await migrateUp(database)
  t.strictSame(await pendingMigrations(database), [])
  const stream = { write: (line: string) => { lines.push(line) } }
  const { app } = await createService(t, database, { log: { level: 'warn', stream } })
  const [user, admin] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`]
  const userId = await createUser(database, user)
  await createUser(database, admin, 'admin')
  const { accessToken: adminToken } = await logIn(app, admin)
  const asAdmin = { authorization: `Bearer ${adminToken}` }
  const { accessToken, refreshToken, sessionId } = await logIn(app, user)
  const as = { authorization: `Bearer ${accessToken}` }

  const refreshes = await Promise.all(Array.from({ length: 6 }, () =>
    app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: refreshToken } })))
  t.strictSame(refreshes.map(({ statusCode }) => statusCode), refreshes.map(() => 200), 'refreshes that race')
  const { sessions } = (await app.inject({ url: `/admin/users/${userId}/sessions`, headers: asAdmin })).json()
  t.match(sessions, [{ id: sessionId, last_seen_at: /^\d{4}-\d\d-\d\dT00:00:00.000Z$/ }])
  t.ok(isNow(sessions[0].created_at), sessions[0].created_at)
  const { events } = (await app.inject({ url: `/admin/audit?user_id=${userId}`, headers: asAdmin })).json()
  t.match(events, [{ type: 'login' }, { type: 'user_created' }])
  t.ok(events.every(({ at }: { at: string }) => isNow(at)), 'the audit has its times')
  const { keys } = (await app.inject({ url: '/admin/keys', headers: asAdmin })).json()
  t.ok(keys.length > 0 && keys.every((key: Record<string, string>) => isNow(key.published_at)), 'and so has the keyring')

  t.equal((await app.inject({ method: 'DELETE', url: `/admin/sessions/${sessionId}`, headers: asAdmin })).statusCode, 204)
  await until(async () => (await app.inject({ url: '/me', headers: as })).statusCode === 401)
  await app.inject({ method: 'PATCH', url: `/admin/users/${userId}`, headers: asAdmin, body: { disabled: true } })
  t.match((await app.inject({ url: `/admin/users/${userId}`, headers: asAdmin })).json(), { disabled: true })
  t.equal((await app.inject({
    method: 'POST', url: '/auth/login', body: { email: user, password: PASSWORD }
  })).statusCode, 401, 'a user who is disabled is read as one')

  const { app: next } = await createService(t, database, { log: { level: 'warn', stream } })
  t.equal((await next.inject({ url: '/me', headers: asAdmin })).statusCode, 200, 'another instance reads the keys of the first')
  t.match((await next.inject('/health/ready')).json(), { status: 'ready' })
  const unexpected = lines.filter((line) => !/idle connection|connection that listens|notifications of the database/.test(line))
  t.strictSame(unexpected, [], 'and nobody is warned of anything')
}

const isNow = (time: unknown) => Math.abs(Date.parse(String(time)) - Date.now()) < 300_000

async function run (url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
