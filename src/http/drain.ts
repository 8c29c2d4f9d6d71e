import type { Server, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

interface DrainOptions {
  /** How long requests in flight may take once closing has begun, in milliseconds. */
  graceMs: number
}

/**
 * Bounds the time of `app.close()`: requests in flight may finish within the grace, and idle sockets are closed at once. Without it,
 * `close` waits for idle sockets for ever, and `forceCloseConnections` resets requests in flight.
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
    // The server stops listening when this hook has returned.
    setImmediate(closeIfIdle)
  })

  function closeIfIdle (): void {
    if (isClosing && inFlight.size === 0) server.closeAllConnections()
  }
}, { name: 'drain', fastify: '5.x' })
