// Logins: what each build of argon2 hashes, what a login costs beside its hash, and in a storm of them, what becomes of everybody else.
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { argon2id, hash } from 'argon2'
import { makeBuilds } from './harness/argon2-builds.js'
import { cpuOf, turned } from './harness/compare.js'
import { fill, startDatabases } from './harness/database.js'
import { answersOf, requestWith, startLoad } from './harness/load.js'
import { versionOf } from './harness/machine.js'
import { barsOf, figure, megabytes, ratio, tableOf } from './harness/present.js'
import { startServer, startWorker } from './harness/processes.js'
import { ARGON2, logIn, PASSWORD, post, serviceOn } from './harness/service.js'
import { ratioOf, spreadOf, sumOf } from './harness/statistics.js'
import { stormOf } from './harness/storm.js'
import { rivalVersionOf } from './rivals/installed.js'
import { loginRival } from './rivals/login.js'

/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./rivals/login.js').Rival} Rival */

/** @typedef {{ perSecond: number, cpu: number }} Speed logins, and microseconds of the server's CPU for each */

/** @typedef {import('./harness/argon2-builds.js').Builds} Builds */
/** @typedef {import('./harness/storm.js').Storm} Storm */

/** @typedef {{ speeds: Record<string, Speed>, full: Storm, spared: Storm }} Sample `full`: hashes take every core that the service has; `spared`: they leave it one */

export const needsPostgres = true
export const title = 'Logins'
export const against = 'argon2 as it comes ready-made and as npm run build:argon2 makes it, and @node-rs/argon2, each alone on the same core; logins of the service, held against a bare Fastify route with the same hash and the same two statements; and GET /me while 500 clients log in again and again, and come back as they are told, held against GET /me when nobody does.'

const NODE_RS = '@node-rs/argon2'
const USERS = 500
const CLIENTS = 500
const CONNECTIONS = 8
const THROUGHPUT_BUDGET = 0.95
const BUILD_BUDGET = 1.8

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  const { requests, seconds } = quick ? { requests: 2_000, seconds: 5 } : { requests: 20_000, seconds: 20 }
  const databases = await startDatabases()
  const load = startLoad()
  const prober = startLoad()
  const builds = makeBuilds()
  /** @type {Sample[]} */
  const samples = []
  try {
    const url = await databases.create('logins')
    const passwordHash = await hash(PASSWORD, { type: argon2id, ...ARGON2 })
    await fill(url, { users: USERS, sessions: 0, passwordHash })
    const rival = await loginRival(databases, { users: USERS, passwordHash, password: PASSWORD })
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      samples.push(await playRound(url, rival))
    }
    return present(samples, rival, builds)
  } finally {
    await load.stop()
    await prober.stop()
    await databases.remove()
    builds.remove()
  }

  /**
   * @param {string} url
   * @param {Rival} rival
   * @returns {Promise<Sample>}
   */
  async function playRound (url, rival) {
    // The logins come from many addresses, and from no more attempts at each account than are free.
    const settings = { LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1' }
    const readyMade = builds.environments['ready-made']
    const fastest = builds.environments.native ?? readyMade
    const workers = Object.entries(builds.environments).map(([name, environment]) => ({ name, ...startWorker('argon2', { environment }) }))
    if (rival !== undefined) workers.push({ name: NODE_RS, ...startWorker('argon2', { environment: { ...readyMade, HASHER: NODE_RS } }) })
    const servers = [
      { name: 'route', requests: loginsOf(USERS), ...await startServer({ entry: fileURLToPath(new URL('servers/login.js', import.meta.url)), environment: { ...fastest, DATABASE_URL: url } }) },
      { name: 'service', requests: loginsOf(USERS), ...await startServer(serviceOn(url, { ...settings, ...fastest })) },
      { name: 'service, ready-made', requests: loginsOf(USERS), ...await startServer(serviceOn(url, { ...settings, ...readyMade })) },
      // With the same argon2, so that nobody has a faster one.
      ...rival === undefined ? [] : [{ name: 'rival', requests: rival.requests, ...await startServer({ ...rival.program, environment: { ...rival.program.environment, ...fastest } }) }]
    ]
    try {
      for (const server of servers) {
        if (server.name === 'rival') await rival?.warmUp(server, load, requests)
        else if (server.name !== 'route') await warmUp(server, load, requests)
      }
      const [, service] = servers
      if (service === undefined) throw new Error('there is no service')
      const speeds = await compareSpeed(workers, servers, load, quick ? { slices: 3, slice: 40 } : { slices: 3, slice: 160 })
      return { speeds, full: await stormOf(service, load, prober, seconds, loginsOf(CLIENTS)), spared: await sparingOne(url, { ...settings, ...fastest }) }
    } finally {
      await Promise.all([...workers, ...servers].map((each) => each.stop()))
    }
  }

  /**
   * Every core is the service's, and hashes take all but one.
   *
   * @param {string} url
   * @param {Record<string, string>} settings
   */
  async function sparingOne (url, settings) {
    const service = await startServer({ ...serviceOn(url, { ...settings, UV_THREADPOOL_SIZE: String(cpus().length) }), core: undefined })
    try {
      await warmUp(service, load, requests)
      await load.run({ address: service.address, requests: loginsOf(USERS), connections: CONNECTIONS, amount: USERS })
      return await stormOf(service, load, prober, seconds, loginsOf(CLIENTS))
    } finally {
      await service.stop()
    }
  }
}

