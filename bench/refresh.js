// Refreshes: the service against the same statement driven by pgbench, and with few and many sessions in the table.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cpuOf, turned } from './harness/compare.js'
import { fill, query, startDatabases, uuidOf } from './harness/database.js'
import { answersOf, startLoad } from './harness/load.js'
import { onCore, SERVER_CORE } from './harness/machine.js'
import { barsOf, figure, ratio, tableOf } from './harness/present.js'
import { startServer } from './harness/processes.js'
import { firstRefreshTokens, post, refreshSql, serviceOn } from './harness/service.js'
import { ratioOf, spreadOf, sumOf } from './harness/statistics.js'
import { installRivals } from './rivals/installed.js'
import { refreshRivals } from './rivals/refresh.js'

const execute = promisify(execFile)

/** @typedef {import('./harness/database.js').Databases} Databases */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {{ count: number, seconds: number, cpu: number, databaseCpu: number }} Part CPU in microseconds, of the service and of the database */
/** @typedef {{ perSecond: number, cpu: number, databaseCpu: number }} Speed CPU in microseconds for a refresh */
/** @typedef {Speed & { ratio: number }} Sample `ratio`: as many times a second as pgbench beside it */

/** @typedef {[name: string, play: () => Promise<Part>]} Contestant */

/** @typedef {{ url: string, sessions: number, used: number }} Table `used`: batches whose sessions have moved */

/** @typedef {Omit<import('./rivals/refresh.js').Rival, 'url'> & { table: Table }} Refresher a server, and how it is asked */

export const needsPostgres = true
export const title = 'Refreshes'
export const against = 'POST /auth/refresh, the service on one core and Postgres on the other, held against pgbench with the very statement in its place; the same with a thousand and a million sessions in the table; and what its rivals call a refresh.'

// A session moves at most once in REFRESH_GRACE, so each batch is of sessions that have not.
const BATCH = 1_000
const CLIENTS = 10
const SPEED_BUDGET = 0.6
const RIVALS = [
  'better-auth and oidc-provider have as many sessions as the service, in the same Postgres. better-auth, on Fastify with the joins that its documentation recommends, refreshes a session once a day: it writes until when it lasts, and neither replaces its token nor signs one. oidc-provider signs a JWT and uses each refresh token once, as the service does; the store is an adapter after its documented example, with prepared statements (it has none for Postgres), and Node 20 is not a version that it supports.'
]

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  const size = quick ? { sessions: 100_000, warmUp: 4, batches: 6 } : { sessions: 1_000_000, warmUp: 10, batches: 20 }
  const databases = await startDatabases()
  const load = startLoad()
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-bench-'))
  /** @type {Map<string, Sample[]>} */
  const samples = new Map()
  try {
    const many = await createTable(databases, 'many', size.sessions)
    const pgbench = await createPgbench(databases, many, directory)
    const own = [serviceWith('many', many), serviceWith('few', await createTable(databases, 'few', BATCH))]
    const rivals = installRivals() ? (await refreshRivals(databases, size.sessions)).map(({ url, ...rival }) => ({ ...rival, table: { url, sessions: size.sessions, used: 0 } })) : []
    const refreshers = [...own, ...rivals]
    /** @type {Contestant} */
    const statement = ['pgbench', () => pgbench('prepared')]
    /** @type {Contestant} */
    const parsed = ['pgbench-parsing', () => pgbench('extended')]
    const bouts = [{ refreshers: own, beside: [statement] }, { refreshers: [], beside: [statement, parsed] }, ...rivals.map((rival) => ({ refreshers: [rival], beside: [statement] }))]
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      for (const bout of bouts) {
        for (const [name, sample] of await playBout({ databases, load, ...bout, ...size })) samples.set(name, [...samples.get(name) ?? [], sample])
      }
    }
    for (const refresher of refreshers) await assertMoved(refresher)
    return present(samples, size.sessions, refreshers)
  } finally {
    await load.stop()
    await databases.remove()
    await rm(directory, { recursive: true })
  }
}

/**
 * Each has a pgbench beside it, and few others: where all take turns, caches have forgotten everybody by the time that their turn comes.
 *
 * @param {{ databases: Databases, load: LoadGenerator, refreshers: Refresher[], beside: Contestant[], warmUp: number, batches: number }} options
 */
