// Logins: against the password hash alone, and in a storm of them, what becomes of everybody else.
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { argon2id, hash } from 'argon2'
import { cpuOf, turned } from './harness/compare.js'
import { fill, startDatabases } from './harness/database.js'
import { answersOf, requestWith, startLoad } from './harness/load.js'
import { versionOf } from './harness/machine.js'
import { barsOf, figure, megabytes, ratio, tableOf } from './harness/present.js'
import { startServer, startWorker } from './harness/processes.js'
import { ARGON2, logIn, PASSWORD, post, serviceOn } from './harness/service.js'
import { quantile, ratioOf, spreadOf, sumOf } from './harness/statistics.js'
import { loginRival } from './rivals/login.js'

/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./rivals/login.js').Rival} Rival */

/** @typedef {{ perSecond: number, cpu: number }} Speed logins, and microseconds of the server's CPU for each */

/**
 * @typedef {object} Sample
 * @property {Speed} argon2
 * @property {Speed} route
 * @property {Speed} service
 * @property {Speed} betterAuth
 * @property {Storm} full where hashes take every core that the service has
 * @property {Storm} spared where they leave it one
 */

/**
 * @typedef {object} Storm
 * @property {number} idleP99 milliseconds
 * @property {number} stormP99 milliseconds
 * @property {number} stormMost milliseconds
 * @property {number} stormPerSecond logins that were good
 * @property {number} refused GET /me that was not answered 200 in the storm
 * @property {number} idleBytes
 * @property {number} peakBytes
 * @property {Record<string, number>} statuses of the logins of the storm
 */

export const needsPostgres = true
export const title = 'Logins'
export const against = 'Logins of the service, and a bare Fastify route that verifies a password and does nothing else, held against argon2 alone on the same core; and GET /me while 500 clients log in again and again, and come back as they are told, held against GET /me when nobody does.'

