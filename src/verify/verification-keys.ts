import type { PublicJwk } from '../contract/index.ts'
import { createVerifyingKey, type VerifyingKey } from './signature.ts'

/** The keys that are trusted now. */
export interface KeySource {
  /** Found by its exact id, and the same object for as long as it is trusted. */
  find (kid: string): VerifyingKey | undefined
}

/** Keys that whoever holds this object gives. */
export interface LocalKeySource extends KeySource {
  /** From now on these are trusted and no others. */
  replace (keys: readonly PublicJwk[]): void
}

/**
 * @param initial keys to begin with
 * @throws TypeError for a key that cannot be used, or two of one id; the keys before stay
 */
export function createLocalKeySource (initial: readonly PublicJwk[] = []): LocalKeySource {
  let trusted: ReadonlyMap<string, Trusted> = new Map()
  replace(initial)
  return { find: (kid) => trusted.get(kid)?.key, replace }

  function replace (keys: readonly PublicJwk[]): void {
    const next = new Map<string, Trusted>()
    for (const jwk of keys) {
      if (next.has(jwk.kid)) throw new TypeError(`two keys have the id "${jwk.kid}"`)
      next.set(jwk.kid, trust(jwk, trusted.get(jwk.kid)))
    }
    trusted = next
  }
}

interface Trusted {
  jwk: string
  key: VerifyingKey
}

/** A key that stays is the same object, so tokens under it stay remembered. */
function trust (jwk: PublicJwk, known: Trusted | undefined): Trusted {
  const text = JSON.stringify(jwk)
  return known?.jwk === text ? known : { jwk: text, key: createVerifyingKey(jwk) }
}
