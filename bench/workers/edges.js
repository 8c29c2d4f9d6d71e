// Many edges in one process, each with a connection of its own to the feed of one issuer.
import { createDenyList, createVerifier, defineRoles } from '../../dist/edge/index.js'
import { totalCpu } from '../harness/compare.js'
import { answer, handleWork } from '../harness/probe.js'

/** @typedef {{ token: string, sid: string }} Watched */
/**
 * @typedef {object} Edge
 * @property {Map<string, number>} learnedAt when it received the revocation of each session
 * @property {import('../../dist/edge/index.js').RemoteVerifier} verifier
 */

const roles = defineRoles({ admin: ['campaigns:read'], user: ['campaigns:read'] })
/** @type {Edge[]} */
let edges = []

answer('open', open)
answer('accept', accept)
answer('used', () => totalCpu(process.cpuUsage()))
handleWork(waitUntilRejected)

/** @param {{ count: number, issuer: string, feedToken: string }} options */
async function open ({ count, issuer, feedToken }) {
  edges = Array.from({ length: count }, () => {
    const learnedAt = new Map()
    const denyList = createDenyList()
    /** @type {import('../../dist/edge/index.js').DenyList} */
    const watched = {
      ...denyList,
      get size () { return denyList.size },
      revokeSession (revoked) {
        denyList.revokeSession(revoked)
        learnedAt.set(revoked.sid, now())
      }
    }
    return { learnedAt, verifier: createVerifier({ issuer, audience: 'api', roles, denyList: watched, revocations: { token: feedToken } }) }
  })
  await Promise.all(edges.map(({ verifier }) => verifier.ready()))
  if (edges.some(({ verifier }) => !verifier.health().ready)) throw new Error('an edge is not ready')
}

/** @param {string[]} tokens each of which must be good everywhere */
async function accept (tokens) {
  for (const token of tokens) {
    await expect(token, undefined)
    // The feed must not wait until all tokens are verified.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * @param {Watched} watched a session that has been ended
 * @returns {Promise<number[]>} when each edge began to refuse its token, by `now`
 */
async function waitUntilRejected ({ token, sid }) {
  while (edges.some(({ learnedAt }) => !learnedAt.has(sid))) await new Promise((resolve) => setTimeout(resolve, 5))
  await expect(token, 'revoked')
  return edges.map(({ learnedAt }) => learnedAt.get(sid) ?? NaN)
}

/**
 * @param {string} token
 * @param {string | undefined} refusal
 */
async function expect (token, refusal) {
  for (const { verifier } of edges) {
    const verdict = await verifier.verify(token)
    if ((typeof verdict === 'string'
      ? verdict
      : undefined) !== refusal) throw new Error(`an edge said ${typeof verdict === 'string' ? verdict : 'yes'}`)
  }
}

/** @returns {number} milliseconds, by a clock that all processes of the machine share */
function now () {
  return Number(process.hrtime.bigint()) / 1e6
}
