import { availableParallelism } from 'node:os'
import { hash as argon2Hash } from 'argon2'
import fc from 'fast-check'
import t from 'tap'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { preparePassword } from '../../../src/passwords/policy.ts'
import { InvalidRequestError, OverloadedError } from '../../../src/errors.ts'
import { isInTime } from '../../support/patience.ts'
import { PASSWORD } from '../../support/password.ts'

const cheap = { memoryKib: 1024, passes: 1, parallelism: 1 }

t.test('PW9, PW10: a hash is argon2id at the parameters given, with a salt of its own', async (t) => {
  const hasher = createPasswordHasher({ memoryKib: 19_456, passes: 2, parallelism: 1 })
  const [first, second] = [await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)]
  for (const hash of [first, second]) t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.not(first, second)
  t.equal(await hasher.verify(first, PASSWORD), true)
  t.equal(await hasher.verify(second, PASSWORD), true)
})

t.test('PW4: a password is compared byte by byte, to the last', async (t) => {
  const hasher = createPasswordHasher(cheap)
  const long = 'x'.repeat(100)
  const table: Array<[password: string, other: string]> = [
    [PASSWORD, `${PASSWORD} `], [PASSWORD, ` ${PASSWORD}`], [PASSWORD, PASSWORD.toUpperCase()],
    [long, `${'x'.repeat(72)}y${'x'.repeat(27)}`], [long, 'x'.repeat(99)],
    ['josé josé', 'jose jose'], ['ａbc ａbc', 'abc abc'], ['a\tb', 'a b'], ['a\u200bb', 'ab'], ['ﬁnal', 'final'], ['a  b', 'a b'], ['Å', 'å']
  ]
  for (const [password, other] of table) {
    const hash = await hasher.hash(password)
    t.equal(await hasher.verify(hash, password), true)
    t.equal(await hasher.verify(hash, other), false, JSON.stringify(other))
  }
})

t.test('PW5: a password is the same in every Unicode form and with every kind of space (RFC 8265, OpaqueString)', async (t) => {
  const hasher = createPasswordHasher(cheap)
  const same = ['josé garçon', '비밀번호 각하', 'mật khẩu tiếng Việt', 'ガード パスワード', '\u212bngström \u2126', 'क़लम दवात']
  for (const password of same) {
    for (const [typed, retyped] of [['NFC', 'NFD'], ['NFD', 'NFC']] as const) {
      t.equal(await hasher.verify(await hasher.hash(password.normalize(typed)), password.normalize(retyped)), true, `${password}, ${typed}`)
    }
  }
  const hash = await hasher.hash('two words')
  for (const space of '\u00a0\u1680\u2000\u2001\u2002\u2009\u200a\u202f\u205f\u3000') {
    t.equal(await hasher.verify(hash, `two${space}words`), true, JSON.stringify(space))
  }
  // The examples of RFC 8265 4.3.
  t.equal(preparePassword('Correct Horse Battery Staple'), 'Correct Horse Battery Staple')
  t.equal(preparePassword('πß\u00e5'), 'πßå')
  t.equal(preparePassword('Jack of \u2666s'), 'Jack of ♦s')
  t.equal(preparePassword('foo\u1680bar'), 'foo bar')
  t.throws(() => preparePassword(''), InvalidRequestError)
})

t.test('preparation is idempotent', async () => {
  const signs = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\u2000', '\u00a0', '\u0301', '\u0345', 'e', '\u1100', '\u1161', '\u11a8', '\ufb2c', '\u0958')
  )
  const texts = fc.array(signs, { minLength: 1 }).map((parts) => `a${parts.join('')}`.replaceAll('\0', ''))
  fc.assert(fc.property(texts, (text) => {
    const prepared = preparePassword(text)
    return preparePassword(prepared) === prepared && preparePassword(text.normalize('NFD')) === prepared
  }), { numRuns: 5000 })
})

t.test('PW5: malformed text is refused before any work', async (t) => {
  const hasher = createPasswordHasher(cheap)
  const replacement = await hasher.hash('\ufffd')
  for (const password of ['a\0', '\0', '\ud800', 'a\udc00b', '']) {
    await t.rejects(hasher.hash(password), InvalidRequestError)
    await t.rejects(hasher.verify(replacement, password), InvalidRequestError, 'or a lone surrogate would equal U+FFFD')
  }
})

t.test('a hash with weaker parameters than the current ones needs a rehash', async (t) => {
  const hasher = createPasswordHasher({ memoryKib: 2048, passes: 2, parallelism: 1 })
  const hashWith = (memoryCost: number, timeCost: number, parallelism = 1) => argon2Hash(PASSWORD, { memoryCost, timeCost, parallelism })
  t.equal(hasher.needsRehash(await hashWith(1024, 2)), true)
  t.equal(hasher.needsRehash(await hashWith(2048, 1)), true)
  t.equal(hasher.needsRehash(await hashWith(2048, 2)), false)
  t.equal(hasher.needsRehash(await hashWith(4096, 3, 2)), false, 'stronger hashes are kept')
  t.equal(hasher.needsRehash('nonsense'), false)
})

