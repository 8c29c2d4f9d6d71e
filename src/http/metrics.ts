import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Registry } from 'prom-client'
import { BoundedServer } from './bounded-server.ts'
import { createMeter, measureProcess } from './meters.ts'
import { measureRequests } from './request-meters.ts'
import { measureSources, type MetricsSources } from './service-meters.ts'

interface MetricsOptions {
  /** The host of the service, so a firewall has to keep the port from the public. */
  host: string
  /** Not the port of the service: metrics are not public. */
  port: number
  sources: MetricsSources
}

const SCRAPE_TIMEOUT_MS = 5_000
/** For a socket without traffic, also while a response is not read. */
const IDLE_TIMEOUT_MS = 20_000
const CONNECTIONS = { max: 100, maxPerAddress: 50, trustProxy: false } as const

/**
 * Measures requests, the process and the given sources, and serves the metrics to Prometheus at `GET /metrics` on a port of its own, from
 * when the app is ready until it closes. Register it before anything that responds.
 */
export const metrics = fp(async function metrics (app: FastifyInstance, { host, port, sources }: MetricsOptions) {
  const registry = new Registry()
  const meter = createMeter(registry)
  measureRequests(app, registry, meter)
  measureSources(meter, sources)
  const stopMeasuring = measureProcess(meter)
  const server = createMetricsServer(registry, app.log)

  app.addHook('onReady', async () => {
    server.listen({ host, port })
    // The error names the setting, or METRICS_PORT would be taken for PORT.
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
  server.setTimeout(IDLE_TIMEOUT_MS)
  let collecting: Promise<string> | undefined
  server.on('request', (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log.error({ event: 'metrics_failed', err: error }, 'metrics could not be collected')
      response.writeHead(500).end()
    })
  })
  return server

  async function respond ({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end()
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
    } else {
      // Concurrent scrapes share one collection.
      collecting ??= registry.metrics().finally(() => { collecting = undefined })
      const text = await collecting
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text)
    }
  }
}
