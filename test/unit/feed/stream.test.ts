import t from 'tap'
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { API_HEADERS } from '../../../src/http/headers.ts'
import { openSocket, receive } from '../../support/sockets.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { createFakeRevocations, follow, serveFeed, createEndedSession, TOKEN } from './feed-service.ts'

const ASK = `GET /revocations HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\nauthorization: Bearer ${TOKEN}\r\n`

t.test('a stream begins with a snapshot and continues with events', async (t) => {
  const { port, revocations, keys } = await serveFeed(t)
  const old = createEndedSession()
  revocations.revokeSession(old)
  const stream = await follow(t, port)
  t.equal(stream.status, 200)
  await stream.upTo(1)
  const [recent, sub] = [createEndedSession(), randomUUID()]
  revocations.revokeSession(recent)
  await stream.upTo(2)
  revocations.requireRefresh({ sub, before: 1_800_000_000, exp: 2_000_000_000 })
  revocations.requireRefresh({ before: 1_800_000_001, exp: 2_000_000_001 })
  keys.revoke('bad-key')
  await stream.upTo(5)
  t.strictSame(stream.events.map(({ event, data }) => ({ event, data })), [
    {
      event: 'snapshot',
      data: {
        as_of: '2026-01-01T00:00:00.000Z', last: true, revoked: [old], refresh_required: [], keys: { ...keys.publishedKeys(), revoked: [] }
      }
    },
    { event: 'revoked', data: recent },
    { event: 'refresh_required', data: { sub, before: 1_800_000_000, exp: 2_000_000_000 } },
    { event: 'refresh_required', data: { before: 1_800_000_001, exp: 2_000_000_001 } },
    { event: 'keys', data: keys.publishedKeys() }
  ])
  const [epoch, first] = stream.events[0]?.id.split('-') ?? []
  t.match(epoch, /^[0-9a-f]{16}$/)
  t.strictSame(
    stream.events.map(({ id }) => id), [0, 1, 2, 3, 4].map((step) => `${epoch}-${Number(first) + step}`), 'each with the next id'
  )
})

t.test('a stream has the headers of every response, and those of a stream', async (t) => {
  const { port } = await serveFeed(t)
  const socket = openSocket(port)
  socket.write(`${ASK}origin: https://app.example.com\r\n\r\n`)
  const answer = receive(socket)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.destroy()
  const { status, headers } = await answer
  t.equal(status, 200)
  t.match(headers, {
    ...API_HEADERS,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'access-control-allow-origin': 'https://app.example.com'
  })
  t.match(headers.vary, /Origin.*Accept/)
})

t.test('heartbeats carry the freshness and the cursor of the feed', async (t) => {
  const { port, revocations } = await serveFeed(t, { heartbeatMs: 20 })
  const stream = await follow(t, port)
  await until(() => stream.heartbeats.length > 0)
  t.match(stream.heartbeats[0], { id: stream.events[0]?.id, data: { as_of: '2026-01-01T00:00:00.000Z' } })
  revocations.asOf = new Date('2026-01-01T00:00:07.000Z')
  await until(() => stream.heartbeats.at(-1)?.data.as_of === '2026-01-01T00:00:07.000Z')
  revocations.revokeSession(createEndedSession())
  await until(() => stream.heartbeats.at(-1)?.id === stream.events[1]?.id)
  t.strictSame(Object.keys(stream.heartbeats[0]?.data ?? {}), ['as_of'])
})

