// The load generator: autocannon for throughput, and own code for steady probes and for clients that obey Retry-After.
import { Agent, request as ask } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { load as loadPackage } from '../competitors/installed.js'
import { handleWork } from './probe.js'

/** @typedef {{ statusCodeStats?: Record<string, { count?: number }>, errors: number }} Result of autocannon */

const { default: autocannon } = await loadPackage('autocannon')

handleWork(({ probeOptions, stormOptions, ...load }) => {
  if (probeOptions !== undefined) return probe(probeOptions)
  return stormOptions === undefined ? run(load) : storm(stormOptions)
})

/**
 * @param {import('./load.js').Load} load
 * @returns {Promise<import('./load.js').LoadResult>}
 */
async function run ({ address, requests, connections, seconds, amount, perSecond }) {
  let clients = 0
  let first = 0
  let last = 0
  const before = process.cpuUsage()
  /** @type {(result: Result) => void} */
  let finish = () => {}
  const done = new Promise((/** @type {typeof finish} */ resolve) => { finish = resolve })
  const instance = autocannon({
    url: address,
    connections,
    ...(seconds !== undefined && { duration: seconds }),
    ...(amount !== undefined && { amount }),
    ...(perSecond !== undefined && { overallRate: perSecond }),
    timeout: 60,
    // How often it checks whether it is done, in milliseconds.
    sampleInt: 20,
    // Each connection has requests of its own.
    setupClient (/** @type {{ setRequests (requests: import('./load.js').Request[]): void }} */ client) {
      const own = requests.filter((_, index) => index % connections === clients)
      client.setRequests(own)
      clients++
      first ||= performance.now()
    }
  }, (/** @type {unknown} */ _error, /** @type {Result} */ result) => finish(result))
  instance.on('response', () => { last = performance.now() })
  const { statusCodeStats = {}, errors } = await done
  const { user, system } = process.cpuUsage(before)
  const statuses = Object.fromEntries(Object.entries(statusCodeStats).map(([status, { count = 0 }]) => [status, count]))
  const elapsed = (last - first) / 1000
  return { statuses, errors, seconds: elapsed, loadShare: (user + system) / 1e6 / elapsed }
}

/**
 * Sends requests at an even pace, and measures the latency of each; autocannon would send those of a second in one burst.
 *
 * @param {import('./load.js').ProbeOptions} probeOptions
 * @returns {Promise<import('./load.js').ProbeResult>}
 */
async function probe ({ address, request, perSecond, seconds }) {
  const agent = new Agent({ keepAlive: true })
  const startedAt = performance.now()
  /** @type {Array<Promise<number | undefined>>} */
  const answers = []
  for (let turn = 0; turn < perSecond * seconds; turn++) {
    const wait = startedAt + turn * 1000 / perSecond - performance.now()
    if (wait > 0) await sleep(wait)
    answers.push(timed())
  }
  const settled = await Promise.all(answers)
  agent.destroy()
  const times = settled.filter((time) => time !== undefined)
  return { times, failures: settled.length - times.length }

  /** @returns {Promise<number | undefined>} nothing for any answer but 200 */
  async function timed () {
    const askedAt = performance.now()
    const answer = await send(address, request, agent)
    return answer?.status === 200 ? performance.now() - askedAt : undefined
  }
}

/**
 * Every client repeats its request after each response, and obeys Retry-After. Responses after the end are not counted.
 *
 * @param {import('./load.js').StormOptions} stormOptions
 * @returns {Promise<import('./load.js').StormResult>}
 */
async function storm ({ address, requests, seconds }) {
  const agent = new Agent({ keepAlive: true })
  const end = performance.now() + seconds * 1000
  /** @type {Record<string, number>} */
  const statuses = {}
  await Promise.all(requests.map(async (request) => {
    while (performance.now() < end) {
      const answer = await send(address, request, agent)
      if (performance.now() > end) return
      const status = answer?.status ?? 'none'
      statuses[status] = (statuses[status] ?? 0) + 1
      // Jitter, so that clients do not come back together.
      if (status !== 200) await sleep(((answer?.retryAfterSeconds ?? 1) * 1000) * (1 + Math.random()))
    }
  }))
  agent.destroy()
  return { statuses }
}

/**
 * @param {string} address
 * @param {import('./load.js').Request} request
 * @param {Agent} agent
 * @returns {Promise<{ status: number, retryAfterSeconds: number } | undefined>} undefined where there was no answer
 */
function send (address, { method = 'GET', path, headers, body }, agent) {
  return new Promise((resolve) => {
    ask(`${address}${path}`, { agent, method, headers }, (reply) => {
      text(reply).then(
        () => resolve({ status: reply.statusCode ?? 0, retryAfterSeconds: Number(reply.headers['retry-after'] ?? 1) }),
        () => resolve(undefined)
      )
    }).once('error', () => resolve(undefined)).end(body)
  })
}
