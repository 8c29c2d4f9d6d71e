import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError, RequestTimeoutError } from '../errors.ts'

export interface DeadlineOptions {
  /** From the header of a request until its answer begins, in milliseconds. */
  timeoutMs?: number
  /** How long a client may take nothing of an answer that has begun, in milliseconds; whatever it sends meanwhile. */
  stallMs?: number
}

/**
 * Answers every request in time: 408 where the body has not come, else 503. What the handler does later is done in vain, or in time for
 * the client's next attempt, but is not answered. A reply that was hijacked, such as the feed, has no deadline.
 * Fastify's `handlerTimeout` does not fire for requests with a body. Register it after what dresses answers.
 */
export const deadline = fp(async function deadline (app: FastifyInstance, { timeoutMs = 10_000, stallMs = 60_000 }: DeadlineOptions) {
  app.addHook('onRequest', (request, reply, done) => {
    const timer = setTimeout(() => {
      if (hasBegun(reply)) cutWhenStalled(reply.raw, stallMs)
      else answerLate(request, reply, timeoutMs)
    }, timeoutMs)
    reply.raw.once('close', () => clearTimeout(timer))
    done()
  })
}, { name: 'deadline', fastify: '5.x', dependencies: ['problem'] })

function hasBegun ({ sent, raw }: FastifyReply): boolean {
  return sent || raw.headersSent
}

/**
 * Begun is as good as answered. But a client that does not read, and goes on sending so that its connection is never silent, would
 * hold both for ever.
 */
function cutWhenStalled (response: ServerResponse, stallMs: number): void {
  const { socket } = response
  if (socket === null) return
  let before = takenOf(socket)
  const timer = setInterval(() => {
    const taken = takenOf(socket)
    if (socket.writableLength > 0 && taken === before) socket.destroy()
    before = taken
  }, stallMs)
  response.once('close', () => clearInterval(timer))
}

/** How many bytes a client has taken, counted by the pieces in which they were written. */
function takenOf ({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength
}

function answerLate (request: FastifyRequest, reply: FastifyReply, withinMs: number): void {
  const cause = new Error(`there was no answer within ${withinMs} ms`)
  // What is left of the body would be taken for the next request.
  reply.send(request.raw.complete === false ? new RequestTimeoutError({ cause, headers: { connection: 'close' } }) : new OverloadedError({ cause }))
  // Whatever the handler still comes up with goes nowhere.
  reply.hijack()
}
