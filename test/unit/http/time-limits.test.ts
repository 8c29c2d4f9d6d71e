import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import t from 'tap'
import { Type } from 'typebox'
import { deadline, drain, health, loadShedding } from '../../../src/http/index.ts'
import { isInTime } from '../../support/patience.ts'
import { listen, openSocket, receive, send } from '../../support/sockets.ts'
import { until } from '../../support/until.ts'
import { createHttpApp } from './http-app.ts'

const connectionsOf = (server: Server) => promisify(server.getConnections.bind(server))()
const WITHIN_MS = 150
const POST = 'POST /things HTTP/1.1\r\nhost: example.com\r\ncontent-type: application/json\r\nconnection: close\r\n'

/** A service whose handler responds on demand, and its log lines. */
async function createSlow (t: Parameters<typeof createHttpApp>[0]) {
  const lines: Array<Record<string, unknown>> = []
  const service = await createHttpApp(t, {
    corsOrigins: ['https://app.example.com'], logLevel: 'info', logStream: { write: (line) => { lines.push(JSON.parse(line)) } }
  })
  await service.register(deadline, { timeoutMs: WITHIN_MS })
  let finish: (outcome: () => unknown) => void = () => {}
  const work = new Promise<() => unknown>((resolve) => { finish = resolve })
  async function onSlow () {
    return (await work)()
  }
  service.get('/things', onSlow)
  service.post('/things', { schema: { body: Type.Object({}), response: { 200: Type.Object({}) } } }, onSlow)
  return { service, lines, finish }
}

t.test('AV2: a slow handler is a 503 in time, with a request body and without', async (t) => {
  const { service } = await createSlow(t)
  for (const request of [{ method: 'GET' }, { method: 'POST', body: {} }] as const) {
    const begunAt = performance.now()
    const reply = await service.inject({ url: '/things', headers: { origin: 'https://app.example.com' }, ...request })
    const tookMs = performance.now() - begunAt
    t.equal(reply.statusCode, 503, request.method)
    t.match(reply.json(), { code: 'overloaded' }, request.method)
    t.match(reply.headers, {
      'retry-after': '2',
      'cache-control': 'no-store',
      'access-control-allow-origin': 'https://app.example.com',
      'x-content-type-options': 'nosniff'
    }, request.method)
    t.ok(tookMs >= WITHIN_MS - 5 && isInTime(tookMs, WITHIN_MS + 1_000), `${request.method} took ${tookMs} ms`)
  }
})

t.test('a late response or error is discarded, and the process continues', async (t) => {
  for (const [name, outcome] of [
    ['an answer', () => ({ late: true })], ['a failure', () => { throw new Error('too late to matter') }]
  ] as const) {
    const { service, lines, finish } = await createSlow(t)
    const reply = await service.inject('/things?secret=hunter2')
    t.equal(reply.statusCode, 503, name)
    finish(outcome)
    t.equal((await service.inject('/nothing')).statusCode, 404, name)
    t.equal(reply.json().code, 'overloaded', name)
    t.match(
      lines.find(({ msg }) => msg === 'request could not be served'),
      { code: 'overloaded', err: { cause: undefined, type: 'Error', message: `no response within ${WITHIN_MS} ms` } },
      `${name}: the log says which 503 it was`
    )
    t.equal(
      lines.filter(({ msg, res }) => msg === 'request completed' && JSON.stringify(res) === '{"status":503}').length,
      1,
      `${name}: it is answered once`
    )
    t.notMatch(JSON.stringify(lines), /hunter2|already sent/, name)
  }
})

t.test('a hanging hook is a 503 too, and its handler is never reached', async (t) => {
  const service = await createHttpApp(t)
  await service.register(deadline, { timeoutMs: WITHIN_MS })
  let goOn = () => {}
  let isReached = false
  service.addHook('preHandler', () => new Promise<void>((resolve) => { goOn = resolve }))
  service.get('/things', () => {
    isReached = true
    return {}
  })
  t.equal((await service.inject('/things')).statusCode, 503)
  goOn()
  await service.inject('/nothing')
  t.notOk(isReached)
})

