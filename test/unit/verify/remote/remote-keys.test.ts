import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { PublicJwk } from '../../../../src/contract/index.ts'
import type { EdgeLog } from '../../../../src/verify/remote/log.ts'
import { IssuerClient } from '../../../../src/verify/remote/issuer-client.ts'
import { RemoteKeys, type RemoteKeysOptions } from '../../../../src/verify/remote/remote-keys.ts'
import { createKeyMaterial } from '../../../support/tokens.ts'
import { createFakeIssuer, FAULTS, JWKS_PATH, METADATA_PATH, neverAnswer, sendJson, type FakeIssuer, type Teardown } from './fake-issuer.ts'
import { createFakeTime, type FakeTime } from '../../../support/fake-time.ts'
import { until } from '../../../support/until.ts'

const HOUR_MS = 3_600_000
const first = createKeyMaterial('ES256', 'first').jwk
const second = createKeyMaterial('EdDSA', 'second').jwk
const offCurve: PublicJwk = { kid: 'off', alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }

interface Setting {
  fake: FakeIssuer
  time: FakeTime
  keys: RemoteKeys
  lines: string[]
  /** Finished fetches. */
  fetches: () => number
}

async function setUp (t: Teardown, options: Partial<RemoteKeysOptions> & { published?: PublicJwk[] } = {}): Promise<Setting> {
  const fake = await createFakeIssuer(t, options.published ?? [first])
  const time = createFakeTime()
  const abort = new AbortController()
  const lines: string[] = []
  const log: EdgeLog = { info: (_details, sentence) => lines.push(sentence), warn: (_details, sentence) => lines.push(sentence) }
  const client = new IssuerClient({ issuer: fake.issuer, signal: abort.signal, timeoutMs: 200 })
  let fetches = 0
  const fetchKeys = (past: boolean) => client.fetchKeys(past).finally(() => setImmediate(() => { fetches++ }))
  const keys = new RemoteKeys({
    issuer: fake.issuer,
    client: { fetchKeys, forgetKeysEtag: () => client.forgetKeysEtag() },
    time,
    log,
    maxAgeMs: 24 * HOUR_MS,
    onChange () {},
    ...options
  })
  t.teardown(async () => {
    abort.abort()
    keys.close()
  })
  return { fake, time, keys, lines, fetches: () => fetches }
}

async function started (t: Teardown, options: Parameters<typeof setUp>[1] = {}): Promise<Setting> {
  const setting = await setUp(t, options)
  setting.keys.start()
  await until(() => setting.fetches() === 1)
  return setting
}

/** Advances time until a fetch is due, at most so far, and waits until it is finished. */
async function nextFetch ({ time, fetches }: Setting, maxMs: number): Promise<void> {
  const before = fetches()
  time.advance(maxMs)
  await until(() => fetches() > before)
}

t.test('keys are found through the metadata, and fetched again before they are stale', async (t) => {
  const setting = await started(t)
  const { fake, time, keys } = setting
  t.equal(keys.find('first')?.alg, 'ES256')
  t.equal(keys.find('second'), undefined)
  t.strictSame(fake.requests.map(({ path }) => path), [METADATA_PATH, JWKS_PATH])
  for (let round = 1; round <= 10; round++) {
    time.advance(149_000)
    t.equal(fake.count(JWKS_PATH), round, 'not in the first half of their time')
    await nextFetch(setting, 121_000)
    t.equal(fake.count(JWKS_PATH), round + 1)
    t.equal(keys.status?.stale, false)
  }
  t.equal(fake.count(METADATA_PATH), 1)
  const last = fake.requests.at(-1)
  t.ok(last?.headers['if-none-match'], 'conditionally')
  t.notOk(last?.headers['cache-control'], 'a cache may answer')
})

t.test('an unchanged key stays the same object, and a removed key is no longer trusted', async (t) => {
  const setting = await started(t, { published: [first, second] })
  const { fake, keys } = setting
  const known = keys.find('second')
  fake.keys = [second]
  await nextFetch(setting, 300_000)
  t.equal(keys.find('second'), known)
  t.equal(keys.find('first'), undefined)
})

