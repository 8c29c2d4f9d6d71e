import { createPublicKey } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import type { Algorithm, PublicJwk } from '../contract/index.ts'
import { findKeyFault } from './key-fault.ts'

/** A key that verifies signatures of one algorithm. */
export interface VerifyingKey {
  readonly kid: string
  readonly alg: Algorithm
  /** SPKI. */
  readonly pem: string
  /** Returns the payload of a token with a valid signature, else throws. Checks nothing but the signature. */
  verify (token: string): unknown
}

/** The keys that are trusted now. */
export interface KeySource {
  /** @returns the key with exactly this id, the same object for as long as it is trusted */
  find (kid: string): VerifyingKey | undefined
}

/** A key source whose keys are set by its owner. */
export interface LocalKeySource extends KeySource {
  /** Trusts these keys and no others from now on. */
  replace (keys: readonly PublicJwk[]): void
}

interface TrustedKey {
  readonly json: string
  readonly key: VerifyingKey
}

/**
 * @param initial trusted from the start
 * @throws TypeError for a key that cannot be used, or two keys with one id; `replace` then leaves the keys as they were
 */
export function createLocalKeySource (initial: readonly PublicJwk[] = []): LocalKeySource {
  let trusted: ReadonlyMap<string, TrustedKey> = new Map()
  replace(initial)
  return { find: (kid) => trusted.get(kid)?.key, replace }

  function replace (keys: readonly PublicJwk[]): void {
    const next = new Map<string, TrustedKey>()
    for (const jwk of keys) {
      if (next.has(jwk.kid)) throw new TypeError(`two keys have the id "${jwk.kid}"`)
      next.set(jwk.kid, toTrustedKey(jwk, trusted.get(jwk.kid)))
    }
    trusted = next
  }
}

/** An unchanged key stays the same object, so that cached tokens signed with it stay valid. */
function toTrustedKey (jwk: PublicJwk, previous: TrustedKey | undefined): TrustedKey {
  const json = JSON.stringify(jwk)
  return previous?.json === json ? previous : { json, key: createVerifyingKey(jwk) }
}

/**
 * Prepares a public key once, so that no request pays for it. It is used with the one algorithm it names (RFC 8725 3.1).
 *
 * @throws TypeError for a key that does not fit its algorithm, or with which anybody could sign
 */
export function createVerifyingKey (jwk: PublicJwk): VerifyingKey {
  const { kid, alg } = jwk
  const fault = findKeyFault(jwk)
  if (fault !== undefined) throw new TypeError(`key "${kid}" ${fault}`)
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  // No cache: removed keys would stay in it. No clock: times are checked with the claims, on every request.
  const verify = createVerifier({ key: pem, algorithms: [alg], cache: false, ignoreExpiration: true, ignoreNotBefore: true })
  return { kid, alg, pem, verify }
}
