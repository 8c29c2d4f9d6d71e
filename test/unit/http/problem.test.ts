import t from 'tap'
import { Type } from 'typebox'
import { CredentialStoreUnavailableError, InvalidCredentialsError, InvalidRequestError, toErrorResponses } from '../../../src/errors.ts'
import { createHttpApp } from './http-app.ts'

const BodySchema = Type.Object({
  name: Type.String({ maxLength: 5 }),
  size: Type.Optional(Type.Integer())
}, { additionalProperties: false })

t.test('AB16, AB19, ER2, HC20, F20: every kind of failure has its problem', async (t) => {
  const service = await createHttpApp(t, {
    translate: (error) => error instanceof EvalError ? new CredentialStoreUnavailableError({ cause: error }) : undefined
  })
  service.post('/things', { schema: { body: BodySchema, response: toErrorResponses(InvalidRequestError) } }, () => ({}))
  service.get('/things', { schema: { querystring: Type.Object({ limit: Type.Integer({ maximum: 10 }) }) } }, ({ query }) => query)
  service.get('/things/:id', () => ({}))
  service.get('/refused', () => { throw new InvalidCredentialsError() })
  service.get('/away', () => { throw new EvalError('the store is at 10.0.0.3') })
  service.get('/broken', () => { throw new Error('secret detail') })
  service.get('/thrown', () => { throw 'text' }) // eslint-disable-line no-throw-literal
  service.get('/unsendable', { schema: { response: { 200: Type.Object({ at: Type.String({ format: 'date-time' }) }) } } }, () => ({
    at: { toString () { throw new Error('secret detail') } }
  }))

  const post = (payload: string, type = 'application/json') => ({
    method: 'POST', url: '/things', payload, headers: { 'content-type': type }
  } as const)
  const get = (url: string) => ({ method: 'GET', url } as const)
  const table = [
    ['a refusal from the catalogue', get('/refused'), 401, 'invalid_credentials'],
    ['an error that another part explains', get('/away'), 503, 'credential_store_unavailable'],
    ['an error nobody expected', get('/broken'), 500, 'internal_error'],
    ['something thrown that is no error', get('/thrown'), 500, 'internal_error'],
    ['an answer that cannot be written', get('/unsendable'), 500, 'internal_error'],
    ['a body that is no JSON', post('{"name"'), 400, 'invalid_request'],
    ['a body that is missing', post(''), 400, 'invalid_request'],
    ['a body that is too large', post(`{"name":"${'a'.repeat(20_000)}"}`), 413, 'body_too_large'],
    ['a form', post('name=a', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
    ['plain text', post('{"name":"a"}', 'text/plain'), 415, 'unsupported_media_type'],
    ['a member of another type', post('{"name":5}'), 400, 'invalid_request'],
    ['a member that is not known', post('{"name":"a","role":"admin"}'), 400, 'invalid_request'],
    ['a member given twice', post('{"name":"a","n\\u0061me":"b"}'), 400, 'invalid_request'],
    ['a prototype for a member', post('{"name":"a","__proto__":{"a":1}}'), 400, 'invalid_request'],
    ['a constructor with a prototype', post('{"name":"a","constructor":{"prototype":{"a":1}}}'), 400, 'invalid_request'],
    ['a NUL in text', post('{"name":"a\\u0000"}'), 400, 'invalid_request'],
    ['half a surrogate pair', post('{"name":"\\ud800"}'), 400, 'invalid_request'],
    ['a parameter out of range', get('/things?limit=11'), 400, 'invalid_request'],
    ['a parameter given twice', get('/things?limit=1&limit=2'), 400, 'invalid_request'],
    ['an address that cannot be decoded', get('/things/%'), 400, 'invalid_request'],
    ['a parameter that is too long', get(`/things/${'a'.repeat(65)}`), 414, 'url_too_long'],
    ['an address without a route', get('/nothing'), 404, 'not_found'],
    ['a method without a route', { method: 'DELETE', url: '/things' } as const, 405, 'method_not_allowed'],
    ['TRACE', { method: 'TRACE', url: '/things' } as const, 405, 'method_not_allowed']
  ] as const

  for (const [name, request, status, code] of table) {
    const reply = await service.inject(request)
    t.equal(reply.statusCode, status, name)
    t.match(reply.headers['content-type'], /^application\/problem\+json/, name)
    t.match(reply.json(), { type: `/problems/${code.replaceAll('_', '-')}`, status, code, title: String, detail: String }, name)
    t.notMatch(reply.body, /secret|10\.0\.0|aaaa|admin|%/, `${name}: nothing of the request or the cause is in the answer`)
  }
})

t.test('ER14: invalid members are named, their values are not', async (t) => {
  const service = await createHttpApp(t)
  service.post('/things', { schema: { body: BodySchema } }, () => ({}))
  service.get('/things', {
    schema: { querystring: Type.Object({ limit: Type.Integer({ maximum: 9 }) }, { additionalProperties: false }) }
  }, () => ({}))

  const post = async (body: object) => (await service.inject({ method: 'POST', url: '/things', body })).json()
  const problem = await post({ name: 'too long', size: '5', unknown: 'hunter2' })
  t.equal(problem.detail, 'The request is not valid; see "errors".')
  t.same(problem.errors, [
    { path: '/unknown', message: 'is not known' },
    { path: '/name', message: 'must have at most 5 characters' },
    { path: '/size', message: 'must be a whole number' }
  ])
  t.same((await post({})).errors, [{ path: '/name', message: 'is required' }])
  const get = async (query: string) => (await service.inject(`/things?${query}`)).json().errors
  t.same(await get('limit=many'), [{ path: 'limit', message: 'must be a whole number' }])
  t.same(await get('limit=10&a/b=1'), [{ path: 'a/b', message: 'is not known' }, { path: 'limit', message: 'must be at most 9' }])
  t.same(await get(''), [{ path: 'limit', message: 'is required' }])
})

t.test('ER14: a detail refers to "errors" only where there are any', async (t) => {
  const service = await createHttpApp(t)
  service.get('/refused', () => { throw new InvalidRequestError() })
  service.get('/invalid', () => { throw new InvalidRequestError({ errors: [{ path: 'a', message: 'is not known' }] }) })
  const refused = (await service.inject('/refused')).json()
  t.strictSame(refused, {
    type: '/problems/invalid-request', title: 'Bad Request', status: 400, detail: 'The request is malformed.', code: 'invalid_request'
  })
  t.match((await service.inject('/invalid')).json(), { detail: 'The request is not valid; see "errors".' })
})

t.test('HC20: parameters are coerced, bodies are not', async (t) => {
  const service = await createHttpApp(t)
  service.get('/things', { schema: { querystring: Type.Object({ limit: Type.Integer() }) } }, ({ query }) => query)
  t.same((await service.inject('/things?limit=7')).json(), { limit: 7 })
})

t.test('a problem has the headers of its error, and no-store', async (t) => {
  const service = await createHttpApp(t)
  service.get('/refused', () => { throw new InvalidCredentialsError() })
  service.get('/away', () => { throw new CredentialStoreUnavailableError() })
  const refused = await service.inject('/refused')
  t.equal(refused.headers['www-authenticate'], 'Bearer')
  t.equal(refused.headers['cache-control'], 'no-store')
  t.equal((await service.inject('/away')).headers['retry-after'], '2')
})

t.test('LG8: an unexpected error is logged once with its cause, without the members that drivers add', async (t) => {
  const lines: string[] = []
  const service = await createHttpApp(t, { logLevel: 'error', logStream: { write: (line) => { lines.push(line) } } })
  service.get('/broken', () => {
    throw new Error('no luck', { cause: Object.assign(new TypeError('deeper'), { code: '22021', parameters: ['hunter2'] }) })
  })
  await service.inject('/broken?token=hunter2')
  t.equal(lines.length, 1)
  const { err, msg, reqId } = JSON.parse(lines[0] ?? '')
  t.equal(msg, 'request failed')
  t.match(err, { type: 'Error', message: 'no luck', stack: /problem\.test/, cause: { type: 'TypeError', code: '22021' } })
  t.match(reqId, /^[0-9a-f-]{36}$/)
  t.notMatch(lines[0], /hunter2/)
})

t.test('after a failed request, the next is served', async (t) => {
  const service = await createHttpApp(t)
  service.get('/broken', () => { throw new Error('no luck') })
  service.get('/whole', () => ({ fine: true }))
  await service.inject('/broken')
  t.same((await service.inject('/whole')).json(), { fine: true })
})