t.test('a resumed stream gets the events that it missed, and no others', async (t) => {
  const { port, revocations } = await serveFeed(t, { heartbeatMs: 600_000 })
  revocations.revokeSession(createEndedSession())
  const stream = await follow(t, port)
  await stream.upTo(1)
  stream.hangUp()
  const missed = [createEndedSession(), createEndedSession(), createEndedSession()]
  for (const session of missed) revocations.revokeSession(session)
  const back = await follow(t, port, { lastEventId: stream.lastId() })
  await back.upTo(3)
  await until(() => back.heartbeats.length > 0)
  t.strictSame(back.events.map(({ event, data }) => ({ event, data })), missed.map((data) => ({ event: 'revoked', data })))
  t.equal(back.heartbeats[0]?.id, back.events.at(-1)?.id, 'and a heartbeat at once')
  const again = await follow(t, port, { lastEventId: back.lastId() })
  await until(() => again.heartbeats.length > 0)
  t.strictSame(again.events, [], 'if none was missed, none is sent')
})

t.test('an id that cannot be resumed from gets a snapshot', async (t) => {
  const { port, revocations } = await serveFeed(t, { maxBufferBytes: 1_000 })
  const stream = await follow(t, port)
  await stream.upTo(1)
  const [epoch = '', seq = ''] = stream.lastId().split('-')
  stream.hangUp()
  for (let count = 0; count < 30; count++) revocations.revokeSession(createEndedSession())
  const table = [
    ['a gap', `${epoch}-${seq}`],
    ['another epoch', `${'0'.repeat(16)}-${Number(seq) + 30}`],
    ['the future', `${epoch}-${Number(seq) + 31}`],
    ['the id of an incomplete snapshot', `${epoch}-0`],
    ['nonsense', 'nonsense'],
    ['a number that is none', `${epoch}-1e1`],
    ['a negative one', `${epoch}--1`],
    ['nothing', '']
  ] as const
  for (const [name, lastEventId] of table) {
    const back = await follow(t, port, { lastEventId })
    const [first] = await back.upTo(1)
    t.match(first, { event: 'snapshot', data: { last: true } }, name)
    t.equal(back.sids().size, 30, name)
    t.equal(first?.id, `${epoch}-${Number(seq) + 30}`, name)
    back.hangUp()
  }
})

t.test('a large snapshot is sent in parts, and only the last can be resumed from', async (t) => {
  const revocations = createFakeRevocations({ sessions: 10_500 })
  for (let count = 0; count < 1_500; count++) revocations.requireRefresh({ sub: randomUUID(), before: 1, exp: 2_000_000_000 })
  const { port } = await serveFeed(t, { revocations })
  const stream = await follow(t, port)
  await until(() => stream.events.at(-1)?.data.last === true)
  const parts = stream.events
  t.equal(parts.length, 11)
  t.equal(stream.sids().size, 10_500)
  t.equal(parts.reduce((sum, { data }) => sum + (Array.isArray(data.refresh_required) ? data.refresh_required.length : 0), 0), 1_500)
  t.strictSame(parts.map(({ data }) => data.last), [...Array(10).fill(false), true])
  const epoch = stream.lastId().split('-')[0]
  t.strictSame(new Set(parts.slice(0, -1).map(({ id }) => id)), new Set([`${epoch}-0`]))
  const back = await follow(t, port, { lastEventId: parts[3]?.id ?? '' })
  await until(() => back.sids().size === 10_500)
})

t.test('events during the creation of a snapshot are not missed', async (t) => {
  const revocations = createFakeRevocations({ sessions: 20_000 })
  const { port } = await serveFeed(t, { revocations })
  const streams = [1, 2, 3].map(() => follow(t, port))
  const late: string[] = []
  for (let count = 0; count < 50; count++) {
    const session = createEndedSession()
    late.push(session.sid)
    revocations.revokeSession(session)
    await sleep(1)
  }
  for (const stream of await Promise.all(streams)) {
    await until(() => late.every((sid) => stream.sids().has(sid)))
    t.equal(stream.sids().size, 20_050)
  }
})

