import t from 'tap'
import { health, loadShedding } from '../../../src/http/index.ts'
import { createHttpApp } from './http-app.ts'
import { until } from '../../support/until.ts'

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
