import { connect, type Socket } from 'node:net'
import t from 'tap'
import { drain } from '../../../src/http/index.ts'
import { createService, listen, openSocket, received } from './service.ts'

/** Far more than anything here takes on a machine that is busy, so that one who waited for it is told from one who did not. */
const LONG_MS = 120_000
const SOON_MS = LONG_MS / 2
const REQUEST = 'GET /slow HTTP/1.1\r\nhost: example.com\r\n\r\n'

async function createSlow (t: Parameters<typeof createService>[0], { graceMs, workMs }: { graceMs: number, workMs: number }) {
  const service = await createService(t)
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

t.test('F21: a request in flight is answered, and a socket that says nothing does not hold the end up', async (t) => {
  const { service, port, begun } = await createSlow(t, { graceMs: LONG_MS, workMs: 300 })
  const silent = openSocket(port)
  const halfSaid = openSocket(port)
  halfSaid.write('GET /slow HTTP/1.1\r\n')
  const busy = openSocket(port)
  busy.write(REQUEST)
  const answer = received(busy)
  await begun
  const begunAt = performance.now()
  await service.close()
  const tookMs = performance.now() - begunAt
  t.ok(tookMs < SOON_MS, `closed in ${tookMs} ms`)
  t.match(await answer, { status: 200, body: '{"done":true}' })
  await Promise.all([closed(silent), closed(halfSaid)])
})

t.test('AV7: a request that takes longer than the grace is cut', async (t) => {
  const { service, port, begun } = await createSlow(t, { graceMs: 200, workMs: LONG_MS })
  const busy = openSocket(port)
  busy.write(REQUEST)
  const answer = received(busy)
  await begun
  const begunAt = performance.now()
  await service.close()
  t.ok(performance.now() - begunAt < SOON_MS)
  t.equal((await answer).text, '')
})

t.test('nothing new is accepted once the end has begun', async (t) => {
  const { service, port, begun } = await createSlow(t, { graceMs: 5_000, workMs: 400 })
  const busy = openSocket(port)
  busy.write(REQUEST)
  await begun
  const end = service.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.match(await refusal(port), { code: 'ECONNREFUSED' })
  await end
})

t.test('a service that nobody asked closes at once', async (t) => {
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
