import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** The span of a request (W3C Trace Context). */
interface Trace {
  /** 32 hex digits: the caller's trace, or a new one. */
  readonly traceId: string
  /** 16 hex digits: this request. */
  readonly spanId: string
  /** 16 hex digits: the caller's span; undefined where the trace begins here. */
  readonly parentId: string | undefined
  /** The header for requests made on behalf of this one. */
  readonly traceparent: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The `traceparent` header for requests made on behalf of this one. */
    readonly traceparent: string
  }
}

const traces = new WeakMap<IncomingMessage, Trace>()

// Later versions may append fields after a dash; ff is invalid (W3C Trace Context 3.2.2.1 and 4.3).
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/
const SAMPLED = 0x01

/** Adds `request.traceparent`, with which business code continues the trace; log lines carry it without this plugin. */
export const trace = fp(async function trace (app: FastifyInstance) {
  app.decorateRequest('traceparent', { getter (this: FastifyRequest) { return getTrace(this.raw).traceparent } })
}, { name: 'trace', fastify: '5.x' })

/** Fastify's child logger factory: the log of a request carries its trace. */
export function createRequestLog (
  log: FastifyBaseLogger, bindings: Record<string, unknown>, options: object, raw: IncomingMessage
): FastifyBaseLogger {
  const { traceId, spanId, parentId } = getTrace(raw)
  return log.child({ ...bindings, trace_id: traceId, span_id: spanId, ...(parentId !== undefined && { parent_id: parentId }) }, options)
}

/** @returns the span of a request, created at the first call */
function getTrace (raw: IncomingMessage): Trace {
  const known = traces.get(raw)
  if (known !== undefined) return known
  const started = startSpan(raw.headers.traceparent)
  traces.set(raw, started)
  return started
}

/**
 * Starts a span in the caller's trace, or in a new trace.
 *
 * @param header the caller's `traceparent`; a malformed or doubled one is ignored
 */
export function startSpan (header: unknown): Trace {
  const spanId = randomSpanId()
  const [, version, callerTraceId, parentId, flags = '', more] = (typeof header === 'string' && TRACEPARENT.exec(header)) || []
  const isKnown = callerTraceId !== undefined && (version !== '00' || more === undefined)
  const traceId = isKnown ? callerTraceId : randomUUID().replaceAll('-', '')
  // We record nothing, so the sampled flag is passed on as the caller set it, and no other flag is.
  const isSampled = isKnown && (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED
  return { traceId, spanId, parentId: isKnown ? parentId : undefined, traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}` }
}

/** 64 random bits: the parts of a UUID that are random. */
function randomSpanId (): string {
  const uuid = randomUUID()
  return `${uuid.slice(0, 8)}${uuid.slice(24, 32)}`
}
