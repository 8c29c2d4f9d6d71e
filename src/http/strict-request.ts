import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { InvalidRequestError } from '../errors.ts'
import { findSyntaxFault } from './json-syntax.ts'
import { findJsonFault } from './strict-json.ts'

type Done = (error: Error | null, body?: unknown) => void

/**
 * Requirements on every request: one Host, a known transfer coding, and a body that is strict JSON in UTF-8. A route with a schema for its
 * body needs one; if the schema is `Type.Optional`, handlers get `{}` instead of none. Register it before the routes.
 */
export const strictRequest = fp(async function strictRequest (app: FastifyInstance) {
  // A cross-site form can send text/plain without a preflight, and Fastify's parser accepts it.
  app.removeContentTypeParser('text/plain')
  const parse: (request: FastifyRequest, text: string, done: Done) => void = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    const text = body.toString()
    // Clients that send no body may still send a content type.
    if (text === '') done(null, undefined)
    else if (!isUtf8(body)) done(new InvalidRequestError({ detail: 'The body is not UTF-8.' }))
    // Parse first: text that is not JSON then costs no scan.
    else parse(request, text, (error, value) => done(error === null ? findFault(text) : explain(error, text), value))
  })

  app.addHook('onRoute', (route) => {
    const body: unknown = route.schema?.body
    if (body === undefined) return
    const onMissingBody = Type.IsOptional(body) ? setEmptyBody : rejectMissingBody
    route.preValidation = [onMissingBody, ...[route.preValidation ?? []].flat()]
  })

  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (hasOneHost(raw) && hasKnownTransferCoding(raw)) done()
    // A proxy may have read this request in another way, so what follows on the connection is not trustworthy (request smuggling).
    else done(new InvalidRequestError({ headers: { connection: 'close' } }))
  })
}, { name: 'strict-request', fastify: '5.x' })

function setEmptyBody (request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (request.body === undefined) request.body = {}
  done()
}

function rejectMissingBody ({ body }: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(body === undefined ? new InvalidRequestError({ detail: 'The request needs a body.', errors: [MISSING_BODY] }) : undefined)
}

const MISSING_BODY = { path: '', message: 'is required' }

/** The parser says the same of text that is not JSON, and of JSON with members that it refuses. */
function explain (error: Error, text: string): Error {
  const message = findSyntaxFault(text)
  if (message === undefined) return findFault(text) ?? error
  return new InvalidRequestError({ detail: 'The body is not JSON; see "errors".', errors: [{ path: '', message }] })
}

function findFault (text: string): Error | null {
  const fault = findJsonFault(text)
  return fault === undefined ? null : new InvalidRequestError({ errors: [fault] })
}

/** RFC 9112 3.2: exactly one; HTTP/1.0 may have none. Node's `headers` keep the first of two, so the raw headers are counted. */
function hasOneHost ({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

function hasKnownTransferCoding ({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  return coding === undefined || coding.toLowerCase() === 'chunked'
}
