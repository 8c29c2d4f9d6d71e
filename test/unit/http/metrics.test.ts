import { request } from 'node:http'
import { createServer } from 'node:net'
import Fastify from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import { InvalidCredentialsError, TooManyAttemptsError } from '../../../src/errors.ts'
import { createLog, metrics } from '../../../src/http/index.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { freePort } from '../../../scripts/free-port.js'
import { createMeasuredApp, createSources } from './measured-app.ts'
import { listen, openSocket, send } from '../../support/sockets.ts'

const REQUESTS = 'gatepass_http_requests_total'
const SECONDS = 'gatepass_http_request_duration_seconds'
const CLOSE = 'host: example.com\r\nconnection: close\r\n\r\n'

t.test('every request is counted once, by route pattern and outcome', async (t) => {
  const { service, scrape } = await createMeasuredApp(t, { timeoutMs: 200 })
  service.get('/things/:id', () => ({}))
  service.post<{
    Body: { right: boolean }
  }>('/auth/login', { schema: { body: Type.Object({ right: Type.Boolean() }) } }, async ({ body }) => {
    if (body.right) return {}
    throw new InvalidCredentialsError()
  })
  service.post('/auth/refresh', () => { throw new TooManyAttemptsError() })
  service.get('/broken', () => { throw new Error('no luck') })
  service.get('/slow', () => new Promise(() => {}))
  // Like the edge, which sends a response without throwing.
  service.get(
    '/guarded', (_request, reply) => reply.code(401).type('application/problem+json').send('{"status":401,"code":"missing_token"}')
  )
  service.get('/odd', (_request, reply) => reply.code(418).send('not what you think'))

  const json = { 'content-type': 'application/json' }
  const table = [
    [{ url: '/things/1?token=hunter2' }, { method: 'GET', route: '/things/:id', outcome: 'ok' }, '2xx'],
    [{ url: '/things/2' }, { method: 'GET', route: '/things/:id', outcome: 'ok' }, '2xx'],
    [{ method: 'HEAD', url: '/things/2' }, { method: 'HEAD', route: '/things/:id', outcome: 'ok' }, '2xx'],
    [
      { method: 'POST', url: '/auth/login', headers: json, payload: '{"right":true}' },
      { method: 'POST', route: '/auth/login', outcome: 'ok' }, '2xx'
    ],
    [
      { method: 'POST', url: '/auth/login', headers: json, payload: '{"right":false}' },
      { method: 'POST', route: '/auth/login', outcome: 'invalid_credentials' }, '4xx'
    ],
    [
      { method: 'POST', url: '/auth/login', headers: json, payload: '{"right"' },
      { method: 'POST', route: '/auth/login', outcome: 'invalid_request' }, '4xx'
    ],
    [{ method: 'POST', url: '/auth/refresh' }, { method: 'POST', route: '/auth/refresh', outcome: 'too_many_attempts' }, '4xx'],
    [{ url: '/broken' }, { method: 'GET', route: '/broken', outcome: 'internal_error' }, '5xx'],
    [{ method: 'HEAD', url: '/broken' }, { method: 'HEAD', route: '/broken', outcome: 'internal_error' }, '5xx'],
    [{ url: '/slow' }, { method: 'GET', route: '/slow', outcome: 'overloaded' }, '5xx'],
    [{ url: '/guarded' }, { method: 'GET', route: '/guarded', outcome: 'missing_token' }, '4xx'],
    [{ url: '/odd' }, { method: 'GET', route: '/odd', outcome: 'error' }, '4xx'],
    [{ url: '/hunter2' }, { method: 'GET', route: 'none', outcome: 'not_found' }, '4xx'],
    [{ method: 'DELETE', url: '/things/hunter2' }, { method: 'DELETE', route: 'none', outcome: 'method_not_allowed' }, '4xx'],
    [
      { method: 'OPTIONS', url: '/things/1', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' } },
      { method: 'OPTIONS', route: '*', outcome: 'ok' }, '2xx'
    ]
  ] as const
  const expected = new Map<string, number>()
  for (const [request, labels] of table) {
    await service.inject(request)
    const key = JSON.stringify(labels)
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }

  const samples = await scrape()
  const counted = new Map(samples.filter(({ name }) => name === REQUESTS).map(({ labels, value }) => [JSON.stringify(labels), value]))
  t.same([...counted].sort(), [...expected].sort())
  for (const [, { method, route }, status] of table) {
    t.ok(samples.some(({ name, labels }) => name === `${SECONDS}_count` &&
      labels.method === method && labels.route === route && labels.status === status), `${method} ${route} ${status}`)
  }
  t.notMatch(JSON.stringify(samples), /hunter2/, 'no address becomes a label')
  t.equal(samples.find(({ name }) => name === 'gatepass_http_requests_in_flight')?.value, 0)
})

t.test('on a socket: disconnected clients, streams, unroutable URLs, and unreadable requests', async (t) => {
  const { service, read } = await createMeasuredApp(t)
  service.get('/never', () => new Promise(() => {}))
  service.get('/stream', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write(': begun\n\n')
  })
  const port = await listen(service)

  const gone = openSocket(port)
  gone.write(`GET /never HTTP/1.1\r\n${CLOSE}`)
  await until(async () => await read('gatepass_http_requests_in_flight') === 1)
  t.equal(await read('gatepass_http_connections'), 1)
  gone.destroy()
  await until(async () => await read(REQUESTS, { route: '/never' }) === 1)
  t.equal(await read(REQUESTS, { method: 'GET', route: '/never', outcome: 'aborted' }), 1)
  t.equal(await read(`${SECONDS}_count`, { route: '/never', status: 'aborted' }), 1)

  const stream = openSocket(port)
  stream.write(`GET /stream HTTP/1.1\r\n${CLOSE}`)
  await new Promise((resolve) => stream.once('data', resolve))
  t.equal(await read('gatepass_http_requests_in_flight'), 1)
  stream.destroy()
  await until(async () => await read(REQUESTS, { route: '/stream' }) === 1)
  t.equal(await read(REQUESTS, { route: '/stream', outcome: 'stream' }), 1)
  t.equal(await read(`${SECONDS}_count`, { route: '/stream' }), undefined, 'how long a stream lives says nothing of how fast we are')

  t.equal((await send(port, `GET /% HTTP/1.1\r\n${CLOSE}`)).status, 400)
  await until(async () => await read(REQUESTS, { route: 'none' }) === 1)
  t.equal(await read(REQUESTS, { method: 'GET', route: 'none', outcome: 'unroutable' }), 1)
  t.equal(await read(`${SECONDS}_count`, { route: 'none', status: '4xx' }), 1)

  await send(port, 'hunter2\r\n\r\n')
  t.equal(await read('gatepass_http_client_errors_total', { reason: 'malformed' }), 1)
  t.equal(await read('gatepass_http_client_errors_total', { reason: 'timeout' }), 0)
  t.equal(await read('gatepass_http_requests_in_flight'), 0)
})

