import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, Histogram, Registry } from 'prom-client'
import { PROBLEM_MEDIA_TYPE } from '../errors.ts'
import { BoundedServer } from './bounded-server.ts'
import { createMeter, measureProcess, type Meter } from './meters.ts'
import { measureSources, type MetricsSources } from './service-meters.ts'

interface MetricsOptions {
  /** The host of the service, so a firewall has to keep the port from the public. */
  host: string
  /** Not the port of the service: metrics are not public. */
  port: number
  sources: MetricsSources
}

interface RequestRecord {
  readonly startedAt: number
  readonly method: string
  /** The pattern, never the URL. */
  route: string
  /** Undefined where Fastify sent no response: an unroutable URL, or a hijacked stream. */
  outcome: string | undefined
  isRouted: boolean
}

const SCRAPE_TIMEOUT_MS = 5_000
/** For a socket without traffic, also while a response is not read. */
const IDLE_TIMEOUT_MS = 20_000
const CONNECTIONS = { max: 100, maxPerAddress: 50, trustProxy: false } as const

const NO_ROUTE = 'none'
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

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
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
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

/**
 * Counts every request once, when its response closes, by what the client received.
 *
 * @param app before any plugin that responds is registered
 */
function measureRequests (app: FastifyInstance, registry: Registry, { gauge, counters }: Meter): void {
  const server: Server = app.server
  const records = new WeakMap<ServerResponse, RequestRecord>()
  const clientErrors = { malformed: 0, timeout: 0 }
  let inFlight = 0

  const duration = new Histogram({
    name: 'gatepass_http_request_duration_seconds',
    help: 'From the request header to the end of the response, without streams.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry]
  })
  const outcomes = new Counter({
    name: 'gatepass_http_requests_total',
    help: 'Requests by outcome: ok, the code of the problem, aborted (by the client), stream, or unroutable.',
    labelNames: ['method', 'route', 'outcome'],
    registers: [registry]
  })
  gauge('gatepass_http_requests_in_flight', 'Requests without a complete response, with open streams.', () => inFlight)
  gauge('gatepass_http_connections', 'Open connections.', promisify(server.getConnections.bind(server)))
  counters('gatepass_http_client_errors_total', 'Requests that could not be read: malformed, or a timeout.', 'reason', () => clientErrors)

  if (server instanceof BoundedServer) {
    const { refused } = server
    const help = 'Connections refused at a limit: that of their address, or that of the service (full).'
    counters('gatepass_http_connections_refused_total', help, 'reason', () => refused)
  }

  app.addHook('onRequest', (request, reply, done) => {
    const record = records.get(reply.raw) ?? start(request.method, reply.raw)
    record.route = request.routeOptions.url ?? NO_ROUTE
    record.isRouted = true
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    const record = records.get(reply.raw)
    if (record !== undefined) record.outcome = reply.statusCode < 400 ? 'ok' : readProblemCode(reply, payload)
    done()
  })
  // No hook runs for an unroutable URL.
  server.on('request', ({ method = NO_ROUTE }, response) => {
    if (!records.has(response)) start(method, response)
  })
  server.on('clientError', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') clientErrors.timeout++
    else if (error.code !== 'ECONNRESET') clientErrors.malformed++
  })

  function start (method: string, response: ServerResponse): RequestRecord {
    const record: RequestRecord = { startedAt: performance.now(), method, route: NO_ROUTE, outcome: undefined, isRouted: false }
    records.set(response, record)
    inFlight++
    response.once('close', () => end(record, response))
    return record
  }

  function end ({ startedAt, method, route, outcome, isRouted }: RequestRecord, response: ServerResponse): void {
    inFlight--
    const isStream = isRouted && outcome === undefined && response.headersSent
    const isAborted = !isStream && !response.writableEnded
    const status = isAborted ? 'aborted' : `${Math.floor(response.statusCode / 100)}xx`
    if (!isStream) duration.observe({ method, route, status }, (performance.now() - startedAt) / 1000)
    outcomes.inc({ method, route, outcome: isStream ? 'stream' : isAborted ? 'aborted' : outcome ?? 'unroutable' })
  }
}

/** The `code` of a problem; 'error' for a response of a plugin that is no problem. */
function readProblemCode (reply: FastifyReply, payload: unknown): string {
  if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith(PROBLEM_MEDIA_TYPE)) return 'error'
  const problem: unknown = JSON.parse(payload)
  return typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : 'error'
}
