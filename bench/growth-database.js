// Refreshes and logins with a growing number of users and sessions, and the size of a session on Postgres' disk.
import { argon2id, hash, verify } from 'argon2'
import { totalCpu, rotate } from './harness/compare.js'
import { fill, query, startDatabases, toUuid } from './harness/database.js'
import { countResponses, startLoad } from './harness/load.js'
import { figure, megabytes, ratio, rounded, toTable } from './harness/present.js'
import { startServer } from './harness/processes.js'
import { firstRefreshTokens, PASSWORD, post, serviceOn } from './harness/service.js'
import { toRatioSpread, toSpread, sum } from './harness/statistics.js'

/** @typedef {import('./harness/database.js').Databases} Databases */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {{ databases: Databases, load: LoadGenerator, server: Server, table: Table }} Participant */
/**
 * @typedef {object} Part CPU in microseconds, of the service and of the database
 * @property {number} count
 * @property {number} seconds
 * @property {number} cpu
 * @property {number} databaseCpu
 */
/**
 * @typedef {object} Statements
 * @property {number} hit pages in Postgres' memory
 * @property {number} read pages that were not
 * @property {number} execution microseconds
 */
/** @typedef {Statements & { cpu: number, databaseCpu: number, perSecond: number }} Sample for one */
/**
 * @typedef {object} Table `perRow`: bytes
 * @property {string} url
 * @property {number} sessions
 * @property {Record<'table' | 'index' | 'users', number>} perRow
 * @property {number} megabytes
 */
/** @typedef {'refresh' | 'login'} Work */

export const needsPostgres = true
export const title = 'Growth: refreshes and logins'
export const description = 'POST /auth/refresh and POST /auth/login with a thousand to a million users, and as many sessions, known ' +
  'addresses, audit events, mails, links, authenticator apps, recovery codes and passkeys; and the size of a session on the disk. ' +
    'Logins use the cheapest hash that can be set, so ' +
    'that the rest is visible beside it.'

const ROUNDS = 3
const REFRESHES = 1_000
const LOGINS = 500
const CONNECTIONS = 8
const CHEAP = { memoryCost: 1024, timeCost: 2, parallelism: 1 }
const SETTINGS = {
  ARGON2_MEMORY: String(CHEAP.memoryCost), ARGON2_TIME: String(CHEAP.timeCost), LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1'
}
// Ids from the service begin with the time; those of the filled-in rows begin with zeros.
const CRAMPED = '; and the largest does not fit into the 512 MB that Postgres has here, so that some pages come from the cache of the ' +
  'operating system'
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
      for (const [name, sample] of await measureRound({ databases, load, tables, ...amounts })) {
        samples.set(name, [
          ...samples.get(name) ?? [], sample
        ])
      }
    }
    return present(tables, samples, await measureHashCost(passwordHash))
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
  await query(url, `insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent)
      select id, 'login', user_id, user_id, id, ip, user_agent from sessions;
    insert into login_attempts (key, decayed_at, known_until) select gen_random_uuid(), now(), 'infinity' from sessions;
    insert into mails (id, purpose, user_id, state, attempts, expires_at, ended_at)
      select id, 'password_reset', user_id, 'sent', 1, now(), now() from sessions;
    insert into mail_proofs (id, purpose, user_id, email, normalized_email, expires_at, code_expires_at)
      select sessions.id, 'password_reset', users.id, email, normalized_email, now() + interval '1 day', now() from sessions
      join users on users.id = user_id;
    insert into totp (user_id, secret_jwe, key_id, confirmed_at) select id, repeat('e', 200), 'a key', now() from users;
    insert into recovery_codes (user_id, digest)
      select id, decode(md5(id || code::text) || md5(code || id::text), 'hex') from users, generate_series(1, 10) as code;
    insert into passkeys (id, user_id, credential_id, public_key, rp_id, name)
      select id, id, decode(md5(id::text), 'hex'), decode(repeat('ab', 77), 'hex'), 'example.com', 'phone' from users`)
  await query(url, 'vacuum analyze')
  const [row] = await query(url, "select pg_table_size('sessions')::float8 as table, pg_indexes_size('sessions')::float8 as index, " +
    "pg_total_relation_size('users')::float8 as users, pg_database_size(current_database())::float8 as all")
  return {
    url,
    sessions: size,
    perRow: { table: row.table / size, index: row.index / size, users: row.users / size },
    megabytes: megabytes(row.all)
  }
}

