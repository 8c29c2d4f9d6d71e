// What a remembered token, or a denied session, weighs in the memory of an edge. Needs --expose-gc.
import { randomUUID } from 'node:crypto'
import { createDenyList, createLocalKeySource, createVerifier, defineRoles } from 'gatepass/edge'
import { answerOnly } from '../harness/probe.js'
import { AUDIENCE, createIssuer, ISSUER } from '../harness/tokens.js'

const CHUNK = 1_000
// The first of them make room for the code, too.
const WARM_UP = 2_000

answerOnly(work)

/**
 * @param {{ what: 'token' | 'denied', count: number }} options
 * @returns {{ heapBytes: number, residentBytes: number }} of one
 */
function work ({ what, count }) {
  const add = what === 'token' ? remember(2 * (count + WARM_UP)) : deny()
  add(WARM_UP)
  const before = memory()
  for (let added = 0; added < count; added += CHUNK) add(CHUNK)
  const after = memory()
  // Whoever keeps them all is still there.
  add(CHUNK)
  return { heapBytes: (after.heap - before.heap) / count, residentBytes: (after.resident - before.resident) / count }
}

/** @param {number} cacheSize */
function remember (cacheSize) {
  const { jwk, mint } = createIssuer('ES256')
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, roles: defineRoles({ user: ['campaigns:read'] }), keys: createLocalKeySource([jwk]), cacheSize })
  return (/** @type {number} */ count) => {
    for (let index = 0; index < count; index++) {
      // As it comes: a part of a header that was read from a socket.
      const header = Buffer.from(`Bearer ${mint()}`).toString('latin1')
      if (typeof verifier.verify(header.slice('Bearer '.length)) === 'string') throw new Error('a good token was refused')
    }
  }
}

function deny () {
  const denyList = createDenyList()
  return (/** @type {number} */ count) => {
    const exp = Math.floor(Date.now() / 1000) + 3600
    // As they come: out of JSON, each a string of its own.
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
