import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { PublicJwk } from '../../../src/contract/index.ts'
import { deriveKeys } from '../../../src/secrets/secret-keys.ts'
import { createKeyMacs, type MacInput } from '../../../src/keys/key-macs.ts'
import { generateKeyPairFor } from '../../../src/keys/private-keys.ts'

const [older, newer, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)]

const ES256: PublicJwk = { kid: '0123456789abcdef', alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB' }
const RS256: PublicJwk = { kid: '0123456789abcdef', alg: 'RS256', use: 'sig', kty: 'RSA', n: 'AAAA', e: 'BBBB' }
const key: MacInput = { purpose: 'access-token', publicJwk: ES256, isRevoked: false }

t.test('a MAC under one of the secrets is valid with all of them, in any order', async (t) => {
  const mac = createKeyMacs([older, newer]).make(key)
  for (const secretKeys of [
    [older], [older, newer], [newer, older], [foreign, newer, older]
  ]) t.equal(createKeyMacs(secretKeys).findFault(key, mac), undefined)
  t.equal(createKeyMacs([newer, foreign]).findFault(key, mac), 'unknown_secret')
  t.equal(createKeyMacs([older]).isCurrent(mac), true)
  t.equal(createKeyMacs([newer, older]).isCurrent(mac), false)
  t.throws(() => createKeyMacs([]), TypeError)
})

t.test('the first secret makes the MAC, in any order of members', async (t) => {
  const macs = createKeyMacs([newer, older])
  const { mac, macKeyId } = macs.make(key)
  t.equal(macKeyId, deriveKeys({ secretKeys: [newer], purpose: 'signing-key-mac' })[0]?.id)
  t.equal(Buffer.from(mac, 'base64url').length, 32)
  t.strictSame(macs.make({ ...key, publicJwk: Object.fromEntries(Object.entries(ES256).reverse()) as PublicJwk }), { mac, macKeyId })
})

t.test('another kid, algorithm, key, purpose or state has another MAC', async (t) => {
  const macs = createKeyMacs([older])
  const made = macs.make(key)
  const others: ReadonlyArray<[string, MacInput]> = [
    ['kid', { ...key, publicJwk: { ...ES256, kid: '0123456789abcdee' } }],
    ['algorithm', { ...key, publicJwk: { kid: ES256.kid, alg: 'EdDSA', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } }],
    ['coordinates, the same text in other members', { ...key, publicJwk: { ...ES256, x: 'AAAAB', y: 'BBB' } }],
    ['kind, the same text in other members', { ...key, publicJwk: RS256 }],
    ['purpose', { ...key, purpose: 'id-token' }],
    ['state', { ...key, isRevoked: true }],
    ['pair', { ...key, publicJwk: { ...(await generateKeyPairFor('ES256')).publicJwk, kid: ES256.kid } }]
  ]
  for (const [name, other] of others) {
    t.equal(macs.findFault(other, made), 'wrong_mac', name)
    t.not(macs.make(other).mac, made.mac, name)
  }
})

t.test('a malformed MAC is wrong and does not throw', async (t) => {
  const macs = createKeyMacs([older])
  const { mac, macKeyId } = macs.make(key)
  for (const wrong of ['', mac.slice(1), `${mac}AA`, `${mac} `, 'x'.repeat(10_000), '\u0000', `${mac.slice(0, -2)}AA`]) {
    const fault = macs.findFault(key, { mac: wrong, macKeyId })
    t.equal(
      fault, Buffer.from(wrong, 'base64url').equals(Buffer.from(mac, 'base64url')) ? undefined : 'wrong_mac',
      JSON.stringify(wrong.slice(0, 60))
    )
  }
  t.equal(macs.findFault(key, { mac, macKeyId: '' }), 'unknown_secret')
})
