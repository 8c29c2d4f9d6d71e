import t from 'tap'
import { health } from '../../../src/http/index.ts'
import type { HealthOptions } from '../../../src/http/health.ts'
import { createHttpApp } from './http-app.ts'

async function createHealth (t: Parameters<typeof createHttpApp>[0], options: HealthOptions) {
  const service = await createHttpApp(t)
  await service.register(health, options)
  return service
}

t.test('AV9: a process that responds is alive, whatever else fails', async (t) => {
  const service = await createHealth(t, { checks: { database: () => false } })
  const reply = await service.inject('/health/live')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'live' })
})

t.test('a service is ready when all checks pass', async (t) => {
  const service = await createHealth(t, { checks: { database: async () => true, notify: () => 'degraded' } })
  const reply = await service.inject('/health/ready')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'ready', checks: { database: 'ok', notify: 'degraded' } })
  t.equal(reply.headers['cache-control'], 'no-store')
})

t.test('failed checks are named: those that say no, throw or time out', async (t) => {
  const service = await createHealth(t, {
    timeoutMs: 20,
    checks: {
      keys: () => true,
      database: async () => { throw new Error('secret detail') },
      feed: () => new Promise(() => {}),
      migrations: () => false
    }
  })
  const reply = await service.inject('/health/ready')
  t.equal(reply.statusCode, 503)
  t.equal(reply.headers['retry-after'], '2')
  t.match(reply.json(), {
    code: 'not_ready', errors: ['database', 'feed', 'migrations'].map((path) => ({ path, message: 'is not available' }))
  })
  t.notMatch(reply.body, /secret/)
})

t.test('results are cached for frequent requests', async (t) => {
  let asked = 0
  const service = await createHealth(t, { cacheMs: 500, checks: { database: async () => ++asked > 0 } })
  await Promise.all(Array.from({ length: 20 }, () => service.inject('/health/ready')))
  t.equal(asked, 1)
  await new Promise((resolve) => setTimeout(resolve, 550))
  await service.inject('/health/ready')
  t.equal(asked, 2)
})
