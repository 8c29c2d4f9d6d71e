import t from 'tap'
import { InvalidTokenError } from '../../../src/errors.ts'
import { API_HEADERS } from '../../../src/http/headers.ts'
import { createHttpApp } from './http-app.ts'

const ALLOWED = 'https://app.example.com'

async function createThings (t: Parameters<typeof createHttpApp>[0]) {
  const service = await createHttpApp(t, { corsOrigins: [ALLOWED] })
  service.get('/things', () => ({}))
  service.delete('/things', () => { throw new InvalidTokenError() })
  return service
}

t.test('ER12, HC2, HC4: every response has the same security headers, and none that names the server', async (t) => {
  const service = await createThings(t)
  const table = [
    ['an answer', { url: '/things' }],
    ['a refusal', { method: 'DELETE', url: '/things' }],
    ['a route that is not there', { url: '/nothing' }],
    ['a method that is not there', { method: 'PUT', url: '/things' }],
    ['an address that cannot be read', { url: '/%' }],
    ['a body that cannot be read', { method: 'DELETE', url: '/things', payload: '{', headers: { 'content-type': 'application/json' } }],
    ['a preflight', { method: 'OPTIONS', url: '/things', headers: { origin: ALLOWED, 'access-control-request-method': 'GET' } }],
    ['OPTIONS', { method: 'OPTIONS', url: '/things' }],
    ['HEAD', { method: 'HEAD', url: '/things' }]
  ] as const
  const names = [...Object.keys(API_HEADERS)]
  for (const [name, request] of table) {
    const { headers } = await service.inject(request)
    t.strictSame(Object.fromEntries(names.map((header) => [header, headers[header]])), API_HEADERS, name)
    t.notOk(headers.server ?? headers['x-powered-by'], name)
  }
})

t.test('HC1, HC3: the policy of the API forbids everything, and demands TLS for a year', async (t) => {
  t.equal(API_HEADERS['content-security-policy'], "default-src 'none';frame-ancestors 'none'")
  t.equal(API_HEADERS['strict-transport-security'], 'max-age=31536000; includeSubDomains')
})

t.test('HC5, HC6: only pages of a listed origin may read responses', async (t) => {
  const service = await createThings(t)
  const refused = [
    undefined, 'null', 'https://APP.example.com', 'https://app.example.com.evil.test',
    'https://evil-app.example.com', 'https://sub.app.example.com',
    'http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com/', 'https://example.com', '*', ''
  ]
  for (const origin of refused) {
    for (const method of ['GET', 'DELETE', 'OPTIONS'] as const) {
      const { headers } = await service.inject({
        method, url: '/things', headers: { ...(origin !== undefined && { origin }), 'access-control-request-method': 'DELETE' }
      })
      t.notOk(Object.keys(headers).some((name) => name.startsWith('access-control-')), `${method} from ${origin}`)
      t.equal(headers.vary, 'Origin', 'a cache must not mix them up')
    }
  }
  for (const method of ['GET', 'DELETE'] as const) {
    const { headers } = await service.inject({ method, url: '/things', headers: { origin: ALLOWED } })
    t.match(headers, {
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'www-authenticate, retry-after',
      vary: 'Origin'
    }, method)
  }
})

t.test('a preflight of a listed origin gets the allowed methods and headers', async (t) => {
  const service = await createThings(t)
  const { statusCode, headers } = await service.inject({
    method: 'OPTIONS', url: '/things', headers: { origin: ALLOWED, 'access-control-request-method': 'DELETE' }
  })
  t.equal(statusCode, 204)
  t.match(headers, {
    'access-control-allow-origin': ALLOWED,
    'access-control-allow-headers': 'authorization, content-type, traceparent, tracestate, baggage, sentry-trace',
    'access-control-allow-methods': /DELETE/
  })
})

t.test('listed headers are allowed too, and each is named once', async (t) => {
  const service = await createHttpApp(t, { corsOrigins: [ALLOWED], corsHeaders: ['x-request-id', 'traceparent'] })
  const { headers } = await service.inject({
    method: 'OPTIONS', url: '/', headers: { origin: ALLOWED, 'access-control-request-method': 'GET' }
  })
  t.equal(
    headers['access-control-allow-headers'],
    'authorization, content-type, traceparent, tracestate, baggage, sentry-trace, x-request-id'
  )
})

t.test('what CORS blocks is logged once each, with the setting, at most a hundred; our own pages are not', async (t) => {
  const lines: Array<Record<string, unknown>> = []
  const service = await createHttpApp(t, {
    corsOrigins: [ALLOWED], corsHeaders: ['x-mine'], logLevel: 'info', logStream: { write: (line) => { lines.push(JSON.parse(line)) } }
  })
  const ask = (headers: Record<string, string>, method: 'OPTIONS' | 'GET' | 'POST' = 'OPTIONS') =>
    service.inject({ method, url: '/auth/login', headers })
  const preflight = { 'access-control-request-method': 'POST' }
  const takeLogged = () => lines.splice(0).flatMap(({ event, setting, origin, header }) =>
    setting === undefined ? [] : [[event, setting, origin ?? header]])

  for (let turn = 0; turn < 3; turn++) {
    await ask({ origin: 'https://other.example:8443', ...preflight, 'access-control-request-headers': 'x-other' })
  }
  t.strictSame(takeLogged(), [['origin_not_listed', 'CORS_ORIGINS', 'https://other.example:8443']])
  await ask({ origin: 'null', ...preflight })
  await ask({ origin: 'capacitor://localhost', ...preflight })
  await ask({ origin: 'https://simple.example', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'cross-site' }, 'GET')
  t.strictSame(takeLogged().map(([,, origin]) => origin), ['null', 'capacitor://localhost', 'https://simple.example'])

  for (let turn = 0; turn < 3; turn++) {
    await ask({ origin: ALLOWED, ...preflight, 'access-control-request-headers': 'X-Datadog-Origin, traceparent,x-mine,content-type' })
  }
  t.strictSame(takeLogged(), [['header_not_listed', 'CORS_HEADERS', 'x-datadog-origin']])

  await ask({ origin: ALLOWED, ...preflight, 'access-control-request-headers': 'content-type,authorization' })
  await ask({ origin: 'http://localhost:3000' }, 'POST')
  await ask({ origin: 'http://localhost:3000', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }, 'POST')
  await ask({ origin: 'nonsense', ...preflight })
  await ask({ origin: `https://${'a'.repeat(300)}.example`, ...preflight })
  await ask({ origin: ALLOWED, ...preflight, 'access-control-request-headers': 'a b,\x01,' })
  t.strictSame(takeLogged(), [], 'each is allowed, or sent by no browser')

  await ask({ origin: 'https://user:hunter2@EVIL.example/\u2028?hunter2', ...preflight })
  t.strictSame(takeLogged(), [['origin_not_listed', 'CORS_ORIGINS', 'https://evil.example']])
  for (let index = 0; index < 200; index++) await ask({ origin: `https://${index}.example`, ...preflight })
  t.equal(takeLogged().length, 94, 'with the six before')
})

t.test('OPTIONS lists the methods of a path, and so does a 405', async (t) => {
  const service = await createThings(t)
  const options = await service.inject({ method: 'OPTIONS', url: '/things' })
  t.equal(options.statusCode, 204)
  t.equal(options.headers.allow, 'DELETE, GET, HEAD, OPTIONS')
  t.equal((await service.inject({ method: 'PATCH', url: '/things?a=b' })).headers.allow, 'DELETE, GET, HEAD, OPTIONS')
  t.equal((await service.inject({ method: 'OPTIONS', url: '/nothing' })).statusCode, 404)
})
