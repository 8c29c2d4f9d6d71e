// A full deny list: what an entry weighs, what a look-up takes, how long anybody waits while it is filled or swept. Needs --expose-gc.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createDenyList } from 'gatepass/edge'
import { cpuOf } from '../harness/compare.js'
import { answerOnly } from '../harness/probe.js'

const USERS = 200_000
const CHUNK = 1_000
const KID = 'ES256-1'

answerOnly(work)

/**
 * @param {{ entries: number, passes: number }} options
 * @returns {Promise<Record<'bytes' | 'empty' | 'hit' | 'miss' | 'add' | 'fillPause' | 'sweepPause', number>>} bytes of an entry; nanoseconds of CPU for
 *   a look-up and an addition; milliseconds of the longest turn of the event loop
 */
async function work ({ entries, passes }) {
  const denyList = createDenyList()
  const exp = Math.floor(Date.now() / 1000) + 3600
  const strangers = Array.from({ length: USERS / CHUNK }, identities).flat()
  const empty = lookUp(denyList, strangers, passes, undefined)

  const denied = Array.from({ length: USERS / CHUNK }, identities).flat()
  const before = memory()
  let adding = 0
  for (let added = 0; added < entries; added += CHUNK) {
    const some = added < USERS ? denied.slice(added, added + CHUNK).map(({ sessionId }) => sessionId) : randomUUIDs()
    // As they come: out of JSON, each a string of its own.
    const sids = copyOf(some)
    const start = process.cpuUsage()
    for (const sid of sids) denyList.revokeSession({ sid, exp })
    adding += cpuOf(process.cpuUsage(start))
  }
  const bytes = (memory() - before) / entries
  return { bytes, empty, hit: lookUp(denyList, denied, passes, 'revoked'), miss: lookUp(denyList, strangers, passes, undefined), add: adding * 1000 / entries, ...await pausesOf(entries) }
}

/**
 * @param {import('gatepass/edge').DenyList} denyList
 * @param {Array<ReturnType<typeof identity>>} users
 * @param {number} passes
 * @param {string | undefined} expected
 */
function lookUp (denyList, users, passes, expected) {
  let wrong = 0
  // The first pass is for warming up: a token that is remembered has been asked about before.
  let before = process.cpuUsage()
  for (let pass = -1; pass < passes; pass++) {
    if (pass === 0) before = process.cpuUsage()
    for (const user of users) if (denyList.findReason(user, KID) !== expected) wrong++
  }
  const spent = cpuOf(process.cpuUsage(before))
  if (wrong > 0) throw new Error(`${wrong} wrong answers`)
  return spent * 1000 / passes / users.length
}

/**
 * As an edge has it: they come in parts of a snapshot, an hour goes by, and each sweep has a turn of its own.
 *
 * @param {number} entries
 */
async function pausesOf (entries) {
  let now = Date.now()
  const exp = Math.floor(now / 1000) + 3600
  const after = (/** @type {number} */ _ms, /** @type {() => void} */ sweep) => {
    const turn = setImmediate(sweep)
    return () => clearImmediate(turn)
  }
  const denyList = createDenyList({ clock: () => now, elapsed: () => now, after })
  denyList.observeTime(now)
  const fillPause = await longestTurn(() => {
    for (const sid of copyOf(randomUUIDs())) denyList.revokeSession({ sid, exp })
    return denyList.size < entries
  })
  now += 3_700_000
  const sweepPause = await longestTurn(() => denyList.size > 0)
  return { fillPause, sweepPause }
}

/**
 * @param {() => boolean} goOn called each turn
 * @returns {Promise<number>} milliseconds
 */
async function longestTurn (goOn) {
  let longest = 0
  for (let last = performance.now(), now = last; goOn(); last = now) {
    await nextTurn()
    now = performance.now()
    longest = Math.max(longest, now - last)
  }
  return longest
}

function identities () {
  return copyOf(randomUUIDs()).map(identity)
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
function copyOf (texts) {
  return JSON.parse(JSON.stringify(texts))
}

function memory () {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
