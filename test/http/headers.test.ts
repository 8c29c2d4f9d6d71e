import t from 'tap'
import { InvalidTokenError } from '../../src/errors.ts'
import { API_HEADERS } from '../../src/http/index.ts'
import { createService } from './service.ts'

const ALLOWED = 'https://app.example.com'

async function createThings (t: Parameters<typeof createService>[0]) {
  const service = await createService(t, { corsOrigins: [ALLOWED] })
  service.get('/things', () => ({}))
  service.delete('/things', () => { throw new InvalidTokenError() })
  return service
}

t.test('every answer carries the same security headers, and says nothing of what serves it', async (t) => {
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

t.test('the policy of an API forbids everything, for a year over TLS only', async (t) => {
  t.equal(API_HEADERS['content-security-policy'], "default-src 'none';frame-ancestors 'none'")
  t.equal(API_HEADERS['strict-transport-security'], 'max-age=31536000; includeSubDomains')
})

t.test('only pages of a listed origin may read answers', async (t) => {
  const service = await createThings(t)
  const refused = [
    undefined, 'null', 'https://APP.example.com', 'https://app.example.com.evil.test', 'https://evil-app.example.com', 'https://sub.app.example.com',
    'http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com/', 'https://example.com', '*', ''
  ]
  for (const origin of refused) {
    for (const method of ['GET', 'DELETE', 'OPTIONS'] as const) {
      const { headers } = await service.inject({ method, url: '/things', headers: { ...(origin !== undefined && { origin }), 'access-control-request-method': 'DELETE' } })
      t.notOk(Object.keys(headers).some((name) => name.startsWith('access-control-')), `${method} from ${origin}`)
      t.equal(headers.vary, 'Origin', 'a cache must not mix them up')
    }
  }
  for (const method of ['GET', 'DELETE'] as const) {
    const { headers } = await service.inject({ method, url: '/things', headers: { origin: ALLOWED } })
    t.match(headers, { 'access-control-allow-origin': ALLOWED, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'www-authenticate, retry-after', vary: 'Origin' }, method)
  }
})

t.test('a preflight of a listed origin is told what it may send', async (t) => {
  const service = await createThings(t)
  const { statusCode, headers } = await service.inject({ method: 'OPTIONS', url: '/things', headers: { origin: ALLOWED, 'access-control-request-method': 'DELETE' } })
  t.equal(statusCode, 204)
  t.match(headers, { 'access-control-allow-origin': ALLOWED, 'access-control-allow-headers': 'authorization, content-type', 'access-control-allow-methods': /DELETE/ })
})

t.test('OPTIONS says which methods there are, and a wrong method likewise', async (t) => {
  const service = await createThings(t)
  const options = await service.inject({ method: 'OPTIONS', url: '/things' })
  t.equal(options.statusCode, 204)
  t.equal(options.headers.allow, 'DELETE, GET, HEAD, OPTIONS')
  t.equal((await service.inject({ method: 'PATCH', url: '/things?a=b' })).headers.allow, 'DELETE, GET, HEAD, OPTIONS')
  t.equal((await service.inject({ method: 'OPTIONS', url: '/nothing' })).statusCode, 404)
})
