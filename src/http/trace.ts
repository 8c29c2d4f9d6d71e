import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** Where a request belongs among the requests of many services (W3C Trace Context). */
export interface Trace {
  /** 32 hex digits, the caller's where there was one. */
  readonly traceId: string
  /** 16 hex digits, of this request. */
  readonly spanId: string
  /** 16 hex digits, of the caller; undefined where the trace begins here. */
  readonly parentId: string | undefined
  /** For requests made on behalf of this one. */
  readonly traceparent: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What a request made on behalf of this one carries as its `traceparent`. */
    readonly traceparent: string
  }
}

const traces = new WeakMap<IncomingMessage, Trace>()

// A later version may have more behind a dash; ff is none (W3C Trace Context 3.2.2.1 and 4.3).
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/
const SAMPLED = 0x01

/** The request's log lines carry its trace; this is how business code passes it on. */
export const trace = fp(async function trace (app: FastifyInstance) {
  app.decorateRequest('traceparent', { getter (this: FastifyRequest) { return getTrace(this.raw).traceparent } })
}, { name: 'trace', fastify: '5.x' })

/** Makes the log of a request. */
export function createRequestLog (log: FastifyBaseLogger, bindings: Record<string, unknown>, options: object, raw: IncomingMessage): FastifyBaseLogger {
  const { traceId, spanId, parentId } = getTrace(raw)
  return log.child({ ...bindings, trace_id: traceId, span_id: spanId, ...(parentId !== undefined && { parent_id: parentId }) }, options)
}

/** @returns the trace that a request goes on with, or begins */
export function getTrace (raw: IncomingMessage): Trace {
  const known = traces.get(raw)
  if (known !== undefined) return known
  const begun = startSpan(raw.headers.traceparent)
  traces.set(raw, begun)
  return begun
}

/**
 * @param header of the caller; one that is malformed, or came twice, is as none
 * @returns a span of its own, in the caller's trace or in a new one
 */
export function startSpan (header: unknown): Trace {
  const spanId = randomSpanId()
  const [, version, callersTrace, parentId, flags = '', more] = typeof header === 'string' ? TRACEPARENT.exec(header) ?? [] : []
  const isKnown = callersTrace !== undefined && (version !== '00' || more === undefined)
  const traceId = isKnown ? callersTrace : randomUUID().replaceAll('-', '')
  // Nothing is recorded here, so whether to sample is the caller's word, and no other flag is ours to pass on.
  const isSampled = isKnown && (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED
  return { traceId, spanId, parentId: isKnown ? parentId : undefined, traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}` }
}

/** 64 bits at random: those of a UUID that are. */
function randomSpanId (): string {
  const uuid = randomUUID()
  return `${uuid.slice(0, 8)}${uuid.slice(24, 32)}`
}