t.test('sources are read at each scrape', async (t) => {
  const sources = createSources()
  const { service, read } = await createMeasuredApp(t, { sources })
  await service.ready()
  t.equal(await read('gatepass_hashing_waiting'), 3)
  sources.hashing.waiting = 4
  sources.hashing.refused++
  sources.verifier.rejected.expired++
  const table = [
    ['gatepass_hashing_running', {}, 2], ['gatepass_hashing_waiting', {}, 4], ['gatepass_hashing_refused_total', {}, 5], [
      'gatepass_hashing_untrusted_total', {}, 1
    ],
    ['gatepass_argon2_build_info', { build: 'x86-64-v3' }, 1], ['gatepass_database_connections', {}, 10],
    ['gatepass_database_idle_connections', {}, 7], ['gatepass_database_waiting', {}, 0],
    ['gatepass_token_verifications_total', { outcome: 'verified' }, 5], [
      'gatepass_token_verifications_total', { outcome: 'cache_hit' }, 50
    ],
    ['gatepass_token_verifications_total', { outcome: 'expired' }, 7], ['gatepass_token_verifications_total', { outcome: 'signature' }, 0],
    ['gatepass_mails_total', { outcome: 'sent' }, 20], ['gatepass_mails_total', { outcome: 'failed' }, 1],
    ['gatepass_mails_total', { outcome: 'expired' }, 0], ['gatepass_mail_retries_total', { reason: 'connection' }, 2],
    ['gatepass_mails_due', {}, 4], ['gatepass_mails_oldest_due_seconds', {}, 60],
    ['gatepass_revocation_entries', {}, 8], ['gatepass_revocation_age_seconds', {}, Infinity],
    ['gatepass_feed_subscribers', {}, 9], ['gatepass_feed_events_sent_total', {}, 100], ['gatepass_feed_dropped_total', {}, 1],
    ['gatepass_log_lines_dropped_total', {}, 12], ['gatepass_refreshes_total', { outcome: 'rotated' }, 11], [
      'gatepass_refreshes_total', { outcome: 'reused' }, 0
    ],
    ['gatepass_keyring_keys', {}, 3], ['gatepass_keyring_next_rotation_seconds', {}, -5], ['gatepass_keyring_can_sign', {}, 1], [
      'gatepass_keyring_rejected', {}, 2
    ]
  ] as const
  for (let time = 1; time <= 2; time++) {
    for (const [name, labels, value] of table) t.equal(await read(name, labels), value, `${name} ${JSON.stringify(labels)}, time ${time}`)
  }
})