async function playBout ({ databases, load, refreshers, beside, warmUp, batches }) {
  const contestants = [...beside]
  /** @type {Server[]} */
  const servers = []
  try {
    for (const refresher of refreshers) {
      const server = await startServer(refresher.program)
      servers.push(server)
      contestants.push([refresher.name, () => refreshBatch({ databases, load, server, refresher })])
    }
    for (let batch = 0; batch < warmUp; batch++) for (const [, play] of contestants.slice(beside.length)) await play()
    const parts = new Map(contestants.map(([name]) => [name, /** @type {Part[]} */ ([])]))
    for (let batch = 0; batch < batches; batch++) {
      for (const [name, play] of turned(contestants, batch)) parts.get(name)?.push(await play())
    }
    const reference = joined(parts.get('pgbench') ?? [])
    return [...parts].map(([name, each]) => {
      const sample = joined(each)
      return /** @type {const} */ ([name, { ...sample, ratio: sample.perSecond / reference.perSecond }])
    })
  } finally {
    for (const server of servers) await server.stop()
  }
}

/**
 * @param {'many' | 'few'} name
 * @param {Table} table
 * @returns {Refresher}
 */
function serviceWith (name, table) {
  return {
    name,
    title: `the service, ${table.sessions.toLocaleString('en')} sessions`,
    table,
    // They all come from one address.
    program: serviceOn(table.url, { LOGIN_RATE_PER_MINUTE: '10000' }),
    async requestsOf (numbers) {
      const tokens = await firstRefreshTokens(numbers.map(uuidOf))
      return tokens.map((token) => post('/auth/refresh', { refresh_token: token }))
    },
    async countMoved () {
      const [{ moved }] = await query(table.url, 'select count(*)::int as moved from sessions where current = 2 and parent = 1')
      return moved
    }
  }
}

/**
 * @param {Databases} databases
 * @param {string} name
 * @param {number} sessions
 * @returns {Promise<Table>}
 */
async function createTable ({ create }, name, sessions) {
  const url = await create(name)
  await fill(url, { users: sessions / 10, sessions })
  return { url, sessions, used: 0 }
}

/**
 * Sessions from all over the table, none of which has moved.
 *
 * @param {Table} table
 * @returns {Promise<{ offset: number, stride: number }>} the numbers of BATCH sessions: offset + i * stride
 */
async function nextBatch (table) {
  const stride = table.sessions / BATCH
  if (table.used === stride) {
    await query(table.url, "update sessions set current = 1, parent = 0, rotated_at = now() - interval '1 hour'")
    await query(table.url, 'vacuum sessions')
    table.used = 0
  }
  return { offset: table.used++, stride }
}

/**
 * @param {{ databases: Databases, load: LoadGenerator, server: Server, refresher: Refresher }} options
 * @returns {Promise<Part>}
 */
async function refreshBatch ({ databases, load, server, refresher: { table, requestsOf } }) {
  const { offset, stride } = await nextBatch(table)
  const requests = await requestsOf(Array.from({ length: BATCH }, (_, index) => offset + index * stride))
  const before = { ...await server.usage(), databaseCpu: await databases.cpu() }
  const run = await load.run({ address: server.address, requests, connections: CLIENTS, amount: BATCH })
  const after = { ...await server.usage(), databaseCpu: await databases.cpu() }
  return { count: answersOf(run), seconds: run.seconds, cpu: cpuOf(after.cpu) - cpuOf(before.cpu), databaseCpu: after.databaseCpu - before.databaseCpu }
}

/**
 * @param {Databases} databases
 * @param {Table} table
 * @param {string} directory
 */
