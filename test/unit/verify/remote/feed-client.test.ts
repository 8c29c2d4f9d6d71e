import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { FeedClient } from '../../../../src/verify/remote/feed-client.ts'
import { FeedAge, FeedReader } from '../../../../src/verify/remote/feed-reader.ts'
import { IssuerClient } from '../../../../src/verify/remote/issuer-client.ts'
import { createKeyMaterial } from '../../../support/tokens.ts'
import {
  createFakeIssuer, FAULTS, FEED_PATH, FEED_TOKEN, formatEvent, METADATA_PATH, neverAnswer, type FakeIssuer, type Teardown
} from './fake-issuer.ts'
import { createFakeTime } from '../../../support/fake-time.ts'
import { isInTime } from '../../../support/patience.ts'
import { until } from '../../../support/until.ts'

const { jwk } = createKeyMaterial('ES256')
const EXP = Math.floor(Date.now() / 1000) + 3600

async function setUp (t: Teardown, { token = FEED_TOKEN } = {}) {
  const fake = await createFakeIssuer(t, [jwk])
  const time = createFakeTime()
  fake.feed.asOf = () => new Date(time.now())
  const abort = new AbortController()
  const lines: string[] = []
  const note = (details: object, sentence: string) => { lines.push(`${sentence} ${JSON.stringify(details)}`) }
  const age = new FeedAge(time)
  const received = new Set<string>()
  const reader = new FeedReader(
    { revokeSession: ({ sid }) => received.add(sid), requireRefresh () {}, updateKeys () {}, observeTime () {} }, age
  )
  const client = new FeedClient({
    client: new IssuerClient({ issuer: fake.issuer, signal: abort.signal, timeoutMs: 200 }),
    token,
    reader,
    age,
    time,
    log: { info: note, warn: note },
    onUpdate () {},
    signal: abort.signal
  })
  t.teardown(async () => abort.abort())
  return { fake, time, lines, age, received, reader, client, end: () => abort.abort() }
}

type Setting = Awaited<ReturnType<typeof setUp>>

async function streaming (t: Teardown): Promise<Setting> {
  const setting = await setUp(t)
  setting.client.start()
  await until(() => setting.reader.cursor !== undefined)
  return setting
}

const revoke = ({ feed }: FakeIssuer): string => {
  const sid = randomUUID()
  feed.revoke({ sid, exp: EXP })
  return sid
}

/** Advances time in small steps until the condition holds; between two of them sockets have a moment, always the same. */
async function later ({ time }: Setting, condition: () => boolean, stepMs = 100): Promise<void> {
  const startedAt = performance.now()
  while (!condition()) {
    if (!isInTime(performance.now() - startedAt, 20_000)) throw new Error(`the condition did not hold in time: ${condition.toString()}`)
    time.advance(stepMs)
    await sleep(3)
  }
}

const accepted = ({ requests }: FakeIssuer) => requests.filter(({ path }) => path === FEED_PATH).map(({ headers: { accept } }) => accept)

t.test('the feed is a stream: events arrive at once', async (t) => {
  const { fake, received, age, time } = await streaming(t)
  const headers = fake.requests.at(-1)?.headers
  t.equal(headers?.accept, 'text/event-stream')
  t.equal(headers?.authorization, `Bearer ${FEED_TOKEN}`)
  t.equal(headers?.['last-event-id'], undefined)
  const sid = revoke(fake)
  await until(() => received.has(sid))
  time.advance(3000)
  t.equal(age.ageMs, 3000)
  fake.feed.sendHeartbeat()
  await until(() => age.ageMs === 0)
})

t.test('a dropped stream is resumed at the cursor', async (t) => {
  const setting = await streaming(t)
  const { fake, reader, client } = setting
  setting.time.advance(5000)
  fake.feed.disconnectAll()
  await until(() => client.failure !== undefined)
  await later(setting, () => client.failure === undefined)
  t.equal(fake.requests.at(-1)?.headers['last-event-id'], 'e1-1')
  t.equal(reader.cursor, 'e1-1')
})

t.test('a stream that the issuer ends in order is opened again within a second, which is no failure', async (t) => {
  const setting = await streaming(t)
  const { fake, time, client, lines } = setting
  time.advance(5000)
  const [endedAt, opened] = [time.elapsed(), fake.count(FEED_PATH)]
  fake.feed.endAll()
  await until(() => fake.feed.streams.size === 0)
  await later(setting, () => fake.count(FEED_PATH) > opened)
  t.ok(time.elapsed() - endedAt <= 1100)
  await until(() => fake.feed.streams.size === 1)
  t.strictSame({ failure: client.failure, lines }, { failure: undefined, lines: [] })

  // It ends, and no other instance is there.
  time.advance(5000)
  fake.feed.endAll()
  await fake.stop()
  await later(setting, () => client.failure !== undefined)
  t.equal(lines.length, 1)
})

