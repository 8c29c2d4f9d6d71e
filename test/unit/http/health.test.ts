import t from 'tap'
import { health } from '../../../src/http/index.ts'
import type { HealthOptions } from '../../../src/http/health.ts'
import { createService } from './service.ts'

async function createHealth (t: Parameters<typeof createService>[0], options: HealthOptions) {
  const service = await createService(t)
  await service.register(health, options)
  return service
}

t.test('AV9: a process that answers is alive, whatever is missing', async (t) => {
  const service = await createHealth(t, { checks: { database: () => false } })
  const reply = await service.inject('/health/live')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'live' })
})

t.test('a service is ready when every part is', async (t) => {
  const service = await createHealth(t, { checks: { database: async () => true, notify: () => 'degraded' } })
  const reply = await service.inject('/health/ready')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'ready', checks: { database: 'ok', notify: 'degraded' } })
  t.equal(reply.headers['cache-control'], 'no-store')
})

t.test('what is missing is named: what says no, fails or does not answer', async (t) => {
  const service = await createHealth(t, {
    timeoutMs: 20,
    checks: { keys: () => true, database: async () => { throw new Error('secret detail') }, feed: () => new Promise(() => {}), migrations: () => false }
  })
  const reply = await service.inject('/health/ready')
  t.equal(reply.statusCode, 503)
  t.equal(reply.headers['retry-after'], '2')
  t.match(reply.json(), { code: 'not_ready', errors: ['database', 'feed', 'migrations'].map((path) => ({ path, message: 'is not available' })) })
  t.notMatch(reply.body, /secret/)
})

t.test('those who ask often are told what those before them were told', async (t) => {
  let asked = 0
  const service = await createHealth(t, { cacheMs: 500, checks: { database: async () => ++asked > 0 } })
  await Promise.all(Array.from({ length: 20 }, () => service.inject('/health/ready')))
  t.equal(asked, 1)
  await new Promise((resolve) => setTimeout(resolve, 550))
  await service.inject('/health/ready')
  t.equal(asked, 2)
})
