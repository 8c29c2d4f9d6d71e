import { randomBytes } from 'node:crypto'
import { createEncryption, SecretKeysError, UnknownSecretError, type Encryption } from '../secrets/index.ts'

/** As a row has it. */
export interface SealedSecret {
  /** Compact JWE. */
  jwe: string
  /** Which of SECRET_KEYS it is encrypted under: for counting rows. */
  keyId: string
}

/** Encrypts the secrets of TOTP under the first of SECRET_KEYS, bound to their users. */
interface TotpSecrets extends Pick<Encryption, 'keyIds' | 'isCurrent' | 'isKnown'> {
  seal (userId: string, secret: Buffer): Promise<SealedSecret>
  /**
   * @param userId whose row it is
   * @throws SecretKeysError for one that is encrypted under an unknown secret, damaged, or another user's
   */
  open (userId: string, jwe: string): Promise<Buffer>
}

/** RFC 4226 4, R6: 160 bits are recommended. */
const SECRET_BYTES = 20

/** A new secret of a user. */
export function createTotpSecret (): Buffer {
  return randomBytes(SECRET_BYTES)
}

export function createTotpSecrets (secretKeys: readonly Buffer[]): TotpSecrets {
  const { keyIds, encrypt, decrypt, isCurrent, isKnown } = createEncryption({ secretKeys, purpose: 'totp-secret', contentType: 'json' })
  return {
    keyIds,
    isCurrent,
    isKnown,
    seal: async (userId, secret) => ({ jwe: await encrypt({ sub: userId, secret: secret.toString('base64url') }), keyId: keyIds[0] }),
    async open (userId, jwe) {
      const value = await decrypt(jwe).catch((error: unknown) => { throw toSecretKeysError(userId, error) })
      // Whoever writes to the database could give a victim the secret of an account of their own.
      const isOwn = 'sub' in value && value.sub === userId && 'secret' in value && typeof value.secret === 'string'
      if (!isOwn) throw new SecretKeysError(`The TOTP secret of user ${userId} in the database is another user's: ${REMEDY}.`)
      return Buffer.from(value.secret as string, 'base64url')
    }
  }
}

const REMEDY = 'find out who has written to it, then run "npx gatepass user remove-factors" for this user'

function toSecretKeysError (userId: string, cause: unknown): SecretKeysError {
  const problem = cause instanceof UnknownSecretError
    ? 'was made with a secret that is not in SECRET_KEYS: put it back'
    : 'in the database is damaged: restore it from a backup'
  const remedy = 'or run "npx gatepass user remove-factors" for this user'
  return new SecretKeysError(`The TOTP secret of user ${userId} ${problem}, ${remedy}.`, { cause })
}
