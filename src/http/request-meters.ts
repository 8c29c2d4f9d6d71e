import type { Server, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import { PROBLEM_MEDIA_TYPE } from '../errors.ts'
import { BoundedServer } from './bounded-server.ts'
import type { Meters } from './meters.ts'

/** What is known of a request until its end. */
interface Meter {
  readonly startedAt: number
  readonly method: string
  /** The pattern, never the address. */
  route: string
  /** How it was answered; undefined where the framework did not answer: an address that cannot be routed, or a stream. */
  outcome: string | undefined
  isRouted: boolean
}

const NO_ROUTE = 'none'
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Counts every request once, at its end, by what the client was told.
 *
 * @param app with nothing registered yet that answers
 */
export function measureRequests (app: FastifyInstance, registry: Registry, { gauge, counters }: Meters): void {
  const server: Server = app.server
  const meters = new WeakMap<ServerResponse, Meter>()
  const unreadable = { malformed: 0, timeout: 0 }
  let inFlight = 0

  const duration = new Histogram({
    name: 'gatepass_http_request_duration_seconds',
    help: 'From the header of a request to the end of its answer; streams are left out.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry]
  })
  const outcomes = new Counter({
    name: 'gatepass_http_requests_total',
    help: 'Requests by outcome: ok, the code of the problem, aborted by the client, stream, or unroutable.',
    labelNames: ['method', 'route', 'outcome'],
    registers: [registry]
  })
  gauge('gatepass_http_requests_in_flight', 'Requests that are not answered yet, and streams.', () => inFlight)
  gauge('gatepass_http_connections', 'Open connections.', promisify(server.getConnections.bind(server)))
  counters('gatepass_http_unreadable_total', 'What came on a connection and was no request: malformed, or not there in time.', 'reason', () => unreadable)

  if (server instanceof BoundedServer) {
    const { refused } = server
    counters('gatepass_http_connections_refused_total', 'Connections refused: their address had as many as it may, or there were too many in all.', 'reason', () => refused)
  }

  app.addHook('onRequest', (request, reply, done) => {
    const meter = meters.get(reply.raw) ?? begin(request.method, reply.raw)
    meter.route = request.routeOptions.url ?? NO_ROUTE
    meter.isRouted = true
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    const meter = meters.get(reply.raw)
    if (meter !== undefined) meter.outcome = reply.statusCode < 400 ? 'ok' : codeOf(reply, payload)
    done()
  })
  // No hook runs for an address that cannot be routed.
  server.on('request', ({ method = NO_ROUTE }, response) => {
    if (!meters.has(response)) begin(method, response)
  })
  server.on('clientError', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') unreadable.timeout++
    else if (error.code !== 'ECONNRESET') unreadable.malformed++
  })

  function begin (method: string, response: ServerResponse): Meter {
    const meter: Meter = { startedAt: performance.now(), method, route: NO_ROUTE, outcome: undefined, isRouted: false }
    meters.set(response, meter)
    inFlight++
    response.once('close', () => end(meter, response))
    return meter
  }

  function end ({ startedAt, method, route, outcome, isRouted }: Meter, response: ServerResponse): void {
    inFlight--
    const isStream = isRouted && outcome === undefined && response.headersSent
    const isAborted = !isStream && !response.writableEnded
    const status = isAborted ? 'aborted' : `${Math.floor(response.statusCode / 100)}xx`
    if (!isStream) duration.observe({ method, route, status }, (performance.now() - startedAt) / 1000)
    outcomes.inc({ method, route, outcome: isStream ? 'stream' : isAborted ? 'aborted' : outcome ?? 'unroutable' })
  }
}

/** What the client was told, whoever told it. */
function codeOf (reply: FastifyReply, payload: unknown): string {
  if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith(PROBLEM_MEDIA_TYPE)) return 'error'
  const problem: unknown = JSON.parse(payload)
  return typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : 'error'
}
