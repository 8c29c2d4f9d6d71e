import { createHmac, randomBytes } from 'node:crypto'
import t from 'tap'
import { deriveKeys } from '../../../src/secrets/derive-keys.ts'

const secret = randomBytes(32)
const options = { secretKeys: [secret], purpose: 'refresh-token', issuer: 'https://auth.example.com' }

t.test('there is one key for each secret, in order, and it is deterministic', async (t) => {
  const other = randomBytes(32)
  const keys = deriveKeys({ ...options, secretKeys: [secret, other] })
  t.strictSame(keys, [...deriveKeys(options), ...deriveKeys({ ...options, secretKeys: [other] })])
  t.strictSame(keys.map(({ key }) => key.length), [32, 32])
})

t.test('KY9: another purpose, issuer or secret gives another key', async (t) => {
  const all = [
    options, { ...options, purpose: 'signing-key' }, { ...options, issuer: 'https://other.example.com' },
    { secretKeys: [secret], purpose: 'refresh-token' }, { ...options, secretKeys: [randomBytes(32)] }
  ]
    .flatMap((options) => deriveKeys(options))
  t.equal(new Set(all.map(({ key }) => key.toString('hex'))).size, all.length)
  t.equal(new Set(all.map(({ id }) => id)).size, all.length)
  for (const { key, id } of all) {
    t.notOk(
      key.includes(secret.subarray(0, 8)) || key.includes(Buffer.from(id, 'base64url')),
      'neither the secret nor the id is a part of it'
    )
  }
})

t.test('keys are derived with HKDF-SHA256 (RFC 5869), with purpose, version and issuer as info', async (t) => {
  const hmac = (key: Buffer, ...parts: Buffer[]) => parts.reduce((hash, part) => hash.update(part), createHmac('sha256', key)).digest()
  const info = Buffer.from('gatepass refresh-token v1 https://auth.example.com')
  const extracted = hmac(Buffer.alloc(32), secret)
  const first = hmac(extracted, info, Buffer.from([1]))
  const second = hmac(extracted, first, info, Buffer.from([2]))
  t.strictSame(deriveKeys(options), [{ key: first, id: second.subarray(0, 8).toString('base64url') }])
})
