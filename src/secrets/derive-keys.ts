import { hkdfSync } from 'node:crypto'

/** A key for one purpose, made from one of SECRET_KEYS. */
export interface DerivedKey {
  /** Tells which it is, and nothing of what it is. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

export interface DeriveKeysOptions {
  /** SECRET_KEYS, in their order. */
  secretKeys: readonly Buffer[]
  /** A key is good for this and nothing else. */
  purpose: string
  /** Keeps services apart that share a secret; left out for what belongs to the database, whatever the service is called. */
  issuer?: string
}

const VERSION = 'v1'
const KEY_BYTES = 32
const ID_BYTES = 8

/**
 * Makes keys from secrets with HKDF-SHA256 (RFC 5869): from none of them can the secret, or a key for another purpose, be found.
 *
 * @returns a key for each secret, in their order
 */
export function deriveKeys ({ secretKeys, purpose, issuer = '' }: DeriveKeysOptions): readonly DerivedKey[] {
  return secretKeys.map((secret) => {
    const bytes = expand(secret, `gatepass ${purpose} ${VERSION} ${issuer}`, KEY_BYTES + ID_BYTES)
    return { key: bytes.subarray(0, KEY_BYTES), id: bytes.subarray(KEY_BYTES).toString('base64url') }
  })
}

function expand (secret: Buffer, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length))
}
