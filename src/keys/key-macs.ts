import { createHmac, timingSafeEqual } from 'node:crypto'
import type { PublicJwk } from '../contract/index.ts'
import { deriveKeys, type DerivedKey } from '../secrets/index.ts'

/** The purpose of a key. A key with another purpose never signs or verifies access tokens. */
export const ACCESS_TOKEN = 'access-token'

/** What a MAC covers: all that makes a key trusted. Not its times, because the schedule changes them. */
export interface MacInput {
  readonly purpose: string
  /** Includes the kid and the algorithm. */
  readonly publicJwk: PublicJwk
  /** A revoked key gets another MAC, so that nobody without a secret can undo the revocation. */
  readonly isRevoked: boolean
}

export interface Mac {
  /** HMAC-SHA256 in base64url. */
  readonly mac: string
  /** The id of the secret it was made with. */
  readonly macKeyId: string
}

/** Why a row of the table is rejected. */
export type RowRejection = 'malformed' | 'unknown_secret' | 'wrong_mac'

/**
 * Binds public keys to SECRET_KEYS, so that write access to the database is not enough to add a trusted key. The encryption of the private
 * key could not do this: it is deleted when the key stops signing, while the public key still verifies.
 */
export interface KeyMacs {
  /** Uses the first secret. */
  make (key: MacInput): Mac
  /** @returns undefined where the MAC is valid under the secret that it names */
  findFault (key: MacInput, mac: Mac): Extract<RowRejection, 'unknown_secret' | 'wrong_mac'> | undefined
  /** Whether it was made with the first secret. */
  isCurrent (mac: Pick<Mac, 'macKeyId'>): boolean
}

const VERSION = 'gatepass signing key v1'
const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

/** @throws TypeError without a secret */
export function createKeyMacs (secretKeys: readonly Buffer[]): KeyMacs {
  // Not bound to the issuer, for the same reason as the encryption of private keys.
  const keys = deriveKeys({ secretKeys, purpose: 'signing-key-mac' })
  const [current] = keys
  if (current === undefined) throw new TypeError('createKeyMacs needs a secret')

  return {
    make: (key) => ({ mac: computeMac(current, key).toString('base64url'), macKeyId: current.id }),
    findFault (key, { mac, macKeyId }) {
      const secret = keys.find(({ id }) => id === macKeyId)
      if (secret === undefined) return 'unknown_secret'
      const expected = computeMac(secret, key)
      const given = Buffer.from(mac, 'base64url')
      return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'wrong_mac'
    },
    isCurrent: ({ macKeyId }) => macKeyId === current.id
  }
}

function computeMac ({ key }: DerivedKey, input: MacInput): Buffer {
  return createHmac('sha256', key).update(toCanonicalText(input)).digest()
}

/** A list of strings with a fixed length and order, so that no two keys have the same text. */
function toCanonicalText ({ purpose, publicJwk, isRevoked }: MacInput): string {
  const { kid, alg, use } = publicJwk
  const members: Readonly<Record<string, string>> = { ...publicJwk }
  return JSON.stringify([VERSION, purpose, isRevoked ? 'revoked' : 'trusted', kid, alg, use, ...MEMBERS.map((name) => members[name] ?? '')])
}
