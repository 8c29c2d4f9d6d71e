// Keys that Node accepts, although anybody could sign with them.
import { createHash, createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { generateKeys } from '../../../scripts/generate-keys.js'
import type { PublicJwk } from '../../../src/contract/index.ts'
import { createLocalKeySource } from '../../../src/edge/index.ts'
import { createVerifyingKey } from '../../../src/verify/verification-keys.ts'
import { createKeyMaterial } from '../../support/tokens.ts'

const ED25519 = { kid: 'key', use: 'sig', alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519' } as const
const [es256, eddsa, rs256] = [
  createKeyMaterial('ES256', 'key').jwk, createKeyMaterial('EdDSA', 'key').jwk, createKeyMaterial('RS256', 'key').jwk
]
const modulus = toBigInt(Reflect.get(rs256, 'n'))

function toBigInt (text: string): bigint {
  return BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
}

function toBase64url (value: bigint, zeros = ''): string {
  const hex = value.toString(16)
  return Buffer.from(`${zeros}${hex.length % 2 === 0 ? '' : '0'}${hex}`, 'hex').toString('base64url')
}

/** The error message of a rejected key; undefined for an accepted one. */
function findFault (jwk: object): string | undefined {
  try {
    createVerifyingKey(jwk as PublicJwk)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace('key "key" ', '') : String(error)
  }
}

t.test('an exponent must be odd, and neither too small nor too large', async (t) => {
  for (const e of [0n, 1n, 2n, 3n, 17n, 65_535n, 65_536n, 65_538n, 2n ** 64n + 1n, 2n ** 256n + 1n, modulus - 2n]) {
    t.ok(createPublicKey({ key: { ...rs256, e: toBase64url(e) }, format: 'jwk' }), 'Node accepts it')
    t.match(findFault({ ...rs256, e: toBase64url(e) }), /^(has an exponent|is not in canonical form)/, String(e))
  }
  for (const e of [65_537n, 65_539n, 2n ** 32n + 1n, 2n ** 64n - 1n]) {
    t.equal(
      findFault({ ...rs256, e: toBase64url(e) }), undefined, String(e)
    )
  }
})

t.test('a key with exponent 1, with which anybody can sign, is rejected, alone or in a set', async (t) => {
  const jwk = { ...rs256, e: toBase64url(1n) }
  // RFC 8017 9.2: with exponent 1 the signature is the padded digest itself.
  const digestInfo = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'), createHash('sha256').update('text').digest()
  ])
  const forged = Buffer.concat([Buffer.from('0001', 'hex'), Buffer.alloc(256 - 3 - digestInfo.length, 0xff), Buffer.alloc(1), digestInfo])
  t.ok(verify('sha256', Buffer.from('text'), { key: jwk, format: 'jwk' }, forged), 'Node accepts it')
  t.throws(() => createVerifyingKey(jwk), { message: 'key "key" has an exponent that is not odd, from 65537 up to 64 bits' })
  t.throws(() => createLocalKeySource([es256, { ...jwk, kid: 'other' }]), /exponent/)
})

t.test('a modulus must be odd, without a small factor, and neither too short nor too long', async (t) => {
  const table: Array<[fault: string, modulus: bigint]> = [
    ['has an even modulus', modulus - 1n],
    ['has a modulus with a small factor', 2n ** 2048n - 1n],
    ['has a modulus with a small factor', modulus * 751n],
    ['is shorter than 2048 bits', modulus >> 1n],
    ['is shorter than 2048 bits', modulus >> 1100n],
    ['is longer than 16384 bits', 2n ** 16_384n + 1n]
  ]
  for (const [fault, n] of table) {
    t.ok(createPublicKey({ key: { ...rs256, n: toBase64url(n) }, format: 'jwk' }), 'Node accepts it')
    t.equal(findFault({ ...rs256, n: toBase64url(n) }), fault)
  }
  t.equal(findFault(rs256), undefined)
  t.equal(findFault({ ...rs256, ...generateKeys('rsa', { modulusLength: 4096 }).publicKey.export({ format: 'jwk' }) }), undefined)
})

t.test('a point of small order is rejected: one signature would be valid for many texts', async (t) => {
  const [reduced, others] = [
    ['0000000000000000000000000000000000000000000000000000000000000000', '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f']
  ].map((list) => list.map((hex) => Buffer.from(hex, 'hex')))
  const points = [...reduced ?? [], ...others ?? []].flatMap((point) => [point, withSign(point)])
  for (const point of points) {
    t.equal(
      findFault({ ...ED25519, x: point.toString('base64url') }), 'is a point of small order', point.toString('hex')
    )
  }
  // Proof that such keys are dangerous: Node accepts signatures that nobody made.
  const texts = Array.from({ length: 64 }, (_, index) => Buffer.from(`text ${index}`))
  for (const point of reduced ?? []) {
    const key = createPublicKey({ key: { ...ED25519, x: point.toString('base64url') }, format: 'jwk' })
    t.ok(
      texts.some((text) => (reduced ?? []).some((r) => verify(null, text, key, Buffer.concat([r, Buffer.alloc(32)])))),
      point.toString('hex')
    )
  }
  t.equal(findFault(eddsa), undefined)
})

function withSign (point: Buffer): Buffer {
  const other = Buffer.from(point)
  other[31] = (other[31] ?? 0) | 0x80
  return other
}

t.test('a key must be canonical: no leading zeros, no coordinate of another length, no unused bits', async (t) => {
  const x = Buffer.from(Reflect.get(es256, 'x'), 'base64url')
  const table: Array<[string, object]> = [
    ['an e with zeros', { ...rs256, e: toBase64url(65_537n, '00') }],
    ['an n with zeros', { ...rs256, n: toBase64url(modulus, '0000') }],
    ['an x with zeros', { ...es256, x: Buffer.concat([Buffer.alloc(1), x]).toString('base64url') }],
    ['unused bits', { ...es256, x: `${Reflect.get(es256, 'x').slice(0, -1)}${nextTo(Reflect.get(es256, 'x').slice(-1))}` }]
  ]
  for (const [name, jwk] of table) t.equal(findFault(jwk), 'is not in canonical form', name)
})

/** Another last character that decodes to the same bytes, because two of its bits are unused. */
function nextTo (last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) ^ 1] ?? ''
}

t.test('keys that Node rejects are rejected', async (t) => {
  const x = Buffer.from(Reflect.get(es256, 'x'), 'base64url')
  const table: Array<[string, object]> = [
    ['a point that is not on the curve', { ...es256, x: Buffer.alloc(32, 1).toString('base64url') }],
    ['the point at infinity', { ...es256, x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') }],
    ['a coordinate that is too short', { ...es256, x: x.subarray(1).toString('base64url') }],
    ['an Ed25519 key that is too short', { ...eddsa, x: Buffer.alloc(31, 9).toString('base64url') }],
    ['an Ed25519 key that is too long', { ...eddsa, x: Buffer.alloc(33, 9).toString('base64url') }]
  ]
  for (const [name, jwk] of table) t.not(findFault(jwk), undefined, name)
})

t.test('a private key is rejected', async (t) => {
  const { privateKey } = generateKeys('ed25519')
  t.equal(findFault({ ...ED25519, ...privateKey.export({ format: 'jwk' }) }), 'holds the private part')
})
