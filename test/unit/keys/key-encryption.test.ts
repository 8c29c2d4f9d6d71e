import { randomBytes } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { generateKeyPairFor } from '../../../src/keys/key-pair.ts'
import { createKeyEncryption } from '../../../src/keys/key-encryption.ts'
import { SecretKeysError } from '../../../src/secrets/secret-keys.ts'

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
