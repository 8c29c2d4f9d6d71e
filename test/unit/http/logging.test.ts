import { createHash } from 'node:crypto'
import t from 'tap'
import { Type } from 'typebox'
import { createLog } from '../../../src/http/index.ts'
import { createHttpApp } from './http-app.ts'
import { listen, send } from '../../support/sockets.ts'

const SECRET = 'hunter2'
const SECRET_BYTES = JSON.stringify(Buffer.from(SECRET).toJSON().data).slice(1, -1)
const SESSION = '01931f0e-7c4a-7b1e-8d2f-3a4b5c6d7e8f'
const SESSION_HASH = createHash('sha256').update(SESSION).digest('hex').slice(0, 16)

function createListening (level = 'info') {
  const lines: string[] = []
  return {
    lines,
    stream: { write: (line: string) => { lines.push(line) } },
    log: createLog({
      level, stream: { write: (line) => { lines.push(line) } }
    })
  }
}

t.test('LG5: members named like secrets are redacted at every depth', async (t) => {
  const { lines, log } = createListening()
  const names = [
    'authorization', 'Authorization', 'proxy-authorization', 'cookie', 'cookies', 'set-cookie', 'Set-Cookie', 'password', 'newPassword',
    'new_password', 'current_password',
    'passwordHash', 'password_hash', 'ADMIN_PASSWORD', 'passphrase', 'token', 'access_token', 'refresh_token', 'accessToken',
    'refreshToken', 'feedTokens', 'FEED_TOKEN',
    'secret', 'secretKeys', 'SECRET_KEYS', 'client_secret', 'credentials', 'privateKey', 'private_key', 'privatePem', 'private_jwe'
  ]
  const failures: string[] = []
  for (const name of names) {
    const bare = { [name]: SECRET }
    const table = [
      ['alone', bare], ['in an object', { a: bare }], ['in a list', { list: [1, bare] }], ['deep', { a: { b: { c: { d: bare } } } }], [
        'deeper', { a: { b: { c: { d: { e: { f: { g: { h: bare } } } } } } } }
      ],
      ['as a list', { a: { [name]: [SECRET, { b: SECRET }] } }], ['as bytes', { [name]: Buffer.from(SECRET) }]
    ] as const
    for (const [where, entry] of table) {
      lines.length = 0
      log.info(entry, 'a fixed sentence')
      const [line = '', ...others] = lines
      const isRedacted = JSON.parse(line).msg === 'a fixed sentence' && ![SECRET, SECRET_BYTES].some((secret) => line.includes(secret))
      if (!isRedacted || others.length > 0) failures.push(`${name} ${where}: ${lines.join('')}`)
    }
  }
  t.strictSame(failures, [])
  log.info({ name: SECRET, bytes: Buffer.from(SECRET) }, 'a fixed sentence')
  t.ok([SECRET, SECRET_BYTES].every((secret) => lines.at(-1)?.includes(secret)), 'another member is not redacted')
})

t.test('other members are logged as they are, and the entry itself is not changed', async (t) => {
  const { lines, log } = createListening()
  const given = { kid: 'a', count: 3, list: [{ at: new Date(0) }], none: null, password: SECRET }
  log.info(given, 'a fixed sentence')
  t.match(JSON.parse(lines[0] ?? ''), {
    kid: 'a', count: 3, list: [{ at: '1970-01-01T00:00:00.000Z' }], none: null, msg: 'a fixed sentence', time: Number, pid: Number
  })
  t.equal(given.password, SECRET)
})

t.test('a cyclic object is logged to a bounded depth', async (t) => {
  const { lines, log } = createListening()
  const circle: Record<string, unknown> = { kid: 'a' }
  circle.again = circle
  log.info(circle, 'a fixed sentence')
  t.match(JSON.parse(lines[0] ?? ''), { kid: 'a', again: { kid: 'a' } })
})

t.test('an error is logged with type, message and causes, without the members that drivers add', async (t) => {
  const { lines, log } = createListening()
  const error = Object.assign(
    new TypeError('no luck at "/things?q=hunter2"', { cause: Object.assign(new Error('deeper'), { code: '22021', parameters: [SECRET] }) }),
    { detail: SECRET }
  )
  for (const entry of [{ err: error }, { reason: error }, { reasons: [error] }, error]) {
    lines.length = 0
    log.error(entry, 'a fixed sentence')
    t.match(lines[0], /"TypeError".*no luck at.*logging\.test.*deeper.*22021/)
    t.notMatch(lines[0], SECRET)
  }
  lines.length = 0
  log.error({ err: SECRET }, 'a fixed sentence')
  t.match(JSON.parse(lines[0] ?? '').err, { type: 'string', message: 'not an error' })
})

t.test('a password in a URL is redacted wherever it is logged', async (t) => {
  const { lines, log } = createListening()
  log.info(
    { database: { url: `postgres://ada:${SECRET}@db.example.com/gatepass` }, list: [`redis://:${SECRET}@[::1]:1`] },
    `could not reach postgres://ada:${SECRET}@db.example.com/gatepass`
  )
  t.notMatch(lines[0], SECRET)
  t.match(JSON.parse(lines[0] ?? ''), { database: { url: 'postgres://ada:[redacted]@db.example.com/gatepass' } })
  lines.length = 0
  log.info({ url: 'https://auth.example.com:443/a', email: 'ada@example.com' }, 'https://auth.example.com:8443')
  t.match(
    JSON.parse(lines[0] ?? ''),
    { url: 'https://auth.example.com:443/a', email: 'ada@example.com', msg: 'https://auth.example.com:8443' },
    'and the rest stays'
  )
})

