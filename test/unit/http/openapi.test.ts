import t from 'tap'
import { Type } from 'typebox'
import { parse } from 'yaml'
import { InvalidCredentialsError, InvalidRequestError, NotFoundError, OverloadedError, toErrorResponses } from '../../../src/errors.ts'
import { docs, health, openapi, openapiYaml } from '../../../src/http/index.ts'
import { createHttpApp } from './http-app.ts'
import { listen, send } from '../../support/sockets.ts'

async function createDocumented (t: Parameters<typeof createHttpApp>[0]) {
  const service = await createHttpApp(t)
  await service.register(openapi)
  await service.register(docs)
  await service.register(health, { checks: {} })
  service.post('/auth/login', {
    schema: {
      operationId: 'login',
      summary: 'Begin a session',
      tags: ['authentication'],
      security: [],
      body: Type.Object({ kind: Type.Literal('first', { description: 'Which one.' }) }, { additionalProperties: false }),
      response: {
        200: Type.Object({ access_token: Type.String({ description: 'The token.' }) }, { description: 'Tokens.' }),
        ...toErrorResponses(InvalidRequestError, InvalidCredentialsError, OverloadedError)
      }
    }
  }, () => ({ access_token: 'a' }))
  service.get('/me', {
    schema: {
      operationId: 'me',
      summary: 'Who I am',
      tags: ['account'],
      security: [{ bearer: [] }],
      response: { 200: Type.Object({}, { description: 'Me.' }) }
    }
  }, () => ({}))
  const thing = {
    params: Type.Object({ id: Type.String({ description: 'Which.' }) }),
    response: { 204: Type.Null({ description: 'Gone.' }), ...toErrorResponses(NotFoundError) }
  }
  service.delete('/things/:id', {
    schema: { operationId: 'endThing', summary: 'End a thing', tags: ['account'], security: [], ...thing }
  }, () => { throw new Error('no luck') })
  await service.ready()
  return service
}

t.test('the document has the schema of every route', async (t) => {
  const service = await createDocumented(t)
  const document = (await service.inject('/openapi.json')).json()
  t.match(document, { openapi: '3.1.1', info: { title: 'gatepass', version: /^\d+\.\d+\.\d+$/ } })
  t.same(Object.keys(document.paths), ['/health/live', '/health/ready', '/auth/login', '/me', '/things/{id}'], 'and of nothing else')
  const { login } = { login: document.paths['/auth/login'].post }
  t.same(login.security, [])
  t.same(document.paths['/me'].get.security, [{ bearer: [] }])
  t.match(document.components.securitySchemes.bearer, { type: 'http', scheme: 'bearer' })
  t.equal(login.requestBody.content['application/json'].schema.properties.kind.const, 'first')
})

