// The load generator, in a process and on a core of its own.
import { fileURLToPath } from 'node:url'
import { OTHER_CORE } from './machine.js'
import { startProcess } from './processes.js'

/** @typedef {{ method?: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: string }} Request */

/**
 * @typedef {object} Load
 * @property {string} address
 * @property {Request[]} requests dealt out to the connections; each sends its own over and over
 * @property {number} connections
 * @property {number} [seconds] how long, or:
 * @property {number} [amount] how many requests
 * @property {number} [perSecond] no more than that, sent at the beginning of each second; as many as get answered unless given
 */

/** @typedef {{ address: string, request: Request, perSecond: number, seconds: number }} Probing */

/** @typedef {{ address: string, requests: Request[], seconds: number }} Storming each request by a client of its own */

/** @typedef {{ statuses: Record<string, number> }} Stormed how often each was answered, by 'none' where nobody did */

/** @typedef {{ times: number[], failures: number }} Probed milliseconds of each answer; answers that were none, or not 200 */

/**
 * @typedef {object} Run
 * @property {Record<string, number>} statuses how often each was answered
 * @property {number} errors
 * @property {number} seconds from the first request to the last answer
 * @property {number} loadShare of its core that the load generator used: near 1, it was what limited the throughput
 */

/** @typedef {ReturnType<typeof startLoad>} LoadGenerator */

export function startLoad () {
  const process = startProcess({ entry: fileURLToPath(new URL('./autocannon.js', import.meta.url)), core: OTHER_CORE })
  return {
    /**
     * @param {Load} load
     * @returns {Promise<Run>}
     */
    run: (load) => process.ask('work', load),
    /**
     * @param {Probing} probing
     * @returns {Promise<Probed>}
     */
    probe: (probing) => process.ask('work', { probing }),
    /**
     * @param {Storming} storming
     * @returns {Promise<Stormed>}
     */
    storm: (storming) => process.ask('work', { storming }),
    stop: process.stop
  }
}

/**
 * @param {Run} run
 * @param {number} [status] that every answer must have
 * @returns {number} how many answers there were
 */
export function answersOf ({ statuses, errors }, status = 200) {
  const { [status]: good = 0, ...others } = statuses
  if (errors > 0 || Object.keys(others).length > 0) throw new Error(`answers were not all ${status}: ${JSON.stringify(statuses)}, and ${errors} errors`)
  return good
}

/**
 * @param {string} token
 * @returns {Request}
 */
export function requestWith (token, path = '/campaigns') {
  return { path, headers: { authorization: `Bearer ${token}` } }
}
