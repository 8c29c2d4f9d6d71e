// The memory of a cached token and of a denied session at an edge, and the time of a cache hit. Needs --expose-gc.
import { randomUUID } from 'node:crypto'
import { createDenyList, createLocalKeySource, createVerifier, defineRoles } from '../../dist/edge/index.js'
import { totalCpu } from '../harness/compare.js'
import { handleWork } from '../harness/probe.js'
import { AUDIENCE, createIssuer, ISSUER } from '../harness/tokens.js'

const CHUNK = 1_000
// The first entries also allocate memory for the code.
const WARM_UP = 2_000

const FEW = 100
const RECALLS = 100_000

handleWork(({ what, count }) => what === 'recall' ? recall(count) : weigh(what, count))

/**
 * @param {'token' | 'denied'} what
 * @param {number} count
 * @returns {{ heapBytes: number, residentBytes: number }} of one
 */
function weigh (what, count) {
  const add = what === 'token' ? remember(2 * (count + WARM_UP)) : deny()
  add(WARM_UP)
  const before = memory()
  for (let added = 0; added < count; added += CHUNK) add(CHUNK)
  const after = memory()
  // Keeps the entries reachable until the second measurement.
  add(CHUNK)
  return { heapBytes: (after.heap - before.heap) / count, residentBytes: (after.resident - before.resident) / count }
}

/** @param {number} cacheSize */
function remember (cacheSize) {
  const { mint, verify } = createEdge(cacheSize)
  return (/** @type {number} */ count) => {
    for (let index = 0; index < count; index++) verify(tokenIn(Buffer.from(`Bearer ${mint()}`)))
  }
}

/**
 * @param {number} count of tokens that are remembered
 * @returns {{ few: number, all: number }} nanoseconds of CPU to find one again: one of the same few each time, and any of all
 */
function recall (count) {
  const { mint, verify } = createEdge(count)
  const headers = Array.from({ length: count }, () => Buffer.from(`Bearer ${mint()}`))
  for (const header of headers) verify(tokenIn(header))
  // The first is the warm-up.
  return { few: [find(FEW), find(FEW)][1] ?? NaN, all: find(count) }

  /** @param {number} among */
  function find (among) {
    let spent = 0
    for (let found = 0; found < RECALLS; found += CHUNK) {
      const tokens = Array.from({ length: CHUNK }, () => tokenIn(headers[Math.floor(Math.random() * among)] ?? Buffer.alloc(0)))
      const before = process.cpuUsage()
      for (const token of tokens) verify(token)
      spent += totalCpu(process.cpuUsage(before))
    }
    return spent * 1000 / RECALLS
  }
}

/** @param {number} cacheSize */
function createEdge (cacheSize) {
  const { jwk, mint } = createIssuer('ES256')
  const verifier = createVerifier({
    issuer: ISSUER, audience: AUDIENCE, roles: defineRoles({ user: ['campaigns:read'] }), keys: createLocalKeySource([jwk]), cacheSize
  })
  return {
    mint,
    verify (/** @type {string} */ token) {
      if (typeof verifier.verify(token) === 'string') throw new Error('a good token was refused')
    }
  }
}

/** @param {Buffer} header as it comes: the token is a part of a string that was read from a socket */
function tokenIn (header) {
  return header.toString('latin1').slice('Bearer '.length)
}

function deny () {
  const denyList = createDenyList()
  return (/** @type {number} */ count) => {
    const exp = Math.floor(Date.now() / 1000) + 3600
    // As parsed from JSON: each a string of its own.
    const sids = /** @type {string[]} */ (JSON.parse(JSON.stringify(Array.from({ length: count }, () => randomUUID()))))
    for (const sid of sids) denyList.revokeSession({ sid, exp })
  }
}

function memory () {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, resident: rss }
}
