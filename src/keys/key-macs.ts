import { createHmac, timingSafeEqual } from 'node:crypto'
import type { PublicJwk } from '../contract/index.ts'
import { deriveKeys, type DerivedKey } from '../secrets/index.ts'

/** What a key is for. One that is made for something else is never taken for this. */
export const ACCESS_TOKEN = 'access-token'

/** What a MAC speaks of: all that makes a key trusted. Its times are not among it, for the timetable moves them. */
export interface BoundKey {
  readonly purpose: string
  /** With its kid and its algorithm. */
  readonly publicJwk: PublicJwk
  /** A revoked key has another MAC than before, so that nobody without a secret can take the revocation back. */
  readonly isRevoked: boolean
}

export interface Mac {
  /** HMAC-SHA256 in base64url. */
  readonly mac: string
  /** Which of SECRET_KEYS it was made with. */
  readonly macKeyId: string
}

/** Why a row of the table is not believed. */
export type Rejection = 'malformed' | 'unknown_secret' | 'wrong_mac'

/**
 * Binds public keys to SECRET_KEYS, so that writing to the database is not enough to have a key trusted. It outlives the private part,
 * which goes when a key will not sign again, while the public one goes on verifying.
 */
export interface KeyMacs {
  /** With the first secret. */
  make (key: BoundKey): Mac
  /** With the one that it names. Undefined where the MAC is good. */
  findFault (key: BoundKey, mac: Mac): Extract<Rejection, 'unknown_secret' | 'wrong_mac'> | undefined
  /** Whether it would be made with the same secret now. */
  isCurrent (mac: Pick<Mac, 'macKeyId'>): boolean
}

const VERSION = 'gatepass signing key v1'
const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

/** @throws TypeError without a secret */
export function createKeyMacs (secretKeys: readonly Buffer[]): KeyMacs {
  // Not bound to the issuer, as the encryption of private keys is not: with another PORT the keyring would be lost.
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

function computeMac ({ key }: DerivedKey, bound: BoundKey): Buffer {
  return createHmac('sha256', key).update(toCanonicalText(bound)).digest()
}

/** A list of strings, always as many and in this order: no two keys have the same text. */
function toCanonicalText ({ purpose, publicJwk, isRevoked }: BoundKey): string {
  const { kid, alg, use } = publicJwk
  const members: Readonly<Record<string, string>> = { ...publicJwk }
  return JSON.stringify([VERSION, purpose, isRevoked ? 'revoked' : 'trusted', kid, alg, use, ...MEMBERS.map((name) => members[name] ?? '')])
}