t.test('the issuer sets how long keys are fresh, within limits', async (t) => {
  for (const [control, age, least, most] of [
    ['public, max-age=100', undefined, 50_000, 90_000],
    ['max-age=100', '60', 20_000, 36_000],
    ['max-age=0', undefined, 5000, 9000],
    ['no-store', undefined, 150_000, 270_000],
    ['max-age=99999999', undefined, 1_800_000, 3_240_000]
  ] as const) {
    const setting = await setUp(t)
    const { fake, time, keys, fetches } = setting
    fake.jwksHeaders = { 'cache-control': control, ...(age && { age }) }
    keys.start()
    await until(() => fetches() === 1)
    time.advance(least - 1)
    t.equal(fake.count(JWKS_PATH), 1, `${control}: not before ${least} ms`)
    await nextFetch(setting, most - least + 1)
    t.equal(fake.count(JWKS_PATH), 2, `${control}: before ${most} ms`)
  }
})

t.test('KY12, F8: the last valid keys are kept, whatever the key set returns', async (t) => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    await t.test(`it ${name}`, async (t) => {
      const setting = await started(t)
      const { fake, keys, lines } = setting
      const known = keys.find('first')
      fake.faults.set(JWKS_PATH, fault)
      for (let round = 0; round < 3; round++) await nextFetch(setting, 300_000)
      t.ok(keys.failure)
      t.equal(keys.find('first'), known)
      t.equal(keys.status?.stale, true)
      t.equal(lines.length, 1, 'logged once')
      fake.faults.clear()
      await nextFetch(setting, 30_000)
      t.equal(keys.failure, undefined)
      t.equal(keys.status?.stale, false)
      t.equal(keys.find('first'), known)
    })
  }
})

t.test('the last valid keys are kept while the issuer is down for an hour', async (t) => {
  const setting = await started(t)
  const { fake, time, keys } = setting
  await fake.stop()
  const downUntil = time.elapsed() + HOUR_MS
  await nextFetch(setting, 300_000)
  while (time.elapsed() < downUntil) await nextFetch(setting, 30_000)
  t.match(keys.failure, /ECONNREFUSED/)
  t.equal(keys.find('first')?.kid, 'first')
  await fake.restart()
  await nextFetch(setting, 30_000)
  t.equal(keys.failure, undefined)
  t.equal(keys.status?.stale, false)
})

t.test('an invalid set is refused as a whole and changes nothing', async (t) => {
  const table: Array<[string, unknown[]]> = [
    ['two keys of one id', [second, { ...first, kid: 'second' }]],
    ['a private key', [second, { ...first, d: 'AAAA' }]],
    ['a point off the curve', [second, offCurve]],
    ['keys of no use alone', [{ ...second, use: 'enc' }]]
  ]
  for (const [name, published] of table) {
    const setting = await started(t)
    const { fake, keys } = setting
    fake.keys = published
    await nextFetch(setting, 300_000)
    t.ok(keys.failure, name)
    t.ok(keys.find('first'), name)
    t.notOk(keys.find('second'), name)
    fake.keys = [first, second]
    await nextFetch(setting, 300_000)
    t.ok(keys.find('second'))
  }
})

t.test('metadata with foreign endpoints are refused, and nothing is fetched from there', async (t) => {
  const foreign = await createFakeIssuer(t, [second])
  const table: Array<[string, (fake: FakeIssuer) => void]> = [
    ['a foreign key set', (fake) => { fake.metadata.jwks_uri = `${foreign.issuer}${JWKS_PATH}` }],
    ['a foreign feed', (fake) => { fake.metadata.revocation_feed_endpoint = `${foreign.issuer}/revocations` }],
    ['another issuer', (fake) => { fake.metadata = foreign.metadata }],
    ['a redirect of the metadata', (fake) => fake.faults.set(
      METADATA_PATH, (_request, response) => response.writeHead(301, { location: `${foreign.issuer}${METADATA_PATH}` }).end()
    )],
    ['a redirect of the key set', (fake) => fake.faults.set(
      JWKS_PATH, (_request, response) => response.writeHead(307, { location: `${foreign.issuer}${JWKS_PATH}` }).end()
    )]
  ]
  for (const [name, bend] of table) {
    const { fake, keys, fetches } = await setUp(t)
    bend(fake)
    keys.start()
    await until(() => fetches() === 1)
    t.equal(keys.status, undefined, name)
    t.ok(keys.failure, name)
  }
  t.equal(foreign.requests.length, 0)
})

t.test('metadata are read again after a request to an endpoint has failed', async (t) => {
  const setting = await started(t)
  const { fake, keys } = setting
  fake.faults.set(JWKS_PATH, (_request, response) => response.writeHead(404).end())
  fake.faults.set('/keys', (_request, response) => sendJson(response, { keys: [second] }))
  fake.metadata.jwks_uri = `${fake.issuer}/keys`
  await nextFetch(setting, 300_000)
  t.match(keys.failure, /answered 404/)
  await nextFetch(setting, 5000)
  t.equal(keys.failure, undefined)
  t.ok(keys.find('second'))
})

