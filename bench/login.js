// Logins: against the password hash alone, and in a storm of them, what becomes of everybody else.
import { argon2id, hash } from 'argon2'
import { cpuOf } from './harness/compare.js'
import { fill, startDatabases } from './harness/database.js'
import { answersOf, requestWith, startLoad } from './harness/load.js'
import { versionOf } from './harness/machine.js'
import { barsOf, figure, megabytes, ratio, tableOf } from './harness/present.js'
import { startServer, startWorker } from './harness/processes.js'
import { ARGON2, logIn, PASSWORD, post, serviceOn } from './harness/service.js'
import { quantile, ratioOf, spreadOf, sumOf } from './harness/statistics.js'

/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */

/**
 * @typedef {object} Sample
 * @property {number} argon2PerSecond
 * @property {number} argon2Cpu microseconds
 * @property {number} perSecond logins of the service
 * @property {number} cpu microseconds
 * @property {number} idleP99 milliseconds
 * @property {number} stormP99 milliseconds
 * @property {number} refused GET /me that was not answered 200 in the storm
 * @property {number} idleBytes
 * @property {number} peakBytes
 * @property {Record<string, number>} statuses of the logins of the storm
 */

export const needsPostgres = true
export const title = 'Logins'
export const against = 'Logins of the service held against argon2 alone on the same core; and GET /me while 500 clients log in at once, each second anew, held against GET /me when nobody does.'

