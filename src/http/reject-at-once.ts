import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

interface RejectAtOnceOptions {
  /** See `Revocations`. */
  catchUp: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route ends sessions, or makes access tokens invalid: its response waits until this instance rejects them. */
    revokes?: true
  }
  interface FastifyReply {
    /** Set by such a route where nothing was asked of the database: then there is nothing to wait for. */
    hasRevokedNothing?: true
  }
}

/**
 * Lets a client that has logged out find its access token rejected by the next request, if the same instance serves it; others learn of it
 * milliseconds later. Register it before the routes.
 */
export const rejectAtOnce = fp(async function rejectAtOnce (app: FastifyInstance, { catchUp }: RejectAtOnceOptions) {
  app.addHook('onRoute', (route) => {
    if (route.config?.revokes === true) route.onSend = [...[route.onSend ?? []].flat(), awaitRevocations]
  })

  async function awaitRevocations (_request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    if (reply.statusCode < 400 && reply.hasRevokedNothing !== true) await catchUp()
    return payload
  }
}, { name: 'reject-at-once', fastify: '5.x' })
