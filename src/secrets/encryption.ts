import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose'
import { deriveKeys } from './secret-keys.ts'

interface EncryptionOptions {
  /** The first encrypts, all decrypt. */
  secretKeys: readonly Buffer[]
  /** See `deriveKeys`. */
  purpose: string
  /** `cty` of the JWE (RFC 7516 4.1.12). */
  contentType: string
}

/** Encrypts JSON objects under the first of SECRET_KEYS, and decrypts those that are encrypted under any of them. */
export interface Encryption {
  /** Ids of the keys; the first one encrypts. */
  readonly keyIds: readonly [current: string, ...others: string[]]
  /** @returns a compact JWE (RFC 7516) */
  encrypt (value: object): Promise<string>
  /** @throws UnknownSecretError where the JWE is encrypted under an unknown secret; any other error where it is damaged */
  decrypt (jwe: string): Promise<object>
  /** Whether the JWE is encrypted under the first secret. */
  isCurrent (jwe: string): boolean
  /** Whether the JWE is encrypted under one of the secrets. */
  isKnown (jwe: string): boolean
}

/** What is encrypted was encrypted under a secret that is not among SECRET_KEYS. */
export class UnknownSecretError extends Error {}

const ALG = 'dir'
const ENC = 'A256GCM'

/** @throws TypeError without a secret */
export function createEncryption ({ secretKeys, purpose, contentType }: EncryptionOptions): Encryption {
  // Not bound to the issuer: its default depends on PORT, and a change of that would make everything unreadable.
  const keys = deriveKeys({ secretKeys, purpose })
  const [current, ...others] = keys
  if (current === undefined) throw new TypeError('createEncryption needs a secret')

  return {
    keyIds: [current.id, ...others.map(({ id }) => id)],
    encrypt: (value) => new CompactEncrypt(Buffer.from(JSON.stringify(value)))
      .setProtectedHeader({ alg: ALG, enc: ENC, kid: current.id, cty: contentType })
      .encrypt(current.key),
    async decrypt (jwe) {
      const key = keys.find(({ id }) => id === findKeyId(jwe))
      if (key === undefined) throw new UnknownSecretError()
      const { plaintext } = await compactDecrypt(jwe, key.key, { keyManagementAlgorithms: [ALG], contentEncryptionAlgorithms: [ENC] })
      const value: unknown = JSON.parse(Buffer.from(plaintext).toString())
      if (typeof value !== 'object' || value === null) throw new TypeError('the plaintext is no object')
      return value
    },
    isCurrent: (jwe) => findKeyId(jwe) === current.id,
    isKnown: (jwe) => keys.some(({ id }) => id === findKeyId(jwe))
  }
}

/** The id of the derived key that a JWE is encrypted with; undefined where it is malformed. */
function findKeyId (jwe: string): string | undefined {
  try {
    return decodeProtectedHeader(jwe).kid
  } catch {
    return undefined
  }
}
