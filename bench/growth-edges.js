// The delay of a revocation with 1 to 200 edges, its cost for the instance that serves the feed, and the memory of each connection.
import { randomBytes } from 'node:crypto'
import { argon2id, hash } from 'argon2'
import { totalCpu, rotate } from './harness/compare.js'
import { fill, query, startDatabases } from './harness/database.js'
import { OTHER_CORE } from './harness/machine.js'
import { figure, rounded, toTable } from './harness/present.js'
import { startServer, startWorker } from './harness/processes.js'
import { logIn, PASSWORD, serviceOn } from './harness/service.js'
import { quantile, toSpread, sum } from './harness/statistics.js'

/** @typedef {{ token: string, sid: string }} Session */
/**
 * @typedef {object} Sample delays in milliseconds
 * @property {number} median
 * @property {number} p99
 * @property {number} slowest
 * @property {number} slowestP99
 * @property {number} cpu of the instance for a revocation, in microseconds
 * @property {number} edgesCpu of all edges together, likewise
 * @property {number} bytes on the heap of the instance for an edge
 */
/** @typedef {ReturnType<typeof startWorker>} Worker */

export const needsPostgres = true
export const title = 'Growth: revocation and edges'
export const description = 'From the response that confirms the end of a session until an edge rejects its token, with 1 to 200 edges ' +
  'connected to the feed of one instance: at all of them, and at the last one.'

const ROUNDS = 3
const SIZES = [1, 10, 50, 200]
const PROCESSES = 2
const ADMIN = 'user0@example.com'
const CHEAP = { ARGON2_MEMORY: '1024', ARGON2_TIME: '2', LOGIN_RATE_PER_MINUTE: '10000', SESSIONS_PER_USER: '10000' }
const GC_PROBE = new URL('./harness/gc-probe.js', import.meta.url).href

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ quick }) {
  const counts = quick ? { warmUp: 20, sessions: 30 } : { warmUp: 200, sessions: 120 }
  const databases = await startDatabases()
  /** @type {Map<number, Sample[]>} */
  const samples = new Map()
  try {
    const passwordHash = await hash(PASSWORD, { type: argon2id, memoryCost: 1024, timeCost: 2, parallelism: 1 })
    for (let round = 0; round < ROUNDS; round++) {
      console.error(`  round ${round + 1} of ${ROUNDS}`)
      for (const edges of rotate(SIZES, round)) {
        const url = await databases.create(`edges_${edges}_${round}`)
        await fill(url, { users: 2, sessions: 0, passwordHash })
        await query(url, "update users set role = 'admin' where normalized_email = $1", [ADMIN])
        samples.set(edges, [...samples.get(edges) ?? [], await measureWithEdges(edges, url, counts)])
      }
    }
  } finally {
    await databases.remove()
  }
  return present(samples, counts.sessions)
}

/**
 * @param {number} edges
 * @param {string} url
 * @param {{ warmUp: number, sessions: number }} counts
 * @returns {Promise<Sample>}
 */
async function measureWithEdges (edges, url, counts) {
  const feedToken = randomBytes(32).toString('base64url')
  const service = await startServer({
    ...serviceOn(url, { ...CHEAP, FEED_TOKEN: feedToken, ISSUER: '' }), flags: ['--expose-gc', '--import', GC_PROBE]
  })
  const issuer = `http://localhost:${new URL(service.address).port}`
  const workers = Array.from({ length: Math.min(PROCESSES, edges) }, () => startWorker('edges', { core: OTHER_CORE }))
  try {
    const admin = await logIn(service.address, ADMIN)
    /** @type {Session[]} */
    const sessions = []
    for (let turn = 0; turn < counts.warmUp + counts.sessions; turn++) {
      sessions.push(toSession(await logIn(
        service.address, 'user1@example.com'
      )))
    }
    const alone = await service.ask('settled')
    await Promise.all(workers.map((worker, index) => worker.ask('open', {
      count: Math.ceil((edges - index) / workers.length), issuer, feedToken
    })))
    const bytes = (await service.ask('settled') - alone) / edges
    await Promise.all(workers.map((worker) => worker.ask('accept', sessions.map(({ token }) => token))))

    for (const session of sessions.slice(0, counts.warmUp)) await measureDelays(session, service.address, admin, workers)
    const before = { cpu: totalCpu((await service.usage()).cpu), edges: await readCpu(workers) }
    const delays = []
    for (const session of sessions.slice(counts.warmUp)) delays.push(await measureDelays(session, service.address, admin, workers))
    const after = { cpu: totalCpu((await service.usage()).cpu), edges: await readCpu(workers) }
    const last = delays.map((each) => Math.max(...each))
    return {
      median: quantile(delays.flat(), 0.5),
      p99: quantile(delays.flat(), 0.99),
      slowest: quantile(last, 0.5),
      slowestP99: quantile(last, 0.99),
      cpu: (after.cpu - before.cpu) / counts.sessions,
      edgesCpu: (after.edges - before.edges) / counts.sessions,
      bytes
    }
  } finally {
    for (const process of [...workers, service]) await process.stop()
  }
}

