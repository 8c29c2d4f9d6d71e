import { findJwkFormat, type PublicJwk } from '../contract/index.ts'

const MIN_RSA_BITS = 2048
// Verification with a longer key takes milliseconds, and has no use.
const MAX_RSA_BITS = 16_384
// FIPS 186-5 A.1.1: odd, and above 2^16. OpenSSL accepts at most 64 bits with a long modulus.
const MIN_EXPONENT = 65_537n
const MAX_EXPONENT = 2n ** 64n
// SP 800-89 5.3.3: a modulus has no factor below 752.
const SMALLEST_FACTOR = 752
/** Of a coordinate of P-256, and of an Ed25519 key. */
const COORDINATE_BYTES = 32

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

/**
 * Finds what neither Node nor the Web Cryptography API looks for in a public key: with some keys that they take, anybody could sign. Both
 * check that a P-256 point is on its curve.
 *
 * @returns the end of a sentence that begins with the key; undefined for a good key
 */
export function findKeyFault (jwk: PublicJwk): string | undefined {
  const format = findJwkFormat({ ...jwk })
  if (format === undefined) return 'is no key for its algorithm'
  if ('d' in jwk) return 'holds the private part'
  if (jwk.kty === 'RSA') return findRsaFault(decode(jwk.n), decode(jwk.e))
  const coordinates = jwk.kty === 'EC' ? [jwk.x, jwk.y] : [jwk.x]
  // RFC 7518 6.2.1.2: of full length.
  if (coordinates.some((coordinate) => decode(coordinate)?.length !== COORDINATE_BYTES)) return 'is not in canonical form'
  return jwk.kty === 'OKP' && isOfSmallOrder(decode(jwk.x) ?? []) ? 'is a point of small order' : undefined
}

function findRsaFault (n: readonly number[] | undefined, e: readonly number[] | undefined): string | undefined {
  // RFC 7518 2: no leading zeros.
  if (n === undefined || e === undefined || n[0] === 0 || e[0] === 0) return 'is not in canonical form'
  const [modulus, exponent] = [toBigInt(n), toBigInt(e)]
  const bits = modulus.toString(2).length
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

function isOfSmallOrder (point: readonly number[]): boolean {
  return SMALL_ORDER_POINTS.has(toHex(point.map((byte, index) => index === COORDINATE_BYTES - 1 ? byte & 0x7f : byte)))
}

/** @returns the bytes of base64url without padding and unused bits; undefined for any other text */
function decode (base64url: string): readonly number[] | undefined {
  try {
    const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
    const encoded = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    return encoded === base64url && text !== '' ? [...text].map((character) => character.charCodeAt(0)) : undefined
  } catch {
    return undefined
  }
}

function toBigInt (bytes: readonly number[]): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}

function toHex (bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
