// Refreshes and logins as users and sessions become many, and what a session takes on Postgres' disk.
import { argon2id, hash, verify } from 'argon2'
import { cpuOf, turned } from './harness/compare.js'
import { fill, query, startDatabases, uuidOf } from './harness/database.js'
import { answersOf, startLoad } from './harness/load.js'
import { figure, megabytes, ratio, rounded, tableOf } from './harness/present.js'
import { startServer } from './harness/processes.js'
import { firstRefreshTokens, PASSWORD, post, serviceOn } from './harness/service.js'
import { ratioOf, spreadOf, sumOf } from './harness/statistics.js'

/** @typedef {import('./harness/database.js').Databases} Databases */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {{ databases: Databases, load: LoadGenerator, server: Server, table: Table }} Player */
/** @typedef {{ count: number, seconds: number, cpu: number, databaseCpu: number }} Part CPU in microseconds, of the service and of the database */
/** @typedef {{ hit: number, read: number, execution: number }} Statements pages found in Postgres' memory, pages that were not, microseconds from beginning to end */
/** @typedef {Statements & { cpu: number, databaseCpu: number, perSecond: number }} Sample for one */
/** @typedef {{ url: string, sessions: number, perRow: Record<'table' | 'index' | 'users', number>, megabytes: number }} Table `perRow`: bytes */
/** @typedef {'refresh' | 'login'} Work */

export const needsPostgres = true
export const title = 'Growth: refreshes and logins'
export const against = 'POST /auth/refresh and POST /auth/login with a thousand to a million users, and as many sessions, known addresses and audit events; and the room of a session on the disk. Logins are real ones with the cheapest hash that can be set, so that what grows can be seen beside it.'

const ROUNDS = 3
const REFRESHES = 1_000
const LOGINS = 500
const CONNECTIONS = 8
const CHEAP = { memoryCost: 1024, timeCost: 2, parallelism: 1 }
const SETTINGS = { ARGON2_MEMORY: String(CHEAP.memoryCost), ARGON2_TIME: String(CHEAP.timeCost), LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1' }
// Of the service, ids begin with the time; those that were filled in begin with zeros.
const FIRST_REAL_ID = '01000000-0000-7000-8000-000000000000'

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ quick }) {
  const sizes = quick ? [1_000, 30_000, 100_000] : [1_000, 30_000, 1_000_000]
  const amounts = quick ? { warmUp: 3, batches: 3 } : { warmUp: 6, batches: 8 }
  const databases = await startDatabases()
  const load = startLoad()
  /** @type {Map<string, Sample[]>} */
  const samples = new Map()
  try {
    const passwordHash = await hash(PASSWORD, { type: argon2id, ...CHEAP })
    /** @type {Table[]} */
    const tables = []
    for (const size of sizes) tables.push(await createTable(databases, size, passwordHash))
    for (let round = 0; round < ROUNDS; round++) {
      console.error(`  round ${round + 1} of ${ROUNDS}`)
      for (const [name, sample] of await playRound({ databases, load, tables, ...amounts })) samples.set(name, [...samples.get(name) ?? [], sample])
    }
    return present(tables, samples, await costOf(passwordHash))
  } finally {
    await load.stop()
    await databases.remove()
  }
}

/**
 * @param {Databases} databases
 * @param {number} size
 * @param {string} passwordHash
 * @returns {Promise<Table>}
 */
async function createTable ({ create }, size, passwordHash) {
  const url = await create(`with_${size}`)
  await fill(url, { users: size, sessions: size, passwordHash })
  await query(url, 'create extension pg_stat_statements')
  await query(url, `insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent) select id, 'login', user_id, user_id, id, ip, user_agent from sessions;
    insert into login_attempts (key, clear_at, known_until) select gen_random_uuid(), now(), 'infinity' from sessions`)
  await query(url, 'vacuum analyze')
  const [row] = await query(url, "select pg_table_size('sessions')::float8 as table, pg_indexes_size('sessions')::float8 as index, pg_total_relation_size('users')::float8 as users, pg_database_size(current_database())::float8 as all")
  return { url, sessions: size, perRow: { table: row.table / size, index: row.index / size, users: row.users / size }, megabytes: megabytes(row.all) }
}

