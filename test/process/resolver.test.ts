// F29: the service as a process, whose resolver can no longer resolve the database.
import pg from 'pg'
import t from 'tap'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { ask, logIn, refresh } from '../support/client.ts'
import { isInTime } from '../support/patience.ts'
import { freePort } from '../../scripts/free-port.js'
import { postgresSettings, runCommand, startService } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

const EMAIL = 'ada@example.com'
/** The deadline of requests, with room for a busy machine. */
const DEADLINE_MS = 10_000 + 2_000
const OUTAGE_MS = 4_000

/** On a signal without another use, the resolver fails as with broken servers, or works again; it prints the number of queries. */
const RESOLVER = `
const dns = require('node:dns')
const { lookup } = dns
let isBroken = false
let asked = 0
dns.lookup = (name, options, callback) => {
  if (name !== 'database.test') return lookup(name, options, callback)
  asked++
  if (!isBroken) return lookup('127.0.0.1', options, callback)
  process.nextTick(callback, Object.assign(new Error('getaddrinfo EAI_AGAIN database.test'), {
    code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: name
  }))
}
process.on('SIGWINCH', () => {
  isBroken = !isBroken
  console.log(isBroken ? 'broken' : 'mended', asked)
  asked = 0
})`

t.test('F29: while the name of the database cannot be resolved, open connections are used; without them, responses are 503 until it can', {
  skip: findPostgres() === undefined && 'there is no Postgres server on this machine'
}, async (t) => {
  const port = await freePort()
  const server = await startPostgres({ settings: { listen_addresses: '127.0.0.1', port } })
  t.teardown(() => server.remove())
  const admin = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` })
  await admin.connect()
  const NODE_OPTIONS = `--require=${t.testdir({ 'resolver.cjs': RESOLVER })}/resolver.cjs`
  const settings = {
    ...postgresSettings(`postgres://postgres@database.test:${port}/postgres`),
    NODE_OPTIONS,
    LOG_LEVEL: 'fatal',
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD
  }
  t.match(await runCommand(t, ['migrate'], settings).ended, { code: 0 })
  const { address, pid, stdout } = await startService(t, settings)
  const { accessToken, refreshToken, sessionId } = await logIn(address, EMAIL, PASSWORD)

  process.kill(pid, 'SIGWINCH')
  await until(() => stdout().includes('broken'))
  for (let turn = 0; turn < 5; turn++) {
    t.match(await refresh(address, refreshToken), { status: 200, body: { session_id: sessionId } })
    await logIn(address, EMAIL, PASSWORD)
  }

  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'gatepass%'")
  await admin.end()
  await until(async () => (await refresh(address, refreshToken)).status === 503)
  const lostAt = performance.now()
  const table: Array<[path: string, body: object]> = [
    ['/auth/login', { email: EMAIL, password: PASSWORD }], ['/auth/refresh', { refresh_token: refreshToken }],
    ['/auth/logout', { refresh_token: refreshToken }]
  ]
  for (const [path, body] of table) {
    const askedAt = performance.now()
    const answer = await ask(`${address}${path}`, { method: 'POST', body })
    t.match(answer, { status: 503, body: { code: 'credential_store_unavailable' } }, path)
    t.match(answer.headers.get('retry-after'), /^\d+$/)
    t.ok(isInTime(performance.now() - askedAt, DEADLINE_MS), path)
  }
  t.match(await ask(`${address}/me`, { token: accessToken }), { status: 200 }, 'tokens are verified nevertheless')
  t.match(await ask(`${address}/health/live`), { status: 200 })
  await until(() => performance.now() - lostAt > OUTAGE_MS)

  process.kill(pid, 'SIGWINCH')
  await until(() => stdout().includes('mended'))
  const [, asked] = /mended (\d+)/.exec(stdout()) ?? []
  t.ok(Number(asked) > 0 && Number(asked) < 60, `the resolver was asked ${asked} times`)
  await until(async () => (await ask(`${address}/health/ready?strict`)).status === 200)
  t.match(await refresh(address, refreshToken), { status: 200, body: { session_id: sessionId } }, 'the session continues')
})
