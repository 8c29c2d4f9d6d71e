// The process that makes the load, one run at a time: autocannon where answers are all that counts, and what it cannot do besides.
import { Agent, request as ask } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { answerOnly } from './probe.js'

answerOnly(({ probing, storming, ...load }) => {
  if (probing !== undefined) return probe(probing)
  return storming === undefined ? run(load) : storm(storming)
})

/**
 * @param {import('./load.js').Load} load
 * @returns {Promise<import('./load.js').Run>}
 */
async function run ({ address, requests, connections, seconds, amount, perSecond }) {
  let clients = 0
  let first = 0
  let last = 0
  const before = process.cpuUsage()
  /** @type {(result: autocannon.Result) => void} */
  let finish = () => {}
  const done = new Promise((/** @type {typeof finish} */ resolve) => { finish = resolve })
  const instance = autocannon({
    url: address,
    connections,
    ...(seconds !== undefined && { duration: seconds }),
    ...(amount !== undefined && { amount }),
    ...(perSecond !== undefined && { overallRate: perSecond }),
    timeout: 60,
    // How often it looks whether it is done.
    sampleInt: 20,
    // No two connections share a request.
    setupClient (client) {
      const own = requests.filter((_, index) => index % connections === clients)
      client.setRequests(own)
      clients++
      first ||= performance.now()
    }
  }, (_error, result) => finish(result))
  instance.on('response', () => { last = performance.now() })
  const { statusCodeStats = {}, errors } = await done
  const { user, system } = process.cpuUsage(before)
  const statuses = Object.fromEntries(Object.entries(statusCodeStats).map(([status, { count = 0 }]) => [status, count]))
  const elapsed = (last - first) / 1000
  return { statuses, errors, seconds: elapsed, loadShare: (user + system) / 1e6 / elapsed }
}

/**
 * Asks at an even pace and takes the time of each answer; autocannon would send a second's worth of requests in one go.
 *
 * @param {import('./load.js').Probing} probing
 * @returns {Promise<import('./load.js').Probed>}
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
 * Every client asks again once it has been answered, and those that are told to come back do as they are told. Answers that come later are
 * not counted.
 *
 * @param {import('./load.js').Storming} storming
 * @returns {Promise<import('./load.js').Stormed>}
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
      // Not all at the same moment, as CONTRACT asks of clients.
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
      text(reply).then(() => resolve({ status: reply.statusCode ?? 0, retryAfterSeconds: Number(reply.headers['retry-after'] ?? 1) }), () => resolve(undefined))
    }).once('error', () => resolve(undefined)).end(body)
  })
}