/** @param {{ databases: Databases, load: LoadGenerator, tables: Table[], warmUp: number, batches: number }} options */
async function playRound ({ databases, load, tables, warmUp, batches }) {
  /** @type {Player[]} */
  const players = []
  try {
    for (const table of tables) players.push({ databases, load, table, server: await startServer(serviceOn(table.url, SETTINGS)) })
    const turns = players.flatMap((player) => /** @type {Array<[Work, () => Promise<Part>]>} */ ([
      ['refresh', () => refreshBatch(player)],
      ['login', () => logInBatch(player)]
    ]).map(([work, play]) => ({ name: nameOf(work, player.table), table: player.table, play, parts: /** @type {Array<Part & Statements>} */ ([]) })))
    for (let batch = 0; batch < warmUp; batch++) for (const { play } of turns) await play()
    for (let batch = 0; batch < batches; batch++) {
      for (const { table, play, parts } of turned(turns, batch)) parts.push(await counting(table, play))
    }
    return turns.map(({ name, parts }) => /** @type {const} */ ([name, joined(parts)]))
  } finally {
    for (const { server } of players) await server.stop()
  }
}

/**
 * @param {Work} work
 * @param {Table} table
 */
function nameOf (work, { sessions }) {
  return `${work}-${sessions}`
}

/**
 * @param {Player} player
 * @returns {Promise<Part>}
 */
async function refreshBatch (player) {
  const ids = spread(REFRESHES, player.table).map(uuidOf)
  const tokens = await firstRefreshTokens(ids)
  const part = await measure(player, tokens.map((token) => post('/auth/refresh', { refresh_token: token })))
  // They are as they were; and none of them was a repetition of the answer before.
  const moved = await query(player.table.url, "update sessions set current = 1, parent = 0, rotated_at = now() - interval '1 hour' where id = any($1) and current = 2 and parent = 1 returning id", [ids])
  if (moved.length !== REFRESHES) throw new Error(`${moved.length} sessions have moved, not ${REFRESHES}`)
  return part
}

/**
 * Each from an address of its own.
 *
 * @param {Player} player
 * @returns {Promise<Part>}
 */