const USERS = 500
const CLIENTS = 500
const CONNECTIONS = 8
const PROBES_PER_SECOND = 200
const THROUGHPUT_BUDGET = 0.95

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  const { requests, seconds } = quick ? { requests: 2_000, seconds: 5 } : { requests: 20_000, seconds: 20 }
  const databases = await startDatabases()
  const load = startLoad()
  const prober = startLoad()
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
    return present(samples, rival)
  } finally {
    await load.stop()
    await prober.stop()
    await databases.remove()
  }

  /**
   * @param {string} url
   * @param {Rival} rival
   * @returns {Promise<Sample>}
   */
  async function playRound (url, rival) {
    const argon2 = startWorker('argon2')
    const route = await startServer({ entry: fileURLToPath(new URL('servers/password.js', import.meta.url)) })
    // The logins come from many addresses, and from no more attempts at each account than are free.
    const settings = { LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1' }
    const service = await startServer(serviceOn(url, settings))
    const betterAuth = rival && { ...rival, ...await startServer(rival.program) }
    try {
      await warmUp(service, load, requests)
      await betterAuth?.warmUp(betterAuth, load, requests)
      const speeds = await compareSpeed({ argon2, route, service, betterAuth }, load, quick ? { slices: 3, slice: 40 } : { slices: 3, slice: 160 })
      return { ...speeds, full: await storm(service, load, prober, seconds), spared: await sparingOne(url, settings) }
    } finally {
      await Promise.all([argon2, route, service, betterAuth].map((each) => each?.stop()))
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
      return await storm(service, load, prober, seconds)
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
 * @param {{ argon2: ReturnType<typeof startWorker>, route: Server, service: Server, betterAuth: Server & { requests: Request[] } | undefined }} candidates
 * @param {LoadGenerator} load
 * @param {{ slices: number, slice: number }} size
 * @returns {Promise<Omit<Sample, 'full' | 'spared'>>}
 */
async function compareSpeed ({ argon2, route, service, betterAuth }, load, { slices, slice }) {
  const turns = {
    argon2: () => argon2.ask('work', slice),
    route: () => logInAt(route),
    service: () => logInAt(service),
    betterAuth: async () => betterAuth === undefined ? { perSecond: NaN, cpu: NaN } : logInAt(betterAuth, betterAuth.requests)
  }
  const names = /** @type {Array<keyof typeof turns>} */ (Object.keys(turns))
  /** @type {Record<keyof typeof turns, Speed[]>} */
  const speeds = { argon2: [], route: [], service: [], betterAuth: [] }
  for (const name of names) await turns[name]()
  for (let turn = 0; turn < slices; turn++) {
    for (const name of turned(names, turn)) speeds[name].push(await turns[name]())
  }
  return { argon2: meanOf(speeds.argon2), route: meanOf(speeds.route), service: meanOf(speeds.service), betterAuth: meanOf(speeds.betterAuth) }

  /**
   * @param {Server} server
   * @param {Request[]} [requests]
   * @returns {Promise<Speed>}
   */
  async function logInAt ({ address, usage }, requests = loginsOf(USERS)) {
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
 * @param {Server} server
 * @param {LoadGenerator} load
 * @param {LoadGenerator} prober
 * @param {number} seconds
 * @returns {Promise<Storm>}
 */
async function storm (server, load, prober, seconds) {
  const { address } = server
  const probing = { address, request: requestWith(await logIn(address, 'user0@example.com'), '/me'), perSecond: PROBES_PER_SECOND, seconds }
  await prober.probe({ ...probing, seconds: 2 })
  const { residentBytes: idleBytes } = await server.usage()
  const idle = await prober.probe(probing)
  const [stormy, { statuses }] = await Promise.all([
    prober.probe(probing),
    load.storm({ address, requests: loginsOf(CLIENTS), seconds })
  ])
  const { peakResidentBytes } = await server.usage()
  return {
    idleBytes,
    idleP99: quantile(idle.times, 0.99),
    stormP99: quantile(stormy.times, 0.99),
    stormMost: quantile(stormy.times, 1),
    refused: stormy.failures,
    peakBytes: peakResidentBytes,
    stormPerSecond: (statuses[200] ?? 0) / seconds,
    statuses
  }
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
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples, rival) {
  const storms = { full: samples.map(({ full }) => full), spared: samples.map(({ spared }) => spared) }
  const all = (/** @type {keyof typeof storms} */ which, /** @type {'idleP99' | 'stormP99' | 'stormMost' | 'refused' | 'idleBytes' | 'peakBytes' | 'stormPerSecond'} */ key) => storms[which].map((storm) => storm[key])
  const speeds = (/** @type {'argon2' | 'route' | 'service' | 'betterAuth'} */ name, /** @type {keyof Speed} */ key) => samples.map((sample) => sample[name][key])
  const throughputOf = (/** @type {'route' | 'service' | 'betterAuth'} */ name) => ratioOf(speeds(name, 'perSecond'), speeds('argon2', 'perSecond'))
  const row = (/** @type {string} */ title, /** @type {'route' | 'service' | 'betterAuth'} */ name) => [
    title, figure(spreadOf(speeds(name, 'perSecond'))), figure(spreadOf(speeds(name, 'cpu').map(milliseconds))), ratio(throughputOf(name)), ratio(ratioOf(speeds(name, 'cpu'), speeds('argon2', 'cpu')))
  ]
  const latencyIn = (/** @type {keyof typeof storms} */ which) => ratioOf(all(which, 'stormP99'), all(which, 'idleP99'))
  const answered = (/** @type {string} */ status) => sumOf(storms.full.map(({ statuses }) => statuses[status] ?? 0))
  const others = sumOf(Object.values(storms).flat().flatMap(({ statuses }) => Object.entries(statuses).map(([status, count]) => ['200', '503'].includes(status) ? 0 : count)))
  /** @type {Array<[title: string, name: 'argon2' | 'route' | 'service' | 'betterAuth']>} */
  const bars = [['argon2 alone', 'argon2'], ['a route that verifies a password', 'route'], ['logins of the service', 'service']]
  if (rival !== undefined) bars.push([rival.title, 'betterAuth'])
  return {
    tables: [
      tableOf(['', 'a second', 'CPU, ms each', 'throughput', 'CPU'], [
        [`${versionOf('argon2')} alone`, figure(spreadOf(speeds('argon2', 'perSecond'))), figure(spreadOf(speeds('argon2', 'cpu').map(milliseconds))), '1', '1'],
        row(`a route of ${versionOf('fastify')} that verifies a password`, 'route'),
        row('logins', 'service'),
        ...rival === undefined ? [] : [row(rival.title, 'betterAuth')]
      ]),
      ...(/** @type {const} */ (['full', 'spared'])).map((which) => tableOf([which === 'full' ? 'one core, and hashes on it' : `${cpus().length} cores, and hashes on all but one`, 'before', 'in the storm'], [
        ['p99 of GET /me, ms', figure(spreadOf(all(which, 'idleP99'))), `${figure(spreadOf(all(which, 'stormP99')))}: ${ratio(latencyIn(which))}`],
        ['the slowest GET /me, ms', '', figure(spreadOf(all(which, 'stormMost')))],
        ['logins a second', '', figure(spreadOf(all(which, 'stormPerSecond')))],
        ['resident memory of the service, MB', figure(spreadOf(all(which, 'idleBytes').map(megabytes))), `${figure(spreadOf(all(which, 'peakBytes').map(megabytes)))} at most`]
      ]))
    ],
    notes: [
      `Argon2id, ${ARGON2.memoryCost} KiB, ${ARGON2.timeCost} passes, on the one core: one hash at a time, but for better-auth, which leaves it to Node how many. GET /me is asked ${PROBES_PER_SECOND} times a second, at an even pace; ${sumOf([...all('full', 'refused'), ...all('spared', 'refused')])} of them were refused.`,
      `Of the logins of the storm on one core ${answered('200').toLocaleString('en')} were good, ${answered('503').toLocaleString('en')} were told to come back (503), ${others.toLocaleString('en')} were answered otherwise. Who is told to come back in two seconds comes after two to four. A core is left free by UV_THREADPOOL_SIZE=${cpus().length}; the load and Postgres need a part of it here.`
    ],
    budgets: [
      { what: 'login throughput, against argon2 alone on the same core', atLeast: THROUGHPUT_BUDGET, measured: throughputOf('service'), unit: '×' },
      { what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, measured: latencyIn('full'), unit: '×' }
    ],
    chart: { title: 'Logins a second', unit: '', bars: barsOf(bars.map(([title, name]) => ({ title, spread: spreadOf(speeds(name, 'perSecond')) }))), limit: { value: THROUGHPUT_BUDGET * spreadOf(speeds('argon2', 'perSecond')).median, label: `at least ${THROUGHPUT_BUDGET} ×` } }
  }
}

/** @param {number} microseconds */
function milliseconds (microseconds) {
  return microseconds / 1000
}