t.test('F31: a hundred thousand entries at once reach every subscriber', async (t) => {
  const { port, revocations, counters } = await serveFeed(t)
  const streams = await Promise.all([1, 2, 3].map(() => follow(t, port)))
  await Promise.all(streams.map((stream) => stream.upTo(1)))
  const startedAt = performance.now()
  // As they are read from the database: a page in each turn.
  for (let page = 0; page < 100; page++) {
    for (let count = 0; count < 1_000; count++) revocations.revokeSession(createEndedSession())
    await sleep(2)
  }
  await until(() => streams.every((stream) => stream.events.length === 100_001))
  t.comment(`${Math.round(performance.now() - startedAt)} ms`)
  t.equal(counters.dropped, 0)
  t.ok(counters.sent >= 300_003)
  for (const stream of streams) {
    const seqs = stream.events.map(({ id }) => Number(id.split('-')[1]))
    t.ok(seqs.every((seq, index) => index === 0 || seq === (seqs[index - 1] ?? 0) + 1), 'in order, without a gap')
  }
})

t.test('AV5: a subscriber that does not read is disconnected without unbounded buffering; the others are served', async (t) => {
  const { port, revocations, counters } = await serveFeed(t, { maxBufferBytes: 200_000, heartbeatMs: 50 })
  const good = await follow(t, port)
  const slow = openSocket(port)
  slow.write(`${ASK}\r\n`)
  await until(() => counters.subscribers === 2)
  slow.pause()
  let published = 0
  while (counters.dropped === 0 && published < 500_000) {
    for (let count = 0; count < 500; count++, published++) revocations.revokeSession(createEndedSession())
    await until(() => good.events.length > published)
  }
  t.equal(counters.dropped, 1)
  t.ok(published < 500_000, `disconnected after ${published} events`)
  await until(() => counters.subscribers === 1)
  revocations.revokeSession(createEndedSession())
  await good.upTo(published + 2)
  await new Promise((resolve) => slow.once('close', resolve).resume())
})

t.test('a stalled subscriber is disconnected, also without new events', async (t) => {
  const revocations = createFakeRevocations({ sessions: 100_000 })
  const { port, counters } = await serveFeed(t, { revocations, heartbeatMs: 20, stallMs: 300 })
  const slow = openSocket(port)
  slow.pause()
  slow.write(`${ASK}\r\n`)
  await until(() => counters.subscribers === 1)
  await until(() => counters.dropped === 1 && counters.subscribers === 0)
  t.ok(counters.sent < 100, 'most of its snapshot was never written')
  const reader = await follow(t, port)
  await until(() => reader.sids().size === 100_000)
  t.equal(counters.dropped, 1, 'a subscriber that reads is not')
})

t.test('F15: a subscriber that reads as fast as it is written to does not block the event loop', async (t) => {
  const revocations = createFakeRevocations({ sessions: 100_000 })
  const { port, counters } = await serveFeed(t, { revocations })
  const reader = new Worker(`
    const { workerData: { port, ask } } = require('node:worker_threads')
    const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(ask))
    socket.on('data', (data) => { if (data.includes('"last":true')) process.exit() }).on('close', () => process.exit())
  `, { eval: true, workerData: { port, ask: `${ASK}\r\n` } })
  const gone = new Promise((resolve) => reader.once('exit', resolve))
  let most = 0
  for (let before = 0; counters.sent < 100; before = counters.sent) {
    await nextTurn()
    most = Math.max(most, counters.sent - before)
  }
  t.ok(most <= 5, `at most ${most} parts in a turn`)
  await gone
})

t.test('a stale instance ends its streams; they can be resumed when it is in sync again', async (t) => {
  const { port, revocations, counters } = await serveFeed(t, { heartbeatMs: 20 })
  const stream = await follow(t, port)
  await stream.upTo(1)
  revocations.isStale = true
  await until(() => stream.isEnded())
  t.equal(stream.response.complete, true, 'in order')
  await until(() => counters.subscribers === 0)
  const { length } = stream.heartbeats
  t.equal((await follow(t, port)).status, 503)
  revocations.isStale = false
  const missed = createEndedSession()
  revocations.revokeSession(missed)
  const back = await follow(t, port, { lastEventId: stream.lastId() })
  t.match(await back.upTo(1), [{ event: 'revoked', data: missed }])
  t.equal(stream.heartbeats.length, length)
})