async function logInBatch (player) {
  const requests = spread(LOGINS, player.table).map((user, index) => post('/auth/login', { email: `user${user}@example.com`, password: PASSWORD }, { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}` }))
  const part = await measure(player, requests)
  // The tables stay as large as they were.
  await query(player.table.url, `delete from sessions where id > '${FIRST_REAL_ID}'; delete from audit_events where id > '${FIRST_REAL_ID}'; delete from login_attempts where known_until is distinct from 'infinity'`)
  return part
}

/**
 * @param {number} count
 * @param {Table} table
 * @returns {number[]} of users, or sessions, from all over it
 */
function spread (count, { sessions }) {
  const first = Math.floor(Math.random() * sessions)
  return Array.from({ length: count }, (_, index) => (first + index * sessions / count) % sessions)
}

/**
 * @param {Player} player
 * @param {Request[]} requests
 * @returns {Promise<Part>}
 */
async function measure ({ databases, load, server }, requests) {
  const before = { ...await server.usage(), databaseCpu: await databases.cpu() }
  const run = await load.run({ address: server.address, requests, connections: CONNECTIONS, amount: requests.length })
  const after = { ...await server.usage(), databaseCpu: await databases.cpu() }
  return { count: answersOf(run), seconds: run.seconds, cpu: cpuOf(after.cpu) - cpuOf(before.cpu), databaseCpu: after.databaseCpu - before.databaseCpu }
}

/**
 * @param {Table} table
 * @param {() => Promise<Part>} play
 * @returns {Promise<Part & Statements>}
 */
async function counting ({ url }, play) {
  const before = await statementsOf(url)
  const part = await play()
  const after = await statementsOf(url)
  return { ...part, hit: after.hit - before.hit, read: after.read - before.read, execution: after.execution - before.execution }
}

/**
 * Of refreshes and logins: nothing else here begins so.
 *
 * @param {string} url
 * @returns {Promise<Statements>}
 */
async function statementsOf (url) {
  const [row] = await query(url, `select sum(shared_blks_hit)::float8 as hit, sum(shared_blks_read)::float8 as read, sum(total_exec_time) * 1000 as execution
    from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) and query like 'with %'`)
  return row
}

/**
 * @param {Array<Part & Statements>} parts
 * @returns {Sample}
 */
function joined (parts) {
  const sum = (/** @type {keyof (Part & Statements)} */ key) => sumOf(parts.map((part) => part[key]))
  const count = sum('count')
  return { cpu: sum('cpu') / count, databaseCpu: sum('databaseCpu') / count, hit: sum('hit') / count, read: sum('read') / count, execution: sum('execution') / count, perSecond: count / sum('seconds') }
}

/**
 * @param {string} passwordHash
 * @returns {Promise<number>} microseconds of CPU to verify it
 */
async function costOf (passwordHash) {
  const before = process.cpuUsage()
  for (let turn = 0; turn < 200; turn++) await verify(passwordHash, PASSWORD)
  return cpuOf(process.cpuUsage(before)) / 200
}

/**
 * @param {Table[]} tables
 * @param {Map<string, Sample[]>} samples
 * @param {number} hashCost
 * @returns {import('./harness/results.js').Findings}
 */
function present (tables, samples, hashCost) {
  const of = (/** @type {Work} */ work, /** @type {Table} */ table, /** @type {keyof Sample} */ key) => (samples.get(nameOf(work, table)) ?? []).map((sample) => sample[key])
  const [least] = tables
  const most = tables.at(-1)
  const isCramped = most !== undefined && spreadOf(of('refresh', most, 'read')).median > 0
  const row = (/** @type {Work} */ work, /** @type {Table} */ table) => [
    `${work === 'refresh' ? 'refreshes' : 'logins'}, ${table.sessions.toLocaleString('en')} users and sessions`,
    figure(spreadOf(of(work, table, 'cpu'))),
    figure(spreadOf(of(work, table, 'databaseCpu'))),
    ratio(ratioOf(of(work, table, 'databaseCpu'), of(work, least ?? table, 'databaseCpu'))),
    rounded(spreadOf(of(work, table, 'hit')).median),
    rounded(spreadOf(of(work, table, 'read')).median),
    figure(spreadOf(of(work, table, 'execution')))
  ]
  const points = (/** @type {Work} */ work, /** @type {keyof Sample} */ key) => tables.map((table) => ({ x: table.sessions, spread: spreadOf(of(work, table, key)) })).map(({ x, spread: { min, median, max } }) => ({ x, value: median, min, max }))
  return {
    tables: [
      tableOf(['', 'service, µs of CPU each', 'Postgres, µs of CPU each', 'Postgres, against the fewest', 'pages each, in memory', 'pages each, not in memory', 'in its statements, µs each'], (/** @type {const} */ (['refresh', 'login'])).flatMap((work) => tables.map((table) => row(work, table)))),
      tableOf(['bytes in Postgres', 'a session: table', 'a session: indexes', 'a user: table and indexes', 'all of the database, MB'], tables.map(({ sessions, perRow, megabytes }) => [`${sessions.toLocaleString('en')} users and sessions`, rounded(perRow.table), rounded(perRow.index), rounded(perRow.users), rounded(megabytes)]))
    ],
    notes: [
      `Of a login's CPU in the service, ${rounded(hashCost)} µs are the cheap hash (${CHEAP.memoryCost} KiB, ${CHEAP.timeCost} passes).`,
      `Why it bends: past some 30,000 rows the indexes of sessions and users get a third level (pageinspect says so), so that each look-up reads a page more${isCramped ? '; and the largest does not fit into the 512 MB that Postgres was given here, so that some pages come from the cache of the operating system' : ''}.`
    ],
    budgets: [],
    chart: {
      title: 'CPU for a refresh and a login',
      unit: 'µs',
      across: 'users, and sessions',
      lines: [
        { label: 'refresh, the service', points: points('refresh', 'cpu') },
        { label: 'refresh, Postgres', points: points('refresh', 'databaseCpu') },
        { label: 'login, Postgres', points: points('login', 'databaseCpu') }
      ]
    }
  }
}
