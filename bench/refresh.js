// Refreshes: the service compared with pgbench running the same statement, and with few and many sessions in the table.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { totalCpu, rotate } from './harness/compare.js'
import { fill, query, startDatabases, toUuid } from './harness/database.js'
import { countResponses, startLoad } from './harness/load.js'
import { onCore, SERVER_CORE } from './harness/machine.js'
import { toBars, figure, ratio, toTable } from './harness/present.js'
import { startServer } from './harness/processes.js'
import { firstRefreshTokens, post, refreshSql, serviceOn } from './harness/service.js'
import { toRatioSpread, toSpread, sum } from './harness/statistics.js'
import { createRefreshCompetitors } from './competitors/refresh.js'

const execute = promisify(execFile)

/** @typedef {import('./harness/database.js').Databases} Databases */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/processes.js').Server} Server */
/**
 * @typedef {object} Part CPU in microseconds, of the service and of the database
 * @property {number} count
 * @property {number} seconds
 * @property {number} cpu
 * @property {number} databaseCpu
 */
/** @typedef {{ perSecond: number, cpu: number, databaseCpu: number }} Speed CPU in microseconds for a refresh */
/** @typedef {Speed & { ratio: number }} Sample `ratio`: as many times a second as pgbench beside it */

/** @typedef {[name: string, play: () => Promise<Part>]} Candidate */

/** @typedef {{ url: string, sessions: number, used: number }} Table `used`: batches whose sessions have moved */

/** @typedef {Omit<import('./competitors/refresh.js').Competitor, 'url'> & { table: Table }} Refresher a server, and how it is asked */

export const needsPostgres = true
export const title = 'Refreshes'
export const description = 'POST /auth/refresh, the service on one core and Postgres on the other, compared with pgbench running the ' +
  'same statement; with a thousand and a million sessions in the table; and the refresh of its competitors.'

