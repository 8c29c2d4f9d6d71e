// A storm of logins, and what becomes of everybody else in it.
import { requestWith } from './load.js'
import { logIn } from './service.js'
import { quantile } from './statistics.js'

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

const PROBES_PER_SECOND = 200

/**
 * @param {import('./processes.js').Server} server
 * @param {import('./load.js').LoadGenerator} load
 * @param {import('./load.js').LoadGenerator} prober
 * @param {number} seconds
 * @param {import('./load.js').Request[]} logins
 * @returns {Promise<Storm>}
 */
export async function stormOf (server, load, prober, seconds, logins) {
  const { address } = server
  const probing = { address, request: requestWith(await logIn(address, 'user0@example.com'), '/me'), perSecond: PROBES_PER_SECOND, seconds }
  await prober.probe({ ...probing, seconds: 2 })
  const { residentBytes: idleBytes } = await server.usage()
  const idle = await prober.probe(probing)
  const [stormy, { statuses }] = await Promise.all([
    prober.probe(probing),
    load.storm({ address, requests: logins, seconds })
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
