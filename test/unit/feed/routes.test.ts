import t from 'tap'
import { randomUUID } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import Fastify from 'fastify'
import { AS_OF_HEADER } from '../../../src/contract/index.ts'
import { API_HEADERS } from '../../../src/http/headers.ts'
import { openapi, problem } from '../../../src/http/index.ts'
import { revocationFeed } from '../../../src/feed/routes.ts'
import { send } from '../../support/sockets.ts'
import { createFakeRevocations, createTestKeys, OTHER_TOKEN, serveFeed, createEndedSession, TOKEN } from './feed-service.ts'

const ASK = 'GET /revocations HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n'
const authorization = `Bearer ${TOKEN}`

t.test('RS21: only a feed token gives access, as a stream and as JSON', async (t) => {
  const { port } = await serveFeed(t)
  const table = [
    ['no token', '', 401, 'missing_token', 'Bearer'],
    ['another scheme', `authorization: Basic ${TOKEN}\r\n`, 401, 'missing_token', 'Bearer'],
    ['a scheme that only begins like it', `authorization: Bearers ${TOKEN}\r\n`, 401, 'missing_token', 'Bearer'],
    ['a token alone', `authorization: ${TOKEN}\r\n`, 401, 'missing_token', 'Bearer'],
    ['an empty token', 'authorization: Bearer \r\n', 401, 'invalid_token', /error="invalid_token"/],
    ['a wrong token', `authorization: Bearer ${randomUUID()}\r\n`, 401, 'invalid_token', /error="invalid_token"/],
    ['a part of it', `authorization: Bearer ${TOKEN.slice(0, -1)}\r\n`, 401, 'invalid_token', /error="invalid_token"/],
    ['more than it', `authorization: Bearer ${TOKEN}A\r\n`, 401, 'invalid_token', /error="invalid_token"/],
    ['both tokens', `authorization: Bearer ${OTHER_TOKEN},${TOKEN}\r\n`, 401, 'invalid_token', /error="invalid_token"/],
    [
      'a token twice', `authorization: ${authorization}\r\nAuthorization: ${authorization}\r\n`, 400, 'invalid_request',
      /error="invalid_request"/
    ],
    [
      'two tokens', `authorization: ${authorization}\r\nauthorization: Bearer ${OTHER_TOKEN}\r\n`, 400, 'invalid_request',
      /error="invalid_request"/
    ]
  ] as const
  for (const accept of ['application/json', 'text/event-stream']) {
    for (const [name, line, status, code, challenge] of table) {
      const answer = await send(port, `${ASK}accept: ${accept}\r\n${line}\r\n`)
      t.equal(answer.status, status, `${name}, ${accept}`)
      t.match(JSON.parse(answer.body), { status, code }, name)
      t.match(answer.headers, { ...API_HEADERS, 'www-authenticate': challenge, 'cache-control': 'no-store' }, name)
      t.notMatch(answer.text, TOKEN.slice(0, 10), `${name}: nothing is echoed`)
    }
  }
  for (const line of [authorization, `bearer ${TOKEN}`, `Bearer ${OTHER_TOKEN}`]) {
    t.equal((await send(port, `${ASK}authorization: ${line}\r\n\r\n`)).status, 200, 'each token does')
  }
  const inAddress = await send(
    port, `GET /revocations?access_token=${TOKEN} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: ${authorization}\r\n\r\n`
  )
  t.equal(inAddress.status, 400, 'and none in the address beside it')
})

t.test('without tokens there is no feed', async (t) => {
  const { app } = await serveFeed(t, { feedTokens: [] })
  const answer = await app.inject({ url: '/revocations', headers: { authorization } })
  t.equal(answer.statusCode, 404)
  t.match(answer.json(), { code: 'not_found' })
})