/**
 * @param {Session} session
 * @param {string} address
 * @param {string} admin
 * @param {Worker[]} workers
 * @returns {Promise<number[]>} milliseconds, for each edge; none where it knew before the answer came
 */
async function measureDelays ({ token, sid }, address, admin, workers) {
  const reply = await fetch(`${address}/admin/sessions/${sid}`, { method: 'DELETE', headers: { authorization: `Bearer ${admin}` } })
  const respondedAt = Number(process.hrtime.bigint()) / 1e6
  if (reply.status !== 204) throw new Error(`it was not revoked: ${reply.status}`)
  /** @type {number[][]} */
  const waitUntilRejected = await Promise.all(workers.map((worker) => worker.ask('work', { token, sid })))
  return waitUntilRejected.flat().map((moment) => Math.max(0, moment - respondedAt))
}

/** @param {Worker[]} workers */
async function readCpu (workers) {
  return sum(await Promise.all(workers.map((worker) => worker.ask('used'))))
}

/**
 * @param {string} token
 * @returns {Session}
 */
function toSession (token) {
  return { token, sid: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid }
}

/**
 * @param {Map<number, Sample[]>} samples
 * @param {number} sessions
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples, sessions) {
  const of = (/** @type {number} */ edges, /** @type {keyof Sample} */ key) =>
    toSpread((samples.get(edges) ?? []).map((sample) => sample[key]))
  const points = (/** @type {keyof Sample} */ key) => SIZES.map((edges) => ({ edges, spread: of(edges, key) }))
    .map(({ edges, spread: { min, median, max } }) => ({ x: edges, value: median, min, max }))
  const [least = 0, most = 0] = [SIZES[0], SIZES.at(-1)]
  const more = (/** @type {'cpu' | 'edgesCpu'} */ key) => (of(most, key).median - of(least, key).median) / (most - least)
  return {
    tables: [
      toTable([
        'milliseconds to the refusal', 'all edges, median', 'all edges, p99', 'the last edge, median', 'the last edge, p99'
      ], SIZES.map((edges) => [
        edges === 1 ? '1 edge' : `${edges} edges`, figure(of(
          edges, 'median'
        )), figure(of(edges, 'p99')), figure(of(edges, 'slowest')), figure(of(edges, 'slowestP99'))
      ])),
      toTable(['for a revocation', 'CPU of the instance, µs', 'CPU of all edges, µs'], SIZES.map((edges) => [
        edges === 1 ? '1 edge' : `${edges} edges`, figure(of(edges, 'cpu')), figure(of(edges, 'edgesCpu'))
      ])),
      toTable([`of each edge, ${most} of them`, ''], [
        ['bytes on the heap of the instance', figure(of(most, 'bytes'))],
        ['CPU of the instance for a revocation, µs', rounded(more('cpu'))],
        ['CPU of the edge for a revocation, µs', rounded(more('edgesCpu'))]
      ])
    ],
    notes: [
      `${sessions} sessions a round, ended one after the other; an edge that rejects the token before the response has arrived counts as ` +
        `0. The edges live in ${PROCESSES} processes on one core, together with Postgres and the client.`,
      'The last edge waits because the instance writes to one edge after the other, with a system call for each (most of its CPU for one ' +
        `more edge, as a profile shows): ${rounded(more('cpu') * most / 1000)} ms for ${most}. Then the edges read, here all on one ` +
          `core: ${rounded(more('edgesCpu') * most / 1000)} ms; on machines of their own they would not wait.`
    ],
    budgets: [],
    chart: {
      title: 'From the answer to the refusal',
      unit: 'ms',
      across: 'edges',
      lines: [
        { label: 'all edges, median', points: points('median') },
        { label: 'all edges, p99', points: points('p99') },
        { label: 'the last edge, median', points: points('slowest') }
      ]
    }
  }
}