const USERS = 500
const STORM = { connections: 500, perSecond: 500 }
const PROBES_PER_SECOND = 200
const THROUGHPUT_BUDGET = 0.95

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  const databases = await startDatabases()
  const load = startLoad()
  const prober = startLoad()
  /** @type {Sample[]} */
  const samples = []
  try {
    const url = await databases.create('logins')
    await fill(url, { users: USERS, sessions: 0, passwordHash: await hash(PASSWORD, { type: argon2id, ...ARGON2 }) })
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      samples.push(await playRound(url))
    }
  } finally {
    await load.stop()
    await prober.stop()
    await databases.remove()
  }
  return present(samples)

  /**
   * @param {string} url
   * @returns {Promise<Sample>}
   */
  async function playRound (url) {
    const argon2 = startWorker('argon2')
    // The storm comes from many addresses, and from no more attempts at each account than are free.
    const server = await startServer(serviceOn(url, { LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1' }))
    try {
      const idleBytes = (await server.usage()).residentBytes
      const speed = await compareSpeed(argon2, server, load, quick ? { warmUp: 160, slices: 3, slice: 40 } : { warmUp: 640, slices: 5, slice: 160 })
      return { ...speed, idleBytes, ...await storm(server, load, prober, quick ? 4 : 15) }
    } finally {
      await argon2.stop()
      await server.stop()
    }
  }
}

/**
 * @param {ReturnType<typeof startWorker>} argon2
 * @param {Server} server
 * @param {LoadGenerator} load
 * @param {{ warmUp: number, slices: number, slice: number }} size
 */
async function compareSpeed (argon2, server, load, { warmUp, slices, slice }) {
  const requests = loginsOf(USERS)
  const alone = []
  const logins = []
  await argon2.ask('work', slice)
  answersOf(await load.run({ address: server.address, requests, connections: 8, amount: warmUp }))
  for (let turn = 0; turn < slices; turn++) {
    alone.push(await argon2.ask('work', slice))
    const before = await server.usage()
    const run = await load.run({ address: server.address, requests, connections: 8, amount: slice })
    const after = await server.usage()
    logins.push({ count: answersOf(run), seconds: run.seconds, cpu: cpuOf(after.cpu) - cpuOf(before.cpu) })
  }
  const count = sumOf(logins.map((each) => each.count))
  return {
    argon2PerSecond: slices / sumOf(alone.map(({ perSecond }) => 1 / perSecond)),
    argon2Cpu: sumOf(alone.map(({ cpu }) => cpu)) / slices,
    perSecond: count / sumOf(logins.map(({ seconds }) => seconds)),
    cpu: sumOf(logins.map(({ cpu }) => cpu)) / count
  }
}

/**
 * @param {Server} server
 * @param {LoadGenerator} load
 * @param {LoadGenerator} prober
 * @param {number} seconds
 */
async function storm (server, load, prober, seconds) {
  const { address } = server
  const probing = { address, request: requestWith(await logIn(address, 'user0@example.com'), '/me'), perSecond: PROBES_PER_SECOND, seconds }
  await prober.probe({ ...probing, seconds: 2 })
  const idle = await prober.probe(probing)
  const [stormy, { statuses }] = await Promise.all([
    prober.probe(probing),
    load.run({ address, requests: loginsOf(STORM.connections), ...STORM, seconds })
  ])
  const { peakResidentBytes } = await server.usage()
  return { idleP99: quantile(idle.times, 0.99), stormP99: quantile(stormy.times, 0.99), refused: stormy.failures, peakBytes: peakResidentBytes, statuses }
}

/**
 * @param {number} count
 * @returns {import('./harness/load.js').Request[]} each of another user, from another address
 */
function loginsOf (count) {
  return Array.from({ length: count }, (_, index) => post('/auth/login', { email: `user${index % USERS}@example.com`, password: PASSWORD }, { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}` }))
}

/**
 * @param {Sample[]} samples
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples) {
  const all = (/** @type {Exclude<keyof Sample, 'statuses'>} */ key) => samples.map((sample) => sample[key])
  const throughput = ratioOf(all('perSecond'), all('argon2PerSecond'))
  const latency = ratioOf(all('stormP99'), all('idleP99'))
  const answered = (/** @type {number} */ status) => sumOf(samples.map(({ statuses }) => statuses[status] ?? 0))
  const others = sumOf(samples.flatMap(({ statuses }) => Object.entries(statuses).map(([status, count]) => ['200', '503'].includes(status) ? 0 : count)))
  return {
    tables: [
      tableOf(['', 'a second', 'CPU, ms each', 'throughput', 'CPU'], [
        [`${versionOf('argon2')} alone`, figure(spreadOf(all('argon2PerSecond'))), figure(spreadOf(all('argon2Cpu').map(milliseconds))), '1', '1'],
        ['logins', figure(spreadOf(all('perSecond'))), figure(spreadOf(all('cpu').map(milliseconds))), ratio(throughput), ratio(ratioOf(all('cpu'), all('argon2Cpu')))]
      ]),
      tableOf(['', 'idle', 'in the storm'], [
        ['p99 of GET /me, ms', figure(spreadOf(all('idleP99'))), `${figure(spreadOf(all('stormP99')))}: ${ratio(latency)}`],
        ['resident memory of the service, MB', figure(spreadOf(all('idleBytes').map(megabytes))), `${figure(spreadOf(all('peakBytes').map(megabytes)))} at most`]
      ])
    ],
    notes: [
      `Argon2id, ${ARGON2.memoryCost} KiB, ${ARGON2.timeCost} passes. GET /me is asked ${PROBES_PER_SECOND} times a second, at an even pace; ${sumOf(all('refused'))} of them were refused.`,
      `Of the logins of the storm ${answered(200).toLocaleString('en')} were good, ${answered(503).toLocaleString('en')} were told to come back (503), ${others.toLocaleString('en')} were answered otherwise.`
    ],
    budgets: [
      { what: 'login throughput, against argon2 alone on the same core', atLeast: THROUGHPUT_BUDGET, measured: throughput, unit: '×' },
      { what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, measured: latency, unit: '×' }
    ],
    chart: { title: 'Logins a second', unit: '', bars: barsOf([{ title: 'argon2 alone', spread: spreadOf(all('argon2PerSecond')) }, { title: 'logins of the service', spread: spreadOf(all('perSecond')) }]), limit: { value: THROUGHPUT_BUDGET * spreadOf(all('argon2PerSecond')).median, label: `at least ${THROUGHPUT_BUDGET} ×` } }
  }
}

/** @param {number} microseconds */
function milliseconds (microseconds) {
  return microseconds / 1000
}
