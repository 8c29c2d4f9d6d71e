// Several servers under the same load, in turns: what disturbs one disturbs its neighbours too.
import { answersOf, startLoad } from './load.js'
import { startServer } from './processes.js'
import { spreadOf, sumOf } from './statistics.js'

/** @typedef {import('./processes.js').Server} Server */

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {string} title with the version where it is somebody else's
 * @property {import('./processes.js').Program} program
 * @property {import('./load.js').Request[] | ((turn: number) => import('./load.js').Request[])} requests the same each turn, or others; turn 0 is the warm-up
 * @property {import('./load.js').Request[]} [first] sent before all others, each once
 * @property {(server: Server) => Promise<Record<string, number>>} [count] what its server has counted so far
 * @property {() => Promise<number>} [databaseCpu] microseconds that the database it asks has used so far
 * @property {number} [warmUp] requests, where it needs fewer than others
 * @property {number} [bouts] in a round, for what is so near to the reference that the layout of a process hides it; 1 unless given
 * @property {(server: Server) => Promise<void>} [check] throws where it did not do what it was to do
 */

/**
 * @typedef {object} Sample what one process did
 * @property {number} cpu microseconds of the server for a request
 * @property {number} databaseCpu microseconds of the database for a request
 * @property {number} perSecond requests
 * @property {number} loadShare see `Run`
 * @property {number} residentBytes
 * @property {Record<string, number>} counts what its server has counted, for a request
 */

/** @typedef {{ own: Sample, reference: Sample }} Bout what a process of the candidate did, and one of the reference beside it */

/**
 * Each candidate takes turns with a process of the reference that it has to itself. With more servers than two, each would
 * wait long enough for its turn to lose pages and caches meanwhile, and the fastest would seem the slowest.
 *
 * @param {object} options
 * @param {Candidate} options.reference
 * @param {Candidate[]} options.candidates
 * @param {import('./plan.js').Plan} options.plan
 * @param {number} [options.connections]
 * @returns {Promise<Map<string, Bout[]>>} by the name of the candidate, as many as it has
 */
export async function compareServers ({ reference, candidates, plan: { rounds, warmUp, slices, slice }, connections = 10 }) {
  const bouts = new Map(candidates.map(({ name }) => [name, /** @type {Bout[]} */ ([])]))
  const load = startLoad()
  try {
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      for (const candidate of turned(candidates, round)) {
        for (let bout = 0; bout < (candidate.bouts ?? 1); bout++) bouts.get(candidate.name)?.push(await playBout(candidate, round + bout))
      }
    }
  } finally {
    await load.stop()
  }
  return bouts

  /**
   * @param {Candidate} candidate
   * @param {number} bout
   */
  async function playBout (candidate, bout) {
    /** @type {Array<{ candidate: Candidate, server: Server, parts: Part[] }>} */
    const players = []
    try {
      for (const each of turned([reference, candidate], bout)) players.push({ candidate: each, server: await startServer(each.program), parts: [] })
      for (const { candidate, server: { address } } of players) {
        if (candidate.first !== undefined) answersOf(await load.run({ address, requests: candidate.first, connections, amount: candidate.first.length }))
        answersOf(await load.run({ address, requests: requestsOf(candidate, 0), connections, amount: candidate.warmUp ?? warmUp }))
      }
      for (let turn = 0; turn < slices; turn++) {
        for (const player of turned(players, turn)) player.parts.push(await measure(player.candidate, player.server, turn + 1))
      }
      for (const { candidate, server } of players) await candidate.check?.(server)
      const sampleOf = (/** @type {Candidate} */ whom) => joined(players.flatMap(({ candidate, parts }) => candidate === whom ? parts : []))
      return { own: sampleOf(candidate), reference: sampleOf(reference) }
    } finally {
      await Promise.all(players.map(({ server }) => server.stop()))
    }
  }

  /**
   * @param {Candidate} candidate
   * @param {Server} server
   * @param {number} turn
   */
  async function measure (candidate, server, turn) {
    const { databaseCpu = async () => 0, count = nothing } = candidate
    const requests = requestsOf(candidate, turn)
    const before = { ...await server.usage(), databaseCpu: await databaseCpu(), counts: await count(server) }
    const run = await load.run({ address: server.address, requests, connections, amount: slice })
    const after = { ...await server.usage(), databaseCpu: await databaseCpu(), counts: await count(server) }
    const counts = Object.fromEntries(Object.entries(after.counts).map(([name, total]) => [name, total - (before.counts[name] ?? 0)]))
    return { counts, requests: answersOf(run), seconds: run.seconds, loadShare: run.loadShare, cpu: cpuOf(after.cpu) - cpuOf(before.cpu), databaseCpu: after.databaseCpu - before.databaseCpu, residentBytes: after.residentBytes }
  }
}

/**
 * @param {Bout[]} bouts
 * @param {'cpu' | 'perSecond'} key
 * @returns {import('./statistics.js').Spread} of the candidate, held against the reference beside it
 */
export function ratioIn (bouts, key) {
  return spreadOf(bouts.map(({ own, reference }) => own[key] / reference[key]))
}

/**
 * @param {Map<string, Bout[]>} bouts
 * @returns {Sample[]} every process of the reference
 */
export function referencesIn (bouts) {
  return [...bouts.values()].flat().map(({ reference }) => reference)
}

/** @typedef {{ requests: number, seconds: number, loadShare: number, cpu: number, databaseCpu: number, residentBytes: number, counts: Record<string, number> }} Part */

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
    residentBytes: Math.max(...parts.map((part) => part.residentBytes)),
    counts: Object.fromEntries(Object.keys(parts[0]?.counts ?? {}).map((name) => [name, sumOf(parts.map((part) => part.counts[name] ?? 0)) / requests]))
  }
}

/**
 * @param {Candidate} candidate
 * @param {number} turn
 */
function requestsOf ({ requests }, turn) {
  return typeof requests === 'function' ? requests(turn) : requests
}

/** @returns {Promise<Record<string, number>>} */
async function nothing () {
  return {}
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
