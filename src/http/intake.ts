import { isUtf8 } from 'node:buffer'
import { type IncomingMessage } from 'node:http'
import { type Socket } from 'node:net'
import { type Duplex } from 'node:stream'
import { type FastifyInstance, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { InvalidRequestError, MethodNotAllowedError } from '../errors.ts'
import { hasStrictMembers } from './json.ts'
import { answerSocket } from './socket-answer.ts'

const MAX_CONNECTIONS = 10_000

type Done = (error: Error | null, body?: unknown) => void

/** What a request must be before any route sees it: one Host, a body that is JSON in the strict sense, no tunnel; and not without end. */
export const intake = fp(async function intake (app: FastifyInstance) {
  // Its parser would let simple cross-site forms through, unvalidated.
  app.removeContentTypeParser('text/plain')
  const parse: (request: FastifyRequest, text: string, done: Done) => void = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    const text = body.toString()
    // Who sends no body may still say of what type it is not.
    if (text === '') done(null, undefined)
    else if (!isUtf8(body)) done(new InvalidRequestError())
    // First of all, so that what is no JSON costs no more than that.
    else parse(request, text, (error, value) => error !== null || hasStrictMembers(text) ? done(error, value) : done(new InvalidRequestError()))
  })

  const mistrusted = new WeakSet<Socket>()
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (hasOneHost(raw) && hasKnownCoding(raw) && !mistrusted.has(raw.socket)) {
      done()
      return
    }
    // Whoever stands before us may have read something else, so what follows on this connection may be anybody's: it has been parsed already.
    mistrusted.add(raw.socket)
    done(new InvalidRequestError({ headers: { connection: 'close' } }))
  })

  app.server.maxConnections = MAX_CONNECTIONS
  app.server.on('connect', (_request: unknown, socket: Duplex) => answerSocket(socket, new MethodNotAllowedError()))
  // RFC 9110 10.1.1: an expectation that is not known may be ignored; Node's own answer would look like no other.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
}, { name: 'intake', fastify: '5.x' })

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
