import t, { type Test } from 'tap'
import { Type, type TSchema } from 'typebox'
import { parse } from 'yaml'
import {
  AmbiguousCredentialsError, InvalidCredentialsError, InvalidRequestError, InvalidTokenError, MissingTokenError, NotFoundError,
  OverloadedError, RefreshRetryError, toErrorResponses, toProblem
} from '../../../src/errors.ts'
import { docs, health, openapi, openapiYaml } from '../../../src/http/index.ts'
import type { Refinements } from '../../../src/http/openapi-components.ts'
import { createHttpApp } from './http-app.ts'
import { listen, send } from '../../support/sockets.ts'

const OPTIONS = { issuer: 'https://auth.example.com', sessionCookie: '__Host-gatepass' }

async function createDocumented (t: Parameters<typeof createHttpApp>[0]) {
  const service = await createHttpApp(t)
  await service.register(openapi, OPTIONS)
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
  t.strictSame(login.requestBody.content['application/json'].schema.properties.kind.enum, ['first'])
})

t.test('errors refer to the shared problem schema', async (t) => {
  const service = await createDocumented(t)
  const document = (await service.inject('/openapi.json')).json()
  for (const [status, code] of [['400', 'invalid_request'], ['401', 'invalid_credentials'], ['503', 'overloaded']] as const) {
    const examples = { [code]: { $ref: `#/components/examples/${code}` } }
    t.same(
      document.paths['/auth/login'].post.responses[status].content,
      { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } },
      status
    )
  }
  t.strictSame(document.components.examples.invalid_credentials, { value: toProblem(new InvalidCredentialsError()) }, 'the very body')
  t.match(document.paths['/auth/login'].post.responses['401'].description, /`invalid_credentials`: /)
  t.match(document.components.schemas.Problem, { type: 'object', properties: { code: { type: 'string' } } })
  t.notOk('application/problem+json' in document.paths['/auth/login'].post.responses['200'].content)
})

/** The document of one route, with these parts. */
async function documentOf (t: Test, schema: object, refinements: Refinements = {}) {
  const service = await createHttpApp(t)
  await service.register(openapi, { ...OPTIONS, refinements })
  service.post('/things', { schema: { operationId: 'makeThing', security: [], ...schema } }, () => ({}))
  await service.ready()
  return (await service.inject('/openapi.json')).json()
}

const named = (title: string, properties: Record<string, TSchema>) => Type.Object(properties, { title, description: title })

t.test('every object and every enumeration with a title is a component, wherever it stands; other texts stay where they are', async (t) => {
  const kind = Type.String({ title: 'Kind', enum: ['a', 'b'], description: 'Which.' })
  const part = named('Part', { kind, name: Type.String({ title: 'Name' }) })
  const { paths, components } = await documentOf(t, {
    querystring: Type.Object({ kind }),
    body: named('NewThing', { parts: Type.Array(part) }),
    response: { 200: named('Thing', { part: Type.Optional(part), title: Type.String() }) }
  })
  const { parameters, requestBody, responses } = paths['/things'].post
  t.strictSame(parameters[0].schema, { $ref: '#/components/schemas/Kind' })
  t.strictSame(requestBody.content['application/json'].schema, { $ref: '#/components/schemas/NewThing' })
  t.strictSame(responses[200].content['application/json'].schema, { $ref: '#/components/schemas/Thing' })
  t.strictSame(Object.keys(components.schemas), [
    'InvalidMember', 'Kind', 'NewThing', 'Part', 'Problem', 'SecondFactorPasskeyOptions', 'Thing'
  ])
  t.match(components.schemas, {
    Kind: { type: 'string', enum: ['a', 'b'], description: 'Which.', title: undefined },
    NewThing: { properties: { parts: { items: { $ref: '#/components/schemas/Part' } } } },
    Part: { properties: { kind: { $ref: '#/components/schemas/Kind' }, name: { type: 'string', title: undefined } } },
    Thing: { properties: { part: { $ref: '#/components/schemas/Part' }, title: { type: 'string' } } }
  })
})

t.test('one title for two shapes is an error, and so are settings of a schema that does not exist', async (t) => {
  const twice = { body: named('Thing', { a: Type.String() }), response: { 200: named('Thing', { b: Type.String() }) } }
  t.match(await documentOf(t, twice), { code: 'internal_error' })
  t.match(await documentOf(t, {}, { Password: { minLength: 8 } }), { code: 'internal_error' })
})

