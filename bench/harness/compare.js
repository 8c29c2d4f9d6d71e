// Several servers under the same load, in turns: what disturbs one disturbs its neighbours too.
import { answersOf, startLoad } from './load.js'
import { startServer } from './processes.js'
import { sumOf } from './statistics.js'

/** @typedef {import('./processes.js').Server} Server */

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {string} title with the version where it is somebody else's
 * @property {import('./processes.js').Program} program
 * @property {import('./load.js').Request[]} requests
 * @property {() => Promise<number>} [databaseCpu] microseconds that the database it asks has used so far
 * @property {(server: Server) => Promise<void>} [check] throws where it did not do what it was to do
 */

/**
 * @typedef {object} Sample what one process did
 * @property {number} cpu microseconds of the server for a request
 * @property {number} databaseCpu microseconds of the database for a request
 * @property {number} perSecond requests
 * @property {number} loadShare see `Run`
 * @property {number} residentBytes
 */

/**
 * @param {object} options
 * @param {Candidate[]} options.candidates
 * @param {import('./plan.js').Plan} options.plan
 * @param {number} [options.connections]
 * @returns {Promise<Map<string, Sample[]>>} by the name of the candidate, one sample for each round
 */
export async function compareServers ({ candidates, plan: { rounds, warmUp, slices, slice }, connections = 10 }) {
  const samples = new Map(candidates.map(({ name }) => [name, /** @type {Sample[]} */ ([])]))
  const load = startLoad()
  try {
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      for (const [name, sample] of await playRound(candidates)) samples.get(name)?.push(sample)
    }
  } finally {
    await load.stop()
  }
  return samples

  /** @param {Candidate[]} candidates */
  async function playRound (candidates) {
    /** @type {Array<{ candidate: Candidate, server: Server, parts: Part[] }>} */
    const players = []
    try {
      for (const candidate of candidates) players.push({ candidate, server: await startServer(candidate.program), parts: [] })
      for (const { candidate: { requests }, server: { address } } of players) {
        answersOf(await load.run({ address, requests, connections, amount: warmUp }))
      }
      for (let turn = 0; turn < slices; turn++) {
        for (const player of turned(players, turn)) player.parts.push(await measure(player.candidate, player.server))
      }
      for (const { candidate, server } of players) await candidate.check?.(server)
      return players.map(({ candidate: { name }, parts }) => /** @type {const} */ ([name, joined(parts)]))
    } finally {
      await Promise.all(players.map(({ server }) => server.stop()))
    }
  }

  /**
   * @param {Candidate} candidate
   * @param {Server} server
   */
  async function measure ({ requests, databaseCpu = async () => 0 }, { address, usage }) {
    const before = { ...await usage(), databaseCpu: await databaseCpu() }
    const run = await load.run({ address, requests, connections, amount: slice })
    const after = { ...await usage(), databaseCpu: await databaseCpu() }
    return { requests: answersOf(run), seconds: run.seconds, loadShare: run.loadShare, cpu: cpuOf(after.cpu) - cpuOf(before.cpu), databaseCpu: after.databaseCpu - before.databaseCpu, residentBytes: after.residentBytes }
  }
}

/** @typedef {{ requests: number, seconds: number, loadShare: number, cpu: number, databaseCpu: number, residentBytes: number }} Part */

/**
 * @param {Part[]} parts
 * @returns {Sample}
 */
function joined (parts) {
  const requests = sumOf(parts.map((part) => part.requests))
  return {
    cpu: sumOf(parts.map((part) => part.cpu)) / requests,
    databaseCpu: sumOf(parts.map((part) => part.databaseCpu)) / requests,
    perSecond: requests / sumOf(parts.map((part) => part.seconds)),
    loadShare: sumOf(parts.map((part) => part.loadShare)) / parts.length,
    residentBytes: Math.max(...parts.map((part) => part.residentBytes))
  }
}

/** @param {{ user: number, system: number }} usage in microseconds */
export function cpuOf ({ user, system }) {
  return user + system
}

/**
 * Nobody is always the first.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 */
export function turned (list, by) {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
