import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Registry } from 'prom-client'
import { BoundedServer } from './bounded-server.ts'
import { createMeters } from './meters.ts'
import { measureProcess } from './process-meters.ts'
import { measureRequests } from './request-meters.ts'
import { measureSources, type MetricsSources } from './sources.ts'

export interface MetricsOptions {
  /** That of the service: whoever can reach the one can reach the other, so the port is what a firewall keeps. */
  host: string
  /** Of its own: metrics are nothing for the public. */
  port: number
  sources: MetricsSources
}

const SCRAPE_TIMEOUT_MS = 5_000
/** A socket on which nothing moves; while there is an answer that is not read, too. */
const SILENCE_MS = 20_000
const CONNECTIONS = { max: 100, maxPerAddress: 50, trustProxy: false } as const

/**
 * Measures requests, the process and what the parts tell, and serves it for Prometheus at `GET /metrics` on a port of its own, from
 * when the app is ready until it is closed. Register it before anything that answers.
 */
export const metrics = fp(async function metrics (app: FastifyInstance, { host, port, sources }: MetricsOptions) {
  const registry = new Registry()
  const meters = createMeters(registry)
  measureRequests(app, registry, meters)
  measureSources(meters, sources)
  const stopMeasuring = measureProcess(meters)
  const server = createMetricsServer(registry, app.log)

  app.addHook('onReady', async () => {
    server.listen({ host, port })
    // Rejects when the port is taken, which is not the one of PORT.
    await once(server, 'listening').catch((error: unknown) => { throw Object.assign(Object(error), { setting: 'METRICS_PORT' }) })
  })
  app.addHook('onClose', async () => {
    stopMeasuring()
    server.close()
    server.closeAllConnections()
  })
}, { name: 'metrics', fastify: '5.x' })

function createMetricsServer (registry: Registry, log: FastifyBaseLogger): Server {
  const http = { headersTimeout: SCRAPE_TIMEOUT_MS, requestTimeout: SCRAPE_TIMEOUT_MS, connectionsCheckingInterval: 1_000 }
  const server = new BoundedServer({ http, log, ...CONNECTIONS })
  server.setTimeout(SILENCE_MS)
  let collecting: Promise<string> | undefined
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'metrics could not be collected')
      response.writeHead(500).end()
    })
  })
  return server

  async function answer ({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end()
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
    } else {
      // All who ask meanwhile get the same.
      collecting ??= registry.metrics().finally(() => { collecting = undefined })
      const text = await collecting
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text)
    }
  }
}
