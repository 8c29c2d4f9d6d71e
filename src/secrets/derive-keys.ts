import { hkdfSync } from 'node:crypto'

/** A key for one purpose, derived from one of SECRET_KEYS. */
export interface DerivedKey {
  /** Identifies the key without revealing anything of it. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

interface DeriveKeysOptions {
  /** SECRET_KEYS, in order. */
  secretKeys: readonly Buffer[]
  /** Keys for different purposes are independent of each other. */
  purpose: string
  /** Separates services that share a secret. Left out for data that must stay readable when the issuer is renamed. */
  issuer?: string
}

const VERSION = 'v1'
const KEY_BYTES = 32
const ID_BYTES = 8

/**
 * Derives keys from secrets with HKDF-SHA256 (RFC 5869). A derived key reveals neither the secret nor a key for another purpose.
 *
 * @returns a key for each secret, in the same order
 */
export function deriveKeys ({ secretKeys, purpose, issuer = '' }: DeriveKeysOptions): readonly DerivedKey[] {
  return secretKeys.map((secret) => {
    const info = `gatepass ${purpose} ${VERSION} ${issuer}`
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', info, KEY_BYTES + ID_BYTES))
    return { key: bytes.subarray(0, KEY_BYTES), id: bytes.subarray(KEY_BYTES).toString('base64url') }
  })
}
