import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError, RequestTimeoutError } from '../errors.ts'

interface DeadlineOptions {
  /** From the request header until the response begins, in milliseconds. */
  timeoutMs?: number
  /** How long a client may read nothing of a response that has begun, in milliseconds, even if it keeps sending. */
  stallMs?: number
}

/**
 * Responds to every request in time: 408 where the body has not arrived, else 503. A handler that finishes later has no effect on the
 * response. Hijacked replies, such as the feed, have no deadline. (Fastify's `handlerTimeout` does not fire for requests with a body.)
 * Register it after the plugins that set headers.
 */
export const deadline = fp(async function deadline (app: FastifyInstance, { timeoutMs = 10_000, stallMs = 60_000 }: DeadlineOptions) {
  app.addHook('onRequest', (request, reply, done) => {
    const timer = setTimeout(() => {
      if (hasBegun(reply)) destroyWhenStalled(reply.raw, stallMs)
      else sendTimeout(request, reply, timeoutMs)
    }, timeoutMs)
    reply.raw.once('close', () => clearTimeout(timer))
    done()
  })
}, { name: 'deadline', fastify: '5.x', dependencies: ['problem'] })

function hasBegun ({ sent, raw }: FastifyReply): boolean {
  return sent || raw.headersSent
}

/**
 * A client that never reads, and keeps sending so that the socket never times out, would otherwise hold its connection and its response
 * for ever.
 */
function destroyWhenStalled (response: ServerResponse, stallMs: number): void {
  const { socket } = response
  if (socket === null) return
  let before = countReadBytes(socket)
  const timer = setInterval(() => {
    const now = countReadBytes(socket)
    if (socket.writableLength > 0 && now === before) socket.destroy()
    before = now
  }, stallMs)
  response.once('close', () => clearInterval(timer))
}

/** Bytes that have left our buffer. */
function countReadBytes ({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength
}

function sendTimeout (request: FastifyRequest, reply: FastifyReply, timeoutMs: number): void {
  const cause = new Error(`no response within ${timeoutMs} ms`)
  // The rest of an incomplete body would be parsed as the next request.
  if (request.raw.complete === false) reply.send(new RequestTimeoutError({ cause, headers: { connection: 'close' } }))
  else reply.send(new OverloadedError({ cause }))
  // Discards what the handler sends later.
  reply.hijack()
}
