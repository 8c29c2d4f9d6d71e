import { createPublicKey, randomBytes, verify, type VerifyKeyObjectInput } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { ALGORITHMS, type Algorithm } from '../../../src/contract/index.ts'
import { createKeyEncryption, createSign, generateKeyPairFor } from '../../../src/keys/private-keys.ts'
import { SecretKeysError } from '../../../src/secrets/secret-keys.ts'
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

const [older, newer] = [randomBytes(32), randomBytes(32)]

t.test('a key encrypted under one of the secrets is decrypted with all of them, in any order', async (t) => {
  const { privateJwk } = await generateKeyPairFor('ES256')
  const sealed = await createKeyEncryption([older]).encrypt(privateJwk)
  for (const secretKeys of [[older], [older, newer], [newer, older]]) {
    t.strictSame(
      await createKeyEncryption(secretKeys).decrypt(sealed, 'k'), privateJwk
    )
  }
  t.equal(createKeyEncryption([older, newer]).isCurrent(sealed), true)
  t.equal(createKeyEncryption([newer, older]).isCurrent(sealed), false)
})

t.test('the JWE reveals nothing, and no two are the same', async (t) => {
  const { privateJwk } = await generateKeyPairFor('EdDSA')
  const encryption = createKeyEncryption([older])
  const [one, two] = [await encryption.encrypt(privateJwk), await encryption.encrypt(privateJwk)]
  t.not(one, two)
  t.match(decodeProtectedHeader(one), { alg: 'dir', enc: 'A256GCM', cty: 'jwk+json' })
  t.equal(one.split('.').length, 5)
  for (const member of ['d', 'x', 'kid']) {
    t.notOk(
      Buffer.from(one.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1')).join()).includes(
        String(privateJwk[member])
      )
    )
  }
})

t.test('KY8: without the secret decryption fails with one sentence', async (t) => {
  const sealed = await createKeyEncryption([older]).encrypt((await generateKeyPairFor('ES256')).privateJwk)
  const error = await createKeyEncryption([newer]).decrypt(sealed, 'abc').catch((error: unknown) => error)
  t.ok(error instanceof SecretKeysError)
  t.match(error, { message: /^SECRET_KEYS [^\n]+ cannot open the keyring, because key abc was made with another secret: [^\n]+\.$/ })
})

t.test('a JWE that was tampered with is not decrypted', async (t) => {
  const encryption = createKeyEncryption([older])
  const parts = (await encryption.encrypt((await generateKeyPairFor('ES256')).privateJwk)).split('.')
  const changed = (index: number) => parts.map((part, at) => at === index ? `${part[0] === 'A' ? 'B' : 'A'}${part.slice(1)}` : part).join(
    '.'
  )
  for (const index of [2, 3, 4]) {
    await t.rejects(
      encryption.decrypt(changed(index), 'abc'), { message: /^The private key abc in the database is damaged: [^\n]+\.$/ }
    )
  }
  for (const jwe of ['', 'x', 'a.b.c.d.e', changed(0)]) {
    t.ok(
      await encryption.decrypt(jwe, 'abc').catch((error: unknown) => error) instanceof SecretKeysError, jwe
    )
  }
})

t.test('an empty list of secrets is rejected', async (t) => {
  t.throws(() => createKeyEncryption([]), TypeError)
})
