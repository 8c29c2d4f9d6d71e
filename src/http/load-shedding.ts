import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError } from '../errors.ts'

interface LoadSheddingOptions {
  /** Mean delay of the event loop above which requests are refused, in milliseconds. */
  maxEventLoopDelayMs?: number
  /** How often it is measured, in milliseconds. */
  sampleMs?: number
  /** Patterns of routes that are always served. */
  exempt?: readonly string[]
}

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
