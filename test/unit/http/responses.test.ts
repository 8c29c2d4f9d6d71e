// Responses, whatever was requested and whatever failed: rows ER1, ER2, ER6, ER8, ER11, ER12 and HC4 of docs/requirements.md.
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { ProblemSchema } from '../../../src/http/problem.ts'
import { assertProblem, CLOSE, createAppWithRoutes, HOST, SECRET } from './app-with-routes.ts'
import { createHttpApp } from './http-app.ts'
import { listen, send } from '../../support/sockets.ts'

t.test('AB18, ER1, ER2, ER6, ER12: whatever a client sends, no response is a 500, and every error is a problem', async (t) => {
  const { service } = await createAppWithRoutes(t)

  // eslint-disable-next-line no-template-curly-in-string
  const hostile = ['..', '%00', '%', '{', '__proto__', '\u2028', '\ud800', "' or 1=1--", '${jndi}', '%0d%0aset-cookie:a=b']
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...hostile))
  const path = fc.array(text.map((part) => part.replace(/[^\x21-\x7e]/g, percentEncode)), { maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`)
  const url = fc.oneof(path, path.map((rest) => `/admin/users${rest}`), path.map((rest) => `/docs${rest}`), fc.constantFrom(
    '/auth/login', '/admin/users?limit=1e9', '/admin/keys/rotate'
  ))
  const value = text.map((part) => part.replace(/[^\x20-\x7e]/g, '?'))
  const headers = fc.record({
    'content-type': fc.oneof(value, fc.constant('application/json')),
    accept: value,
    origin: value,
    authorization: value,
    cookie: value,
    'if-none-match': value,
    range: value,
    'content-encoding': value,
    'accept-version': value
  }, { requiredKeys: [] })
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE')
  const payload = fc.oneof(fc.jsonValue().map((json) => JSON.stringify(json)), text, fc.uint8Array().map((bytes) => Buffer.from(bytes)))
  // On a socket, because `inject` parses URLs itself: it rejects some and repairs others.
  const port = await listen(service)
  await fc.assert(fc.asyncProperty(method, url, headers, payload, async (method, url, headers, payload) => {
    const body = Buffer.from(['GET', 'HEAD', 'OPTIONS'].includes(method) ? '' : payload)
    const fields = [
      ...Object.entries(headers), ...(body.length > 0 ? [['content-length', String(body.length)]] : [])
    ].map(([field, value]) => `${field}: ${value}\r\n`)
    const answer = await send(port, `${method} ${url} HTTP/1.1\r\n${HOST}${fields.join('')}${CLOSE}${body.toString('latin1')}`)
    const name = `${method} ${url} is answered ${answer.status}: ${answer.text}`
    if (!(answer.status >= 200 && answer.status < 500)) throw new Error(name)
    if (answer.status >= 400 && method !== 'HEAD' && !Value.Check(ProblemSchema, JSON.parse(answer.body))) throw new Error(name)
    if (answer.headers['x-content-type-options'] !== 'nosniff' || answer.headers['set-cookie'] !== undefined) throw new Error(name)
  }), { numRuns: 200, examples: [['GET', '/\\', {}, ''], ['GET', '//', {}, ''], ['GET', '/admin/users/..', {}, '']] })
})

t.test('ER8, F25: whatever fails in a request, the response is 500, and the next request is served', async (t) => {
  const service = await createHttpApp(t)
  const fail = () => { throw new Error(`no luck with ${SECRET}`) }
  service.get('/whole', () => ({ fine: true }))
  const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const
  for (const hook of hooks) {
    let isFirst = true
    // The response to the error runs onSend again.
    const failOnce = () => {
      if (isFirst) {
        isFirst = false
        fail()
      }
    }
    service.get(`/${hook}`, { [hook]: async () => failOnce() }, () => ({}))
  }
  service.get('/handler', fail)
  service.get('/late-handler', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    fail()
  })
  service.get('/nothing-thrown', async () => Promise.reject()) // eslint-disable-line prefer-promise-reject-errors
  service.get('/serializer', { serializerCompiler: () => fail, schema: { response: { 200: Type.Object({}) } } }, () => ({}))
  service.get('/stream', () => new Readable({ read () { this.destroy(new Error(SECRET)) } }))
  service.get('/circle', () => {
    const circle: Record<string, unknown> = {}
    circle.again = circle
    return circle
  })
  service.get('/status', (_request, reply) => reply.code(99).send('fine'))
  const port = await listen(service)
  for (const path of [...hooks, 'handler', 'late-handler', 'nothing-thrown', 'serializer', 'stream', 'circle', 'status']) {
    const answer = await send(port, `GET /${path} HTTP/1.1\r\n${HOST}${CLOSE}`)
    t.equal(answer.status, 500, path)
    t.notMatch(answer.text, SECRET, path)
    assertProblem(t, answer, path)
    t.same((await service.inject('/whole')).json(), { fine: true }, `${path}: the next is served`)
  }
})

t.test('ER11: every response with a body has the media type and encoding of that body', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const port = await listen(service)
  const table = [
    ['GET', '/health/live', /^application\/json; charset=utf-8$/], ['GET', '/openapi.json', /^application\/json; charset=utf-8$/], [
      'GET', '/openapi.yaml', /^application\/yaml; charset=utf-8$/
    ],
    ['GET', '/docs', /^text\/html; charset=utf-8$/i], ['GET', '/docs/static/swagger-ui.css', /^text\/css; charset=utf-8$/i], [
      'GET', '/docs/static/swagger-ui-bundle.js', /^(application|text)\/javascript; charset=utf-8$/i
    ],
    ['GET', '/admin/users', /^application\/problem\+json; charset=utf-8$/], ['GET', '/%', /^application\/problem\+json; charset=utf-8$/], [
      'FOO', '/', /^application\/problem\+json; charset=utf-8$/
    ],
    ['CONNECT', 'a:1', /^application\/problem\+json; charset=utf-8$/]
  ] as const
  for (const [method, path, type] of table) {
    const { headers, body } = await send(port, `${method} ${path} HTTP/1.1\r\n${HOST}${CLOSE}`)
    t.match(headers['content-type'], type, `${method} ${path}`)
    t.equal(headers['x-content-type-options'], 'nosniff', `${method} ${path}`)
    t.equal(Number(headers['content-length'] ?? Buffer.byteLength(body)), Buffer.byteLength(body), `${method} ${path}`)
    if (/json/.test(String(headers['content-type']))) t.doesNotThrow(() => JSON.parse(body), `${method} ${path}`)
  }
  const empty = await send(port, `OPTIONS /auth/login HTTP/1.1\r\n${HOST}${CLOSE}`)
  t.equal(empty.headers['content-type'], undefined, 'and one without a body does not')
})

t.test('HC4: the docs page shares no window with other origins', async (t) => {
  const { service } = await createAppWithRoutes(t)
  const opener = async (url: string, headers = {}) => (await service.inject({ url, headers })).headers['cross-origin-opener-policy']
  for (const url of ['/docs', '/docs/']) t.equal(await opener(url, { 'sec-fetch-site': 'none' }), 'same-origin', url)
  t.equal(await opener('/docs'), undefined, 'on plain http, a browser would complain')
  t.equal((await service.inject('/health/live')).headers['cross-origin-opener-policy'], undefined, 'what is no page has no window')
})

function percentEncode (character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}