t.test('beyond the maximum age no key is trusted until the issuer confirms it again', async (t) => {
  const setting = await started(t, { maxAgeMs: 2 * HOUR_MS })
  const { fake, time, keys, lines } = setting
  const vouchedAt = time.elapsed()
  fake.faults.set('*', (_request, response) => response.writeHead(500).end())
  await nextFetch(setting, 300_000)
  while (time.elapsed() + 30_000 < vouchedAt + 2 * HOUR_MS) await nextFetch(setting, 30_000)
  t.ok(keys.find('first'), 'half a minute before')
  await nextFetch(setting, 30_000)
  t.equal(keys.find('first'), undefined)
  t.equal(keys.status, undefined)
  t.match(lines.at(-1), /trusted no longer/)
  fake.faults.clear()
  await nextFetch(setting, 30_000)
  t.ok(keys.find('first'))
})

t.test('the age is measured by the monotonic clock', async (t) => {
  const { time, keys } = await started(t)
  time.setClock(time.now() + 100 * 24 * HOUR_MS)
  t.ok(keys.find('first'))
  t.equal(keys.status?.ageMs, 0)
})

t.test('AV10: failed attempts are retried with backoff, never twice in a second', async (t) => {
  const setting = await setUp(t)
  const { fake, time, keys, fetches } = setting
  fake.faults.set('*', (_request, response) => response.writeHead(500).end())
  keys.start()
  await until(() => fetches() === 1)
  const gaps: number[] = []
  for (let round = 1; round <= 10; round++) {
    const before = time.elapsed()
    // A timer less: the fetch has begun.
    while (time.timers > 0) time.advance(100)
    gaps.push(time.elapsed() - before)
    await until(() => fetches() > round)
  }
  t.ok(Math.min(...gaps) >= 1000, gaps.join(', '))
  t.ok(Math.max(...gaps) <= 30_100)
  t.ok((gaps.at(-1) ?? 0) >= 15_000)
})

t.test('keys of the feed are trusted at once, and supersede a fetch under way', async (t) => {
  const setting = await started(t)
  const { fake, time, keys, fetches } = setting
  fake.faults.set(JWKS_PATH, (_request, response) => { setTimeout(() => sendJson(response, { keys: [first] }), 50) })
  time.advance(300_000)
  await until(() => fake.count(JWKS_PATH) === 2)
  keys.replace([first, second])
  t.ok(keys.find('second'))
  await until(() => fetches() === 2)
  t.ok(keys.find('second'), 'the answer is of earlier')
  fake.faults.clear()
  fake.keys = [second]
  await nextFetch(setting, 300_000)
  t.equal(keys.find('first'), undefined)
  t.notOk(fake.requests.at(-1)?.headers['if-none-match'], 'the tag was of another set')
  keys.replace([offCurve])
  t.ok(keys.find('second'), 'what is of no use changes nothing')
})

t.test('after keys came with the feed, the next fetch is unconditional', async (t) => {
  const setting = await started(t)
  const { keys } = setting
  keys.replace([first, second])
  await nextFetch(setting, 300_000)
  t.ok(keys.find('first'))
  t.equal(keys.find('second'), undefined, 'its key set has not changed, and never had it')
})

t.test('a revoked key never comes back, whatever a cached key set says', async (t) => {
  const setting = await started(t, { published: [first, second] })
  const { fake, keys } = setting
  keys.revoke(['first'])
  t.equal(keys.find('first'), undefined)
  t.ok(keys.find('second'))
  await nextFetch(setting, 300_000)
  keys.replace([first, second])
  t.equal(keys.find('first'), undefined)
  fake.keys = [first]
  await nextFetch(setting, 300_000)
  t.match(keys.failure, /not been revoked/)
  t.ok(keys.find('second'), 'nothing but revoked keys is as good as an empty set')
  t.equal(keys.requestKey('first'), undefined, 'nobody asks for it')
  keys.revoke(['second'])
  t.equal(keys.status, undefined)
})

t.test('restored keys are trusted at once, for the rest of their time, without the revoked ones', async (t) => {
  const restored = { keys: [first, second], keysAgeMs: 20 * HOUR_MS, revokedKids: ['second'] }
  const { fake, time, keys } = await setUp(t, { restored })
  await fake.stop()
  t.ok(keys.find('first'))
  t.equal(keys.find('second'), undefined)
  t.equal(keys.status?.stale, true)
  time.advance(4 * HOUR_MS)
  t.equal(keys.find('first'), undefined, 'a day after the issuer vouched for them')
  t.equal((await setUp(t, { restored: { ...restored, keysAgeMs: 24 * HOUR_MS } })).keys.status, undefined, 'too old')
  const useless = await setUp(t, { restored: { ...restored, keys: [offCurve] } })
  t.equal(useless.keys.status, undefined)
  t.match(useless.lines, [/cannot be used/])
})