t.test('LG6: no log line contains a line break or a terminal command', async (t) => {
  const { lines, log } = createListening()
  const nasty = 'a\r\n{"level":60}\n\x1b[2J\x9b2J\x85\u2028\u2029\x7f\0\ud800"\\'
  log.info({ nasty, [nasty]: { nasty } }, nasty)
  t.equal(lines.length, 1)
  // eslint-disable-next-line no-control-regex
  t.match(lines[0], /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\n$/)
  t.equal(JSON.parse(lines[0] ?? '').nasty, nasty, 'and it can be read again')
})

t.test('a request is one log line, without its secrets', async (t) => {
  const { lines, stream } = createListening()
  const service = await createHttpApp(t, { logLevel: 'trace', logStream: stream })
  service.post('/things', { schema: { body: Type.Object({ password: Type.String({ maxLength: 3 }) }) } }, () => ({}))
  service.get('/broken', (request) => { throw new Error(`cannot serve ${request.url}`) })
  const headers = {
    authorization: `Bearer ${SECRET}`,
    cookie: `__Host-gatepass=${SECRET}`,
    'content-type': 'application/json',
    'x-request-id': SECRET,
    traceparent: SECRET,
    'user-agent': SECRET,
    referer: SECRET,
    origin: `https://${SECRET}.example`
  }
  const table = [
    [
      'a body that is refused', { method: 'POST', url: '/things', payload: JSON.stringify({ password: SECRET }), headers }, 400,
      'invalid_request'
    ],
    ['a body that cannot be read', { method: 'POST', url: '/things', payload: `{"password":"${SECRET}`, headers }, 400, 'invalid_request'],
    ['a body that is no JSON', { method: 'POST', url: '/things', payload: SECRET, headers }, 400, 'invalid_request'],
    [
      'a media type', { method: 'POST', url: '/things', payload: SECRET, headers: { ...headers, 'content-type': `text/${SECRET}` } }, 415,
      'unsupported_media_type'
    ],
    ['a query', { url: `/broken?access_token=${SECRET}`, headers }, 500, 'internal_error'],
    ['a query without a route', { url: `/nothing?access_token=${SECRET}`, headers }, 404, undefined],
    ['an address that cannot be read', { url: `/%?access_token=${SECRET}`, headers }, 400, 'invalid_request']
  ] as const
  for (const [name, request, status, code] of table) {
    lines.length = 0
    t.equal((await service.inject(request)).statusCode, status, name)
    t.ok(lines.length >= 1, `${name} is logged`)
    t.notMatch(lines.join(''), SECRET, name)
    if (code !== undefined) t.match(lines.map((line) => JSON.parse(line)), [{ code }], `${name}: the reason is told`)
  }
})

t.test('LG5: sessions are logged as a hash, also in paths', async (t) => {
  const { lines, stream } = createListening()
  const service = await createHttpApp(t, { logLevel: 'info', logStream: stream })
  service.addHook('onRequest', async (request) => { Object.assign(request, { currentUser: { id: 'ada', sessionId: SESSION } }) })
  service.delete('/account/sessions/:id', () => ({}))
  await service.inject({ method: 'DELETE', url: `/account/sessions/${SESSION}?again=${SESSION}` })
  await service.inject({ method: 'DELETE', url: `/Admin/Sessions/${SESSION}` })
  const [first, second] = lines.map((line) => JSON.parse(line))
  t.match(first, { req: { path: `/account/sessions/${SESSION_HASH}` }, user: 'ada', session: SESSION_HASH, res: { status: 200 } })
  t.match(second, { req: { path: `/Admin/Sessions/${SESSION_HASH}` } })
  t.notMatch(lines.join(''), SESSION)
})

t.test('a request without a user has no user in its log line', async (t) => {
  const { lines, stream } = createListening()
  const service = await createHttpApp(t, { logLevel: 'info', logStream: stream })
  await service.inject('/nothing')
  t.strictSame(Object.keys(JSON.parse(lines[0] ?? '')).sort(), [
    'event', 'hostname', 'level', 'msg', 'pid', 'req', 'reqId', 'res', 'responseTime', 'span_id', 'time', 'trace_id'
  ])
})

t.test('bytes that are not a request are logged with the reason only', async (t) => {
  const { lines, stream } = createListening()
  const service = await createHttpApp(t, { logLevel: 'info', logStream: stream })
  const port = await listen(service)
  lines.length = 0
  await send(port, `${SECRET}\r\n\r\n`)
  await send(port, `POST / HTTP/1.1\r\nhost: a\r\nx: ${SECRET}\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`)
  t.match(lines.map((line) => JSON.parse(line)), [
    { reason: 'HPE_INVALID_METHOD', ip: '127.0.0.1', event: 'client_error', msg: 'request could not be read' },
    { reason: 'HPE_INVALID_TRANSFER_ENCODING', ip: '127.0.0.1', event: 'client_error', msg: 'request could not be read' }
  ])
  t.notMatch(lines.join(''), SECRET)
})

t.test('LG6: control characters that pass the parser are escaped in the log', async (t) => {
  const { lines, stream } = createListening()
  const service = await createHttpApp(t, { logLevel: 'info', logStream: stream })
  const port = await listen(service)
  for (const path of ['/a\x85b', '/a\x9b2Jb', '/a\xe2\x80\xa8b', '/a%0d%0a%1b[2J']) {
    lines.length = 0
    await send(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    // eslint-disable-next-line no-control-regex
    for (const line of lines) t.match(line, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\n$/, JSON.stringify(path))
    t.equal(lines.length, 1, JSON.stringify(path))
  }
})
