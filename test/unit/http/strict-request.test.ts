// The boundaries and the host of a request, and strict bodies: rows HC8, HC15 and HC16 of docs/requirements.md.
import t from 'tap'
import { Type } from 'typebox'
import { CLOSE, createAppWithRoutes, HOST, SECRET } from './app-with-routes.ts'
import { createHttpApp } from './http-app.ts'
import { listen, send } from '../../support/sockets.ts'

t.test('HC15: no response contains the requested host', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  const forged = `host: ${SECRET}.example\r\nx-forwarded-host: ${SECRET}.example\r\nx-forwarded-proto: https\r\n` +
    `x-forwarded-for: ${SECRET}\r\nforwarded: host=${SECRET}.example\r\norigin: https://${SECRET}.example\r\n`
  for (const [method, path] of [
    ['GET', '/openapi.json'], ['GET', '/openapi.yaml'], ['GET', '/docs'], ['GET', '/docs/'],
    ['GET', '/docs/static/swagger-initializer.js'], ['GET', '/health/ready'], ['GET', '/nothing'], ['GET', '/admin/users'],
    ['GET', '/%'], ['OPTIONS', '/auth/login'], ['DELETE', '/auth/login']
  ] as const) {
    const { text, status } = await send(port, `${method} ${path} HTTP/1.1\r\n${forged}${CLOSE}`)
    t.ok(status >= 200 && status < 500, `${method} ${path} is answered ${status}`)
    t.notMatch(text, SECRET, `${method} ${path}`)
  }
})

t.test('HC15: two Host headers in any spelling, and none, are refused', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  for (const hosts of ['host: a\r\nhost: a\r\n', 'Host: a\r\nHOST: b\r\n', 'host: a\r\nhost:\r\n', '', 'host : a\r\n', ' host: a\r\n']) {
    t.equal((await send(port, `GET /health/live HTTP/1.1\r\n${hosts}${CLOSE}`)).status, 400, JSON.stringify(hosts))
  }
})

