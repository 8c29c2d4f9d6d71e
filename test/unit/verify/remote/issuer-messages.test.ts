import t from 'tap'
import { ALGORITHMS } from '../../../../src/contract/index.ts'
import { parseJwks } from '../../../../src/verify/remote/issuer-messages.ts'
import { createKeyMaterial } from '../../../support/tokens.ts'

const jwks = ALGORITHMS.map((alg) => createKeyMaterial(alg).jwk)
const [es256, eddsa, rs256] = jwks

t.test('keys of each algorithm are read, with their known members only', async (t) => {
  t.strictSame(parseJwks({ keys: jwks }), jwks)
  t.strictSame(parseJwks({ keys: jwks.map((jwk) => ({ ...jwk, x5u: 'https://evil.example', key_ops: ['verify'] })) }), jwks)
  t.strictSame(parseJwks({ keys: [] }), [])
})

t.test('keys of other kinds or uses are skipped (RFC 7517 5)', async (t) => {
  const others = [
    { ...es256, kid: 'a', use: 'enc' },
    { ...es256, kid: 'b', alg: 'ES384', crv: 'P-384' },
    { ...es256, kid: 'c', alg: 'HS256' },
    { ...es256, kid: 'd', crv: 'P-384' },
    { ...eddsa, kid: 'e', crv: 'Ed448' },
    { ...rs256, kid: 'f', alg: 'PS256' },
    { ...es256, kid: 'h', key_ops: ['sign'] },
    { ...es256, kid: 'i', key_ops: [] },
    { ...es256, kid: 'j', key_ops: 'verify' },
    { kty: 'AKP', kid: 'g', alg: 'ML-DSA-44', use: 'sig', pub: 'AAAA' }
  ]
  t.strictSame(parseJwks({ keys: [...others, es256] }), [es256])
})

t.test('a set with a malformed key is refused as a whole', async (t) => {
  const table: Array<[string, unknown]> = [
    ['null', null],
    ['a list', [es256]],
    ['no keys', {}],
    ['keys by name', { keys: { a: es256 } }],
    ['a key that is text', { keys: [es256, 'key'] }],
    ['a key that is null', { keys: [es256, null] }],
    ['two of one id', { keys: [es256, { ...eddsa, kid: es256?.kid }] }],
    ['no id', { keys: [{ ...es256, kid: undefined }] }],
    ['an empty id', { keys: [{ ...es256, kid: '' }] }],
    ['an id that is a number', { keys: [{ ...es256, kid: 1 }] }],
    ['an endless id', { keys: [{ ...es256, kid: 'k'.repeat(300) }] }],
    ['no x', { keys: [{ ...es256, x: undefined }] }],
    ['an x that is no base64url', { keys: [{ ...es256, x: 'a+b/' }] }],
    ['a y that is a number', { keys: [{ ...es256, y: 1 }] }],
    ['an endless n', { keys: [{ ...rs256, n: 'A'.repeat(2732) }] }],
    ['too many keys', { keys: Array.from({ length: 257 }, (_, index) => ({ ...es256, kid: `k${index}` })) }],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member): [string, unknown] => [
      `a private ${member}`, { keys: [es256, { ...eddsa, [member]: 'AAAA' }] }
    ]),
    ['a symmetric key', { keys: [es256, { kty: 'oct', kid: 'x', k: 'AAAA' }] }]
  ]
  for (const [name, value] of table) t.throws(() => parseJwks(value), TypeError, name)
})
