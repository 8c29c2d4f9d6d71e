import type { JsonWebKey } from 'node:crypto'
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose'
import { createWrongSecretError, deriveKeys, SecretKeysError, type DerivedKey } from '../secrets/index.ts'

/** Encrypts private keys under the first of SECRET_KEYS, and decrypts those that are encrypted under any of them. */
export interface KeyEncryption {
  /** @returns a compact JWE (RFC 7516) */
  encrypt (privateJwk: JsonWebKey): Promise<string>
  /** @throws SecretKeysError where the JWE is encrypted under an unknown secret, or is damaged */
  decrypt (jwe: string, kid: string): Promise<JsonWebKey>
  /** Whether the JWE is encrypted under the first secret. */
  isCurrent (jwe: string): boolean
}

const ALG = 'dir'
const ENC = 'A256GCM'

/** @throws TypeError without a secret */
export function createKeyEncryption (secretKeys: readonly Buffer[]): KeyEncryption {
  // Not bound to the issuer: its default depends on PORT, and a change of that would make the keyring unreadable.
  const keys = deriveKeys({ secretKeys, purpose: 'signing-key' })
  const [current] = keys
  if (current === undefined) throw new TypeError('createKeyEncryption needs a secret')

  return {
    encrypt: (privateJwk) => new CompactEncrypt(Buffer.from(JSON.stringify(privateJwk)))
      .setProtectedHeader({ alg: ALG, enc: ENC, kid: current.id, cty: 'jwk+json' })
      .encrypt(current.key),
    async decrypt (jwe, kid) {
      const key = keys.find(({ id }) => id === findKeyId(jwe))
      if (key === undefined) throw createWrongSecretError(kid)
      return await decryptWith(jwe, key).catch((error: unknown) => {
        const remedy = `restore it from a backup, or replace it with "npx gatepass keys rotate --compromised ${kid}"`
        throw new SecretKeysError(`The private key ${kid} in the database is damaged: ${remedy}.`, { cause: error })
      })
    },
    isCurrent: (jwe) => findKeyId(jwe) === current.id
  }
}

async function decryptWith (jwe: string, { key }: DerivedKey): Promise<JsonWebKey> {
  const { plaintext } = await compactDecrypt(jwe, key, { keyManagementAlgorithms: [ALG], contentEncryptionAlgorithms: [ENC] })
  const jwk: unknown = JSON.parse(Buffer.from(plaintext).toString())
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError('the plaintext is no key')
  return { ...jwk }
}

/** The id of the derived key that a JWE is encrypted with; undefined where it is malformed. */
function findKeyId (jwe: string): string | undefined {
  try {
    return decodeProtectedHeader(jwe).kid
  } catch {
    return undefined
  }
}