t.test('F18: a body that does not arrive is a 408, and the connection closes', async (t) => {
  const { service } = await createSlow(t)
  const port = await listen(service)
  const begunAt = performance.now()
  const answer = await send(port, `${POST}content-length: 2\r\n\r\n{`)
  t.match(answer, { status: 408, body: /request_timeout/, headers: { connection: 'close' } })
  t.ok(isInTime(performance.now() - begunAt, WITHIN_MS + 1_000))
})

t.test('on a keep-alive connection, the next request is served', async (t) => {
  const { service } = await createSlow(t)
  service.get('/quick', () => ({ quick: true }))
  const socket = openSocket(await listen(service))
  const answers = receive(socket)
  socket.write('GET /things HTTP/1.1\r\nhost: example.com\r\n\r\nGET /quick HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n')
  const { text } = await answers
  t.match(text, /^HTTP\/1\.1 503 [^]*\r\n\r\n\{[^]*"code":"overloaded"\}HTTP\/1\.1 200 [^]*\{"quick":true\}$/)
})

t.test('a stream that has begun, and a hijacked one, have no deadline', async (t) => {
  const { service, lines } = await createSlow(t)
  service.get('/feed', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write('begun ')
    setTimeout(() => reply.raw.end('ended'), WITHIN_MS * 2)
  })
  service.get('/silent-feed', (_request, reply) => {
    reply.hijack()
    setTimeout(() => reply.raw.end('ended'), WITHIN_MS * 2)
  })
  service.get('/download', (_request, reply) => {
    const stream = new PassThrough()
    stream.write('begun ')
    setTimeout(() => stream.end('ended'), WITHIN_MS * 2)
    return reply.send(stream)
  })
  const port = await listen(service)
  for (const path of ['/feed', '/silent-feed', '/download']) {
    const { status, body } = await send(port, `GET ${path} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n`)
    t.equal(status, 200, path)
    t.match(body, /ended/, path)
  }
  t.same(lines.filter(({ level }) => Number(level) > 30), [], 'and nobody complains')
})

t.test('no timer remains of a request that has ended, or whose client disconnected', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const service = await createHttpApp(t)
  await service.register(deadline, { timeoutMs: 60_000 })
  service.get('/quick', () => ({}))
  service.get('/never', () => new Promise(() => {}))
  const port = await listen(service)
  await service.inject('/quick')
  const before = timers()
  for (let request = 0; request < 20; request++) await service.inject('/quick')
  const sockets = Array.from({ length: 20 }, () => openSocket(port))
  for (const socket of sockets) socket.write('GET /never HTTP/1.1\r\nhost: example.com\r\n\r\n')
  await until(() => timers() >= before + 20)
  for (const socket of sockets) socket.destroy()
  await until(() => timers() <= before, 5_000)
  t.pass('they are gone')
})

