// All that is done with a private key: it is generated, encrypted for the database, decrypted, and prepared to sign.
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { createSigner } from 'fast-jwt'
import { parsePublicJwk, TOKEN_TYPE, type AccessClaims, type Algorithm, type PublicJwk } from '../contract/index.ts'
import { createEncryption, createWrongSecretError, SecretKeysError, UnknownSecretError } from '../secrets/index.ts'

export interface KeyPair {
  publicJwk: PublicJwk
  /** The private JWK, with all members of the public one. */
  privateJwk: JsonWebKey
}

/** Encrypts private keys under the first of SECRET_KEYS, and decrypts those that are encrypted under any of them. */
export interface KeyEncryption {
  /** @returns a compact JWE (RFC 7516) */
  encrypt (privateJwk: JsonWebKey): Promise<string>
  /** @throws SecretKeysError where the JWE is encrypted under an unknown secret, or is damaged */
  decrypt (jwe: string, kid: string): Promise<JsonWebKey>
  /** Whether the JWE is encrypted under the first secret. */
  isCurrent (jwe: string): boolean
}

/** A key of the keyring, as far as signing needs it. */
interface EncryptedKey {
  readonly kid: string
  readonly publicJwk: PublicJwk
  /** Null once the key will not sign again. */
  readonly privateJwe: string | null
}

/** Signs an access token with one key. */
export type Sign = (claims: AccessClaims) => string

// Short, because every token has it, and hexadecimal, so that it is easy to type on a command line.
const KID_BYTES = 8
/** Our own kids; other issuers use any string. */
export const KID_PATTERN = /^[0-9a-f]{16}$/
const RSA_BITS = 3072

const generate = promisify(generateKeyPair)

/** Generates a key pair for one algorithm. The private key is not stored anywhere yet. */
export async function generateKeyPairFor (algorithm: Algorithm): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateFor(algorithm)
  const kid = randomBytes(KID_BYTES).toString('hex')
  const publicJwk = parsePublicJwk({ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' })
  if (publicJwk === undefined) throw new TypeError(`the generated key is no ${algorithm} key`)
  return { publicJwk, privateJwk: { ...privateKey.export({ format: 'jwk' }), ...publicJwk } }
}

/** @throws TypeError without a secret */
export function createKeyEncryption (secretKeys: readonly Buffer[]): KeyEncryption {
  const { encrypt, decrypt, isCurrent } = createEncryption({ secretKeys, purpose: 'signing-key', contentType: 'jwk+json' })
  return {
    encrypt,
    async decrypt (jwe, kid) {
      try {
        return { ...await decrypt(jwe) }
      } catch (error) {
        if (error instanceof UnknownSecretError) throw createWrongSecretError(kid)
        const remedy = `restore it from a backup, or replace it with "npx gatepass keys rotate --compromised ${kid}"`
        throw new SecretKeysError(`The private key ${kid} in the database is damaged: ${remedy}.`, { cause: error })
      }
    },
    isCurrent
  }
}

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
  async decryptNew (keys: readonly EncryptedKey[]): Promise<SecretKeysError[]> {
    const errors: SecretKeysError[] = []
    for (const key of keys) {
      const { kid, privateJwe } = key
      const error = privateJwe === null || this.#signers.has(kid) ? undefined : await this.#decrypt(key, privateJwe)
      if (error !== undefined) errors.push(error)
    }
    return errors
  }

  async #decrypt ({ kid, publicJwk }: EncryptedKey, privateJwe: string): Promise<SecretKeysError | undefined> {
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
  retain (keys: readonly EncryptedKey[]): void {
    const kids = new Set(keys.filter(({ privateJwe }) => privateJwe !== null).map(({ kid }) => kid))
    for (const kid of this.#signers.keys()) if (!kids.has(kid)) this.#signers.delete(kid)
  }
}

function generateFor (algorithm: Algorithm): Promise<{ publicKey: KeyObject, privateKey: KeyObject }> {
  switch (algorithm) {
    case 'ES256': return generate('ec', { namedCurve: 'P-256' })
    case 'EdDSA': return generate('ed25519')
    case 'RS256': return generate('rsa', { modulusLength: RSA_BITS })
  }
}
