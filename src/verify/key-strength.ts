import type { KeyObject } from 'node:crypto'
import type { PublicJwk } from '../contract/index.ts'

const MIN_RSA_BITS = 2048
/** A signature under a longer one costs milliseconds, and there is no use for it. */
const MAX_RSA_BITS = 16_384
// FIPS 186-5 A.1.1: odd, and above 2^16. OpenSSL takes no more than 64 bits with a long modulus.
const MIN_EXPONENT = 65_537n
const MAX_EXPONENT = 2n ** 64n
/** SP 800-89 5.3.3: a modulus has no factor below 752. */
const SMALLEST_FACTOR = 752

/**
 * Points of small order (RFC 8032 5.1.7 leaves them to us): under such a key one signature is good for many texts, so anybody can sign.
 * As they are spelled in a key, without the sign of x; the last two are 0 and 1 once more, as numbers that are not reduced.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
])

/**
 * Holds a public key to what Node takes on trust. That a point of P-256 is on its curve Node has seen to.
 *
 * @param key made of the JWK
 * @returns why whoever signs with it could be anybody; undefined for a key that is good
 */
export function findKeyFault (jwk: PublicJwk, key: KeyObject): string | undefined {
  if ('d' in jwk) return 'holds the private part'
  if (!isCanonical(jwk, key)) return 'is not in its one spelling'
  if (jwk.kty === 'RSA') return findRsaFault(toNumber(jwk.n), toNumber(jwk.e), key.asymmetricKeyDetails?.modulusLength ?? 0)
  return jwk.kty === 'OKP' && isOfSmallOrder(jwk.x) ? 'is a point of small order' : undefined
}

/** RFC 7518 2 and 6.2.1.2: no leading zeros, coordinates of full length, no unused bits. */
function isCanonical (jwk: PublicJwk, key: KeyObject): boolean {
  const written = key.export({ format: 'jwk' })
  if (jwk.kty === 'RSA') return jwk.n === written.n && jwk.e === written.e
  return jwk.x === written.x && (jwk.kty === 'OKP' || jwk.y === written.y)
}

function findRsaFault (modulus: bigint, exponent: bigint, bits: number): string | undefined {
  if (bits < MIN_RSA_BITS) return `is shorter than ${MIN_RSA_BITS} bits`
  if (bits > MAX_RSA_BITS) return `is longer than ${MAX_RSA_BITS} bits`
  if (exponent < MIN_EXPONENT || exponent >= MAX_EXPONENT || exponent % 2n === 0n) return 'has an exponent that is not odd, from 65537 up to 64 bits'
  if (modulus % 2n === 0n) return 'has an even modulus'
  for (let factor = 3; factor < SMALLEST_FACTOR; factor += 2) if (modulus % BigInt(factor) === 0n) return 'has a modulus with a small factor'
  return undefined
}

function isOfSmallOrder (x: string): boolean {
  const bytes = Buffer.from(x, 'base64url')
  bytes[31] = (bytes[31] ?? 0) & 0x7f
  return SMALL_ORDER.has(bytes.toString('hex'))
}

function toNumber (base64url: string): bigint {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`)
}