t.test('a client that reads nothing of its response is disconnected, though it keeps sending; one that waits for more is not', async (
  t
) => {
  const service = await createHttpApp(t)
  await service.register(deadline, { timeoutMs: 50, stallMs: 100 })
  // More than the socket buffers hold; in chunks, because a chunk is read as a whole or not.
  const pieces = Array<Buffer>(512).fill(Buffer.alloc(64 * 1024, 'a'))
  service.get('/large', (_request, reply) => reply.send(Readable.from(pieces, { objectMode: false })))
  service.get('/stream', (_request, reply) => {
    const stream = new PassThrough()
    stream.write('begun')
    setTimeout(() => stream.end('ended'), 600)
    return reply.send(stream)
  })
  const port = await listen(service)
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n`
  t.match((await send(port, get('/stream'))).text, /begun[^]*ended/)

  const socket = openSocket(port).pause()
  socket.write(get('/large').replace('close', 'keep-alive'))
  const drip = setInterval(() => socket.writable && socket.write(get('/stream').replace('close', 'keep-alive')), 20)
  await until(async () => await connectionsOf(service.server) === 1)
  // Long before the timeout of an idle socket.
  await until(async () => await connectionsOf(service.server) === 0, 10_000)
  clearInterval(drip)
  socket.destroy()
})

t.test('AV3, F15: while the event loop lags, requests are refused at once, and served again afterwards', async (t) => {
  const service = await createHttpApp(t, { corsOrigins: ['https://app.example.com'] })
  await service.register(loadShedding, { maxEventLoopDelayMs: 20, sampleMs: 50 })
  await service.register(health, { checks: {} })
  service.get('/things', () => ({}))
  await service.ready()
  const fetchStatus = async () => (await service.inject('/things')).statusCode
  await until(async () => await fetchStatus() === 200)

  const isBusy = setInterval(() => block(60), 61)
  await until(async () => await fetchStatus() === 503)
  const reply = await service.inject({ url: '/things', headers: { origin: 'https://app.example.com' } })
  t.match(reply.json(), { code: 'overloaded' })
  t.equal(reply.headers['retry-after'], '2')
  t.equal(reply.headers['access-control-allow-origin'], 'https://app.example.com', 'a page may read why')
  t.equal((await service.inject('/health/live')).statusCode, 200, 'the process is alive')
  clearInterval(isBusy)
  await until(async () => await fetchStatus() === 200)
  t.pass('it recovers by itself')
})

function block (milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

/** Far more than anything here takes on a busy machine, so that a wait for it is visible. */
const LONG_MS = 120_000
const SOON_MS = LONG_MS / 2
const REQUEST = 'GET /slow HTTP/1.1\r\nhost: example.com\r\n\r\n'

async function createDraining (t: Parameters<typeof createHttpApp>[0], { graceMs, workMs }: { graceMs: number, workMs: number }) {
  const service = await createHttpApp(t)
  await service.register(drain, { graceMs })
  const begun = new Promise<void>((resolve) => {
    service.get('/slow', async () => {
      resolve()
      await new Promise((resolve) => setTimeout(resolve, workMs).unref())
      return { done: true }
    })
  })
  return { service, port: await listen(service), begun }
}

t.test('F21: a request in flight gets its response, and an idle socket does not delay closing', async (t) => {
  const { service, port, begun } = await createDraining(t, { graceMs: LONG_MS, workMs: 300 })
  const silent = openSocket(port)
  const halfSaid = openSocket(port)
  halfSaid.write('GET /slow HTTP/1.1\r\n')
  const busy = openSocket(port)
  busy.write(REQUEST)
  const answer = receive(busy)
  await begun
  const begunAt = performance.now()
  await service.close()
  const tookMs = performance.now() - begunAt
  t.ok(tookMs < SOON_MS, `closed in ${tookMs} ms`)
  t.match(await answer, { status: 200, body: '{"done":true}' })
  await Promise.all([closed(silent), closed(halfSaid)])
})

t.test('AV7: a request that takes longer than the grace is disconnected', async (t) => {
  const { service, port, begun } = await createDraining(t, { graceMs: 200, workMs: LONG_MS })
  const busy = openSocket(port)
  busy.write(REQUEST)
  const answer = receive(busy)
  await begun
  const begunAt = performance.now()
  await service.close()
  t.ok(performance.now() - begunAt < SOON_MS)
  t.equal((await answer).text, '')
})

t.test('no new connection is accepted once closing has begun', async (t) => {
  const { service, port, begun } = await createDraining(t, { graceMs: 5_000, workMs: 400 })
  const busy = openSocket(port)
  busy.write(REQUEST)
  await begun
  const end = service.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.match(await refusal(port), { code: 'ECONNREFUSED' })
  await end
})

t.test('a service without requests closes at once', async (t) => {
  const { service } = await createDraining(t, { graceMs: LONG_MS, workMs: 0 })
  const begunAt = performance.now()
  await service.close()
  t.ok(performance.now() - begunAt < SOON_MS)
})

async function closed (socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve).resume())
}

async function refusal (port: number): Promise<unknown> {
  return new Promise((resolve) => connect(port, '127.0.0.1').on('error', resolve).on('connect', resolve))
}