/** @param {{ databases: Databases, load: LoadGenerator, tables: Table[], warmUp: number, batches: number }} options */
async function measureRound ({ databases, load, tables, warmUp, batches }) {
  /** @type {Participant[]} */
  const participants = []
  try {
    for (const table of tables) participants.push({ databases, load, table, server: await startServer(serviceOn(table.url, SETTINGS)) })
    const turns = participants.flatMap((participant) => /** @type {Array<[Work, () => Promise<Part>]>} */ ([
      ['refresh', () => refreshBatch(participant)],
      ['login', () => logInBatch(participant)]
    ]).map(([work, play]) => ({
      name: toName(work, participant.table), table: participant.table, play, parts: /** @type {Array<Part & Statements>} */ ([])
    })))
    for (let batch = 0; batch < warmUp; batch++) for (const { play } of turns) await play()
    for (let batch = 0; batch < batches; batch++) {
      for (const { table, play, parts } of rotate(turns, batch)) parts.push(await counting(table, play))
    }
    return turns.map(({ name, parts }) => /** @type {const} */ ([name, mergeParts(parts)]))
  } finally {
    for (const { server } of participants) await server.stop()
  }
}

/**
 * @param {Work} work
 * @param {Table} table
 */
function toName (work, { sessions }) {
  return `${work}-${sessions}`
}

/**
 * @param {Participant} participant
 * @returns {Promise<Part>}
 */
async function refreshBatch (participant) {
  const ids = spread(REFRESHES, participant.table).map(toUuid)
  const tokens = await firstRefreshTokens(ids)
  const part = await measure(participant, tokens.map((token) => post('/auth/refresh', { refresh_token: token })))
  // Resets the sessions, and checks that each refresh rotated: none was a replay.
  const moved = await query(participant.table.url, 'update sessions set current_generation = 1, parent_generation = 0, rotated_at = ' +
    "now() - interval '1 hour' where id = any($1) and current_generation = 2 and parent_generation = 1 returning id", [ids])
  if (moved.length !== REFRESHES) throw new Error(`${moved.length} sessions have moved, not ${REFRESHES}`)
  return part
}

/**
 * Each login comes from another address.
 *
 * @param {Participant} participant
 * @returns {Promise<Part>}
 */