t.test('a database clock that is set back is accepted from the next stream on', async (t) => {
  const setting = await streaming(t)
  const { fake, time, age, client } = setting
  fake.feed.asOf = () => new Date(time.now() - 3_600_000)
  await later(setting, () => {
    fake.feed.sendHeartbeat()
    return client.failure !== undefined
  }, 500)
  await later(setting, () => client.failure === undefined)
  t.ok((age.ageMs ?? Infinity) < 1000)
})

t.test('RS22, F22: after an outage a snapshot brings missed revocations, and none is forgotten', async (t) => {
  const setting = await streaming(t)
  const { fake, received, client, age, time } = setting
  const before = revoke(fake)
  await until(() => received.has(before))
  await fake.stop()
  await until(() => client.failure !== undefined)
  const downUntil = time.elapsed() + 10_000
  await later(setting, () => time.elapsed() >= downUntil)
  t.ok((age.ageMs ?? 0) >= 10_000, 'the age is known')
  // The issuer restores an older state and forgets revocations.
  fake.feed.revoked = []
  fake.feed.epoch = 'e2'
  const missed = revoke(fake)
  await fake.restart()
  await later(setting, () => received.has(missed))
  t.ok(received.has(before))
  t.ok((age.ageMs ?? Infinity) < 500, 'and it is fresh again')
})

t.test('F22: a dropped event is noticed at the next event or heartbeat, and a snapshot is requested', async (t) => {
  for (const next of ['event', 'heartbeat']) {
    const setting = await streaming(t)
    const { fake, received, client, reader } = setting
    const streams = [...fake.feed.streams]
    fake.feed.streams.clear()
    const dropped = revoke(fake)
    for (const stream of streams) fake.feed.streams.add(stream)
    if (next === 'event') revoke(fake)
    else fake.feed.sendHeartbeat()
    await until(() => client.failure !== undefined)
    t.match(client.failure, /events are missing/)
    t.notOk(received.has(dropped))
    await later(setting, () => received.has(dropped))
    t.equal(fake.requests.at(-1)?.headers['last-event-id'], undefined, 'without a cursor')
    t.equal(reader.cursor, `e1-${fake.feed.seq}`)
  }
})

t.test('a stream is closed after ten seconds of silence; heartbeats keep it open', async (t) => {
  const setting = await streaming(t)
  const { fake, time, client, age } = setting
  for (let beat = 0; beat < 5; beat++) {
    time.advance(9000)
    fake.feed.sendHeartbeat()
    await until(() => age.ageMs === 0)
  }
  t.equal(accepted(fake).length, 1)
  time.advance(10_000)
  await until(() => client.failure !== undefined)
  t.match(client.failure, /silent/)
  await later(setting, () => client.failure === undefined)
  t.equal(accepted(fake).length, 2)
})

t.test('an instance whose as_of does not advance is left for another', async (t) => {
  const setting = await streaming(t)
  const { fake, time, client, age } = setting
  const frozen = new Date(time.now())
  fake.feed.asOf = () => frozen
  await later(setting, () => {
    fake.feed.sendHeartbeat()
    return client.failure !== undefined
  }, 200)
  t.match(client.failure, /has lost its database/)
  t.ok((age.ageMs ?? 0) > 15_000)
})

t.test('if streams fail, the document is polled every few seconds, and streams are retried', async (t) => {
  const { fake, ...setting } = { ...await setUp(t) }
  const { time, received, reader, client, age } = setting
  fake.feed.streaming = false
  client.start()
  await later({ fake, ...setting }, () => reader.cursor !== undefined)
  t.strictSame(accepted(fake), ['text/event-stream', 'text/event-stream', 'text/event-stream', 'application/json'])
  const sid = revoke(fake)
  const askedAt = time.elapsed()
  await later({ fake, ...setting }, () => received.has(sid))
  t.ok(time.elapsed() - askedAt <= 6200, 'within six seconds')
  const asked = accepted(fake).length
  await later({ fake, ...setting }, () => accepted(fake).length === asked + 2)
  t.equal(fake.requests.at(-1)?.headers['if-none-match'], `W/"e1-${fake.feed.seq}"`)
  await until(() => age.ageMs === 0)
  fake.feed.streaming = true
  const polledUntil = time.elapsed() + 62_000
  await later({ fake, ...setting }, () => fake.feed.streams.size === 1)
  t.ok(time.elapsed() < polledUntil)
  t.equal(fake.requests.at(-1)?.headers['last-event-id'], `e1-${fake.feed.seq}`, 'where the document ended')
})

