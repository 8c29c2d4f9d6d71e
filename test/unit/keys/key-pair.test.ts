import { createPublicKey, verify, type VerifyKeyObjectInput } from 'node:crypto'
import t from 'tap'
import { ALGORITHMS, type Algorithm } from '../../../src/contract/index.ts'
import { generateKeyPairFor } from '../../../src/keys/key-pair.ts'
import { createSign } from '../../../src/keys/signers.ts'
import { goodClaims } from '../../support/tokens.ts'

/** The public members, and those that describe the use of the key. */
const MEMBERS: Readonly<Record<Algorithm, readonly string[]>> = {
  ES256: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  EdDSA: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
  RS256: ['alg', 'e', 'kid', 'kty', 'n', 'use']
}

for (const algorithm of ALGORITHMS) {
  t.test(`TF1, TF2, KY3: a key for ${algorithm} signs with that algorithm, and its public JWK has only public members`, async (t) => {
    const { publicJwk, privateJwk } = await generateKeyPairFor(algorithm)
    t.strictSame(Object.keys(publicJwk).sort(), MEMBERS[algorithm])
    t.match(publicJwk, { alg: algorithm, use: 'sig', kid: /^[0-9a-f]{16}$/ })
    t.type(privateJwk.d, 'string')
    t.match(privateJwk, publicJwk)
    const key = createPublicKey({ key: publicJwk, format: 'jwk' })
    if (algorithm === 'RS256') t.equal(key.asymmetricKeyDetails?.modulusLength, 3072)

    const said = goodClaims()
    const [header = '', payload = '', signature = ''] = createSign(privateJwk, publicJwk)(said).split('.')
    t.equal(Buffer.from(header, 'base64url').toString(), JSON.stringify({ alg: algorithm, typ: 'at+jwt', kid: publicJwk.kid }))
    t.strictSame(JSON.parse(Buffer.from(payload, 'base64url').toString()), said)
    const input: VerifyKeyObjectInput = { key, ...(algorithm === 'ES256' && { dsaEncoding: 'ieee-p1363' }) }
    t.equal(
      verify(algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(`${header}.${payload}`), input, Buffer.from(signature, 'base64url')),
      true
    )
  })
}

t.test('KY2: no two keys have the same id', async (t) => {
  const pairs = await Promise.all(Array.from({ length: 200 }, () => generateKeyPairFor('EdDSA')))
  t.equal(new Set(pairs.map(({ publicJwk }) => publicJwk.kid)).size, pairs.length)
})

t.test('a private key belongs to its own public key only', async (t) => {
  const { publicJwk, privateJwk } = await generateKeyPairFor('ES256')
  const other = await generateKeyPairFor('ES256')
  t.throws(() => createSign(privateJwk, other.publicJwk), TypeError)
  t.throws(() => createSign(privateJwk, { ...other.publicJwk, kid: publicJwk.kid }), TypeError)
  t.throws(() => createSign(privateJwk, { ...publicJwk, kid: 'other' }), TypeError)
})