/**
 * A service that has run for a while: what logins share with other requests is as fast as it gets.
 *
 * @param {Server} server
 * @param {LoadGenerator} load
 * @param {number} amount
 */
async function warmUp ({ address }, load, amount) {
  const token = await logIn(address, 'user0@example.com')
  for (const path of ['/me', '/account/sessions']) {
    answersOf(await load.run({ address, requests: Array.from({ length: CONNECTIONS }, () => requestWith(token, path)), connections: CONNECTIONS, amount }))
  }
}

/**
 * @param {Array<{ name: string } & ReturnType<typeof startWorker>>} workers
 * @param {Array<{ name: string, requests: Request[] } & Server>} servers
 * @param {LoadGenerator} load
 * @param {{ slices: number, slice: number }} size
 * @returns {Promise<Record<string, Speed>>} by name
 */
async function compareSpeed (workers, servers, load, { slices, slice }) {
  /** @type {Array<[name: string, turn: () => Promise<Speed>]>} */
  const turns = [
    ...workers.map(({ name, ask }) => /** @type {[string, () => Promise<Speed>]} */ ([name, () => ask('work', slice)])),
    ...servers.map((server) => /** @type {[string, () => Promise<Speed>]} */ ([server.name, () => logInAt(server)]))
  ]
  /** @type {Map<string, Speed[]>} */
  const speeds = new Map(turns.map(([name]) => [name, []]))
  for (const [, turn] of turns) await turn()
  for (let slice = 0; slice < slices; slice++) {
    for (const [name, turn] of turned(turns, slice)) speeds.get(name)?.push(await turn())
  }
  return Object.fromEntries([...speeds].map(([name, all]) => [name, meanOf(all)]))

  /**
   * @param {Server & { requests: Request[] }} server
   * @returns {Promise<Speed>}
   */
  async function logInAt ({ address, usage, requests }) {
    const before = await usage()
    const run = await load.run({ address, requests, connections: CONNECTIONS, amount: slice })
    const after = await usage()
    return { perSecond: answersOf(run) / run.seconds, cpu: (cpuOf(after.cpu) - cpuOf(before.cpu)) / slice }
  }
}

/**
 * @param {Speed[]} speeds for as many logins each
 * @returns {Speed}
 */
function meanOf (speeds) {
  return { perSecond: speeds.length / sumOf(speeds.map(({ perSecond }) => 1 / perSecond)), cpu: sumOf(speeds.map(({ cpu }) => cpu)) / speeds.length }
}

/**
 * @param {number} count
 * @returns {Request[]} each of another user, from another address
 */
