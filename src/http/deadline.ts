import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError, RequestTimeoutError } from '../errors.ts'

export interface DeadlineOptions {
  /** From the header of a request until its answer begins, in milliseconds. */
  withinMs?: number
}

/**
 * Answers every request in time: 408 where the body has not come, else 503. What the handler does later is done in vain, or in time for
 * the client's next attempt, but is not answered. A reply that was hijacked, such as the feed, has no deadline.
 * Fastify's `handlerTimeout` does not fire for requests with a body. Register it after what dresses answers.
 */
export const deadline = fp(async function deadline (app: FastifyInstance, { withinMs = 10_000 }: DeadlineOptions) {
  app.addHook('onRequest', (request, reply, done) => {
    const timer = setTimeout(answerLate, withinMs, request, reply, withinMs)
    reply.raw.once('close', () => clearTimeout(timer))
    done()
  })
}, { name: 'deadline', fastify: '5.x', dependencies: ['problem'] })

function answerLate (request: FastifyRequest, reply: FastifyReply, withinMs: number): void {
  // Begun is as good as answered: a client that reads slowly is cut when nothing moves any more.
  if (reply.sent || reply.raw.headersSent) return
  const cause = new Error(`there was no answer within ${withinMs} ms`)
  // What is left of the body would be taken for the next request.
  reply.send(request.raw.complete === false ? new RequestTimeoutError({ cause, headers: { connection: 'close' } }) : new OverloadedError({ cause }))
  // Whatever the handler still comes up with goes nowhere.
  reply.hijack()
}