t.test('the process is measured', async (t) => {
  const { service, scrape, read } = await createMeasuredApp(t)
  await service.ready()
  await until(async () => {
    // The monitor needs a tick before it can measure lag.
    await new Promise((resolve) => setTimeout(resolve, 40))
    const end = performance.now() + 120
    while (performance.now() < end);
    return Number(await read('nodejs_eventloop_lag_max_seconds')) > 0.08
  }, 5_000)
  const values = Object.fromEntries((await scrape()).map(({ name, value }) => [name, value]))
  t.ok(Number(values.process_resident_memory_bytes) > 20e6)
  t.ok(Number(values.nodejs_heap_size_used_bytes) > 5e6)
  t.ok(Number(values.process_cpu_seconds_total) > 0.1)
  t.ok(Math.abs(Number(values.process_start_time_seconds) - (Date.now() / 1000 - process.uptime())) < 2)
  t.ok(Number(values.nodejs_eventloop_lag_p50_seconds) <= Number(values.nodejs_eventloop_lag_p99_seconds))
})

t.test('undefined sources have no metrics', async (t) => {
  const { service, scrape } = await createMeasuredApp(t, { sources: {} })
  await service.ready()
  const names = new Set((await scrape()).map(({ name }) => name))
  t.notOk([...names].some((name) => /hashing|argon2|database|token|mail|revocation|feed|refresh|log|keyring/.test(name)))
  t.ok(names.has('gatepass_http_requests_in_flight'))
})

t.test('HC18: metrics are on their own port and the host of the service, and nothing else is there', async (t) => {
  const { service, url } = await createMeasuredApp(t)
  const port = await listen(service)
  t.match(await send(port, `GET /metrics HTTP/1.1\r\n${CLOSE}`), { status: 404 }, 'not for the public')
  const { origin } = new URL(url)
  const answer = await fetch(url)
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.equal((await fetch(`${url}?name[]=a`)).status, 200)
  t.equal((await fetch(`${origin}/`)).status, 404)
  t.equal((await fetch(`${origin}/me`)).status, 404)
  t.equal((await fetch(url, { method: 'POST', body: 'a' })).status, 405)
  const head = await fetch(url, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(await head.text(), '')
})

t.test('metrics are served until the last response, and then their port is free', async (t) => {
  const { service, url } = await createMeasuredApp(t)
  let during = 0
  service.addHook('preClose', async () => { during = (await fetch(url)).status })
  await service.ready()
  await service.close()
  t.equal(during, 200)
  await t.rejects(fetch(url))
})

t.test('a source that throws fails one scrape, and the next succeeds', async (t) => {
  let isBroken = true
  const { service, url } = await createMeasuredApp(t, {
    sources: { ...createSources(), database: { idle: 0, waiting: 0, get total () { if (isBroken) throw new Error('no luck'); return 1 } } }
  })
  await service.ready()
  t.equal((await fetch(url)).status, 500)
  isBroken = false
  t.equal((await fetch(url)).status, 200)
})

t.test('a port in use is a failed start', async (t) => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  t.teardown(() => other.close())
  const service = Fastify({ loggerInstance: createLog({ level: 'silent' }) })
  t.teardown(() => service.close())
  await service.register(metrics, { host: '127.0.0.1', port, sources: {} })
  await t.rejects(async () => service.ready(), { code: 'EADDRINUSE', message: new RegExp(String(port)) })
})

t.test('a hanging scraper does not delay closing', async (t) => {
  const { service, url } = await createMeasuredApp(t)
  await service.ready()
  const hanging = request(url, { headers: { connection: 'keep-alive' } }).on('error', () => {})
  hanging.flushHeaders()
  await new Promise((resolve) => hanging.once('response', resolve))
  const begunAt = performance.now()
  await service.close()
  t.ok(isInTime(performance.now() - begunAt, 2_000))
})
