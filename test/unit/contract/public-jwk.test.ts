import t from 'tap'
import { generateKeys } from '../../../scripts/generate-keys.js'
import { ALGORITHMS, findJwkFormat, parsePublicJwk } from '../../../src/contract/public-jwk.ts'
import { createKeyMaterial } from '../../support/tokens.ts'

t.test('KY2: a public key is parsed with exactly its public members', async (t) => {
  for (const alg of ALGORITHMS) {
    const { jwk } = createKeyMaterial(alg)
    t.strictSame(parsePublicJwk({ ...jwk, key_ops: ['sign'], x5u: 'https://evil.example', d: 'secret' }), jwk)
    t.strictSame(Object.keys(parsePublicJwk(jwk) ?? {}), Object.keys(jwk), 'in the same order')
  }
})

t.test('a key of no known format, or not for signatures, is undefined', async (t) => {
  const { jwk } = createKeyMaterial('ES256')
  for (const change of [
    { alg: 'HS256' }, { alg: 'EdDSA' }, { alg: 'RS256' }, { use: 'enc' }, { use: undefined }, { kty: 'oct' }, { crv: 'P-384' }
  ]) {
    t.equal(parsePublicJwk({ ...jwk, ...change }), undefined, JSON.stringify(change))
  }
  for (const name of ['constructor', '__proto__', 'toString']) t.equal(findJwkFormat({ ...jwk, alg: name }), undefined, name)
  t.equal(
    findJwkFormat({ alg: 'ES256', ...generateKeys('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) }),
    undefined
  )
})

t.test('a malformed member is an error', async (t) => {
  const { jwk } = createKeyMaterial('ES256')
  const broken = [
    { kid: undefined }, { kid: '' }, { kid: 7 }, { kid: 'k'.repeat(257) }, { x: undefined }, { y: '' }, { y: 'a+b' },
    { y: ['a'] }, { x: 'A'.repeat(2732) }
  ]
  for (const change of broken) t.throws(() => parsePublicJwk({ ...jwk, ...change }), TypeError, JSON.stringify(change))
})
