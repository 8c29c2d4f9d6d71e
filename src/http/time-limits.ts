import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError, RequestTimeoutError } from '../errors.ts'

interface DeadlineOptions {
  /** From the request header until the response begins, in milliseconds. */
  timeoutMs?: number
  /** How long a client may read nothing of a response that has begun, in milliseconds, even if it keeps sending. */
  stallMs?: number
}

interface LoadSheddingOptions {
  /** Mean delay of the event loop above which requests are refused, in milliseconds. */
  maxEventLoopDelayMs?: number
  /** How often it is measured, in milliseconds. */
  sampleMs?: number
  /** Patterns of routes that are always served. */
  exempt?: readonly string[]
}

interface DrainOptions {
  /** How long requests in flight may take once closing has begun, in milliseconds. */
  graceMs: number
  /** Aborted when closing is near. Connections that open from then on get a moment for their request, even if closing begins. */
  draining?: AbortSignal
}

const FIRST_REQUEST_MS = 1_000

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

/** Refuses requests at once, with 503 and Retry-After, while the event loop lags. */
export const loadShedding = fp(async function loadShedding (app: FastifyInstance, options: LoadSheddingOptions) {
  const { maxEventLoopDelayMs = 1_000, sampleMs = 1_000, exempt = ['/health/live'] } = options
  let readyAt = Infinity
  app.addHook('onReady', async () => { readyAt = performance.now() })
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    sampleInterval: sampleMs,
    async pressureHandler (request: FastifyRequest) {
      // The first samples measure the start of the process.
      const isStarting = performance.now() - readyAt < 2 * sampleMs
      if (!isStarting && !exempt.includes(request.routeOptions.url ?? '')) throw new OverloadedError()
    }
  })
}, { name: 'load-shedding', fastify: '5.x' })

/**
 * Bounds the time of `app.close()`: requests in flight may finish within the grace, and idle sockets are closed at once. Without it,
 * `close` waits for idle sockets for ever, and `forceCloseConnections` resets requests in flight.
 */
export const drain = fp(async function drain (app: FastifyInstance, { graceMs, draining }: DrainOptions) {
  const server: Server = app.server
  const inFlight = new Set<ServerResponse>()
  const fresh = new Set<Socket>()
  let isClosing = false

  draining?.addEventListener('abort', () => server.on('connection', onConnection), { once: true })

  server.on('request', ({ socket }, response) => {
    fresh.delete(socket)
    inFlight.add(response)
    response.once('close', () => {
      inFlight.delete(response)
      closeIfIdle()
    })
  })

  app.addHook('preClose', async () => {
    isClosing = true
    // A server that never listened does not close: the process must not wait for the timer.
    const timer = setTimeout(() => server.closeAllConnections(), graceMs).unref()
    server.once('close', () => clearTimeout(timer))
    // The server stops listening when this hook has returned.
    setImmediate(closeIfIdle)
  })

  function closeIfIdle (): void {
    if (isClosing && inFlight.size === 0 && fresh.size === 0) server.closeAllConnections()
  }

  /** A proxy connects in order to send a request, which may be on its way. */
  function onConnection (socket: Socket): void {
    fresh.add(socket)
    const end = () => {
      clearTimeout(timer)
      if (fresh.delete(socket)) closeIfIdle()
    }
    const timer = setTimeout(end, FIRST_REQUEST_MS)
    socket.once('close', end)
  }
}, { name: 'drain', fastify: '5.x' })

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
