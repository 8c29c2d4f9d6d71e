import type { Server, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export interface DrainOptions {
  /** How long requests in flight may take to end once closing has begun, in milliseconds. */
  graceMs: number
}

/**
 * Lets `app.close()` end in time: requests in flight are answered, if they are done within the grace; sockets that say nothing do not hold it up.
 * Alone, `close` waits for a silent socket for ever, and `forceCloseConnections` resets requests in flight.
 */
export const drain = fp(async function drain (app: FastifyInstance, { graceMs }: DrainOptions) {
  const server: Server = app.server
  const inFlight = new Set<ServerResponse>()
  let isClosing = false

  server.on('request', (_request, response) => {
    inFlight.add(response)
    response.once('close', () => {
      inFlight.delete(response)
      closeIfIdle()
    })
  })

  app.addHook('preClose', async () => {
    isClosing = true
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.once('close', () => clearTimeout(timer))
    // After the server has stopped listening, which it does when this hook has ended.
    setImmediate(closeIfIdle)
  })

  function closeIfIdle (): void {
    if (isClosing && inFlight.size === 0) server.closeAllConnections()
  }
}, { name: 'drain', fastify: '5.x' })