// A session rotates at most once in REFRESH_GRACE, so each batch uses sessions that have not rotated.
const BATCH = 1_000
const CLIENTS = 10
const SPEED_BUDGET = 0.6
const COMPETITORS_NOTE = 'better-auth and oidc-provider have as many sessions as the service, in the same Postgres. better-auth, on ' +
  'Fastify with the joins that its documentation recommends, refreshes a session once a day: it writes the new expiry, and neither ' +
    'replaces its token nor signs one. oidc-provider signs a JWT and uses each refresh token once, as the service does; the store is an ' +
      'adapter after its documented example, with prepared statements (it has none for Postgres), and Node 20 is not a ' +
        'version that it supports.'

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
    const competitors = (await createRefreshCompetitors(databases, size.sessions)).map(({ url, ...competitor }) => ({
      ...competitor, table: { url, sessions: size.sessions, used: 0 }
    }))
    const refreshers = [...own, ...competitors]
    /** @type {Candidate} */
    const statement = ['pgbench', () => pgbench('prepared')]
    /** @type {Candidate} */
    const parsed = ['pgbench-parsing', () => pgbench('extended')]
    const runs = [
      { refreshers: own, beside: [statement] }, { refreshers: [], beside: [statement, parsed] },
      ...competitors.map((competitor) => ({ refreshers: [competitor], beside: [statement] }))
    ]
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      for (const run of runs) {
        for (const [name, sample] of await measureRun({ databases, load, ...run, ...size })) {
          samples.set(name, [
            ...samples.get(name) ?? [], sample
          ])
        }
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
 * Each refresher takes turns with pgbench, and with few others: among many, its pages would be evicted before its next turn.
 *
 * @param {object} options
 * @param {Databases} options.databases
 * @param {LoadGenerator} options.load
 * @param {Refresher[]} options.refreshers
 * @param {Candidate[]} options.beside
 * @param {number} options.warmUp
 * @param {number} options.batches
 */
async function measureRun ({ databases, load, refreshers, beside, warmUp, batches }) {
  const candidates = [...beside]
  /** @type {Server[]} */
  const servers = []
  try {
    for (const refresher of refreshers) {
      const server = await startServer(refresher.program)
      servers.push(server)
      candidates.push([refresher.name, () => refreshBatch({ databases, load, server, refresher })])
    }
    for (let batch = 0; batch < warmUp; batch++) for (const [, play] of candidates.slice(beside.length)) await play()
    const parts = new Map(candidates.map(([name]) => [name, /** @type {Part[]} */ ([])]))
    for (let batch = 0; batch < batches; batch++) {
      for (const [name, play] of rotate(candidates, batch)) parts.get(name)?.push(await play())
    }
    const reference = mergeParts(parts.get('pgbench') ?? [])
    return [...parts].map(([name, each]) => {
      const sample = mergeParts(each)
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
    // All refreshes come from one address.
    program: serviceOn(table.url, { LOGIN_RATE_PER_MINUTE: '10000' }),
    async getRequests (numbers) {
      const tokens = await firstRefreshTokens(numbers.map(toUuid))
      return tokens.map((token) => post('/auth/refresh', { refresh_token: token }))
    },
    async countMoved () {
      const [{ moved }] = await query(
        table.url, 'select count(*)::int as moved from sessions where current_generation = 2 and parent_generation = 1'
      )
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
 * Sessions spread over the table, none of which has rotated.
 *
 * @param {Table} table
 * @returns {Promise<{ offset: number, stride: number }>} the numbers of BATCH sessions: offset + i * stride
 */
async function nextBatch (table) {
  const stride = table.sessions / BATCH
  if (table.used === stride) {
    await query(table.url, "update sessions set current_generation = 1, parent_generation = 0, rotated_at = now() - interval '1 hour'")
    await query(table.url, 'vacuum sessions')
    table.used = 0
  }
  return { offset: table.used++, stride }
}

/**
 * @param {{ databases: Databases, load: LoadGenerator, server: Server, refresher: Refresher }} options
 * @returns {Promise<Part>}
 */
async function refreshBatch ({ databases, load, server, refresher: { table, getRequests } }) {
  const { offset, stride } = await nextBatch(table)
  const requests = await getRequests(Array.from({ length: BATCH }, (_, index) => offset + index * stride))
  const before = { ...await server.usage(), databaseCpu: await databases.cpu() }
  const run = await load.run({ address: server.address, requests, connections: CLIENTS, amount: BATCH })
  const after = { ...await server.usage(), databaseCpu: await databases.cpu() }
  return {
    count: countResponses(run),
    seconds: run.seconds,
    cpu: totalCpu(after.cpu) - totalCpu(before.cpu),
    databaseCpu: after.databaseCpu - before.databaseCpu
  }
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
      `--define=offset=${offset}`, `--define=stride=${stride}`, '--define=i=-1', `--file=${script}`, `--host=${host}`,
      '--username=postgres',
      new URL(table.url.replace('@/', '@localhost/')).pathname.slice(1)
    ])
    const before = await cpu()
    const { stdout } = await execute(program, parameters)
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
    return { count: BATCH, seconds: BATCH / perSecond, cpu: 0, databaseCpu: await cpu() - before }
  }
}

/**
 * Checks that every refresh rotated its session: none was a replay.
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
function mergeParts (parts) {
  const count = sum(parts.map((part) => part.count))
  return {
    perSecond: count / sum(parts.map((part) => part.seconds)),
    cpu: sum(parts.map((part) => part.cpu)) / count,
    databaseCpu: sum(parts.map((part) => part.databaseCpu)) / count
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
  const rows = Object.entries(titles).map(([name, title]) => ({
    title,
    perSecond: toSpread(of(name, 'perSecond')),
    cpu: toSpread(of(name, 'cpu')),
    databaseCpu: toSpread(of(name, 'databaseCpu')),
    ratio: toSpread(of(name, 'ratio'))
  }))
  const growth = toRatioSpread(cost('many'), cost('few'))
  return {
    tables: [toTable(
      ['', 'a second', 'against pgbench', 'service, µs of CPU each', 'Postgres, µs of CPU each'],
      rows.map((row) => [
        row.title, figure(row.perSecond), ratio(row.ratio), row.cpu.median > 0 ? figure(row.cpu) : '', figure(row.databaseCpu)
      ])
    )],
    notes: [
      `${CLIENTS} connections each. Every refresh rotates another session; sessions are taken from all over the table.`,
      COMPETITORS_NOTE
    ],
    budgets: [
      {
        what: 'refreshes a second, against the same statement by pgbench',
        atLeast: SPEED_BUDGET,
        measured: toSpread(of('many', 'ratio')),
        unit: '×'
      },
      {
        what: `CPU of a refresh with ${sessions} sessions, against ${BATCH.toLocaleString('en')}`, atMost: 1.2, measured: growth, unit: '×'
      }
    ],
    chart: {
      title: 'Refreshes a second',
      unit: '',
      bars: toBars(rows.map(({ title, perSecond }) => ({ title, spread: perSecond }))),
      limit: { value: SPEED_BUDGET * toSpread(of('pgbench', 'perSecond')).median, label: `at least ${SPEED_BUDGET} ×` }
    }
  }
}