t.test('streams that a proxy buffers are replaced by documents', async (t) => {
  const { fake, ...setting } = await setUp(t)
  fake.faults.set(FEED_PATH, (request, response) => {
    if (request.headers.accept === 'text/event-stream') response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    else fake.feed.answer(request, response)
  })
  setting.client.start()
  await later({ fake, ...setting }, () => setting.reader.cursor !== undefined)
  t.equal(accepted(fake).at(-1), 'application/json')
})

t.test('after an outage of the whole issuer, a stream is opened at once', async (t) => {
  const setting = await streaming(t)
  const { fake, time, client } = setting
  await fake.stop()
  const downUntil = time.elapsed() + 600_000
  await later(setting, () => time.elapsed() >= downUntil, 2000)
  await fake.restart()
  const upAt = time.elapsed()
  await later(setting, () => fake.feed.streams.size === 1 && client.failure === undefined)
  t.ok(time.elapsed() - upAt <= 11_000, `${time.elapsed() - upAt} ms`)
})

t.test('AV10, F22, F30: on any failure the feed is retried with backoff, and the failure is logged once', async (t) => {
  const faults = {
    ...FAULTS,
    'says something else': (_request: unknown, response: Parameters<NonNullable<typeof FAULTS[string]>>[1]) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(formatEvent('revoked', { sid: 'x' }, 'e-1'))
  }
  for (const [name, fault] of Object.entries(faults)) {
    await t.test(`it ${name}`, async (t) => {
      const setting = await setUp(t)
      const { fake, time, lines, client, age } = setting
      fake.faults.set(FEED_PATH, fault)
      client.start()
      let asked = 0
      for (let round = 0; round < 6; round++) {
        await later(setting, () => fake.count(FEED_PATH) > asked)
        asked = fake.count(FEED_PATH)
      }
      t.equal(age.ageMs, undefined)
      t.equal(lines.length, 1)
      const before = time.elapsed()
      await later(setting, () => fake.count(FEED_PATH) > asked)
      t.ok(time.elapsed() - before >= 1000)
      fake.faults.clear()
      await later(setting, () => age.ageMs !== undefined)
      t.equal(client.failure, undefined)
      t.equal(lines.length, 2)
      t.notMatch(lines.join(), FEED_TOKEN, 'the token is not logged')
    })
  }
})

t.test('a Retry-After is respected, within reason', async (t) => {
  const setting = await setUp(t)
  const { fake, time, client } = setting
  fake.faults.set(FEED_PATH, (_request, response) => response.writeHead(503, { 'retry-after': '20' }).end())
  client.start()
  await until(() => fake.count(FEED_PATH) === 1)
  await until(() => client.failure !== undefined && time.timers > 0)
  time.advance(19_999)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(fake.count(FEED_PATH), 1)
  fake.faults.set(FEED_PATH, (_request, response) => response.writeHead(503, { 'retry-after': '999999' }).end())
  time.advance(1)
  await until(() => fake.count(FEED_PATH) === 2)
  await until(() => time.timers > 0)
  time.advance(30_000)
  await until(() => fake.count(FEED_PATH) === 3)
})

t.test('each failure is described in one sentence', async (t) => {
  const table: Array<[string, RegExp, (fake: FakeIssuer) => void]> = [
    ['a wrong token', /\/revocations answered 401/, (fake) => { fake.feed.tokens = [] }],
    [
      'no feed there', /\/revocations answered 404/,
      (fake) => fake.faults.set(FEED_PATH, (_request, response) => response.writeHead(404).end())
    ],
    ['no feed in the metadata', /names no revocation_feed_endpoint/, (fake) => { delete fake.metadata.revocation_feed_endpoint }],
    [
      'no metadata', /oauth-authorization-server answered 404/,
      (fake) => fake.faults.set(METADATA_PATH, (_request, response) => response.writeHead(404).end())
    ]
  ]
  for (const [name, sentence, bend] of table) {
    const { fake, client } = await setUp(t)
    bend(fake)
    client.start()
    await until(() => client.failure !== undefined)
    t.match(client.failure, sentence, name)
  }
})

t.test('an abort ends the stream, the wait and the request', async (t) => {
  const stream = await streaming(t)
  stream.end()
  await until(() => stream.fake.feed.streams.size === 0)
  await until(() => stream.time.timers === 0)
  t.equal(stream.client.failure, undefined, 'that is no failure')

  const waiting = await setUp(t)
  await waiting.fake.stop()
  waiting.client.start()
  await until(() => waiting.client.failure !== undefined && waiting.time.timers === 1)
  waiting.end()
  await until(() => waiting.time.timers === 0)

  const asking = await setUp(t)
  asking.fake.faults.set(FEED_PATH, neverAnswer)
  asking.client.start()
  await until(() => asking.fake.count(FEED_PATH) === 1)
  asking.end()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(asking.time.timers, 0)
})
