import { connect, type Socket } from 'node:net'
import t from 'tap'
import { drain } from '../../../src/http/index.ts'
import { createHttpApp } from './http-app.ts'
import { listen, openSocket, receive } from '../../support/sockets.ts'

/** Far more than anything here takes on a busy machine, so that a wait for it is visible. */
const LONG_MS = 120_000
const SOON_MS = LONG_MS / 2
const REQUEST = 'GET /slow HTTP/1.1\r\nhost: example.com\r\n\r\n'

async function createSlow (t: Parameters<typeof createHttpApp>[0], { graceMs, workMs }: { graceMs: number, workMs: number }) {
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
  const { service, port, begun } = await createSlow(t, { graceMs: LONG_MS, workMs: 300 })
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
  const { service, port, begun } = await createSlow(t, { graceMs: 200, workMs: LONG_MS })
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
  const { service, port, begun } = await createSlow(t, { graceMs: 5_000, workMs: 400 })
  const busy = openSocket(port)
  busy.write(REQUEST)
  await begun
  const end = service.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.match(await refusal(port), { code: 'ECONNREFUSED' })
  await end
})

t.test('a service without requests closes at once', async (t) => {
  const { service } = await createSlow(t, { graceMs: LONG_MS, workMs: 0 })
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
