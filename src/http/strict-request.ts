import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { InvalidRequestError } from '../errors.ts'

type Done = (error: Error | null, body?: unknown) => void

/** Requirements on every request: one Host, a known transfer coding, and a body that is strict JSON in UTF-8. */
export const strictRequest = fp(async function strictRequest (app: FastifyInstance) {
  // A cross-site form can send text/plain without a preflight, and Fastify's parser accepts it.
  app.removeContentTypeParser('text/plain')
  const parse: (request: FastifyRequest, text: string, done: Done) => void = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    const text = body.toString()
    // Clients that send no body may still send a content type.
    if (text === '') done(null, undefined)
    else if (!isUtf8(body)) done(new InvalidRequestError())
    // Parse first: text that is not JSON then costs no second pass.
    else parse(request, text, (error, value) => error !== null || isStrictJson(text) ? done(error, value) : done(new InvalidRequestError()))
  })

  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (hasOneHost(raw) && hasKnownTransferCoding(raw)) done()
    // A proxy may have read this request in another way, so what follows on the connection is not trustworthy (request smuggling).
    else done(new InvalidRequestError({ headers: { connection: 'close' } }))
  })
}, { name: 'strict-request', fastify: '5.x' })

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

// The closing quote is optional, so that an unterminated string is one token: retried from each quote, 16 KB of them took 200 ms.
const TOKEN = /[{}]|"(?:[^"\\]|\\.)*"?(?:\s*:)?/gs
const UNSTORABLE_TEXT = /[\0\p{Cs}]/u

/**
 * Whether every object has each member once, and every string can be stored: no NUL and no lone surrogate (RFC 7493 2.1 and 2.3). Takes
 * linear time, whatever the text is.
 *
 * @param text a JSON text; for a malformed one, either result is possible
 */
export function isStrictJson (text: string): boolean {
  const open: Array<Set<string>> = []
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (!isStrictString(token, open.at(-1))) return false
  }
  return true
}

function isStrictString (token: string, members: Set<string> | undefined): boolean {
  const isName = token.endsWith(':')
  const value = decode(isName ? token.slice(0, -1) : token)
  if (value === undefined || UNSTORABLE_TEXT.test(value)) return false
  if (!isName) return true
  if (members?.has(value)) return false
  members?.add(value)
  return true
}

function decode (literal: string): string | undefined {
  try {
    return String(JSON.parse(literal))
  } catch {
    return undefined
  }
}
