import t from 'tap'
import { Type } from 'typebox'
import { API_HEADERS } from '../../../src/http/headers.ts'
import { isInTime } from '../../support/patience.ts'
import { createHttpApp } from './http-app.ts'
import { listen, openSocket, receive, send } from '../../support/sockets.ts'

const QUICK = { header: 400, request: 600, idle: 900, check: 50 }
const HOST = 'host: example.com\r\n'
const CLOSE = 'connection: close\r\n\r\n'

t.test('ER7, F20: errors of the parser and the router look like all others', async (t) => {
  const service = await createHttpApp(t)
  service.get('/things/:id', () => ({}))
  service.post('/things', { schema: { body: Type.Object({}) } }, () => ({}))
  const port = await listen(service)
  const table = [
    ['no HTTP at all', 'hunter2\r\n\r\n', 400, 'invalid_request'],
    ['a method nobody knows', `FOO /things/1 HTTP/1.1\r\n${HOST}\r\n`, 501, 'not_implemented'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'invalid_request'],
    ['another protocol', 'SSH-2.0-hunter2\r\n', 400, 'invalid_request'],
    ['a header with a space in its name', `GET / HTTP/1.1\r\n${HOST}hunter 2: a\r\n\r\n`, 400, 'invalid_request'],
    ['two lengths', `POST /things HTTP/1.1\r\n${HOST}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'invalid_request'],
    [
      'a length and chunks', `POST /things HTTP/1.1\r\n${HOST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`, 400,
      'invalid_request'
    ],
    ['a coding nobody knows', `POST /things HTTP/1.1\r\n${HOST}transfer-encoding: xchunked\r\n${CLOSE}`, 400, 'invalid_request'],
    ['two hosts', `GET /things/1 HTTP/1.1\r\n${HOST}Host: hunter2.example\r\n${CLOSE}`, 400, 'invalid_request'],
    ['no host', `GET /things/1 HTTP/1.1\r\n${CLOSE}`, 400, 'invalid_request'],
    ['an address that cannot be decoded', `GET /things/%hunter2 HTTP/1.1\r\n${HOST}${CLOSE}`, 400, 'invalid_request'],
    ['a parameter that is too long', `GET /things/${'hunter2'.repeat(20)} HTTP/1.1\r\n${HOST}${CLOSE}`, 414, 'url_too_long'],
    ['a header that is too large', `GET / HTTP/1.1\r\n${HOST}x: ${'hunter2'.repeat(3000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['TRACE', `TRACE /things/1 HTTP/1.1\r\n${HOST}cookie: hunter2\r\n${CLOSE}`, 405, 'method_not_allowed'],
    ['TRACE of nothing', `TRACE /hunter2 HTTP/1.1\r\n${HOST}${CLOSE}`, 404, 'not_found'],
    ['CONNECT', `CONNECT hunter2:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method_not_allowed'],
    ['an address without a route', `GET /hunter2 HTTP/1.1\r\n${HOST}${CLOSE}`, 404, 'not_found'],
    [
      'bytes that are no UTF-8',
      `POST /things HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 7\r\n${CLOSE}{"\u00e9":1}`, 400, 'invalid_request'
    ]
  ] as const

  for (const [name, request, status, code] of table) {
    const answer = await send(port, request)
    t.equal(answer.status, status, name)
    t.match(JSON.parse(answer.body), { status, code, type: `/problems/${code.replaceAll('_', '-')}` }, name)
    t.match(
      answer.headers,
      { ...API_HEADERS, 'cache-control': 'no-store', 'content-type': /^application\/problem\+json/ },
      `${name}: the same headers`
    )
    t.notMatch(answer.text, /hunter2/, `${name}: nothing is echoed`)
    t.notMatch(answer.headers, { server: /./ }, `${name}: no banner`)
  }
})

t.test('HTTP/1.0 may omit the host, and an unknown expectation is ignored', async (t) => {
  const service = await createHttpApp(t)
  service.get('/fine', () => ({ fine: true }))
  const port = await listen(service)
  t.equal((await send(port, 'GET /fine HTTP/1.0\r\n\r\n')).status, 200)
  t.equal((await send(port, `GET /fine HTTP/1.1\r\n${HOST}expect: miracles\r\n${CLOSE}`)).status, 200)
})

t.test('AV6, F17, F18: a client that is too slow is disconnected, and others are served', async (t) => {
  const service = await createHttpApp(t, { timeouts: QUICK })
  service.post('/things', { schema: { body: Type.Object({}) } }, () => ({}))
  const port = await listen(service)
  const table = [
    ['a header that never ends', 'POST /things HTTP/1.1\r\n', 408],
    ['a body that never ends', `POST /things HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 9000\r\n\r\n{`, 408],
    ['a socket that says nothing', '', 408]
  ] as const
  await Promise.all(table.map(async ([name, beginning, status]) => {
    const socket = openSocket(port)
    socket.write(beginning)
    // A byte now and then, so that the socket is never idle.
    const drip = setInterval(() => beginning !== '' && socket.writable && socket.write('a'), 100)
    const begunAt = performance.now()
    const answer = await receive(socket)
    clearInterval(drip)
    t.equal(answer.status, status, name)
    t.ok(isInTime(performance.now() - begunAt, 3_000), `${name} is cut in time`)
    t.match(answer.headers, API_HEADERS, name)
  }))
  const fine = await send(port, `POST /things HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 2\r\n${CLOSE}{}`)
  t.equal(fine.status, 200)
})

t.test('AV6, F19: an idle connection is closed', async (t) => {
  const service = await createHttpApp(t, { timeouts: { ...QUICK, idle: 200 } })
  const begunAt = performance.now()
  t.equal((await send(await listen(service), '')).text, '')
  t.ok(isInTime(performance.now() - begunAt, 2_000))
})

t.test('a response in progress is not broken by garbage after its request', async (t) => {
  const service = await createHttpApp(t)
  service.get('/slowly', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/plain' })
    reply.raw.write('begun')
    setTimeout(() => reply.raw.end('ended'), 300)
  })
  const port = await listen(service)
  const socket = openSocket(port)
  socket.write(`GET /slowly HTTP/1.1\r\n${HOST}\r\n`)
  const answer = receive(socket)
  setTimeout(() => socket.write('\0\0\0\r\n\r\n'), 100)
  t.notMatch((await answer).text, /problem\+json/)
})

t.test('LG9: a request id sent by a client is not used', async (t) => {
  const lines: string[] = []
  const service = await createHttpApp(t, { logLevel: 'info', logStream: { write: (line) => { lines.push(line) } } })
  service.get('/fine', () => ({}))
  await service.inject({
    url: '/fine?access_token=hunter2',
    headers: {
      'request-id': 'mine', 'x-request-id': 'mine', authorization: 'Bearer hunter2', cookie: 'gatepass=hunter2'
    }
  })
  t.equal(lines.length, 1, 'one line for a request')
  t.match(JSON.parse(lines[0] ?? ''), {
    reqId: /^[0-9a-f-]{36}$/,
    req: { method: 'GET', path: '/fine', ip: '127.0.0.1' },
    res: { status: 200 },
    responseTime: Number,
    msg: 'request completed'
  })
  t.notMatch(lines[0], /mine|hunter2/)
})

t.test('secrets are redacted in every log line', async (t) => {
  const lines: string[] = []
  const service = await createHttpApp(t, { logLevel: 'info', logStream: { write: (line) => { lines.push(line) } } })
  service.log.info({
    password: 'hunter2',
    headers: {
      authorization: 'hunter2', cookie: 'hunter2', 'set-cookie': ['hunter2']
    },
    session: { refresh_token: 'hunter2' },
    body: { user: { password: 'hunter2' } }
  }, 'a fixed sentence')
  t.equal(lines.length, 1)
  t.notMatch(lines[0], /hunter2/)
})

t.test('X-Forwarded-For is trusted only from a listed proxy', async (t) => {
  const ipSeenBy = async (trustProxy: readonly string[] | false) => {
    const service = await createHttpApp(t, { trustProxy })
    service.get('/ip', ({ ip }) => ({ ip }))
    return (await service.inject({ url: '/ip', headers: { 'x-forwarded-for': '203.0.113.9' } })).json().ip
  }
  t.equal(await ipSeenBy(false), '127.0.0.1')
  t.equal(await ipSeenBy(['10.0.0.0/8']), '127.0.0.1')
  t.equal(await ipSeenBy(['127.0.0.0/8']), '203.0.113.9')
})