t.test('a slow stream of a stale instance is destroyed', async (t) => {
  const revocations = createFakeRevocations({ sessions: 100_000 })
  const { port, counters } = await serveFeed(t, { revocations, heartbeatMs: 50 })
  const slow = openSocket(port)
  slow.pause()
  slow.write(`${ASK}\r\n`)
  await until(() => counters.sent > 0)
  await sleep(100)
  revocations.isStale = true
  await until(() => counters.subscribers === 0)
  t.ok(counters.sent < 100, 'the rest was not sent')
})

t.test('closing ends all streams at once, slow ones too', async (t) => {
  const revocations = createFakeRevocations({ sessions: 100_000 })
  const { app, port, counters } = await serveFeed(t, { revocations })
  const stream = await follow(t, port)
  await until(() => stream.sids().size === 100_000)
  const slow = openSocket(port)
  slow.pause()
  slow.write(`${ASK}\r\n`)
  const { sent } = counters
  await until(() => counters.sent > sent)
  await sleep(100)
  const startedAt = performance.now()
  await app.close()
  t.ok(isInTime(performance.now() - startedAt, 2_000), 'long before the grace is over')
  await until(() => stream.isEnded())
  t.equal(stream.response.complete, true)
  t.equal(counters.subscribers, 0)
  slow.destroy()
})

t.test('before the process ends, streams end and none is opened, while the document is served', async (t) => {
  const draining = new AbortController()
  const { port, revocations } = await serveFeed(t, { draining: draining.signal })
  const streams = await Promise.all([1, 2].map(() => follow(t, port)))
  for (const stream of streams) await stream.upTo(1)
  draining.abort()
  await until(() => streams.every((stream) => stream.isEnded()))
  const refused = await follow(t, port)
  t.match({ status: refused.status, retryAfter: refused.headers['retry-after'] }, { status: 503, retryAfter: /^\d+$/ })
  const late = createEndedSession()
  revocations.revokeSession(late)
  const response = await fetch(`http://127.0.0.1:${port}/revocations`, { headers: { authorization: `Bearer ${TOKEN}` } })
  t.match(await response.json(), { revoked: [late] })
})

t.test('a silent stream outlives the idle timeout of other connections', async (t) => {
  const { app, port } = await serveFeed(t, { heartbeatMs: 60_000 })
  app.server.setTimeout(100)
  const stream = await follow(t, port)
  await stream.upTo(1)
  await sleep(400)
  t.equal(stream.isEnded(), false)
})

t.test('the number of subscribers is limited, and one that leaves makes room', async (t) => {
  const { port, counters } = await serveFeed(t, { maxSubscribers: 2 })
  const streams = await Promise.all([follow(t, port), follow(t, port)])
  const third = await follow(t, port)
  t.equal(third.status, 503)
  t.match(third.headers, { 'retry-after': /^\d+$/, 'content-type': /problem\+json/ })
  streams[0]?.hangUp()
  await until(() => counters.subscribers === 1)
  t.equal((await follow(t, port)).status, 200)
})

t.test('an event is serialized once, however many subscribers there are', async (t) => {
  const { port, revocations, counters } = await serveFeed(t)
  const streams = await Promise.all(Array.from({ length: 20 }, () => follow(t, port)))
  await Promise.all(streams.map((stream) => stream.upTo(1)))
  let written = 0
  const session = { ...createEndedSession(), toJSON () { written++; return { sid: this.sid, exp: this.exp } } }
  revocations.revokeSession(session)
  await Promise.all(streams.map((stream) => stream.upTo(2)))
  t.equal(written, 1)
  t.equal(counters.subscribers, 20)
})
