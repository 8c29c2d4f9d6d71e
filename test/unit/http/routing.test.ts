// Which requests reach a handler: rows HC14, HC17 and AZ11 of docs/requirements.md.
import { METHODS } from 'node:http'
import t from 'tap'
import { assertProblem, CLOSE, isProblem, createAppWithRoutes, HOST, SECRET } from './app-with-routes.ts'
import { listen, send } from '../../support/sockets.ts'

const STANDARD = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']

t.test('HC14: a method without a route reaches no handler, and gets a 4xx', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const port = await listen(service)
  const used = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']
  const others = [...METHODS.filter((method) => !used.includes(method)), 'FOO', 'get', 'GETS', 'TRACK', 'DEBUG']
  t.ok(others.length >= 30, `${others.length} methods`)
  const failures: string[] = []
  for (const method of others) {
    for (const path of ['/admin/users', '/auth/login', '/', '/health/live']) {
      const response = await send(port, `${method} ${path} HTTP/1.1\r\n${HOST}x: ${SECRET}\r\nmax-forwards: 0\r\n${CLOSE}`)
      const isRefused = [404, 405, 501].includes(response.status) && !response.text.includes(SECRET) && isProblem(response)
      if (!isRefused) failures.push(`${method} ${path}: ${response.text}`)
    }
  }
  t.strictSame(failures, [])
  t.same(reached, [])
})

t.test('ER13: a method that is neither standard nor a route\'s is 501, whether the parser of this Node knows it or not', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const port = await listen(service)
  const unknown = [
    ...METHODS.filter((method) => !STANDARD.includes(method)), 'FOO', 'QUERY', 'get', 'GETS', 'PATCHES', 'G', 'ANNOUNCE', "!#$%&'*+-.^_`|~1"
  ]
  for (const method of unknown) {
    for (const [path, header, body] of [
      ['/admin/users', '', ''], ['/nothing', '', ''], ['/auth/login', 'content-type: text/plain\r\ncontent-length: 1\r\n', 'a']
    ]) {
      const response = await send(port, `${method} ${path} HTTP/1.1\r\n${HOST}${header}${CLOSE}${body}`)
      t.equal(response.status, 501, `${method} ${path}`)
      t.match(JSON.parse(response.body), { code: 'not_implemented', status: 501, title: 'Not Implemented' })
      assertProblem(t, response, method)
    }
  }
  t.same(reached, [])
})

t.test('ER13: a standard method is 405 with Allow where another has a route, and CONNECT everywhere', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  for (const method of STANDARD.filter((method) => !['GET', 'HEAD', 'OPTIONS', 'CONNECT'].includes(method))) {
    const { status, headers } = await send(port, `${method} /admin/users HTTP/1.1\r\n${HOST}${CLOSE}`)
    t.match({ status, allow: headers.allow }, { status: 405, allow: 'GET, HEAD, OPTIONS' }, method)
  }
  for (const target of ['example.com:443', '/admin/users']) {
    const { status, headers } = await send(port, `CONNECT ${target} HTTP/1.1\r\n${HOST}\r\n`)
    t.match({ status, allow: headers.allow }, { status: 405, allow: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT' }, target)
  }
})

t.test('ER13: what only looks like a request with an unknown method is 400', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  for (const bytes of [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '\x80\x2e\x01\x00\x02', 'SSH-2.0-x\r\n', 'EHLO example.com\r\n', 'FOO\r\n\r\n',
    'FOO', 'FOO / HTTP/2.0\r\n\r\n', 'FOO  / HTTP/1.1\r\n\r\n', ' FOO / HTTP/1.1\r\n\r\n', 'F\xd6\xd6 / HTTP/1.1\r\n\r\n', 'FOO / HTTP/1.1',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / FOO/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nFOO / HTTP/1.1\r\n\r\n',
    '\0\0\0\0', `${'A'.repeat(20_000)} `
  ]) {
    const response = await send(port, bytes)
    t.equal(response.status, 400, JSON.stringify(bytes.slice(0, 30)))
    assertProblem(t, response, bytes.slice(0, 30))
  }
})

t.test('AZ11: HEAD is guarded like GET and has no body; OPTIONS lists methods and has no data', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  for (const url of ['/admin/users', '/admin/users/1', '/health/live', '/nothing']) {
    const get = await service.inject({ method: 'GET', url })
    const head = await service.inject({ method: 'HEAD', url })
    t.equal(head.statusCode, get.statusCode, url)
    t.equal(head.body, '', url)
    const unlike = ['date']
    t.same(without(head.headers, unlike), without(get.headers, unlike), `${url}: the header is the same`)
  }
  const options = await service.inject({ method: 'OPTIONS', url: '/admin/users/1' })
  t.equal(options.statusCode, 204)
  t.equal(options.headers.allow, 'DELETE, GET, HEAD, OPTIONS')
  t.equal(options.body, '')
  t.equal((await service.inject({ method: 'HEAD', url: '/auth/login' })).statusCode, 405)
  t.same(reached, [])
})

