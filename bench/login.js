// Logins: hashes a second by build of argon2, the cost of a login beside its hash, and the latency of other requests in a login storm.
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { argon2id, hash } from 'argon2'
import { makeBuilds } from './harness/argon2-builds.js'
import { totalCpu, rotate } from './harness/compare.js'
import { fill, startDatabases } from './harness/database.js'
import { countResponses, requestWith, startLoad } from './harness/load.js'
import { NODE_RS, present } from './harness/login-findings.js'
import { startServer, startWorker } from './harness/processes.js'
import { ARGON2, logIn, PASSWORD, post, serviceOn } from './harness/service.js'
import { sum } from './harness/statistics.js'
import { measureStorm } from './harness/storm.js'
import { createLoginCompetitor } from './competitors/login.js'

/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {import('./harness/load.js').LoadGenerator} LoadGenerator */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./competitors/login.js').Competitor} Competitor */

/** @typedef {import('./harness/login-findings.js').Sample} Sample */
/** @typedef {import('./harness/login-findings.js').Speed} Speed */

export const needsPostgres = true
export const title = 'Logins'
export const description = 'argon2 ready-made and as npm run build:argon2 builds it, and @node-rs/argon2, each alone on the same core; ' +
  'logins of the service, compared with a bare Fastify route with the same hash and the same two statements; and GET /me while 500 ' +
    'clients log in again and again and obey Retry-After, compared with GET /me when idle.'

const USERS = 500
const CLIENTS = 500
const CONNECTIONS = 8

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
    const competitor = await createLoginCompetitor(databases, { users: USERS, passwordHash, password: PASSWORD })
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      samples.push(await measureRound(url, competitor))
    }
    return present(samples, competitor, builds)
  } finally {
    await load.stop()
    await prober.stop()
    await databases.remove()
    builds.remove()
  }

  /**
   * @param {string} url
   * @param {Competitor} competitor
   * @returns {Promise<Sample>}
   */
  async function measureRound (url, competitor) {
    // The logins come from many addresses, and none of them is throttled.
    const settings = { LOGIN_RATE_PER_MINUTE: '10000', TRUST_PROXY: '127.0.0.1' }
    const readyMade = builds.environments['ready-made']
    const fastest = builds.environments.native ?? readyMade
    const workers = Object.entries(builds.environments).map(([name, environment]) => ({ name, ...startWorker('argon2', { environment }) }))
    workers.push({ name: NODE_RS, ...startWorker('argon2', { environment: { ...readyMade, HASHER: NODE_RS } }) })
    const servers = [
      {
        name: 'route',
        requests: createLogins(USERS),
        ...await startServer({
          entry: fileURLToPath(new URL('servers/login.js', import.meta.url)), environment: { ...fastest, DATABASE_URL: url }
        })
      },
      { name: 'service', requests: createLogins(USERS), ...await startServer(serviceOn(url, { ...settings, ...fastest })) },
      { name: 'service, ready-made', requests: createLogins(USERS), ...await startServer(serviceOn(url, { ...settings, ...readyMade })) },
      // With the same build of argon2.
      {
        name: 'competitor',
        requests: competitor.requests,
        ...await startServer({
          ...competitor.program, environment: { ...competitor.program.environment, ...fastest }
        })
      }
    ]
    try {
      for (const server of servers) {
        if (server.name === 'competitor') await competitor.warmUp(server, load, requests)
        else if (server.name !== 'route') await warmUp(server, load, requests)
      }
      const [, service] = servers
      if (service === undefined) throw new Error('there is no service')
      const speeds = await compareSpeed(workers, servers, load, quick ? { slices: 3, slice: 40 } : { slices: 3, slice: 160 })
      return {
        speeds,
        full: await measureStorm(service, load, prober, seconds, createLogins(CLIENTS)),
        spared: await measureWithSpareCore(url, { ...settings, ...fastest })
      }
    } finally {
      await Promise.all([...workers, ...servers].map((each) => each.stop()))
    }
  }

  /**
   * The service has every core, and hashes take all but one.
   *
   * @param {string} url
   * @param {Record<string, string>} settings
   */
  async function measureWithSpareCore (url, settings) {
    const service = await startServer({ ...serviceOn(url, { ...settings, UV_THREADPOOL_SIZE: String(cpus().length) }), core: undefined })
    try {
      await warmUp(service, load, requests)
      await load.run({ address: service.address, requests: createLogins(USERS), connections: CONNECTIONS, amount: USERS })
      return await measureStorm(service, load, prober, seconds, createLogins(CLIENTS))
    } finally {
      await service.stop()
    }
  }
}

/**
 * Warms up the code that logins share with other requests.
 *
 * @param {Server} server
 * @param {LoadGenerator} load
 * @param {number} amount
 */
async function warmUp ({ address }, load, amount) {
  const token = await logIn(address, 'user0@example.com')
  for (const path of ['/me', '/account/sessions']) {
    countResponses(await load.run({
      address, requests: Array.from({ length: CONNECTIONS }, () => requestWith(token, path)), connections: CONNECTIONS, amount
    }))
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
    for (const [name, turn] of rotate(turns, slice)) speeds.get(name)?.push(await turn())
  }
  return Object.fromEntries([...speeds].map(([name, all]) => [name, toMean(all)]))

  /**
   * @param {Server & { requests: Request[] }} server
   * @returns {Promise<Speed>}
   */
  async function logInAt ({ address, usage, requests }) {
    const before = await usage()
    const run = await load.run({ address, requests, connections: CONNECTIONS, amount: slice })
    const after = await usage()
    return { perSecond: countResponses(run) / run.seconds, cpu: (totalCpu(after.cpu) - totalCpu(before.cpu)) / slice }
  }
}

/**
 * @param {Speed[]} speeds for as many logins each
 * @returns {Speed}
 */
function toMean (speeds) {
  return {
    perSecond: speeds.length / sum(speeds.map(({ perSecond }) => 1 / perSecond)), cpu: sum(speeds.map(({ cpu }) => cpu)) / speeds.length
  }
}

/**
 * @param {number} count
 * @returns {Request[]} each of another user, from another address
 */
function createLogins (count) {
  return Array.from({ length: count }, (_, index) => post(
    '/auth/login',
    { email: `user${index % USERS}@example.com`, password: PASSWORD },
    { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}` }
  ))
}