function loginsOf (count) {
  return Array.from({ length: count }, (_, index) => post('/auth/login', { email: `user${index % USERS}@example.com`, password: PASSWORD }, { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}` }))
}

/**
 * @param {Sample[]} samples
 * @param {Rival} rival
 * @param {Builds} builds
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples, rival, { environments }) {
  const storms = { full: samples.map(({ full }) => full), spared: samples.map(({ spared }) => spared) }
  const all = (/** @type {keyof typeof storms} */ which, /** @type {Exclude<keyof Storm, 'statuses'>} */ key) => storms[which].map((storm) => storm[key])
  const speeds = (/** @type {string} */ name, /** @type {keyof Speed} */ key) => samples.map((sample) => sample.speeds[name]?.[key] ?? NaN)
  const throughputOf = (/** @type {string} */ name, /** @type {string} */ reference) => ratioOf(speeds(name, 'perSecond'), speeds(reference, 'perSecond'))
  const row = (/** @type {string} */ title, /** @type {string} */ name, /** @type {string} */ reference) => [
    title, figure(spreadOf(speeds(name, 'perSecond'))), figure(spreadOf(speeds(name, 'cpu').map(milliseconds))),
    ...name === reference ? ['1', '1'] : [ratio(throughputOf(name, reference)), ratio(ratioOf(speeds(name, 'cpu'), speeds(reference, 'cpu')))]
  ]
  const latencyIn = (/** @type {keyof typeof storms} */ which) => ratioOf(all(which, 'stormP99'), all(which, 'idleP99'))
  const answered = (/** @type {string} */ status) => sumOf(storms.full.map(({ statuses }) => statuses[status] ?? 0))
  const others = sumOf(Object.values(storms).flat().flatMap(({ statuses }) => Object.entries(statuses).map(([status, count]) => ['200', '503'].includes(status) ? 0 : count)))
  const isBuilt = environments.native !== undefined
  /** @type {Array<[title: string, name: string]>} */
  const logins = [
    [`a route of ${versionOf('fastify')} with the same hash and the same two statements`, 'route'], ['logins', 'service'],
    ['logins, argon2 ready-made', 'service, ready-made'], ...rival === undefined ? [] : [([rival.title, 'rival'])]
  ]
  return {
    tables: [
      tableOf(['hashes alone', 'a second', 'CPU, ms each', 'throughput', 'CPU'], [
        ...Object.keys(environments).map((name) => row(`${versionOf('argon2')}, ${name}`, name, 'ready-made')),
        ...rival === undefined ? [] : [row(rivalVersionOf(NODE_RS), NODE_RS, 'ready-made')]
      ]),
      tableOf(['logins', 'a second', 'CPU, ms each', 'throughput', 'CPU'], logins.map(([title, name]) => row(title, name, 'route'))),
      ...(/** @type {const} */ (['full', 'spared'])).map((which) => tableOf([which === 'full' ? 'one core, and hashes on it' : `${cpus().length} cores, and hashes on all but one`, 'before', 'in the storm'], [
        ['p99 of GET /me, ms', figure(spreadOf(all(which, 'idleP99'))), `${figure(spreadOf(all(which, 'stormP99')))}: ${ratio(latencyIn(which))}`],
        ['the slowest GET /me, ms', '', figure(spreadOf(all(which, 'stormMost')))],
        ['logins a second', '', figure(spreadOf(all(which, 'stormPerSecond')))],
        ['resident memory of the service, MB', figure(spreadOf(all(which, 'idleBytes').map(megabytes))), `${figure(spreadOf(all(which, 'peakBytes').map(megabytes)))} at most`]
      ]))
    ],
    notes: [
      `Argon2id, ${ARGON2.memoryCost} KiB, ${ARGON2.timeCost} passes, on the one core: one hash at a time, but for better-auth, which leaves it to Node how many. Logins are with argon2 ${isBuilt ? 'built for this processor, those of better-auth too' : 'ready-made, for there is no compiler here'}. GET /me is asked 200 times a second, at an even pace; ${sumOf([...all('full', 'refused'), ...all('spared', 'refused')])} of them were refused.`,
      `Of the logins of the storm on one core ${answered('200').toLocaleString('en')} were good, ${answered('503').toLocaleString('en')} were told to come back (503), ${others.toLocaleString('en')} were answered otherwise. Who is told to come back in two seconds comes after two to four. A core is left free by UV_THREADPOOL_SIZE=${cpus().length}; the load and Postgres need a part of it here.`
    ],
    budgets: [
      { what: 'login throughput, against a bare route with the same hash and the same two statements', atLeast: THROUGHPUT_BUDGET, measured: throughputOf('service', 'route'), unit: '×' },
      ...isBuilt ? [{ what: 'logins a second with argon2 built for this processor, against its ready-made binary', atLeast: BUILD_BUDGET, measured: throughputOf('service', 'service, ready-made'), unit: '×' }] : [],
      { what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, measured: latencyIn('full'), unit: '×' }
    ],
    chart: { title: 'Logins a second', unit: '', bars: barsOf(logins.map(([title, name]) => ({ title: title.replace(/ of \S+ \S+ with/, ' with'), spread: spreadOf(speeds(name, 'perSecond')) }))), limit: { value: THROUGHPUT_BUDGET * spreadOf(speeds('route', 'perSecond')).median, label: `at least ${THROUGHPUT_BUDGET} ×` } }
  }
}

/** @param {number} microseconds */
function milliseconds (microseconds) {
  return microseconds / 1000
}
