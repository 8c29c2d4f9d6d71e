import { createPublicKey } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import type { Algorithm, PublicJwk } from '../contract/index.ts'
import { findKeyFault } from './key-strength.ts'

/** A key that verifies signatures of one algorithm. */
export interface VerifyingKey {
  readonly kid: string
  readonly alg: Algorithm
  /** SPKI. */
  readonly pem: string
  /** The payload of a token whose signature is good; throws otherwise. Nothing else is checked. */
  verify (token: string): unknown
}

const KINDS: Readonly<Record<Algorithm, string>> = { ES256: 'EC P-256', EdDSA: 'OKP Ed25519', RS256: 'RSA' }

/**
 * Makes a key ready for use, once, so that no request pays for it.
 *
 * @param jwk a public key for signatures
 * @returns a key that is used with the one algorithm it names (RFC 8725 3.1)
 * @throws TypeError where the key is not one for its algorithm, or one that anybody could sign with
 */
export function createVerifyingKey (jwk: PublicJwk): VerifyingKey {
  const { kid, alg } = jwk
  const kind = jwk.kty === 'RSA' ? jwk.kty : `${jwk.kty} ${jwk.crv}`
  if (KINDS[alg] !== kind) throw new TypeError(`key "${kid}" is no key for its algorithm`)
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const fault = findKeyFault(jwk, key)
  if (fault !== undefined) throw new TypeError(`key "${kid}" ${fault}`)
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  // No cache: removed keys would live on in it. No clock: time is checked with the claims, on every request.
  return { kid, alg, pem, verify: createVerifier({ key: pem, algorithms: [alg], cache: false, ignoreExpiration: true, ignoreNotBefore: true }) }
}