t.test('errors refer to the shared problem schema', async (t) => {
  const service = await createDocumented(t)
  const document = (await service.inject('/openapi.json')).json()
  for (const status of ['400', '401', '503']) {
    t.same(
      document.paths['/auth/login'].post.responses[status].content,
      { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      status
    )
  }
  t.match(document.paths['/auth/login'].post.responses['401'].description, /`invalid_credentials`: /)
  t.match(document.components.schemas.Problem, { type: 'object', properties: { code: { type: 'string' } } })
  t.notOk('application/problem+json' in document.paths['/auth/login'].post.responses['200'].content)
})

t.test('a query changes neither the page nor its document, also behind a proxy with a prefix', async (t) => {
  const service = await createDocumented(t)
  const table = [
    ['/docs?x', '/prefix/docs'], ['/docs/?x', '/prefix/docs/'],
    ['/docs/static/index.html', '/prefix/docs/'], ['/docs/static/index.html?x', '/prefix/docs/']
  ] as const
  for (const [url, page] of table) {
    const { statusCode, headers } = await service.inject(url)
    t.equal(statusCode, 302, url)
    t.equal(new URL(String(headers.location), `https://example.com/prefix${url}`).pathname, page, url)
  }
})

t.test('every operation lists the common errors, and a route may add to their descriptions', async (t) => {
  const service = await createDocumented(t)
  service.log.level = 'silent'
  const { paths } = (await service.inject('/openapi.json')).json()
  const namedIn = (path: string, method: string) => Object.entries<{ description: string }>(paths[path][method].responses)
    .map(([status, { description }]) => [status, ...description.match(/(?<=^`)\w+(?=`: )/gm) ?? []].join(' '))
  const common = ['200', '400 invalid_request', '408 request_timeout', '431 headers_too_large', '500 internal_error', '503 overloaded']
  t.strictSame(namedIn('/me', 'get'), common)
  t.strictSame(namedIn('/health/ready', 'get'), [...common.slice(0, -1), '503 not_ready overloaded'])
  t.strictSame(namedIn('/auth/login', 'post'), [
    '200', '400 invalid_request', '401 invalid_credentials', '408 request_timeout', '413 body_too_large',
    '415 unsupported_media_type', '431 headers_too_large', '500 internal_error', '503 overloaded'
  ])
  t.strictSame(namedIn('/things/{id}', 'delete'), [
    '204', '400 invalid_request', '404 not_found', '408 request_timeout', '413 body_too_large', '414 url_too_long',
    '415 unsupported_media_type', '431 headers_too_large', '500 internal_error', '503 overloaded'
  ])

  const port = await listen(service)
  const head = 'host: example.com\r\nconnection: close\r\ncontent-type: '
  const table = [
    ['/me', 'get', 'GET /me HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['/auth/login', 'post', `POST /auth/login HTTP/1.1\r\n${head}application/json\r\ncontent-length: 20000\r\n\r\n`, 413],
    ['/things/{id}', 'delete', `DELETE /things/${'a'.repeat(65)} HTTP/1.1\r\n${head}application/json\r\n\r\n`, 414],
    ['/things/{id}', 'delete', `DELETE /things/a HTTP/1.1\r\n${head}text/plain\r\ncontent-length: 1\r\n\r\na`, 415],
    ['/me', 'get', `GET /me HTTP/1.1\r\n${head}${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['/things/{id}', 'delete', `DELETE /things/a HTTP/1.1\r\n${head}application/json\r\n\r\n`, 500]
  ] as const
  for (const [path, method, request, status] of table) {
    const answer = await send(port, request)
    t.equal(answer.status, status, request.slice(0, 40))
    t.ok(namedIn(path, method).includes(`${status} ${JSON.parse(answer.body).code}`), `${method} ${path}: ${status}`)
  }
})

t.test('the YAML document is the same at every address and every time', async (t) => {
  const service = await createDocumented(t)
  const reply = await service.inject({ url: '/openapi.yaml', headers: { host: 'other.example' } })
  t.match(reply.headers['content-type'], /^application\/yaml/)
  t.same(parse(reply.body), (await service.inject('/openapi.json')).json())
  t.equal(reply.body, openapiYaml(service))
  t.notMatch(reply.body, /[&*]a\d|other\.example/, 'no aliases, no host')
})

t.test('each document is rendered once, for all requests', async (t) => {
  const service = await createDocumented(t)
  // The object that is rendered.
  const document = service.swagger()
  let read = 0
  const { paths } = document
  Object.defineProperty(document, 'paths', { enumerable: true, get: () => { read++; return paths } })
  for (const [kind, type] of [['json', 'application/json'], ['yaml', 'application/yaml']]) {
    read = 0
    const { headers, body, rawPayload } = await service.inject(`/openapi.${kind}`)
    t.match(headers, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': String(rawPayload.length),
      'cache-control': 'no-cache',
      etag: /^"[\w-]{22}"$/
    })
    t.ok(read > 0)
    read = 0
    for (let turn = 0; turn < 3; turn++) t.equal((await service.inject(`/openapi.${kind}`)).body, body)
    for (const tags of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`]) {
      const reply = await service.inject({ url: `/openapi.${kind}`, headers: { 'if-none-match': String(tags) } })
      t.match(reply, { statusCode: 304, body: '' })
      t.equal(reply.headers.etag, headers.etag)
    }
    t.equal((await service.inject({ url: `/openapi.${kind}`, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
    const ofThePage = await service.inject(`/docs/${kind}`)
    t.match(ofThePage, { statusCode: 302, headers: { location: `../openapi.${kind}` } })
    t.equal(new URL(String(ofThePage.headers.location), `https://example.com/prefix/docs/${kind}`).pathname, `/prefix/openapi.${kind}`)
    t.equal(read, 0)
  }
})

t.test('HC3: the policy of the page is for the page alone, and never demands https', async (t) => {
  const service = await createDocumented(t)
  for (const url of ['/docs', '/docs/', '/docs/static/swagger-ui.css', '/docs/static/swagger-initializer.js']) {
    const { statusCode, headers } = await service.inject(url)
    t.equal(statusCode, 200, url)
    t.match(headers['content-security-policy'], /^default-src 'none';script-src 'self';.*frame-ancestors 'none'$/, url)
    t.notMatch(headers['content-security-policy'], /upgrade-insecure-requests|unsafe-eval|script-src[^;]*unsafe/, url)
    t.equal(headers['x-content-type-options'], 'nosniff', url)
  }
  const page = (await service.inject('/docs')).body
  t.notMatch(page, /<script>|<script [^>]*>[^<\s]|onload=|style="/, 'nothing inline')
  for (const url of ['/openapi.json', '/me', '/docs-not']) {
    t.match((await service.inject(url)).headers['content-security-policy'], /^default-src 'none';frame-ancestors 'none'$/, url)
  }
})
