import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { IssuerError } from '../../../../src/verify/remote/issuer-error.ts'
import { fetchJson, openResponse } from '../../../../src/verify/remote/issuer-http.ts'
import { isInTime } from '../../../support/patience.ts'
import { FAULTS, sendJson, type Teardown } from './fake-issuer.ts'
import { until } from '../../../support/until.ts'

const signal = new AbortController().signal
const options = { headers: {}, maxBytes: 1000, timeoutMs: 300, signal }

async function serve (t: Teardown, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${port}`
}

t.test('JSON is read with any JSON media type', async (t) => {
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/jwk-set+json', 'Application/JSON']) {
    const url = await serve(t, (_request, response) => response.writeHead(200, { 'content-type': type, etag: '"1"' }).end('{"a":"ä"}'))
    const { body, headers } = await fetchJson(url, options)
    t.strictSame(body, { a: 'ä' }, type)
    t.equal(headers.etag, '"1"')
  }
})

t.test('a conditional request may get a 304', async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(304, { etag: '"1"' }).end())
  t.equal((await fetchJson(url, { ...options, headers: { 'if-none-match': '"1"' } })).body, undefined)
})

t.test('any other response is an error, in bounded time, with one sentence', async (t) => {
  const SENTENCES: Readonly<Record<string, RegExp>> = {
    'answers 500': / answered 500$/,
    'answers 503 with JSON': / answered 503$/,
    'answers 200 with HTML': / is not JSON$/,
    'answers HTML and calls it JSON': / is not JSON$/,
    'answers with half of its JSON': / is not JSON$/,
    'answers with a redirect': / answered with a redirect, which is not followed$/,
    'answers 304 although nothing was asked of it': / answered with a redirect, which is not followed$/,
    'closes the connection': / cannot be reached: ECONNRESET$/,
    'closes the connection in the middle': / cannot be reached: ECONNRESET$/,
    'answers too much': / answered with more than 1000 bytes$/,
    'answers in gzip': / answered in an encoding that was not asked for$/,
    'never answers': / did not answer within 300 ms$/,
    'never finishes': / did not answer within 300 ms$/
  }
  for (const [name, sentence] of Object.entries(SENTENCES)) {
    const url = await serve(t, (request, response) => FAULTS[name]?.(request, response))
    const startedAt = performance.now()
    await t.rejects(fetchJson(url, options), { name: 'IssuerError', message: sentence }, name)
    t.ok(isInTime(performance.now() - startedAt, 2000), 'in time')
  }
  const gone = await serve({ teardown: (close) => { close().catch(() => {}) } }, () => {})
  await t.rejects(fetchJson(gone, options), { name: 'IssuerError', message: / cannot be reached: ECONNREFUSED$/ })
})

t.test('a slow body is aborted at the deadline', async (t) => {
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  })
  await t.rejects(fetchJson(url, options), { message: / did not answer within 300 ms$/ })
})

t.test('an endless body is aborted at the size limit', async (t) => {
  let isClosed = false
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write('x'.repeat(500)), 1)
    response.on('close', () => {
      isClosed = true
      clearInterval(timer)
    })
  })
  await t.rejects(fetchJson(url, { ...options, timeoutMs: 5000 }), { message: / more than 1000 bytes$/ })
  await until(() => isClosed)
})

t.test('a redirect is never followed', async (t) => {
  let visits = 0
  const elsewhere = await serve(t, (_request, response) => {
    visits++
    sendJson(response, {})
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serve(t, (_request, response) => response.writeHead(status, { location: elsewhere }).end())
    await t.rejects(fetchJson(url, options), { message: /redirect/ }, String(status))
  }
  t.equal(visits, 0)
})

t.test('a valid Retry-After is part of the error', async (t) => {
  for (const [value, seconds] of [['7', 7], ['soon', undefined], ['-1', undefined], ['99999999999', undefined]] as const) {
    const url = await serve(t, (_request, response) => response.writeHead(503, { 'retry-after': value }).end())
    const error: unknown = await fetchJson(url, options).catch((error: unknown) => error)
    t.equal(error instanceof IssuerError ? error.retryAfterSeconds : error, seconds, value)
  }
})

t.test('the signal aborts a request in every phase', async (t) => {
  for (const fault of ['never answers', 'never finishes']) {
    const abort = new AbortController()
    const url = await serve(t, (request, response) => FAULTS[fault]?.(request, response))
    setTimeout(() => abort.abort(), 50)
    await t.rejects(fetchJson(url, { ...options, timeoutMs: 30_000, signal: abort.signal }), { name: 'IssuerError' }, fault)
    await t.rejects(fetchJson(url, { ...options, signal: abort.signal }), { name: 'IssuerError' }, 'and what comes after it')
  }
  const abort = new AbortController()
  const url = await serve(t, (_request, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n'))
  const answer = await openResponse(url, { ...options, signal: abort.signal })
  const closed = new Promise<void>((resolve) => answer.on('close', resolve).on('error', () => {}))
  abort.abort()
  await closed
})
