// A full deny list: the memory of an entry, the time of a lookup, the pauses while it is filled and swept. Needs --expose-gc.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createDenyList } from '../../dist/edge/index.js'
import { totalCpu } from '../harness/compare.js'
import { handleWork } from '../harness/probe.js'

/** @typedef {Record<'bytes' | 'empty' | 'hit' | 'miss' | 'add' | 'fillPause' | 'sweepPause', number>} Measurement */

const USERS = 200_000
const CHUNK = 1_000
const KID = 'ES256-1'

handleWork(work)

/**
 * @param {{ entries: number, passes: number }} options
 * @returns {Promise<Record<'bytes' | 'empty' | 'hit' | 'miss' | 'add' | 'fillPause' | 'sweepPause', number>>} bytes of an entry;
 *   nanoseconds of CPU for
 *   a look-up and an addition; milliseconds of the longest turn of the event loop
 */
async function work ({ entries, passes }) {
  const denyList = createDenyList()
  const exp = Math.floor(Date.now() / 1000) + 3600
  const unknown = Array.from({ length: USERS / CHUNK }, identities).flat()
  const empty = lookUp(denyList, unknown, passes, undefined)

  const denied = Array.from({ length: USERS / CHUNK }, identities).flat()
  const before = memory()
  let adding = 0
  for (let added = 0; added < entries; added += CHUNK) {
    const some = added < USERS ? denied.slice(added, added + CHUNK).map(({ sessionId }) => sessionId) : randomUUIDs()
    // As parsed from JSON: each a string of its own.
    const sids = copyStrings(some)
    const start = process.cpuUsage()
    for (const sid of sids) denyList.revokeSession({ sid, exp })
    adding += totalCpu(process.cpuUsage(start))
  }
  const bytes = (memory() - before) / entries
  return {
    bytes,
    empty,
    hit: lookUp(denyList, denied, passes, 'revoked'),
    miss: lookUp(denyList, unknown, passes, undefined),
    add: adding * 1000 / entries,
    ...await measurePauses(entries)
  }
}

/**
 * @param {import('../../dist/edge/index.js').DenyList} denyList
 * @param {Array<ReturnType<typeof identity>>} users
 * @param {number} passes
 * @param {string | undefined} expected
 */
function lookUp (denyList, users, passes, expected) {
  let wrong = 0
  // The first pass is the warm-up: sessions of cached tokens have been looked up before.
  let before = process.cpuUsage()
  for (let pass = -1; pass < passes; pass++) {
    if (pass === 0) before = process.cpuUsage()
    for (const user of users) if (denyList.findReason(user, KID) !== expected) wrong++
  }
  const spent = totalCpu(process.cpuUsage(before))
  if (wrong > 0) throw new Error(`${wrong} wrong answers`)
  return spent * 1000 / passes / users.length
}

/**
 * As at an edge: the entries come in the parts of a snapshot, an hour passes, and each sweep runs in a turn of its own.
 *
 * @param {number} entries
 */
async function measurePauses (entries) {
  let now = Date.now()
  const exp = Math.floor(now / 1000) + 3600
  const after = (/** @type {number} */ _ms, /** @type {() => void} */ sweep) => {
    const turn = setImmediate(sweep)
    return () => clearImmediate(turn)
  }
  const denyList = createDenyList({ clock: () => now, elapsed: () => now, after })
  denyList.observeTime(now)
  const fillPause = await measureLongestTurn(() => {
    for (const sid of copyStrings(randomUUIDs())) denyList.revokeSession({ sid, exp })
    return denyList.size < entries
  })
  now += 3_700_000
  const sweepPause = await measureLongestTurn(() => denyList.size > 0)
  return { fillPause, sweepPause }
}

/**
 * @param {() => boolean} goOn called each turn
 * @returns {Promise<number>} milliseconds
 */
async function measureLongestTurn (goOn) {
  let longest = 0
  for (let last = performance.now(), now = last; goOn(); last = now) {
    await nextTurn()
    now = performance.now()
    longest = Math.max(longest, now - last)
  }
  return longest
}

function identities () {
  return copyStrings(randomUUIDs()).map(identity)
}

/** @param {string} sessionId */
function identity (sessionId) {
  return { id: randomUUID(), sessionId, issuedAt: 1_700_000_000 }
}

function randomUUIDs () {
  return Array.from({ length: CHUNK }, () => randomUUID())
}

/**
 * @param {string[]} texts
 * @returns {string[]}
 */
function copyStrings (texts) {
  return JSON.parse(JSON.stringify(texts))
}

function memory () {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
