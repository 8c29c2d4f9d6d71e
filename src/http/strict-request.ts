import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { InvalidRequestError } from '../errors.ts'
import { isStrictJson } from './json.ts'

type Done = (error: Error | null, body?: unknown) => void

/** What a request must be before any route sees it: one Host, and a body that is JSON in the strict sense. */
export const strictRequest = fp(async function strictRequest (app: FastifyInstance) {
  // Its parser would let simple cross-site forms through, unvalidated.
  app.removeContentTypeParser('text/plain')
  const parse: (request: FastifyRequest, text: string, done: Done) => void = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    const text = body.toString()
    // Who sends no body may still say of what type it is not.
    if (text === '') done(null, undefined)
    else if (!isUtf8(body)) done(new InvalidRequestError())
    // First of all, so that what is no JSON costs no more than that.
    else parse(request, text, (error, value) => error !== null || isStrictJson(text) ? done(error, value) : done(new InvalidRequestError()))
  })

  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (hasOneHost(raw) && hasKnownCoding(raw)) done()
    // Whoever stands before us may have read something else, so what follows on this connection may be anybody's. None of it had its turn yet.
    else done(new InvalidRequestError({ headers: { connection: 'close' } }))
  })
}, { name: 'strict-request', fastify: '5.x' })

/** RFC 9112 3.2: none or two are refused, but HTTP/1.0 may leave it out. Node keeps the first of two, so the raw headers tell. */
function hasOneHost ({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

/** A coding that we do not know may be one that a proxy before us read in another way. */
function hasKnownCoding ({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  return coding === undefined || coding.toLowerCase() === 'chunked'
}
