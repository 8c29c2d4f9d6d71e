import type { JsonWebKey } from 'node:crypto'
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose'
import { deriveKeys, type DerivedKey } from '../secrets/index.ts'
import { createUnfitSecretsError, SecretKeysError } from '../secrets/index.ts'

/** Seals private keys under the first of SECRET_KEYS, and opens what was sealed under any of them. */
export interface Sealer {
  /** @returns a compact JWE (RFC 7516) */
  seal (privateJwk: JsonWebKey): Promise<string>
  /** @throws SecretKeysError when none of the secrets is the one, or the seal is broken */
  open (jwe: string, kid: string): Promise<JsonWebKey>
  /** Whether it would be sealed under the same secret now. */
  isCurrent (jwe: string): boolean
}

const ALG = 'dir'
const ENC = 'A256GCM'

export function createSealer (secretKeys: readonly Buffer[]): Sealer {
  // Not bound to the issuer: with another PORT, which changes the default one, the keyring would be lost.
  const keys = deriveKeys({ secretKeys, purpose: 'signing-key' })
  const [current] = keys
  if (current === undefined) throw new TypeError('createSealer needs a secret')

  return {
    seal: (privateJwk) => new CompactEncrypt(Buffer.from(JSON.stringify(privateJwk)))
      .setProtectedHeader({ alg: ALG, enc: ENC, kid: current.id, cty: 'jwk+json' })
      .encrypt(current.key),
    async open (jwe, kid) {
      const key = keys.find(({ id }) => id === sealedBy(jwe))
      if (key === undefined) throw createUnfitSecretsError(kid)
      return await unseal(jwe, key).catch((error: unknown) => {
        throw new SecretKeysError(`The private key ${kid} in the database is damaged: restore it from a backup, or replace it with "npx gatepass keys rotate --compromised ${kid}".`, { cause: error })
      })
    },
    isCurrent: (jwe) => sealedBy(jwe) === current.id
  }
}

async function unseal (jwe: string, { key }: DerivedKey): Promise<JsonWebKey> {
  const { plaintext } = await compactDecrypt(jwe, key, { keyManagementAlgorithms: [ALG], contentEncryptionAlgorithms: [ENC] })
  const jwk: unknown = JSON.parse(Buffer.from(plaintext).toString())
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError('no key is sealed here')
  return { ...jwk }
}

/** The id of the secret's key; undefined for what we have not sealed. */
function sealedBy (jwe: string): string | undefined {
  try {
    return decodeProtectedHeader(jwe).kid
  } catch {
    return undefined
  }
}
