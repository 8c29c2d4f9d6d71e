// A login storm, and the latency of other requests meanwhile.
import { requestWith } from './load.js'
import { logIn } from './service.js'
import { quantile } from './statistics.js'

/**
 * @typedef {object} Storm
 * @property {number} idleP99 milliseconds
 * @property {number} stormP99 milliseconds
 * @property {number} stormMax milliseconds
 * @property {number} stormPerSecond successful logins
 * @property {number} refused responses to GET /me other than 200, during the storm
 * @property {number} idleBytes
 * @property {number} peakBytes
 * @property {Record<string, number>} statuses how many logins had each status
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
export async function measureStorm (server, load, prober, seconds, logins) {
  const { address } = server
  const probeOptions = {
    address, request: requestWith(await logIn(address, 'user0@example.com'), '/me'), perSecond: PROBES_PER_SECOND, seconds
  }
  await prober.probe({ ...probeOptions, seconds: 2 })
  const { residentBytes: idleBytes } = await server.usage()
  const idle = await prober.probe(probeOptions)
  const [duringStorm, { statuses }] = await Promise.all([
    prober.probe(probeOptions),
    load.storm({ address, requests: logins, seconds })
  ])
  const { peakResidentBytes } = await server.usage()
  return {
    idleBytes,
    idleP99: quantile(idle.times, 0.99),
    stormP99: quantile(duringStorm.times, 0.99),
    stormMax: quantile(duringStorm.times, 1),
    refused: duringStorm.failures,
    peakBytes: peakResidentBytes,
    stormPerSecond: (statuses[200] ?? 0) / seconds,
    statuses
  }
}