t.test('KY11, F9: 10,000 random kids cause at most one fetch a second, and those beyond the queue are refused at once', async (t) => {
  const setting = await started(t)
  const { fake, time, keys } = setting
  const before = fake.count(JWKS_PATH)
  time.advance(10_000)
  let waiting = 0
  let released = 0
  for (let second = 0; second < 10; second++) {
    for (let index = 0; index < 1000; index++) {
      const asking = keys.requestKey(randomUUID())
      if (asking === undefined) continue
      waiting++
      asking.then(() => { released++ }, t.threw)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    time.advance(1000)
  }
  await until(() => {
    time.advance(100)
    return released === waiting
  })
  const asked = fake.count(JWKS_PATH) - before
  t.ok(asked >= 9 && asked <= 12, `${asked} fetches`)
  t.equal(fake.requests.at(-1)?.headers['cache-control'], 'no-cache')
  t.ok(waiting >= 1000 && waiting <= 10_000, `${waiting} waited`)
})

t.test('a burst of 10,000 random kids causes two fetches: the first, and one for requests during it', async (t) => {
  const { fake, time, keys } = await started(t)
  const before = fake.count(JWKS_PATH)
  time.advance(10_000)
  const asking = Array.from({ length: 10_000 }, () => keys.requestKey(randomUUID())).filter((waiting) => waiting !== undefined)
  t.equal(asking.length, 1000, 'as many wait as there is room for')
  await until(() => fake.count(JWKS_PATH) === before + 1)
  await until(() => time.timers === 1001)
  time.advance(1000)
  await Promise.all(asking)
  t.equal(fake.count(JWKS_PATH), before + 2)
})

t.test('a request within a second of the last fetch waits for the rest of the second', async (t) => {
  const setting = await started(t)
  const { fake, time, keys, fetches } = setting
  time.advance(10_000)
  keys.requestKey('one')?.catch(t.threw)
  await until(() => fetches() === 2)
  time.advance(400)
  keys.requestKey('two')?.catch(t.threw)
  time.advance(599)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(fake.count(JWKS_PATH), 2)
  await nextFetch(setting, 1)
  t.equal(fake.count(JWKS_PATH), 3)
})

t.test('a new key is fetched within the next second during a flood, with a full queue', async (t) => {
  const { fake, time, keys } = await started(t)
  time.advance(10_000)
  const flood = () => { for (let index = 0; index < 2000; index++) keys.requestKey(randomUUID())?.catch(t.threw) }
  flood()
  fake.keys = [first, second]
  t.equal(keys.requestKey('second'), undefined, 'there is no room')
  await until(() => {
    flood()
    time.advance(250)
    return keys.find('second') !== undefined
  })
  t.ok(time.elapsed() < 1000 + 10_000 + 3000)
})

t.test('a request during a fetch waits for the next fetch', async (t) => {
  const { fake, time, keys } = await started(t)
  time.advance(10_000)
  // The answer is made up before the key is there, and comes after it.
  fake.faults.set(JWKS_PATH, (_request, response) => { setTimeout(() => sendJson(response, { keys: [first] }), 50) })
  keys.requestKey('other')?.catch(t.threw)
  await until(() => fake.count(JWKS_PATH) === 2)
  fake.keys = [first, second]
  let released = false
  const asking = keys.requestKey('second')?.then(() => { released = true })
  await until(() => time.timers === 3)
  t.equal(released, false)
  fake.faults.clear()
  time.advance(1000)
  await asking
  t.ok(keys.find('second'))
})

t.test('the wait for a key is bounded', async (t) => {
  const { fake, time, keys } = await started(t)
  fake.faults.set(JWKS_PATH, neverAnswer)
  let released = false
  const asking = keys.requestKey('second')?.then(() => { released = true })
  time.advance(2900)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(released, false)
  time.advance(100)
  await asking
})

t.test('the wait ends when the feed brings the key, and on close', async (t) => {
  const { fake, keys } = await started(t)
  fake.faults.set(JWKS_PATH, neverAnswer)
  const told = keys.requestKey('second')
  keys.replace([first, second])
  await told
  const ended = keys.requestKey('third')
  keys.close()
  await ended
  t.equal(keys.requestKey('fourth'), undefined)
})
