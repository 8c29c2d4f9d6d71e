import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { TOKEN_TYPE, type AccessClaims, type PublicJwk } from '../contract/index.ts'
import { SecretKeysError } from '../secrets/index.ts'
import type { KeyEncryption } from './key-encryption.ts'
import type { StoredKey } from './store.ts'

/** Signs an access token with one key. */
export type Sign = (claims: AccessClaims) => string

/**
 * Prepares a private key for signing, once, so that no login pays for it.
 *
 * @param jwk the private JWK
 * @throws TypeError where it does not belong to the public JWK
 */
export function createSign (jwk: JsonWebKey, publicJwk: PublicJwk): Sign {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const isPair = jwk.kid === publicJwk.kid && jwk.alg === publicJwk.alg &&
    createPublicKey(privateKey).equals(createPublicKey({ key: publicJwk, format: 'jwk' }))
  if (!isPair) throw new TypeError('the private key does not belong to the public one')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const { alg, kid } = publicJwk
  return createSigner({ key, algorithm: alg, header: { alg, typ: TOKEN_TYPE, kid } })
}

/** The signers of all keys that may still sign, each prepared once. */
export class Signers {
  readonly #encryption: KeyEncryption
  readonly #signers = new Map<string, Sign>()
  /** Kids of keys that cannot be decrypted. */
  readonly #failed = new Set<string>()

  constructor (encryption: KeyEncryption) {
    this.#encryption = encryption
  }

  find (kid: string): Sign | undefined {
    return this.#signers.get(kid)
  }

  /**
   * Decrypts the keys that are new.
   *
   * @returns an error for each key that cannot be decrypted, the first time only
   */
  async decryptNew (keys: readonly StoredKey[]): Promise<SecretKeysError[]> {
    const errors: SecretKeysError[] = []
    for (const key of keys) {
      const { kid, privateJwe } = key
      const error = privateJwe === null || this.#signers.has(kid) ? undefined : await this.#decrypt(key, privateJwe)
      if (error !== undefined) errors.push(error)
    }
    return errors
  }

  async #decrypt ({ kid, publicJwk }: StoredKey, privateJwe: string): Promise<SecretKeysError | undefined> {
    try {
      this.#signers.set(kid, createSign(await this.#encryption.decrypt(privateJwe, kid), publicJwk))
      this.#failed.delete(kid)
      return undefined
    } catch (error) {
      const isKnown = this.#failed.has(kid)
      this.#failed.add(kid)
      if (isKnown) return undefined
      if (error instanceof SecretKeysError) return error
      const remedy = `replace it with "npx gatepass keys rotate --compromised ${kid}"`
      return new SecretKeysError(`The private key ${kid} in the database is not that of its public key: ${remedy}.`, { cause: error })
    }
  }

  /** Removes all other keys. */
  retain (keys: readonly StoredKey[]): void {
    const kids = new Set(keys.filter(({ privateJwe }) => privateJwe !== null).map(({ kid }) => kid))
    for (const kid of this.#signers.keys()) if (!kids.has(kid)) this.#signers.delete(kid)
  }
}
