import { createPublicKey, type KeyObject } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { findJwkFormat, type Algorithm, type PublicJwk } from '../contract/index.ts'

const MIN_RSA_BITS = 2048
// Verification with a longer key takes milliseconds, and has no use.
const MAX_RSA_BITS = 16_384
// FIPS 186-5 A.1.1: odd, and above 2^16. OpenSSL accepts at most 64 bits with a long modulus.
const MIN_EXPONENT = 65_537n
const MAX_EXPONENT = 2n ** 64n
// SP 800-89 5.3.3: a modulus has no factor below 752.
const SMALLEST_FACTOR = 752

/**
 * Points of small order on Ed25519, which RFC 8032 5.1.7 leaves to the application: with such a key one signature is valid for many
 * texts, so anybody can sign. In hexadecimal without the sign bit of x; the last two are 0 and 1 again, not reduced modulo p.
 */
const SMALL_ORDER_POINTS = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
])

/** A key that verifies signatures of one algorithm. */
export interface VerifyingKey {
  readonly kid: string
  readonly alg: Algorithm
  /** SPKI. */
  readonly pem: string
  /** Returns the payload of a token with a valid signature, else throws. Checks nothing but the signature. */
  verify (token: string): unknown
}

/** The keys that are trusted now. */
export interface KeySource {
  /** @returns the key with exactly this id, the same object for as long as it is trusted */
  find (kid: string): VerifyingKey | undefined
}

/** A key source whose keys are set by its owner. */
export interface LocalKeySource extends KeySource {
  /** Trusts these keys and no others from now on. */
  replace (keys: readonly PublicJwk[]): void
}

interface TrustedKey {
  readonly json: string
  readonly key: VerifyingKey
}

/**
 * @param initial trusted from the start
 * @throws TypeError for a key that cannot be used, or two keys with one id; `replace` then leaves the keys as they were
 */
export function createLocalKeySource (initial: readonly PublicJwk[] = []): LocalKeySource {
  let trusted: ReadonlyMap<string, TrustedKey> = new Map()
  replace(initial)
  return { find: (kid) => trusted.get(kid)?.key, replace }

  function replace (keys: readonly PublicJwk[]): void {
    const next = new Map<string, TrustedKey>()
    for (const jwk of keys) {
      if (next.has(jwk.kid)) throw new TypeError(`two keys have the id "${jwk.kid}"`)
      next.set(jwk.kid, toTrustedKey(jwk, trusted.get(jwk.kid)))
    }
    trusted = next
  }
}

/** An unchanged key stays the same object, so that cached tokens signed with it stay valid. */
function toTrustedKey (jwk: PublicJwk, previous: TrustedKey | undefined): TrustedKey {
  const json = JSON.stringify(jwk)
  return previous?.json === json ? previous : { json, key: createVerifyingKey(jwk) }
}

/**
 * Prepares a public key once, so that no request pays for it. It is used with the one algorithm it names (RFC 8725 3.1).
 *
 * @throws TypeError for a key that does not fit its algorithm, or with which anybody could sign
 */
export function createVerifyingKey (jwk: PublicJwk): VerifyingKey {
  const { kid, alg } = jwk
  const format = findJwkFormat(jwk)
  if (format === undefined) throw new TypeError(`key "${kid}" is no key for its algorithm`)
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const fault = findKeyFault(jwk, key, format.values)
  if (fault !== undefined) throw new TypeError(`key "${kid}" ${fault}`)
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  // No cache: removed keys would stay in it. No clock: times are checked with the claims, on every request.
  const verify = createVerifier({ key: pem, algorithms: [alg], cache: false, ignoreExpiration: true, ignoreNotBefore: true })
  return { kid, alg, pem, verify }
}

/** Checks what Node does not check. Node itself checks that a P-256 point is on its curve. */
function findKeyFault (jwk: PublicJwk, key: KeyObject, values: readonly string[]): string | undefined {
  if ('d' in jwk) return 'holds the private part'
  if (!isCanonicalJwk(jwk, key, values)) return 'is not in canonical form'
  if (jwk.kty === 'RSA') return findRsaFault(toBigInt(jwk.n), toBigInt(jwk.e), key.asymmetricKeyDetails?.modulusLength ?? 0)
  return jwk.kty === 'OKP' && isOfSmallOrder(jwk.x) ? 'is a point of small order' : undefined
}

/** RFC 7518 2 and 6.2.1.2: no leading zeros, coordinates of full length, no unused bits. */
function isCanonicalJwk (jwk: Readonly<Record<string, unknown>>, key: KeyObject, values: readonly string[]): boolean {
  const exported = key.export({ format: 'jwk' })
  return values.every((name) => jwk[name] === exported[name])
}

function findRsaFault (modulus: bigint, exponent: bigint, bits: number): string | undefined {
  if (bits < MIN_RSA_BITS) return `is shorter than ${MIN_RSA_BITS} bits`
  if (bits > MAX_RSA_BITS) return `is longer than ${MAX_RSA_BITS} bits`
  if (exponent < MIN_EXPONENT || exponent >= MAX_EXPONENT || exponent % 2n === 0n) {
    return 'has an exponent that is not odd, from 65537 up to 64 bits'
  }
  if (modulus % 2n === 0n) return 'has an even modulus'
  for (let factor = 3; factor < SMALLEST_FACTOR; factor += 2) {
    if (modulus % BigInt(factor) === 0n) return 'has a modulus with a small factor'
  }
  return undefined
}

function isOfSmallOrder (x: string): boolean {
  const bytes = Buffer.from(x, 'base64url')
  bytes[31] = (bytes[31] ?? 0) & 0x7f
  return SMALL_ORDER_POINTS.has(bytes.toString('hex'))
}

function toBigInt (base64url: string): bigint {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`)
}
