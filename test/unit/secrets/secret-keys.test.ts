import { createHmac, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { deriveKeys, loadSecretKeys, SecretKeysError } from '../../../src/secrets/secret-keys.ts'

t.test('configured secrets are used as they are, and nothing is written', async (t) => {
  const dataDir = join(t.testdir(), 'data')
  const secretKeys = [randomBytes(32), randomBytes(48)]
  t.equal(await loadSecretKeys({ secretKeys, dataDir }), secretKeys)
  await t.rejects(stat(dataDir))
})

t.test('without a configured secret one is created and kept, readable by its owner only', async (t) => {
  const dataDir = join(t.testdir(), 'deep', 'data')
  const first = await loadSecretKeys({ secretKeys: [], dataDir })
  t.equal(first.length, 1)
  t.equal(first[0]?.length, 32)
  t.equal((await stat(join(dataDir, 'secret'))).mode & 0o777, 0o600)
  t.strictSame(await loadSecretKeys({ secretKeys: [], dataDir }), first)
  t.notSame(await loadSecretKeys({ secretKeys: [], dataDir: join(t.testdir(), 'other') }), first)
})

t.test('processes that create the secret at the same time get the same one, and no temporary file remains', async (t) => {
  const dataDir = join(t.testdir(), 'data')
  const loaded = await Promise.all(Array.from({ length: 20 }, () => loadSecretKeys({ secretKeys: [], dataDir })))
  for (const secretKeys of loaded) t.strictSame(secretKeys, loaded[0])
  t.strictSame(await readdir(dataDir), ['secret'])
})

t.test('a byte order mark or another line end does not change the secret', async (t) => {
  const dataDir = t.testdir()
  const secret = randomBytes(32)
  for (const text of [`\uFEFF${secret.toString('base64')}\n`, `${secret.toString('base64')}\r\n`, secret.toString('base64')]) {
    await writeFile(join(dataDir, 'secret'), text)
    t.strictSame(await loadSecretKeys({ secretKeys: [], dataDir }), [secret], JSON.stringify(text))
  }
})

t.test('a damaged file fails with one sentence that names the file and not its content, and is not changed', async (t) => {
  const dataDir = t.testdir()
  const path = join(dataDir, 'secret')
  const good = randomBytes(32).toString('base64')
  for (const text of ['', '\n', good.slice(0, -2), `${good}${good}`, `${good}\n\n`, ` ${good}`, 'x'.repeat(44), '\0'.repeat(45)]) {
    await writeFile(path, text)
    const error = await loadSecretKeys({ secretKeys: [], dataDir }).catch((error: unknown) => error)
    t.ok(error instanceof SecretKeysError, JSON.stringify(text))
    const sentence = error instanceof Error ? error.message : ''
    t.match(sentence, /^The secret in [^\n]+ is damaged: [^\n]+\.$/)
    t.ok(sentence.includes(path) && !sentence.includes(good.slice(0, 20)))
    t.equal(await readFile(path, 'utf8'), text)
  }
  await writeFile(path, good)
  t.strictSame(await loadSecretKeys({ secretKeys: [], dataDir }), [Buffer.from(good, 'base64')], 'a line break at the end is not needed')
})

const posix = { skip: process.getuid === undefined && 'there are no modes here' }
const root = { skip: process.getuid?.() !== 0 && 'only root can give a file away' }

t.test('a file that others may read, as after a restore, is restricted to its owner and logged', posix, async (t) => {
  const dataDir = t.testdir({ secret: randomBytes(32).toString('base64') })
  const path = join(dataDir, 'secret')
  await chmod(path, 0o644)
  const told: unknown[] = []
  await loadSecretKeys({ secretKeys: [], dataDir, log: { warn: (details, sentence) => { told.push(details, sentence) } } })
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.strictSame(
    told,
    [{ event: 'secret_closed', path }, 'other users of this machine could read the secret; its permissions are restricted now']
  )
})

t.test('a file of another user is rejected and not changed', root, async (t) => {
  const dataDir = t.testdir({ secret: randomBytes(32).toString('base64') })
  const path = join(dataDir, 'secret')
  await chown(path, 65_534, 65_534)
  await t.rejects(loadSecretKeys({ secretKeys: [], dataDir }), { message: /^The secret in [^\n]+ belongs to another user: [^\n]+\.$/ })
  t.equal((await stat(path)).uid, 65_534)
})

t.test('a file that cannot be read or created fails with one sentence, too', async (t) => {
  const dataDir = t.testdir({ file: '' })
  await mkdir(join(dataDir, 'secret'))
  await t.rejects(loadSecretKeys({ secretKeys: [], dataDir }), { message: /^The secret in [^\n]+ cannot be read or made \(EISDIR\)\.$/ })
  await t.rejects(
    loadSecretKeys({ secretKeys: [], dataDir: join(dataDir, 'file') }),
    { message: /^The secret in [^\n]+ cannot be read or made \(ENOTDIR\)\.$/ }
  )
})

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
