import { createSign, type Sign } from './key-pair.ts'
import type { Sealer } from './key-encryption.ts'
import { SecretKeysError } from '../secrets/index.ts'
import type { StoredKey } from './key-rows.ts'

/** Signers of the keys that may still sign, each made once. */
export interface Signers {
  find (kid: string): Sign | undefined
  /**
   * Opens the keys that are new.
   *
   * @returns why some of them cannot be opened, the first time that this is found
   */
  learn (keys: readonly StoredKey[]): Promise<SecretKeysError[]>
  /** Forgets all but these: only once nobody follows a timetable with others. */
  keep (keys: readonly StoredKey[]): void
}

export function createSigners (sealer: Sealer): Signers {
  const signers = new Map<string, Sign>()
  const failures = new Set<string>()

  async function learnOne ({ kid, publicJwk }: StoredKey, privateJwe: string): Promise<SecretKeysError | undefined> {
    try {
      signers.set(kid, createSign(await sealer.open(privateJwe, kid), publicJwk))
      failures.delete(kid)
      return undefined
    } catch (error) {
      const isKnown = failures.has(kid)
      failures.add(kid)
      if (isKnown) return undefined
      return error instanceof SecretKeysError ? error : new SecretKeysError(`The private key ${kid} in the database is not that of its public key: replace it with "npx gatepass keys rotate --compromised ${kid}".`, { cause: error })
    }
  }

  return {
    find: (kid) => signers.get(kid),
    async learn (keys) {
      const found: SecretKeysError[] = []
      for (const key of keys) {
        const { kid, privateJwe } = key
        const failure = privateJwe === null || signers.has(kid) ? undefined : await learnOne(key, privateJwe)
        if (failure !== undefined) found.push(failure)
      }
      return found
    },
    keep (keys) {
      const kids = new Set(keys.filter(({ privateJwe }) => privateJwe !== null).map(({ kid }) => kid))
      for (const kid of signers.keys()) if (!kids.has(kid)) signers.delete(kid)
    }
  }
}
