import { createHash } from 'node:crypto'
import type { AccessClaims } from '../../../src/contract/index.ts'
import { goodClaims, goodHeader, mint, segment, type KeyMaterial, createKeyMaterial } from '../../support/tokens.ts'

type Tokens = Array<[name: string, token: string]>

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const ED25519_ORDER = (1n << 252n) + 27742317777372353535851937790883648493n

/** Tokens with a valid header and valid claims, but an invalid signature. */
export function hostileSignatures (material: KeyMaterial, claims: AccessClaims): Tokens {
  const good = mint(material, claims)
  const input = good.slice(0, good.lastIndexOf('.'))
  const signature = material.sign(input)
  const forged = `${segment(goodHeader(material))}.${segment({ ...claims, role: 'admin' })}`
  const signed = (bytes: Buffer | Uint8Array) => `${input}.${Buffer.from(bytes).toString('base64url')}`
  const stranger = createKeyMaterial(material.jwk.alg, material.jwk.kid)
  return [
    ['signed by another key of the same kid', mint(stranger, claims)],
    ['the signature of another token', `${input}.${mint(material, goodClaims()).split('.')[2]}`],
    ['claims changed after signing', `${forged}.${signature.toString('base64url')}`],
    [
      'header changed after signing',
      `${segment({ ...goodHeader(material), typ: 'AT+JWT' })}.${segment(claims)}.${signature.toString('base64url')}`
    ],
    ['zeros', signed(Buffer.alloc(signature.length))],
    ['one zero', signed(Buffer.alloc(1))],
    ['ones', signed(Buffer.alloc(signature.length, 0xff))],
    ['a hash', signed(createHash('sha256').update(input).digest())],
    ['cut by a byte', signed(signature.subarray(0, -1))],
    ['cut in half', signed(signature.subarray(0, signature.length / 2))],
    ['longer by a zero', signed(Buffer.concat([signature, Buffer.alloc(1)]))],
    ['longer by a zero at the front', signed(Buffer.concat([Buffer.alloc(1), signature]))],
    ['twice', signed(Buffer.concat([signature, signature]))],
    ['reversed', signed(Uint8Array.from(signature).reverse())],
    ['a bit turned at the front', signed(turned(signature, 0))],
    ['a bit turned at the end', signed(turned(signature, signature.length - 1))],
    ['of the payload alone', `${input}.${material.sign(input.split('.')[1] ?? '').toString('base64url')}`],
    ['of the input without its last character', `${input}.${material.sign(input.slice(0, -1)).toString('base64url')}`],
    ...material.jwk.alg === 'ES256' ? curveSignatures(signed, signature) : [],
    ...material.jwk.alg === 'EdDSA' ? edwardsSignatures(signed, signature) : []
  ]
}

function curveSignatures (signed: (bytes: Buffer) => string, signature: Buffer): Tokens {
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
  const order = toBytes(P256_ORDER)
  return [
    ['r and s changed places', signed(Buffer.concat([s, r]))],
    ['r of zero', signed(Buffer.concat([Buffer.alloc(32), s]))],
    ['s of zero', signed(Buffer.concat([r, Buffer.alloc(32)]))],
    // CVE-2022-21449 and variants.
    ['r and s of one', signed(Buffer.concat([toBytes(1n), toBytes(1n)]))],
    ['r and s of the order', signed(Buffer.concat([order, order]))],
    ['r of the order', signed(Buffer.concat([order, s]))],
    ['r of one, s of the order less one', signed(Buffer.concat([toBytes(1n), toBytes(P256_ORDER - 1n)]))],
    ['s beyond the order', signed(Buffer.concat([r, toBytes((toBigInt(s) + P256_ORDER) % (1n << 256n))]))],
    ['DER', signed(Buffer.concat([Buffer.from([0x30, 0x46, 0x02, 0x21, 0]), r, Buffer.from([0x02, 0x21, 0]), s]))]
  ]
}

function edwardsSignatures (signed: (bytes: Buffer) => string, signature: Buffer): Tokens {
  const [point, scalar] = [signature.subarray(0, 32), Buffer.from(signature.subarray(32)).reverse()]
  // RFC 8032 5.1.7: s must be below the order, or one signature has two encodings.
  return [['s beyond the order', signed(Buffer.concat([point, toBytes(toBigInt(scalar) + ED25519_ORDER).reverse()]))]]
}

/** The same token with the other valid ECDSA signature, which anybody can compute: (r, n - s). */
export function toTwin (token: string): string {
  const at = token.lastIndexOf('.') + 1
  const signature = Buffer.from(token.slice(at), 'base64url')
  const twin = Buffer.concat([signature.subarray(0, 32), toBytes(P256_ORDER - toBigInt(signature.subarray(32)))])
  return token.slice(0, at) + twin.toString('base64url')
}

function turned (bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index)
  return copy
}

function toBigInt (bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function toBytes (value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
}
