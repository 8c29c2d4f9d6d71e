// An issuer for benchmarks of edges: a key, and tokens in the format of the service.
import { randomUUID, sign } from 'node:crypto'
import { generateKeysFor } from '../../scripts/generate-keys.js'

/** @typedef {import('../../src/contract/index.ts').Algorithm} Algorithm */

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'api'

const LIFETIME_SECONDS = 3600

/** @param {Algorithm} alg */
export function createIssuer (alg = 'ES256') {
  const kid = `${alg}-1`
  const { privateKey, publicKey } = generateKeysFor(alg)
  const jwk = /** @type {import('../../src/contract/index.ts').PublicJwk} */ (/** @type {unknown} */ ({
    ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig'
  }))
  const header = encode({ alg, kid, typ: 'at+jwt' })

  return {
    jwk,
    /** The environment of a server that calls `readIssuer`. */
    environment: { BENCH_ISSUER: JSON.stringify({ issuer: ISSUER, audience: AUDIENCE, jwk }) },
    mint,
    /** @param {number} count */
    mintMany: (count) => Array.from({ length: count }, () => mint())
  }

  /** @returns {string} a token of a session, or of some user and session */
  function mint (session = createSession()) {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      ...session,
      role: 'user',
      jti: randomUUID(),
      iat: nowSeconds,
      exp: nowSeconds + LIFETIME_SECONDS,
      client_id: 'gatepass',
      auth_time: nowSeconds,
      acr: 'aal1'
    }
    const input = `${header}.${encode(claims)}`
    return `${input}.${sign(toDigest(alg), Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

/** A session for `mint`. */
export function createSession () {
  return { sub: randomUUID(), sid: randomUUID() }
}

/** @param {Algorithm} alg */
export function toDigest (alg) {
  return alg === 'EdDSA' ? undefined : 'sha256'
}

/** The issuer that a server trusts. */
export function readIssuer () {
  return JSON.parse(process.env.BENCH_ISSUER ?? '{}')
}

/** @param {unknown} value */
function encode (value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