t.test('the document has all revocations in force', async (t) => {
  const { app, revocations, keys } = await serveFeed(t)
  const [first, second, sub] = [createEndedSession(), createEndedSession(), randomUUID()]
  revocations.revokeSession(first)
  revocations.revokeSession(second)
  revocations.requireRefresh({ sub, before: 1_800_000_000, exp: 2_000_000_000 })
  revocations.requireRefresh({ before: 1_700_000_000, exp: 2_000_000_001 })
  keys.revoke('bad-key')
  const answer = await app.inject({ url: '/revocations', headers: { authorization } })
  const body = answer.json()
  t.strictSame(body, {
    cursor: body.cursor,
    as_of: '2026-01-01T00:00:00.000Z',
    revoked: [first, second],
    refresh_required: [{ sub, before: 1_800_000_000, exp: 2_000_000_000 }, { before: 1_700_000_000, exp: 2_000_000_001 }],
    keys: keys.publishedKeys()
  })
  t.match(body.cursor, /^[0-9a-f]{16}-[0-9]+$/)
  t.match(answer.headers, {
    ...API_HEADERS,
    'content-type': /^application\/json/,
    'cache-control': 'private, no-cache',
    etag: `W/"${body.cursor}"`,
    [AS_OF_HEADER]: '2026-01-01T00:00:00.000Z',
    'content-length': String(answer.rawPayload.length)
  })
  t.match(answer.headers.vary, /(^|, )Accept$/)
})

t.test('an unchanged document is not sent again, but its freshness is', async (t) => {
  const { app, revocations, keys } = await serveFeed(t)
  const ask = (tag?: unknown) => app.inject({
    url: '/revocations', headers: { authorization, ...(tag !== undefined && { 'if-none-match': String(tag) }) }
  })
  const first = await ask()
  revocations.asOf = new Date('2026-01-01T00:00:05.000Z')
  for (const tag of [first.headers.etag, `"${first.json().cursor}"`, `"other", ${first.headers.etag}`]) {
    const again = await ask(tag)
    t.equal(again.statusCode, 304, String(tag))
    t.equal(again.body, '')
    t.match(again.headers, {
      ...API_HEADERS,
      etag: first.headers.etag,
      'cache-control': 'private, no-cache',
      vary: /Accept/,
      [AS_OF_HEADER]: '2026-01-01T00:00:05.000Z'
    })
  }
  t.equal((await ask()).json().as_of, '2026-01-01T00:00:05.000Z', 'as_of of an unchanged document is not that of its creation')
  let tag = first.headers.etag
  for (const change of [
    () => revocations.revokeSession(createEndedSession()), () => revocations.requireRefresh({ before: 1, exp: 2_000_000_000 }),
    () => keys.revoke('bad-key')
  ]) {
    change()
    const changed = await ask(tag)
    t.equal(changed.statusCode, 200)
    t.not(changed.headers.etag, tag)
    tag = changed.headers.etag
  }
  t.equal((await ask('"0123456789abcdef-1"')).statusCode, 200, 'the tag of another instance means nothing')
})

t.test('a stale instance answers 503', async (t) => {
  const { app, revocations } = await serveFeed(t)
  revocations.isStale = true
  for (const accept of ['*/*', 'text/event-stream']) {
    const answer = await app.inject({ url: '/revocations', headers: { authorization, accept } })
    t.equal(answer.statusCode, 503)
    t.match(answer.json(), { code: 'not_ready' })
    t.match(answer.headers, { 'retry-after': /^\d+$/ })
  }
  t.equal((await app.inject({ url: '/revocations' })).statusCode, 401, 'but only with a token')
  revocations.isStale = false
  t.equal((await app.inject({ url: '/revocations', headers: { authorization } })).statusCode, 200)
})

t.test('without a request for a stream the response is JSON, and HEAD is not allowed', async (t) => {
  const { app } = await serveFeed(t)
  for (const accept of [undefined, '*/*', 'application/json', 'application/*', 'text/html, */*;q=0.1']) {
    const answer = await app.inject({ url: '/revocations', headers: { authorization, ...(accept !== undefined && { accept }) } })
    t.match(answer.headers['content-type'], /^application\/json/, String(accept))
  }
  t.equal(
    (await app.inject({ method: 'HEAD', url: '/revocations', headers: { authorization, accept: 'text/event-stream' } })).statusCode, 405
  )
})

