// The service as a process, and a Postgres server that fails in other ways than to be away: what clients see of it.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { ask, logIn, refresh, parseTokens, type SessionTokens } from '../../support/client.ts'
import { isInTime } from '../../support/patience.ts'
import { postgresSettings, runCommand, startService, type Service } from '../../support/process.ts'
import { until } from '../../support/until.ts'
import { PASSWORD } from '../../support/password.ts'

const options = { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }
const EMAIL = 'ada@example.com'
const MAX_CONNECTIONS = 30
const KILLS = 30
/** What every request has, and what a machine that is busy makes of it. */
const DEADLINE_MS = 10_000 + 2_000
const RECOVERY_MS = 5_000
const HERD = 500
/** Of an instance: the pool, those that are kept for what ends sessions, and the one that listens. */
const CONNECTIONS = 10 + 3 + 1

/** Each test leaves it as it found it, and `assertBack` shows that. */
let shared: Promise<World> | undefined

interface World {
  server: Awaited<ReturnType<typeof startPostgres>>
  service: Service
  session: SessionTokens
  /** As who looks after the server, on a connection of their own; the result of the last. */
  query (...texts: string[]): Promise<pg.QueryResult | undefined>
}

async function createWorld (): Promise<World> {
  const server = await startPostgres({ settings: { max_connections: MAX_CONNECTIONS } })
  t.teardown(() => server.remove())
  const settings = postgresSettings(server.databaseUrl())
  await runCommand(t, ['migrate'], settings).ended
  const service = await startService(t, { ...settings, LOG_LEVEL: 'fatal', ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD })
  async function query (...texts: string[]) {
    const client = await connect(server.databaseUrl())
    try {
      let result: pg.QueryResult | undefined
      for (const text of texts) result = await client.query(text)
      return result
    } finally {
      await client.end()
    }
  }
  return { server, service, session: await logIn(service.address, EMAIL, PASSWORD), query }
}

async function connect (url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'tester' })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Everything that changes something is answered 503, in time, and what needs no database goes on. */
async function assertAway (t: Test, { service: { address }, session: { accessToken, refreshToken } }: World): Promise<void> {
  const table: Array<[path: string, options: Parameters<typeof ask>[1]]> = [
    ['/auth/login', { method: 'POST', body: { email: EMAIL, password: PASSWORD } }],
    ['/auth/refresh', { method: 'POST', body: { refresh_token: refreshToken } }],
    ['/auth/logout', { method: 'POST', body: { refresh_token: refreshToken } }],
    ['/auth/step-up', { method: 'POST', token: accessToken, body: { password: PASSWORD } }],
    ['/account/sessions', { method: 'DELETE', token: accessToken }],
    ['/admin/users', { method: 'POST', token: accessToken, body: { email: 'bob@example.com', password: PASSWORD, role: 'user' } }]
  ]
  const verified = ask(`${address}/me`, { token: accessToken })
  await Promise.all(table.map(async ([path, options]) => {
    const askedAt = performance.now()
    const { status, headers, body } = await ask(`${address}${path}`, options)
    t.match(
      { status, code: body.code, retry: headers.get('retry-after') },
      { status: 503, code: 'credential_store_unavailable', retry: /^\d+$/ },
      path
    )
    const tookMs = performance.now() - askedAt
    t.ok(isInTime(tookMs, DEADLINE_MS), `${path} took ${Math.round(tookMs)} ms`)
  }))
  t.match(await verified, { status: 200 }, 'a token is verified all the same')
}

/** What makes every change take so long. */
function dawdling (seconds: number): string[] {
  return [
    `create function dawdle () returns trigger language plpgsql as 'begin perform pg_sleep(${seconds}); return new; end'`,
    ...['login_attempts', 'users', 'sessions'].map((table) =>
      `create trigger dawdle before insert or update on ${table} for each row execute function dawdle()`)
  ]
}