t.test('settings refine the schemas of a title', async (t) => {
  const name = Type.String({ title: 'Name', minLength: 1, examples: ['x'] })
  const body = named('NewThing', { name, kind: Type.Optional(Type.String({ title: 'Kind', examples: ['a'] })) })
  const { paths, components } = await documentOf(t, { body }, { Name: { minLength: 8, examples: ['long enough'] }, Kind: { enum: ['a'] } })
  t.strictSame(components.schemas.NewThing.properties, {
    name: { type: 'string', minLength: 8, examples: ['long enough'] }, kind: { $ref: '#/components/schemas/Kind' }
  })
  t.strictSame(paths['/things'].post.requestBody.content['application/json'].example, { name: 'long enough', kind: 'a' })
})

t.test('a body is required unless it is optional', async (t) => {
  const body = named('NewThing', {})
  t.equal((await documentOf(t, { body })).paths['/things'].post.requestBody.required, true)
  t.equal((await documentOf(t, { body: Type.Optional(body) })).paths['/things'].post.requestBody.required, false)
})

t.test('header fields are those of the catalogue: required where every error of the status has them', async (t) => {
  const errors = [AmbiguousCredentialsError, MissingTokenError, InvalidTokenError, OverloadedError, RefreshRetryError, NotFoundError]
  const { paths } = await documentOf(t, {
    response: {
      200: { ...named('Thing', {}), headers: { etag: Type.String(), 'set-cookie': Type.Optional(Type.String()) } },
      ...toErrorResponses(...errors)
    }
  })
  const headersOf = (status: number) => Object.entries<{ required: boolean }>(paths['/things'].post.responses[status].headers)
    .map(([name, { required }]) => `${name}${required ? '' : '?'}`)
  t.strictSame(headersOf(200), ['cache-control', 'etag', 'set-cookie?'])
  t.strictSame(headersOf(400), ['cache-control', 'set-cookie?'], 'of one error of two')
  t.strictSame(headersOf(401), ['cache-control', 'www-authenticate'])
  t.strictSame(headersOf(404), ['cache-control'])
  t.strictSame(headersOf(503), ['cache-control', 'retry-after'])
})

t.test('the document names the issuer and the cookie that are in force', async (t) => {
  const { servers, info, components } = await documentOf(t, {})
  t.equal(servers[0].url, OPTIONS.issuer)
  t.equal(info.contact.url, OPTIONS.issuer)
  t.match(components.securitySchemes.session, { type: 'apiKey', in: 'cookie', name: OPTIONS.sessionCookie })
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

t.test('every operation lists the errors of every route, the document those from anywhere, and a route may add to them', async (t) => {
  const service = await createDocumented(t)
  service.log.level = 'silent'
  const { paths, info } = (await service.inject('/openapi.json')).json()
  const namedIn = (path: string, method: string) => Object.entries<{ description: string }>(paths[path][method].responses)
    .map(([status, { description }]) => [status, ...description.match(/(?<=^`)\w+(?=`: )/gm) ?? []].join(' '))
  const common = ['200', '400 invalid_request', '500 internal_error']
  t.strictSame(namedIn('/me', 'get'), common)
  t.strictSame(namedIn('/health/ready', 'get'), [...common, '503 not_ready'])
  t.strictSame(namedIn('/auth/login', 'post'), [
    '200', '400 invalid_request', '401 invalid_credentials', '413 body_too_large', '415 unsupported_media_type', '500 internal_error',
    '503 overloaded'
  ])
  t.strictSame(namedIn('/things/{id}', 'delete'), [
    '204', '400 invalid_request', '404 not_found', '413 body_too_large', '415 unsupported_media_type', '500 internal_error'
  ])
  const fromAnywhere = [...info.description.matchAll(/^- (\d+) `(\w+)`: /gm)].map(([, status, code]) => `${status} ${code}`)
  t.strictSame(fromAnywhere, [
    '405 method_not_allowed', '408 request_timeout', '414 url_too_long', '431 headers_too_large', '501 not_implemented',
    '503 overloaded'
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
    const named = [...namedIn(path, method), ...fromAnywhere]
    t.ok(named.includes(`${status} ${JSON.parse(answer.body).code}`), `${method} ${path}: ${status}`)
  }
})

t.test('the YAML document is the same at every address and every time', async (t) => {
  const service = await createDocumented(t)
  const reply = await service.inject({ url: '/openapi.yaml', headers: { host: 'other.example' } })
  t.match(reply.headers['content-type'], /^application\/yaml/)
  t.same(parse(reply.body), (await service.inject('/openapi.json')).json())
  t.equal(reply.body, openapiYaml(service.swagger()))
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