async function createPgbench ({ bin, directory: host, cpu }, table, directory) {
  const script = join(directory, 'refresh.sql')
  const session = "('00000000-0000-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))"
  const values = [session, '1', "'127.0.0.1'", "'bench'", "'request'", 'gen_random_uuid()']
  const statement = (await refreshSql()).replace(/\$(\d)/g, (_, place) => values[Number(place) - 1] ?? 'null')
  await writeFile(script, `\\set i :i + 1\n\\set n :offset + (:client_id * ${BATCH / CLIENTS} + :i) * :stride\n${statement};\n`)

  /**
   * @param {'prepared' | 'extended'} protocol extended: each statement is parsed anew
   * @returns {Promise<Part>}
   */
  return async function pgbench (protocol) {
    const { offset, stride } = await nextBatch(table)
    const [program, parameters] = onCore(SERVER_CORE, [
      `${bin}/pgbench`, '--no-vacuum', `--protocol=${protocol}`, `--client=${CLIENTS}`, '--jobs=1', `--transactions=${BATCH / CLIENTS}`,
      `--define=offset=${offset}`, `--define=stride=${stride}`, '--define=i=-1', `--file=${script}`, `--host=${host}`, '--username=postgres', new URL(table.url.replace('@/', '@localhost/')).pathname.slice(1)
    ])
    const before = await cpu()
    const { stdout } = await execute(program, parameters)
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
    return { count: BATCH, seconds: BATCH / perSecond, cpu: 0, databaseCpu: await cpu() - before }
  }
}

/**
 * All refreshes were that, and none a repetition of the answer before.
 *
 * @param {Refresher} refresher
 */
async function assertMoved ({ name, table: { used }, countMoved }) {
  const moved = await countMoved()
  if (moved !== used * BATCH) throw new Error(`${name}: ${moved} sessions have moved, not ${used * BATCH}`)
}

/**
 * @param {Part[]} parts
 * @returns {Speed}
 */
function joined (parts) {
  const count = sumOf(parts.map((part) => part.count))
  return {
    perSecond: count / sumOf(parts.map((part) => part.seconds)),
    cpu: sumOf(parts.map((part) => part.cpu)) / count,
    databaseCpu: sumOf(parts.map((part) => part.databaseCpu)) / count
  }
}

/**
 * @param {Map<string, Sample[]>} samples
 * @param {number} many
 * @param {Refresher[]} refreshers
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples, many, refreshers) {
  const of = (/** @type {string} */ name, /** @type {keyof Sample} */ key) => (samples.get(name) ?? []).map((sample) => sample[key])
  const cost = (/** @type {string} */ name) => (samples.get(name) ?? []).map(({ cpu, databaseCpu }) => cpu + databaseCpu)
  const sessions = many.toLocaleString('en')
  const titles = {
    pgbench: `pgbench, ${sessions} sessions`,
    'pgbench-parsing': `pgbench, parsing each time, ${sessions} sessions`,
    ...Object.fromEntries(refreshers.map(({ name, title }) => [name, title]))
  }
  const rows = Object.entries(titles).map(([name, title]) => ({ title, perSecond: spreadOf(of(name, 'perSecond')), cpu: spreadOf(of(name, 'cpu')), databaseCpu: spreadOf(of(name, 'databaseCpu')), ratio: spreadOf(of(name, 'ratio')) }))
  const growth = ratioOf(cost('many'), cost('few'))
  return {
    tables: [tableOf(
      ['', 'a second', 'against pgbench', 'service, µs of CPU each', 'Postgres, µs of CPU each'],
      rows.map((row) => [row.title, figure(row.perSecond), ratio(row.ratio), row.cpu.median > 0 ? figure(row.cpu) : '', figure(row.databaseCpu)])
    )],
    notes: [
      `${CLIENTS} connections each. Every refresh moves another session; sessions are taken from all over the table.`,
      ...refreshers.length > 2 ? RIVALS : ['better-auth and oidc-provider are not there: they could not be installed.']
    ],
    budgets: [
      { what: 'refreshes a second, against the same statement by pgbench', atLeast: SPEED_BUDGET, measured: spreadOf(of('many', 'ratio')), unit: '×' },
      { what: `CPU of a refresh with ${sessions} sessions, against ${BATCH.toLocaleString('en')}`, atMost: 1.2, measured: growth, unit: '×' }
    ],
    chart: { title: 'Refreshes a second', unit: '', bars: barsOf(rows.map(({ title, perSecond }) => ({ title, spread: perSecond }))), limit: { value: SPEED_BUDGET * spreadOf(of('pgbench', 'perSecond')).median, label: `at least ${SPEED_BUDGET} ×` } }
  }
}
