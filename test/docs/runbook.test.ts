// docs/runbook.md is correct: its commands, routes and queries work, and following it leaves a thief with nothing.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { Database } from '../../src/database/index.ts'
import { onPostgres } from '../support/database.ts'
import { listCodeBlocks } from '../support/documents.ts'
import { postgresSettings } from '../support/process.ts'
import { runCommands } from '../support/run-commands.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'

const text = await readFile('docs/runbook.md', 'utf8')
// Roles and grants are tried in database-role.test.ts.
const queries = listCodeBlocks('sql', text).filter((block) => !block.includes('gatepass_app'))

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

onPostgres(t, 'after "Leaked SECRET_KEYS" the leaked secret is useless', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ISSUER: 'https://auth.example.com' }
  await createUser(database, 'ada@example.com')
  const { session, kids } = await runService(t, database, settings, async (app) => {
    return { session: await logIn(app, 'ada@example.com'), kids: await listKids(app) }
  })

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
  const sessions = await runService(t, database, settings, async (app) => {
    const [root, mallory] = [await logIn(app, 'root@example.com'), await logIn(app, 'mallory@example.com')]
    const copies = TABLES.map((table) => `create table backup.${table} as table ${table}`)
    await sql.raw(['create schema backup', ...copies].join('; ')).execute(database.kysely)
    t.teardown(() => sql.raw('drop schema backup cascade').execute(database.kysely))
    const headers = { authorization: `Bearer ${root.accessToken}` }
    const disabled = await app.inject({ method: 'PATCH', url: `/admin/users/${id}`, headers, body: { disabled: true } })
    t.equal(disabled.statusCode, 200)
    return [root, mallory]
  })
  const inserts = TABLES.map((table) => `insert into ${table} overriding system value select * from backup.${table}`)
  await sql.raw([`truncate ${TABLES.join(', ')}`, ...inserts].join('; ')).execute(database.kysely)
  const { rows: [active] } = await sql<{ count: number }>`select count(*)::int from sessions join users on users.id = user_id
    where ended_at is null and disabled_at is null`.execute(database.kysely)
  t.equal(active?.count, 2, 'in the backup, what had ended is active')

  await follow(t, 'Database loss and restore', settings)

  await runService(t, database, settings, async (app) => {
    for (const session of sessions) await assertEnded(t, app, session)
    const login = await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'mallory@example.com', password: PASSWORD } })
    t.equal(login.statusCode, 401)
    t.type((await logIn(app, 'root@example.com')).accessToken, 'string')
  })
})

const TABLES = [
  'users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts', 'totp', 'recovery_codes', 'passkeys'
]

function findLines (within: string): string[] {
  return listCodeBlocks('sh', within).flatMap((block) => block.split('\n')).map((line) => line.replace(/ +# .*$/, ''))
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
  const results = await runCommands(commands, { LOG_LEVEL: 'fatal', ...settings })
  for (const { command, code, stderr } of results) t.equal(code, 0, `${command} ${stderr}`)
}

type Work<T> = (app: FastifyInstance) => Promise<T>

/** Runs an instance until the work is done. */
async function runService<T> (t: Test, database: Database, settings: Record<string, string>, work: Work<T>): Promise<T> {
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

async function assertEnded (t: Test, app: FastifyInstance, session: { refreshToken: string, accessToken: string }): Promise<void> {
  const { refreshToken, accessToken } = session
  const refresh = await app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: refreshToken } })
  t.match(refresh.json(), { status: 401, code: 'invalid_refresh_token' })
  t.match((await get(app, '/me', accessToken)).json(), { status: 401, code: 'invalid_token' })
}
