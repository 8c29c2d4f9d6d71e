import t, { type Test } from 'tap'
import { health } from '../../../src/http/index.ts'
import type { HealthOptions } from '../../../src/http/health.ts'
import { packageVersion } from '../../../src/package.ts'
import { createHttpApp } from './http-app.ts'

async function createHealth (t: Test, options: HealthOptions) {
  const service = await createHttpApp(t)
  await service.register(health, options)
  return service
}

t.test('AV9: a process that responds is alive, whatever else fails', async (t) => {
  const service = await createHealth(t, { checks: { database: () => false } })
  const reply = await service.inject('/health/live')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'live', version: packageVersion() })
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

/** A service whose checks a test sets, without a cache. */
async function createSettable (t: Test) {
  const found: { database: boolean, revocations: Health, clock: boolean } = { database: true, revocations: true, clock: true }
  const service = await createHealth(t, {
    cacheMs: -1,
    checks: {
      database: async () => {
        if (!found.database) throw new Error('ECONNREFUSED')
        return true
      },
      revocations: () => found.revocations,
      clock: () => found.clock
    },
    outage: { check: 'database', shown: 'down', graceMs: 100 }
  })
  const read = async (query = '') => {
    const reply = await service.inject(`/health/ready${query}`)
    const { checks, errors } = reply.json()
    return { status: reply.statusCode, ...(checks && { checks }), ...(errors && { failed: errors.map(({ path }: Failed) => path) }) }
  }
  return { found, read }
}

type Failed = { path: string }
type Health = Awaited<ReturnType<HealthOptions['checks'][string]>>

const STALE = { reason: 'were read too long ago', inOutage: 'stale' }

t.test('AV9: while only the database is down, the service is ready, but not for a strict reader', async (t) => {
  const { found, read } = await createSettable(t)
  t.strictSame(await read('?strict'), { status: 200, checks: { database: 'ok', revocations: 'ok', clock: 'ok' } })
  found.database = false
  t.strictSame(await read(), { status: 200, checks: { database: 'down', revocations: 'ok', clock: 'ok' } })
  for (const query of ['?strict', '?strict=', '?strict=true']) t.strictSame(await read(query), { status: 503, failed: ['database'] }, query)
  for (const query of ['?strict=false', '?strict=1', '?strict&strict', '?loose']) t.equal((await read(query)).status, 400, query)
  found.revocations = STALE
  t.strictSame(await read(), { status: 200, checks: { database: 'down', revocations: 'stale', clock: 'ok' } })
  t.strictSame(await read('?strict'), { status: 503, failed: ['database', 'revocations'] })
})

t.test('what an outage does not explain counts during it, too', async (t) => {
  const { found, read } = await createSettable(t)
  found.database = false
  found.clock = false
  t.strictSame(await read(), { status: 503, failed: ['clock'] })
  t.strictSame(await read('?strict'), { status: 503, failed: ['database', 'clock'] })
  found.clock = true
  found.revocations = { reason: 'have never been read' }
  t.strictSame(await read(), { status: 503, failed: ['revocations'] }, 'an instance that never knew anything')
})

t.test('after an outage an instance has a moment to catch up, and no longer', async (t) => {
  const { found, read } = await createSettable(t)
  found.revocations = STALE
  t.strictSame(await read(), { status: 503, failed: ['revocations'] }, 'without an outage there is none')
  found.database = false
  t.equal((await read()).status, 200)
  found.database = true
  t.strictSame(await read(), { status: 200, checks: { database: 'ok', revocations: 'stale', clock: 'ok' } })
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.strictSame(await read(), { status: 503, failed: ['revocations'] })
})

t.test('a service that is draining is alive and not ready, whatever its checks say', async (t) => {
  let isDraining = false
  const service = await createHealth(t, { checks: { database: () => true }, isDraining: () => isDraining })
  t.equal((await service.inject('/health/ready')).statusCode, 200)
  isDraining = true
  const reply = await service.inject('/health/ready')
  t.match(reply.json(), { status: 503, code: 'not_ready', errors: [{ path: 'draining', message: 'is about to end' }] })
  t.equal((await service.inject('/health/live')).statusCode, 200)
})
