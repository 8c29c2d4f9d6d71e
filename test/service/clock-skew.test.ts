// Clock skew to the database: a process whose clock is shifted before anything is loaded.
import t, { type Test } from 'tap'
import { migrateUp } from '../../src/database/index.ts'
import { onPostgres } from '../support/database.ts'
import { freePort } from '../../scripts/free-port.js'
import { postgresSettings, startService } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

/** Shifts the clock of a process, in seconds. */
const shiftClock = (seconds: number) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    const { now } = Date
    Date.now = () => now() + ${seconds * 1000}
    globalThis.Date = new Proxy(Date, {
      construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [Date.now()] : args, self)
    })`)}`
})

async function start (t: Test, url: string, seconds: number) {
  const metricsPort = await freePort()
  const service = await startService(t, {
    ...postgresSettings(url),
    METRICS_PORT: String(metricsPort),
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: PASSWORD,
    ...shiftClock(seconds)
  })
  const ready = async () => {
    const answer = await fetch(`${service.address}/health/ready`)
    return { status: answer.status, body: await answer.json() }
  }
  const skew = async () => Number(
    /^gatepass_clock_skew_seconds (\S+)$/m.exec(await (await fetch(`http://localhost:${metricsPort}/metrics`)).text())?.[1]
  )
  return { service, ready, skew }
}

for (const [seconds, side] of [[-60, 'behind'], [400, 'ahead of']] as const) {
  onPostgres(t, `an instance whose clock is ${Math.abs(seconds)} s ${side} the database logs it once, and is not ready`, async (
    t, database, url
  ) => {
    await migrateUp(database)
    const { service, ready, skew } = await start(t, url, seconds)
    const login = await fetch(`${service.address}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'admin@example.com', password: PASSWORD, delivery: 'body' })
    })
    const { access_token: token } = Object(await login.json())
    t.equal((await fetch(`${service.address}/me`, { headers: { authorization: `Bearer ${token}` } })).status, 401, 'the effect of the skew')
    t.match(await ready(), {
      status: 503,
      body: {
        code: 'not_ready', errors: [{ path: 'clock', message: `is ${Math.abs(seconds)} s ${side} that of the database` }]
      }
    })
    t.ok(Math.abs(await skew() - seconds) < 1)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const lines = service.stdout().split('\n').filter((line) => line.includes('clock_skew'))
    t.equal(lines.length, 1, 'once, not at each comparison')
    t.match(JSON.parse(lines[0] ?? '{}'), { event: 'clock_skew', side: seconds < 0 ? 'behind' : 'ahead' })
    await service.stop()
  })
}

onPostgres(t, 'an instance with a correct clock logs nothing about it', async (t, _database, url) => {
  const { service, ready, skew } = await start(t, url, 1)
  await until(async () => (await ready()).status === 200)
  t.match(await ready(), { body: { checks: { clock: 'ok' } } })
  t.ok(Math.abs(await skew() - 1) < 1)
  t.notMatch(service.stdout(), /clock_skew/)
  await service.stop()
})
