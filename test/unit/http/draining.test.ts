// A service whose process ends soon: it serves what still comes, and lets go of its connections.
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { drain } from '../../../src/http/index.ts'
import { listen, openSocket, receive } from '../../support/sockets.ts'
import { until } from '../../support/until.ts'
import { createHttpApp } from './http-app.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: example.com\r\n\r\n`
const LONG_MS = 120_000

async function createDraining (t: Test) {
  const draining = new AbortController()
  const service = await createHttpApp(t, { draining: draining.signal })
  await service.register(drain, { graceMs: LONG_MS, draining: draining.signal })
  const held: Array<() => void> = []
  service.get('/now', (_request, reply) => { reply.send('now') })
  service.get('/held', async () => {
    await new Promise<void>((resolve) => { held.push(resolve) })
    return 'held'
  })
  return { service, draining, held, port: await listen(service) }
}

/** A connection that has had a response. */
async function openKeptAlive (port: number) {
  const socket = openSocket(port)
  socket.write(get('/now'))
  const text = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))))
  return { socket, text }
}

t.test('each connection gets one more response, which closes it', async (t) => {
  const { draining, port } = await createDraining(t)
  const { socket, text } = await openKeptAlive(port)
  t.match(text, /\r\nconnection: keep-alive\r\n/i)
  draining.abort()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(socket.readyState, 'open', 'an idle connection stays')
  const answer = receive(socket)
  socket.write(get('/now'))
  t.match(await answer, { status: 200, headers: { connection: 'close' }, body: 'now' })
})

t.test('new connections are served; what is in flight, unknown or not routable is the last response, too', async (t) => {
  const { draining, held, port } = await createDraining(t)
  const early = openSocket(port)
  early.write(get('/held'))
  await until(() => held.length === 1)
  draining.abort()
  const answers = ['/now', '/nothing', '/%zz'].map((path) => {
    const socket = openSocket(port)
    socket.write(get(path))
    return receive(socket)
  })
  for (const [index, status] of [200, 404, 400].entries()) t.match(await answers[index], { status, headers: { connection: 'close' } })
  const answer = receive(early)
  held[0]?.()
  t.match(await answer, { status: 200, headers: { connection: 'close' }, body: 'held' })
})

t.test('requests that have been pipelined get their responses first', async (t) => {
  const { draining, held, port } = await createDraining(t)
  const socket = openSocket(port)
  socket.write(get('/held') + get('/now') + get('/held'))
  await until(() => held.length === 1)
  draining.abort()
  const answer = receive(socket)
  held[0]?.()
  await until(() => held.length === 2)
  held[1]?.()
  const { text } = await answer
  const responses = text.split(/(?=HTTP\/1\.1 )/)
  t.strictSame(responses.map((response) => response.split('\r\n\r\n')[1]), ['held', 'now', 'held'])
  t.strictSame(responses.map((response) => /connection: close/i.test(response)), [false, false, true])
})

t.test('a connection that has just been opened is not closed before its request has arrived', async (t) => {
  const { service, draining, port } = await createDraining(t)
  const { socket: idle } = await openKeptAlive(port)
  draining.abort()
  const late = openSocket(port)
  const never = openSocket(port)
  await new Promise((resolve) => late.once('connect', resolve))
  await until(async () => await new Promise<number>((resolve) => service.server.getConnections((_error, count) => resolve(count))) === 3)
  const closed = service.close()
  await until(async () => await refuses(port))
  const answer = receive(late)
  late.write(get('/now'))
  t.match(await answer, { status: 200, headers: { connection: 'close' }, body: 'now' })
  await closed
  for (const socket of [idle, never]) if (!socket.destroyed) await new Promise((resolve) => socket.resume().once('close', resolve))
})

t.test('connections that the system has accepted are served before the service stops listening', async (t) => {
  const { service, draining, port } = await createDraining(t)
  draining.abort()
  const answers = Array.from({ length: 20 }, () => {
    const socket = openSocket(port)
    socket.write(get('/now'))
    return receive(socket)
  })
  // Node connects in the next tick, and only the system has seen it then.
  await Promise.resolve()
  const closed = service.close()
  for (const answer of answers) t.match(await answer, { status: 200, headers: { connection: 'close' } })
  await closed
  t.ok(await refuses(port))
})

async function refuses (port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(true)).on('connect', () => {
      socket.destroy()
      resolve(false)
    })
  })
}

t.test('an app that never listened keeps no timer once it is closed, so that its process can end', async (t) => {
  const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = countTimers()
  const service = await createHttpApp(t, {})
  await service.register(drain, { graceMs: LONG_MS })
  t.equal((await service.inject('/nothing')).statusCode, 404)
  await service.close()
  t.equal(countTimers(), before)
})
