// Measures several servers under the same load, in turns, so that a disturbance affects all of them.
import { countResponses, startLoad } from './load.js'
import { startServer } from './processes.js'
import { toSpread, sum } from './statistics.js'

/** @typedef {import('./processes.js').Server} Server */

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {string} title with the version of a package that is not ours
 * @property {import('./processes.js').Program} program
 * @property {import('./load.js').Request[] | ((turn: number) => import('./load.js').Request[])} requests the same each turn, or others;
 *   turn 0 is the warm-up
 * @property {import('./load.js').Request[]} [first] sent before all others, each once
 * @property {(server: Server) => Promise<Record<string, number>>} [count] reads the server's counters
 * @property {() => Promise<number>} [databaseCpu] reads the CPU time of its database, in microseconds
 * @property {number} [warmUp] requests, where it needs fewer than others
 * @property {number} [runsPerRound] 1 unless given; more where the memory layout of a process matters as much as the difference
 * @property {(server: Server) => Promise<void>} [check] throws when the server did not do its work
 */

/**
 * @typedef {object} Sample what one process did
 * @property {number} cpu microseconds of the server for a request
 * @property {number} databaseCpu microseconds of the database for a request
 * @property {number} perSecond requests
 * @property {number} loadShare see `LoadResult`
 * @property {number} residentBytes
 * @property {Record<string, number>} counts the server's counters, per request
 * @property {number} tick microseconds for one `process.nextTick`, at the end
 */

/** @typedef {{ own: Sample, reference: Sample }} Run what a process of the candidate did, and one of the reference beside it */

/**
 * Each candidate takes turns with its own process of the reference. With more than two servers, each would wait so long for its turn that
 * it lost its caches, and the fastest would seem the slowest.
 *
 * @param {object} options
 * @param {Candidate} options.reference
 * @param {Candidate[]} options.candidates
 * @param {import('./plan.js').Plan} options.plan
 * @param {number} [options.connections]
 * @returns {Promise<Map<string, Run[]>>} by the name of the candidate, as many as it has
 */
export async function compareServers ({ reference, candidates, plan: { rounds, warmUp, slices, slice }, connections = 10 }) {
  const runs = new Map(candidates.map(({ name }) => [name, /** @type {Run[]} */ ([])]))
  const load = startLoad()
  try {
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      for (const candidate of rotate(candidates, round)) {
        for (let run = 0; run < (candidate.runsPerRound ?? 1); run++) {
          runs.get(candidate.name)?.push(await measureRun(
            candidate, round + run
          ))
        }
      }
    }
  } finally {
    await load.stop()
  }
  return runs

  /**
   * @param {Candidate} candidate
   * @param {number} run
   */
  async function measureRun (candidate, run) {
    /** @type {Array<{ candidate: Candidate, server: Server, parts: Part[], tick: number }>} */
    const participants = []
    try {
      for (const each of rotate([reference, candidate], run)) {
        participants.push({
          candidate: each, server: await startServer(each.program), parts: [], tick: NaN
        })
      }
      for (const { candidate, server: { address } } of participants) {
        if (candidate.first !== undefined) {
          countResponses(await load.run({
            address, requests: candidate.first, connections, amount: candidate.first.length
          }))
        }
        countResponses(await load.run({ address, requests: getRequests(candidate, 0), connections, amount: candidate.warmUp ?? warmUp }))
      }
      for (let turn = 0; turn < slices; turn++) {
        for (const participant of rotate(participants, turn)) {
          participant.parts.push(await measure(
            participant.candidate, participant.server, turn + 1
          ))
        }
      }
      for (const { candidate, server } of participants) await candidate.check?.(server)
      for (const participant of participants) participant.tick = await participant.server.ask('tick')
      const toSample = (/** @type {Candidate} */ whom) => {
        const { parts = [], tick = NaN } = participants.find(({ candidate }) => candidate === whom) ?? {}
        return { ...mergeParts(parts), tick }
      }
      return { own: toSample(candidate), reference: toSample(reference) }
    } finally {
      await Promise.all(participants.map(({ server }) => server.stop()))
    }
  }

  /**
   * @param {Candidate} candidate
   * @param {Server} server
   * @param {number} turn
   */
  async function measure (candidate, server, turn) {
    const { databaseCpu = async () => 0, count = nothing } = candidate
    const requests = getRequests(candidate, turn)
    const before = { ...await server.usage(), databaseCpu: await databaseCpu(), counts: await count(server) }
    const run = await load.run({ address: server.address, requests, connections, amount: slice })
    const after = { ...await server.usage(), databaseCpu: await databaseCpu(), counts: await count(server) }
    const counts = Object.fromEntries(Object.entries(after.counts).map(([name, total]) => [name, total - (before.counts[name] ?? 0)]))
    return {
      counts,
      requests: countResponses(run),
      seconds: run.seconds,
      loadShare: run.loadShare,
      cpu: totalCpu(after.cpu) - totalCpu(before.cpu),
      databaseCpu: after.databaseCpu - before.databaseCpu,
      residentBytes: after.residentBytes
    }
  }
}

/**
 * @param {Run[]} runs
 * @param {'cpu' | 'perSecond'} key
 * @returns {import('./statistics.js').Spread} of the candidate, held against the reference beside it
 */
export function toRatio (runs, key) {
  return toSpread(runs.map(({ own, reference }) => own[key] / reference[key]))
}

/**
 * @param {Map<string, Run[]>} runs
 * @returns {Sample[]} every process of the reference
 */
export function collectReferences (runs) {
  return [...runs.values()].flat().map(({ reference }) => reference)
}

/**
 * @typedef {object} Part
 * @property {number} requests
 * @property {number} seconds
 * @property {number} loadShare
 * @property {number} cpu
 * @property {number} databaseCpu
 * @property {number} residentBytes
 * @property {Record<string, number>} counts
 */

/**
 * @param {Part[]} parts
 * @returns {Omit<Sample, 'tick'>}
 */
function mergeParts (parts) {
  const requests = sum(parts.map((part) => part.requests))
  return {
    cpu: sum(parts.map((part) => part.cpu)) / requests,
    databaseCpu: sum(parts.map((part) => part.databaseCpu)) / requests,
    perSecond: requests / sum(parts.map((part) => part.seconds)),
    loadShare: sum(parts.map((part) => part.loadShare)) / parts.length,
    residentBytes: Math.max(...parts.map((part) => part.residentBytes)),
    counts: Object.fromEntries(Object.keys(parts[0]?.counts ?? {}).map((name) => [
      name, sum(parts.map((part) => part.counts[name] ?? 0)) / requests
    ]))
  }
}

/**
 * @param {Candidate} candidate
 * @param {number} turn
 */
function getRequests ({ requests }, turn) {
  return typeof requests === 'function' ? requests(turn) : requests
}

/** @returns {Promise<Record<string, number>>} */
async function nothing () {
  return {}
}

/** @param {{ user: number, system: number }} usage in microseconds */
export function totalCpu ({ user, system }) {
  return user + system
}

/**
 * Rotates a list, so that no element is always the first.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 */
export function rotate (list, by) {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