async function logInBatch (participant) {
  const requests = spread(LOGINS, participant.table).map((user, index) => post(
    '/auth/login', { email: `user${user}@example.com`, password: PASSWORD }, { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}` }
  ))
  const part = await measure(participant, requests)
  // The size of the tables stays the same.
  await query(participant.table.url, `delete from sessions where id > '${FIRST_REAL_ID}'; delete from audit_events where id > ` +
    `'${FIRST_REAL_ID}'; delete from login_attempts where known_until is distinct from 'infinity'`)
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
 * @param {Participant} participant
 * @param {Request[]} requests
 * @returns {Promise<Part>}
 */
async function measure ({ databases, load, server }, requests) {
  const before = { ...await server.usage(), databaseCpu: await databases.cpu() }
  const run = await load.run({ address: server.address, requests, connections: CONNECTIONS, amount: requests.length })
  const after = { ...await server.usage(), databaseCpu: await databases.cpu() }
  return {
    count: countResponses(run),
    seconds: run.seconds,
    cpu: totalCpu(after.cpu) - totalCpu(before.cpu),
    databaseCpu: after.databaseCpu - before.databaseCpu
  }
}

/**
 * @param {Table} table
 * @param {() => Promise<Part>} play
 * @returns {Promise<Part & Statements>}
 */
async function counting ({ url }, play) {
  const before = await readStatements(url)
  const part = await play()
  const after = await readStatements(url)
  return { ...part, hit: after.hit - before.hit, read: after.read - before.read, execution: after.execution - before.execution }
}

/**
 * The statements of refreshes and logins are the only ones here that begin with `with`.
 *
 * @param {string} url
 * @returns {Promise<Statements>}
 */
async function readStatements (url) {
  const [row] = await query(url, `select sum(shared_blks_hit)::float8 as hit, sum(shared_blks_read)::float8 as read,
      sum(total_exec_time) * 1000 as execution
    from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) and query like 'with %'`)
  return row
}

/**
 * @param {Array<Part & Statements>} parts
 * @returns {Sample}
 */
function mergeParts (parts) {
  const total = (/** @type {keyof (Part & Statements)} */ key) => sum(parts.map((part) => part[key]))
  const count = total('count')
  return {
    cpu: total('cpu') / count,
    databaseCpu: total('databaseCpu') / count,
    hit: total('hit') / count,
    read: total('read') / count,
    execution: total('execution') / count,
    perSecond: count / total('seconds')
  }
}

/**
 * @param {string} passwordHash
 * @returns {Promise<number>} microseconds of CPU to verify it
 */
async function measureHashCost (passwordHash) {
  const before = process.cpuUsage()
  for (let turn = 0; turn < 200; turn++) await verify(passwordHash, PASSWORD)
  return totalCpu(process.cpuUsage(before)) / 200
}

/**
 * @param {Table[]} tables
 * @param {Map<string, Sample[]>} samples
 * @param {number} hashCost
 * @returns {import('./harness/results.js').Findings}
 */
function present (tables, samples, hashCost) {
  const of = (/** @type {Work} */ work, /** @type {Table} */ table, /** @type {keyof Sample} */ key) =>
    (samples.get(toName(work, table)) ?? []).map((sample) => sample[key])
  const [least] = tables
  const most = tables.at(-1)
  const isCramped = most !== undefined && toSpread(of('refresh', most, 'read')).median > 0
  const row = (/** @type {Work} */ work, /** @type {Table} */ table) => [
    `${work === 'refresh' ? 'refreshes' : 'logins'}, ${table.sessions.toLocaleString('en')} users and sessions`,
    figure(toSpread(of(work, table, 'cpu'))),
    figure(toSpread(of(work, table, 'databaseCpu'))),
    ratio(toRatioSpread(of(work, table, 'databaseCpu'), of(work, least ?? table, 'databaseCpu'))),
    rounded(toSpread(of(work, table, 'hit')).median),
    rounded(toSpread(of(work, table, 'read')).median),
    figure(toSpread(of(work, table, 'execution')))
  ]
  const points = (/** @type {Work} */ work, /** @type {keyof Sample} */ key) => tables.map((table) => ({
    x: table.sessions, spread: toSpread(of(work, table, key))
  })).map(({ x, spread: { min, median, max } }) => ({ x, value: median, min, max }))
  return {
    tables: [
      toTable([
        '', 'service, µs of CPU each', 'Postgres, µs of CPU each', 'Postgres, against the fewest', 'pages each, in memory',
        'pages each, not in memory', 'in its statements, µs each'
      ], (/** @type {const} */ (['refresh', 'login'])).flatMap((work) => tables.map((table) => row(work, table)))),
      toTable([
        'bytes in Postgres', 'a session: table', 'a session: indexes', 'a user: table and indexes', 'all of the database, MB'
      ], tables.map((
        { sessions, perRow, megabytes }
      ) => [
        `${sessions.toLocaleString('en')} users and sessions`, rounded(perRow.table), rounded(perRow.index), rounded(perRow.users),
        rounded(megabytes)
      ]))
    ],
    notes: [
      `Of a login's CPU in the service, ${rounded(hashCost)} µs are the cheap hash (${CHEAP.memoryCost} KiB, ${CHEAP.timeCost} passes).`,
      'The curve bends because, past some 30,000 rows the indexes of sessions and users get a third level (as pageinspect shows), so ' +
        'that each lookup reads one more ' +
          `page${isCramped ? CRAMPED : ''}.`
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
