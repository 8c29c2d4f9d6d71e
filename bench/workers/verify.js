// A token that is not cached, compared with the signature check alone, in turns in one process.
import { createPublicKey, verify } from 'node:crypto'
import { createVerifier as createFastJwtVerifier } from 'fast-jwt'
import { createLocalKeySource, createVerifier, defineRoles } from '../../dist/edge/index.js'
import { importJWK, jwtVerify } from 'jose'
import { totalCpu, rotate } from '../harness/compare.js'
import { handleWork } from '../harness/probe.js'
import { AUDIENCE, createIssuer, toDigest, ISSUER } from '../harness/tokens.js'

/** @typedef {import('../harness/tokens.js').Algorithm} Algorithm */

const TOKENS = 1_000
// So few that a token is forgotten long before it comes again.
const CACHE = 100
// After that many calls, none gets faster.
const WARM_UP = 5_000

handleWork(work)

/**
 * @param {{ alg: Algorithm, blocks: number, calls: number }} options
 * @returns {Promise<Record<string, number>>} microseconds of CPU for a call, by candidate
 */
async function work ({ alg, blocks, calls }) {
  const candidates = Object.entries(await createCandidates(alg))
  const spent = new Map(candidates.map(([name]) => [name, 0]))
  let turn = 0
  for (const [, call] of candidates) await repeat(call, WARM_UP)
  for (let block = 0; block < blocks; block++) {
    for (const [name, call] of rotate(candidates, block)) {
      const before = process.cpuUsage()
      await repeat(call, calls)
      spent.set(name, (spent.get(name) ?? 0) + totalCpu(process.cpuUsage(before)))
    }
  }
  return Object.fromEntries([...spent].map(([name, microseconds]) => [name, microseconds / blocks / calls]))

  /**
   * @param {(turn: number) => unknown} call
   * @param {number} times
   */
  async function repeat (call, times) {
    for (let index = 0; index < times; index++) {
      const pending = call(turn++)
      if (pending instanceof Promise) await pending
    }
  }
}

/**
 * @param {Algorithm} alg
 * @returns {Promise<Record<string, (turn: number) => unknown>>}
 */
async function createCandidates (alg) {
  const { jwk, mintMany } = createIssuer(alg)
  const tokens = mintMany(TOKENS).map((token) => {
    const end = token.lastIndexOf('.')
    return { token, input: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') }
  })
  const of = (/** @type {number} */ turn) => tokens[turn % TOKENS] ?? { token: '', input: Buffer.alloc(0), signature: Buffer.alloc(0) }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const rawKey = { key: publicKey, dsaEncoding: /** @type {const} */ ('ieee-p1363') }
  const digest = toDigest(alg)
  const roles = defineRoles({ user: ['campaigns:read'] })
  const edge = createVerifier({ issuer: ISSUER, audience: AUDIENCE, roles, keys: createLocalKeySource([jwk]), cacheSize: CACHE })
  const fastJwt = createFastJwtVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    algorithms: [alg],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    requiredClaims: ['iss', 'aud', 'exp'],
    cache: false
  })
  const joseKey = await importJWK(jwk, alg)

  return {
    raw (turn) {
      const { input, signature } = of(turn)
      if (!verify(digest, input, rawKey, signature)) throw new Error('the signature is not good')
    },
    edge (turn) {
      const verdict = edge.verify(of(turn).token)
      if (typeof verdict === 'string') throw new Error(verdict)
    },
    fastJwt: (turn) => { fastJwt(of(turn).token) },
    jose: (turn) => jwtVerify(of(turn).token, joseKey, { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [alg] })
  }
}