t.test('PW12, F26: an untrusted hash costs as much as a wrong password, and fails', async (t) => {
  const hasher = createPasswordHasher(cheap)
  const tail = `$${'c2FsdHNhbHRzYWx0c2FsdA'}$${'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'}`
  const poison = [
    '', 'nonsense', '$argon2id$', PASSWORD,
    '$2b$10$abcdefghijklmnopqrstuuzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', `$argon2i$v=19$m=1024,t=1,p=1${tail}`,
    `$argon2id$v=16$m=1024,t=1,p=1${tail}`, `$argon2id$m=1024,t=1,p=1${tail}`,
    `$argon2id$v=19$m=4194304,t=1,p=1${tail}`, `$argon2id$v=19$m=1048577,t=1,p=1${tail}`,
    `$argon2id$v=19$m=1024,t=99,p=1${tail}`, `$argon2id$v=19$m=1024,t=1,p=99${tail}`,
    `$argon2id$v=19$m=0,t=1,p=1${tail}`, `$argon2id$v=19$m=1,t=1,p=1${tail}`,
    `$argon2id$v=19$m=1e9,t=1,p=1${tail}`, `$argon2id$v=19$m=1024,t=1,p=1$c2FsdA$${'aGFzaA'}`,
    `$argon2id$v=19$m=1024,t=1,p=1,data=AAAA${tail}`, `$argon2id$v=19$m=1024,t=1,p=1${tail}\n`
  ]
  const startedAt = performance.now()
  for (const hash of poison) t.equal(await hasher.verify(hash, PASSWORD), false, hash)
  t.ok(isInTime(performance.now() - startedAt, 5000))
  t.equal(hasher.load.untrusted, poison.length)
  t.equal(await hasher.verify(await hasher.hash(PASSWORD), PASSWORD), true, 'other hashes are verified as before')
})

t.test('an unknown user costs as much as a wrong password', async (t) => {
  const hasher = createPasswordHasher({ memoryKib: 19_456, passes: 2, parallelism: 1 })
  const hash = await hasher.hash(PASSWORD)
  const times = { unknown: [] as number[], wrong: [] as number[] }
  for (let round = 0; round < 15; round++) {
    for (const [name, stored] of [['unknown', undefined], ['wrong', hash]] as const) {
      const startedAt = performance.now()
      t.equal(await hasher.verify(stored, 'wrong'), false)
      times[name].push(performance.now() - startedAt)
    }
  }
  const [unknown, wrong] = [median(times.unknown), median(times.wrong)]
  t.ok(unknown > wrong / 2 && unknown < wrong * 2, `unknown ${unknown} ms, wrong ${wrong} ms`)
})

t.test('AV3: hashes beyond the concurrency wait, and those beyond the queue are rejected at once', async (t) => {
  const hasher = createPasswordHasher({ ...cheap, concurrency: 2, maxQueue: 3 })
  const all = Array.from({ length: 9 }, () => hasher.hash(PASSWORD))
  t.match(hasher.load, { running: 2, waiting: 3, refused: 4 })
  const outcomes = await Promise.allSettled(all)
  t.strictSame(outcomes.map(({ status }) => status), [...Array(5).fill('fulfilled'), ...Array(4).fill('rejected')])
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.type(outcome.reason, OverloadedError)
  t.match(hasher.load, { running: 0, waiting: 0, refused: 4 })
  t.equal(await hasher.verify(await hasher.hash(PASSWORD), PASSWORD), true)
})

t.test('one address may take half of the queue, and so may one IPv6 /64', async (t) => {
  const hasher = createPasswordHasher({ ...cheap, concurrency: 1, maxQueue: 6 })
  const outcomes: unknown[] = []
  const from = (ip: string) => hasher.verify(undefined, PASSWORD, { ip }).catch((error: unknown) => outcomes.push(error))
  const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((end) => from(`2001:db8::${end}`))
  t.match(hasher.load, { running: 1, waiting: 3, refused: 2 })
  t.throws(() => hasher.assertCapacity('2001:db8::1'), OverloadedError)
  hasher.assertCapacity('192.0.2.1')
  all.push(...['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(from))
  t.match(hasher.load, { running: 1, waiting: 6, refused: 4 }, 'other addresses have the rest of the queue')
  await Promise.all(all)
  for (const error of outcomes) t.type(error, OverloadedError)
  t.match(hasher.load, { running: 0, waiting: 0 })
  hasher.assertCapacity('2001:db8::1')
})

t.test('AB10, AV4, F13, F16: in a flood no more hashes run than there are cores, and those in the queue are served', async (t) => {
  const hasher = createPasswordHasher(cheap)
  const running: number[] = []
  const outcomes = await Promise.allSettled(Array.from({ length: 400 }, async () => {
    await hasher.verify(undefined, PASSWORD)
    running.push(hasher.load.running)
  }))
  const served = outcomes.filter(({ status }) => status === 'fulfilled').length
  t.equal(served, Math.min(400, availableParallelism() * 51))
  t.ok(Math.max(...running) <= availableParallelism())
  t.match(hasher.load, { running: 0, waiting: 0, refused: 400 - served })
})

function median (numbers: number[]): number {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}