/** By itself, and nothing is lost. */
async function assertBack (t: Test, world: World): Promise<void> {
  const { service: { address }, session } = world
  const startedAt = performance.now()
  await until(async () =>
    (await ask(`${address}/auth/login`, { method: 'POST', body: { email: EMAIL, password: PASSWORD } })).status === 200)
  world.session = parseTokens(await refresh(address, session.refreshToken))
  t.equal(world.session.sessionId, session.sessionId, 'the session goes on')
  const tookMs = performance.now() - startedAt
  t.ok(isInTime(tookMs, RECOVERY_MS), `back after ${Math.round(tookMs)} ms`)
}

t.test('F4: a primary that has become read-only, as one that was demoted', options, async (t) => {
  const world = await (shared ??= createWorld())
  await world.query('alter system set default_transaction_read_only = on', 'select pg_reload_conf()')
  await until(async () => (await world.query('show default_transaction_read_only'))?.rows[0].default_transaction_read_only === 'on')
  await assertAway(t, world)
  await world.query(
    'set default_transaction_read_only = off', 'alter system reset default_transaction_read_only', 'select pg_reload_conf()'
  )
  await assertBack(t, world)
})

t.test('F6: a server that has no connection left', options, async (t) => {
  const world = await (shared ??= createWorld())
  const first = await connect(world.server.databaseUrl())
  const held = [first]
  const ofOthers = "backend_type = 'client backend' and application_name <> 'tester'"
  const countOthers = async () => (await first.query(`select from pg_stat_activity where ${ofOthers}`)).rowCount
  await until(async () => {
    const others = await countOthers()
    if (others !== 0) await first.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${ofOthers}`)
    const client = await connect(world.server.databaseUrl()).catch(() => undefined)
    if (client !== undefined) held.push(client)
    // None before and none after: what was refused is one too many of ours.
    return client === undefined && others === 0 && await countOthers() === 0
  })
  await t.rejects(connect(world.server.databaseUrl()), { code: '53300' })
  await assertAway(t, world)
  await Promise.all(held.map((client) => client.end()))
  await assertBack(t, world)
})

t.test('AV2, F3: a database that is too slow for any deadline', options, async (t) => {
  const world = await (shared ??= createWorld())
  // Old enough for its refresh to change something.
  await world.query("update sessions set rotated_at = rotated_at - interval '200 seconds'")
  await world.query(...dawdling(60))
  await assertAway(t, world)
  const running = await world.query(
    "select query from pg_stat_activity where state = 'active' and application_name = 'gatepass' and query ~ 'login_attempts|sessions'"
  )
  t.strictSame(running?.rows, [], 'what was given up is not left running')
  await world.query('drop function dawdle cascade')
  await assertBack(t, world)
})

/** Refreshes and logins without a pause, until it is stopped. */
async function load (
  { service: { address } }: World, sessions: SessionTokens[], isOver: () => boolean
): Promise<{ statuses: Map<number, number>, lastFailedAt: number }> {
  const seen = { statuses: new Map<number, number>(), lastFailedAt: 0 }
  const note = (status: number) => {
    seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
    if (status !== 200) seen.lastFailedAt = performance.now()
  }
  await Promise.all(sessions.map(async (session, index) => {
    while (!isOver()) {
      const answer = await refresh(address, session.refreshToken)
      note(answer.status)
      if (answer.status === 200) sessions[index] = session = parseTokens(answer)
      note((await ask(`${address}/auth/login`, { method: 'POST', body: { email: EMAIL, password: PASSWORD } })).status)
      await sleep(20)
    }
  }))
  return seen
}

t.test('F4: connections that are killed in the middle of logins and refreshes lose no session', options, async (t) => {
  const world = await (shared ??= createWorld())
  const sessions = await Promise.all(Array.from({ length: 8 }, () => logIn(world.service.address, EMAIL, PASSWORD)))
  let isOver = false
  await world.query(...dawdling(0.02))
  const loading = load(world, sessions, () => isOver)
  const killer = await connect(world.server.databaseUrl())
  let killed = 0
  await until(async () => {
    const { rowCount } = await killer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatepass' and state <> 'idle'"
    )
    killed += rowCount ?? 0
    await sleep(30)
    return killed >= KILLS
  })
  await killer.end()
  isOver = true
  const { statuses } = await loading
  await world.query('drop function dawdle cascade')
  t.comment(`${killed} killed`, Object.fromEntries(statuses))
  t.ok((statuses.get(503) ?? 0) > 0, 'they were felt')
  t.strictSame([...statuses.keys()].filter((status) => status !== 200 && status !== 503), [])
  for (const { refreshToken, sessionId } of sessions) {
    t.equal(parseTokens(await refresh(world.service.address, refreshToken)).sessionId, sessionId)
  }
  await assertBack(t, world)
})

t.test('F30: a server that crashes and comes back under load is in use again within seconds', options, async (t) => {
  const world = await (shared ??= createWorld())
  const sessions = await Promise.all(Array.from({ length: 8 }, () => logIn(world.service.address, EMAIL, PASSWORD)))
  let isOver = false
  const loading = load(world, sessions, () => isOver)
  await world.server.stop('immediate')
  await sleep(1_000)
  await world.server.start()
  const startedAt = performance.now()
  await sleep(RECOVERY_MS + 1_000)
  isOver = true
  const { statuses, lastFailedAt } = await loading
  t.comment(Object.fromEntries(statuses), `the last failure came ${Math.round(lastFailedAt - startedAt)} ms after the server was back`)
  t.ok((statuses.get(503) ?? 0) > 0, 'it was away')
  t.ok(isInTime(lastFailedAt - startedAt, RECOVERY_MS))
  t.strictSame([...statuses.keys()].filter((status) => status !== 200 && status !== 503), [])
  for (const { refreshToken, sessionId } of sessions) {
    t.equal(parseTokens(await refresh(world.service.address, refreshToken)).sessionId, sessionId)
  }
  await assertBack(t, world)
})

t.test('F30: five hundred who wait for a server that restarts are all served soon, over no more connections than before', options, async (
  t
) => {
  const world = await (shared ??= createWorld())
  const { service: { address } } = world
  const sessions: SessionTokens[] = []
  while (sessions.length < HERD) sessions.push(...await Promise.all(Array.from({ length: 20 }, () => logIn(address, EMAIL, PASSWORD))))
  await world.server.stop('immediate')
  const statuses = new Map<number, number>()
  let lastFailedAt = 0
  const served = Promise.all(sessions.map(async ({ refreshToken, sessionId }) => {
    for (;;) {
      const { status, headers, body } = await refresh(address, refreshToken)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 200) return body.session_id === sessionId
      lastFailedAt = performance.now()
      // As a client does that keeps to its side of the bargain.
      await sleep(Number(headers.get('retry-after')) * 1000 * (1 + Math.random() / 4))
    }
  }))
  await until(() => (statuses.get(503) ?? 0) >= HERD)
  await world.server.start()
  const startedAt = performance.now()
  let isOver = false
  const connections = watchConnections(world, () => isOver)
  t.strictSame(new Set(await served), new Set([true]))
  const tookMs = performance.now() - startedAt
  isOver = true
  t.comment(Object.fromEntries(statuses), `served after ${Math.round(tookMs)} ms, over ${await connections} connections`)
  t.strictSame([...statuses.keys()].sort(), [200, 503])
  t.ok(
    isInTime(lastFailedAt - startedAt, RECOVERY_MS),
    `the last was sent away ${Math.round(lastFailedAt - startedAt)} ms after the server was back`
  )
  t.ok(await connections <= CONNECTIONS)
})

/** @returns how many there were at most */
async function watchConnections ({ server }: World, isOver: () => boolean): Promise<number> {
  const watcher = await connect(server.databaseUrl())
  let most = 0
  while (!isOver()) {
    const { rowCount } = await watcher.query("select from pg_stat_activity where application_name like 'gatepass%'")
    most = Math.max(most, rowCount ?? 0)
    await sleep(10)
  }
  await watcher.end()
  return most
}