t.test('HC22: Accept decides between the stream and the document', async (t) => {
  const { app, port } = await serveFeed(t)
  const [stream, json, problem] = ['text/event-stream', 'application/json; charset=utf-8', 'application/problem+json; charset=utf-8']
  const table: Array<[accept: string | string[], status: number, type: string]> = [
    ['text/event-stream', 200, stream],
    ['text/*', 200, stream],
    ['text/event-stream, application/json', 200, stream],
    ['application/json;q=0.5, text/event-stream', 200, stream],
    ['application/json, text/event-stream', 200, json],
    ['text/event-stream;q=0.5, */*', 200, json],
    ['text/event-stream;q=0, */*', 200, json],
    // All that the document names, as generated Java clients send it.
    ['application/json, text/event-stream, application/problem+json', 200, json],
    [['application/json;q=0.5', 'text/event-stream'], 200, stream],
    [['application/json', 'text/event-stream;q=0'], 200, json],
    ['text/event-stream;q=0', 406, problem],
    ['text/html', 406, problem],
    ['application/problem+json', 406, problem],
    ['*/*;q=0', 406, problem]
  ]
  for (const [accept, status, type] of table) {
    const { statusCode, headers } = await openFeed(port, accept)
    t.match({ statusCode, type: headers['content-type'] }, { statusCode: status, type }, String(accept))
    t.match(headers.vary, /(^|, )Accept$/, String(accept))
  }
  const refused = await app.inject({ url: '/revocations', headers: { authorization, accept: 'text/html' } })
  t.match(refused.json(), {
    code: 'not_acceptable', errors: [{ path: 'accept', message: 'must allow one of: application/json, text/event-stream' }]
  })
  t.match(refused.headers, { ...API_HEADERS, 'cache-control': 'no-store' })
  const anonymous = await app.inject({ url: '/revocations', headers: { accept: 'text/html' } })
  t.equal(anonymous.statusCode, 401, 'but only with a token')
  t.match(anonymous.headers['content-type'], problem, 'and an error is a problem, whatever Accept says')
})

/** Asks for the feed, and reads only the header of the response. */
async function openFeed (port: number, accept: string | string[]): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/revocations', headers: { authorization, accept }, agent: false }, resolve)
      .on('error', reject).end()
  })
  response.on('error', () => {}).destroy()
  return response
}

t.test('a hundred thousand entries are one complete document', async (t) => {
  const revocations = createFakeRevocations({ sessions: 100_000 })
  const { app } = await serveFeed(t, { revocations })
  const [one, two] = await Promise.all([1, 2].map(() => app.inject({ url: '/revocations', headers: { authorization } })))
  t.equal(one?.json().revoked.length, 100_000)
  t.equal(one?.headers['content-length'], String(one?.rawPayload.length))
  t.equal(one?.json().cursor, two?.json().cursor)
})

t.test('an event during the creation of a document is in it, or in the next', async (t) => {
  const revocations = createFakeRevocations({ sessions: 5_000 })
  const { app } = await serveFeed(t, { revocations })
  const asking = app.inject({ url: '/revocations', headers: { authorization } })
  const late = createEndedSession()
  setImmediate(() => revocations.revokeSession(late))
  const first = await asking
  const second = await app.inject({ url: '/revocations', headers: { authorization, 'if-none-match': String(first.headers.etag) } })
  const has = (body: { revoked: Array<{ sid: string }> }) => body.revoked.some(({ sid }) => sid === late.sid)
  t.ok(second.statusCode === 304 ? has(first.json()) : has(second.json()))
})

t.test('the OpenAPI document describes the feed and its access', async (t) => {
  const app = Fastify()
  await app.register(problem, {})
  await app.register(openapi, { issuer: 'https://auth.example.com', sessionCookie: '__Host-gatepass' })
  await app.register(revocationFeed, { revocations: createFakeRevocations(), keys: createTestKeys(), feedTokens: [TOKEN] })
  await app.ready()
  const { paths, components } = JSON.parse((await app.inject('/openapi.json')).body)
  const { get } = paths['/revocations']
  t.match(get, { operationId: 'readRevocations', tags: ['revocations'], security: [{ feed: [] }] })
  t.strictSame(Object.keys(get.responses).sort(), ['200', '304', '400', '401', '406', '500', '503'])
  t.strictSame(Object.keys(get.responses[200].content).sort(), ['application/json', 'text/event-stream'])
  t.match(components.securitySchemes.feed, { type: 'http', scheme: 'bearer' })
  await app.close()
})