t.test('HC16: a request with an ambiguous end is refused, and the connection closes', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const port = await listen(service)
  const smuggled = `GET /health/live HTTP/1.1\r\n${HOST}\r\n`
  const json = 'content-type: application/json\r\n'
  const table = [
    ['a length and chunks', `content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['chunks and a length', `transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `content-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a list of lengths', `content-length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a negative length', `content-length: -1\r\n\r\n${smuggled}`],
    ['a length with a sign', `content-length: +0\r\n\r\n${smuggled}`],
    ['a length in hexadecimal', `content-length: 0x0\r\n\r\n${smuggled}`],
    ['a coding that is not the last', `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding in front', `transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding nobody knows', `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two codings', `transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding behind a control', `transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding in quotes', `transfer-encoding: "chunked"\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a name with a space behind it', `transfer-encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a name that goes on in the next line', `transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a size of a chunk that is none', `transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled}`],
    ['a chunk that is longer than it says', `transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${smuggled}`],
    ['a line feed alone', `content-length: 0\n\n${smuggled}`],
    ['a return alone', `content-length: 0\rx: a\r\n\r\n${smuggled}`],
    ['a NUL in a header', `x: a\0b\r\ncontent-length: 0\r\n\r\n${smuggled}`]
  ] as const
  for (const [name, rest] of table) {
    const { text, status } = await send(port, `POST /auth/login HTTP/1.1\r\n${HOST}${json}${rest}`)
    t.equal(status, 400, name)
    t.equal(text.match(/HTTP\/1\.1 \d/g)?.length, 1, `${name}: there is one answer`)
    t.notMatch(text, /"live"/, name)
  }
  t.same(reached, [])
})

t.test('HC16: requests after one with a refused header reach no handler, even if they have arrived already', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const port = await listen(service)
  const login = `POST /auth/login HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 13\r\n\r\n{"email":"a"}`
  for (const header of [`${HOST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, `${HOST}${HOST}\r\n`, '\r\n']) {
    const { text } = await send(port, `POST /nothing HTTP/1.1\r\n${header}${login}${login}`)
    t.match(text, /^HTTP\/1\.1 400 [^]*\r\nconnection: close\r\n/i)
    t.notMatch(text, /HTTP\/1\.1 200/)
  }
  t.same(reached, [])
  await send(port, `${login}${login.replace('\r\n', '\r\nconnection: close\r\n')}`)
  t.same(reached, ['login', 'login'], 'and otherwise it does')
})

t.test('HC8: what a cross-site form can send reaches no handler', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const payload = '{"email":"ada@example.com"}'
  for (const type of [
    'text/plain', 'text/plain; charset=utf-8', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a',
    'TEXT/PLAIN', 'text/plain;application/json', 'text/html', 'application/json-seq', 'application/jsonx', 'application/csp-report', ''
  ]) {
    const { statusCode, body } = await service.inject({ method: 'POST', url: '/auth/login', payload, headers: { 'content-type': type } })
    t.ok([400, 415].includes(statusCode), `${type} is answered ${statusCode}: ${body}`)
  }
  t.equal((await service.inject({ method: 'POST', url: '/auth/login', body: Buffer.from(payload) })).statusCode, 415, 'no type at all')
  t.same(reached, [])
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
    t.equal((await service.inject({
      method: 'POST', url: '/auth/login', payload, headers: { 'content-type': type }
    })).statusCode, 200, type)
  }
})

const NAME = Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: false })

t.test('HC23: a body that is required is required, and one that is optional is {} to its handler', async (t) => {
  const service = await createHttpApp(t)
  service.post('/required', { schema: { body: NAME } }, ({ body }) => ({ body }))
  service.post('/optional', { schema: { body: Type.Optional(NAME) } }, ({ body }) => ({ body }))
  service.post('/none', ({ body }) => ({ isNone: body === undefined }))
  const types = [{}, { 'content-type': 'application/json' }, { 'content-type': 'application/json', 'content-length': '0' }]
  for (const headers of types) {
    const post = (url: string) => service.inject({ method: 'POST', url, headers })
    const missing = await post('/required')
    t.match({ status: missing.statusCode, ...missing.json() }, {
      status: 400, code: 'invalid_request', detail: 'The request needs a body.', errors: [{ path: '', message: 'is required' }]
    })
    t.strictSame((await post('/optional')).json(), { body: {} })
    t.strictSame((await post('/none')).json(), { isNone: true })
  }
  for (const url of ['/required', '/optional']) {
    const headers = { 'content-type': 'application/json' }
    const post = async (payload: string) => service.inject({ method: 'POST', url, payload, headers })
    t.strictSame((await post('{"name":"a"}')).json(), { body: { name: 'a' } })
    t.strictSame((await post('{}')).json(), { body: {} })
    for (const payload of ['null', '[]', '""', '0', 'false']) {
      t.strictSame((await post(payload)).json().errors, [{ path: '', message: 'must be an object' }], `${url} ${payload}`)
    }
  }
})

t.test('ER14: text that is no strict JSON is named, and so is the member at fault', async (t) => {
  const service = await createHttpApp(t)
  service.post('/things', { schema: { body: Type.Object({}, { additionalProperties: true }) } }, () => ({}))
  const post = async (payload: string | Buffer) => (await service.inject({
    method: 'POST', url: '/things', payload, headers: { 'content-type': 'application/json' }
  })).json()
  for (const [payload, message] of [
    ['{', 'line 1, column 2: the text ends, but a name in double quotes or "}" must follow'],
    ['{"password":"hunter2', 'line 1, column 13: the string that begins here has no closing quote'],
    ['hunter2', 'line 1, column 1: a value must follow'], ['{"a":1,}', 'line 1, column 8: a name in double quotes must follow'],
    ["{'hunter2':1}", 'line 1, column 2: strings need double quotes'], [' ', 'line 1, column 2: the text ends, but a value must follow'],
    ['{"hunter2":"\n"}', 'line 1, column 13: a line break or another control character must be escaped'],
    ['{\n  "a": 1\n  "hunter2": 2\n}', 'line 3, column 3: "," or "}" must follow'],
    ['{"a":"\\x"}', 'line 1, column 7: this escape does not exist'], ['{"a":01}', 'line 1, column 7: "," or "}" must follow'],
    ['{} hunter2', 'line 1, column 4: nothing must follow'],
    ['['.repeat(8_000), 'line 1, column 8001: the text ends, but a value or "]" must follow']
  ] as const) {
    const problem = await post(payload)
    t.match(problem, { code: 'invalid_request', detail: 'The body is not JSON; see "errors".' }, payload.slice(0, 20))
    t.strictSame(problem.errors, [{ path: '', message }])
    t.notMatch(JSON.stringify(problem), /hunter2/)
  }
  t.match(await post(Buffer.from('{"a":"\xe9"}', 'latin1')), { code: 'invalid_request', detail: 'The body is not UTF-8.' })
  for (const [payload, path] of [
    ['{"a":{"b":1,"b":2}}', '/a/b'], ['{"a":"\\u0000"}', '/a'], ['{"__proto__":{}}', '/__proto__'],
    ['{"a":{"constructor":{"prototype":{}}}}', '/a/constructor/prototype']
  ] as const) {
    t.match(await post(payload), { detail: 'The request is not valid; see "errors".', errors: [{ path, message: String }] }, payload)
  }
})
