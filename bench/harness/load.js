// Starts the load generator, a process on a core of its own.
import { fileURLToPath } from 'node:url'
import { OTHER_CORE } from './machine.js'
import { startProcess } from './processes.js'

/** @typedef {{ method?: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: string }} Request */

/**
 * @typedef {object} Load
 * @property {string} address
 * @property {Request[]} requests distributed over the connections; each connection repeats its own
 * @property {number} connections
 * @property {number} [seconds] how long, or:
 * @property {number} [amount] how many requests
 * @property {number} [perSecond] at most; as many as possible unless given
 */

/** @typedef {{ address: string, request: Request, perSecond: number, seconds: number }} ProbeOptions */

/** @typedef {{ address: string, requests: Request[], seconds: number }} StormOptions each request is repeated by a client of its own */

/** @typedef {{ statuses: Record<string, number> }} StormResult how many responses had each status; 'none' counts missing ones */

/**
 * @typedef {object} ProbeResult milliseconds of each response; failures are missing responses, and those other than 200
 * @property {number[]} times
 * @property {number} failures
 */

/**
 * @typedef {object} LoadResult
 * @property {Record<string, number>} statuses how many responses had each status
 * @property {number} errors
 * @property {number} seconds from the first request to the last response
 * @property {number} loadShare of its core that the load generator used: near 1, it limited the throughput
 */

/** @typedef {ReturnType<typeof startLoad>} LoadGenerator */

export function startLoad () {
  const process = startProcess({ entry: fileURLToPath(new URL('./autocannon.js', import.meta.url)), core: OTHER_CORE })
  return {
    /**
     * @param {Load} load
     * @returns {Promise<LoadResult>}
     */
    run: (load) => process.ask('work', load),
    /**
     * @param {ProbeOptions} probeOptions
     * @returns {Promise<ProbeResult>}
     */
    probe: (probeOptions) => process.ask('work', { probeOptions }),
    /**
     * @param {StormOptions} stormOptions
     * @returns {Promise<StormResult>}
     */
    storm: (stormOptions) => process.ask('work', { stormOptions }),
    stop: process.stop
  }
}

/**
 * @param {LoadResult} result
 * @param {number} [status] that every answer must have
 * @returns {number} how many answers there were
 */
export function countResponses ({ statuses, errors }, status = 200) {
  const { [status]: good = 0, ...others } = statuses
  if (errors > 0 || Object.keys(others).length > 0) {
    throw new Error(`answers were not all ${status}: ${JSON.stringify(statuses)}, ` +
    `and ${errors} errors`)
  }
  return good
}

/**
 * @param {string} token
 * @returns {Request}
 */
export function requestWith (token, path = '/campaigns') {
  return { path, headers: { authorization: `Bearer ${token}` } }
}