t.test('HC17, AZ12: no spelling of a URL bypasses a guard', async (t) => {
  const { service, reached } = await createAppWithRoutes(t)
  const port = await listen(service)
  const spellings = [
    '/admin/users', '/admin/users/', '//admin/users', '/admin//users', '///admin///users', '/./admin/users', '/admin/./users',
    '/x/../admin/users', '/admin/users/..', '/admin/users/.',
    '/%2e/admin/users', '/x/%2e%2e/admin/users', '/admin/%2e%2e/admin/users', '/%2fadmin/users', '/admin%2fusers', '/admin%2Fusers',
    '/admin%252fusers', '/%61dmin/users', '/admin/%75sers',
    '/ADMIN/users', '/Admin/Users', '/admin/users;a=b', '/admin;a=b/users', '/;/admin/users', '/admin/users%00', '/admin/users%20',
    '/admin/users%0a', '/admin/users?limit=1', '/admin/users#a',
    '/admin/users%3flimit=1', '/admin/users%23', '\\admin\\users', '/admin\\users', '/admin/users/%2e%2e%2f1', '/admin/users/..%2f',
    '/admin/users/1/', '/admin/users/1%2f', '/admin/users/%31',
    '/admin/users/*', '/admin/*', '/*', '/admin/users/:id', '/admin/users.json', '/admin/users~', '/docs/../admin/users',
    '/docs/static/../../admin/users', '/health/live/../../admin/users',
    'http://example.com/admin/users', 'http://evil.example/admin/users', 'https://u:p@example.com/admin/users', 'http:///admin/users',
    'example.com/admin/users', '*', 'admin/users'
  ]
  t.ok(spellings.length >= 50, `${spellings.length} spellings`)
  const failures: string[] = []
  for (const spelling of spellings) {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { status, text } = await send(port, `${method} ${spelling} HTTP/1.1\r\n${HOST}authorization: Bearer ${SECRET}\r\n${CLOSE}`)
      if (![400, 401, 404, 405].includes(status) || text.includes(SECRET)) failures.push(`${method} ${spelling}: ${text}`)
    }
  }
  t.strictSame(failures, [])
  for (const header of [
    'x-original-url', 'x-rewrite-url', 'x-forwarded-prefix', 'x-http-method-override', 'x-http-method', 'x-method-override'
  ]) {
    t.equal((await service.inject({ url: '/nothing', headers: { [header]: '/admin/users' } })).statusCode, 404, header)
    t.equal((await service.inject({ method: 'POST', url: '/admin/users', headers: { [header]: 'GET' } })).statusCode, 405, header)
  }
  t.same(reached, [])
})

t.test('HC17: another spelling of a URL that is still routed reaches the same guarded route', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  // The last two are users with an empty id.
  for (const spelling of [
    '/%61dmin/users', 'http://evil.example/admin/users', '/admin/users?', '/admin/users#a', '/admin/users/', '/admin/users/?limit=1'
  ]) {
    t.equal((await send(port, `GET ${spelling} HTTP/1.1\r\n${HOST}${CLOSE}`)).status, 401, spelling)
  }
  for (const spelling of ['/ADMIN/users', '//admin/users', '/admin/users;a=b', '/admin%2fusers']) {
    t.equal((await send(port, `GET ${spelling} HTTP/1.1\r\n${HOST}${CLOSE}`)).status, 404, spelling)
  }
})

t.test('static files of the docs cannot leave their folder', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  for (const path of [
    '../package.json', '..%2fpackage.json', '%2e%2e/package.json', '%2e%2e%2fpackage.json', '..%5cpackage.json', '....//package.json',
    '%252e%252e%252fpackage.json', '/etc/passwd', '%2fetc%2fpasswd', 'index.html%00.css', 'nothing.css', '..', 'swagger-ui.css/..'
  ]) {
    const answer = await send(port, `GET /docs/static/${path} HTTP/1.1\r\n${HOST}${CLOSE}`)
    t.ok([400, 404].includes(answer.status), `${path} is answered ${answer.status}`)
    assertProblem(t, answer, path)
  }
})

function without (headers: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}
