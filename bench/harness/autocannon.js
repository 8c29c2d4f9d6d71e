// The process that makes the load: autocannon, one run at a time.
import autocannon from 'autocannon'
import { answerOnly } from './probe.js'

answerOnly(({ probing, ...load }) => probing === undefined ? run(load) : probe(probing))

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
async function probe ({ address, request: { path, headers }, perSecond, seconds }) {
  const { Agent, get } = await import('node:http')
  const agent = new Agent({ keepAlive: true })
  const startedAt = performance.now()
  /** @type {Array<Promise<number | undefined>>} */
  const answers = []
  for (let turn = 0; turn < perSecond * seconds; turn++) {
    const wait = startedAt + turn * 1000 / perSecond - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    answers.push(ask())
  }
  const settled = await Promise.all(answers)
  agent.destroy()
  const times = settled.filter((time) => time !== undefined)
  return { times, failures: settled.length - times.length }

  /** @returns {Promise<number | undefined>} nothing for any answer but 200 */
  function ask () {
    return new Promise((resolve) => {
      const askedAt = performance.now()
      get(`${address}${path}`, { agent, headers }, (reply) => {
        reply.resume().once('end', () => resolve(reply.statusCode === 200 ? performance.now() - askedAt : undefined))
      }).once('error', () => resolve(undefined))
    })
  }
}
