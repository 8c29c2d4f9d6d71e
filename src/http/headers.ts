import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createCorsLog } from './cors-log.ts'

export interface HeadersOptions {
  /** Origins whose pages may read our answers, compared exactly. */
  corsOrigins: readonly string[]
  /** Names of request headers that their pages may send beside ours, in lower case. */
  corsHeaders?: readonly string[]
}

const YEAR_SECONDS = 365 * 86_400

/** What a page sends: ours, and what tracing adds to every request of a page that has it (W3C Trace Context and Baggage, Sentry). */
const REQUEST_HEADERS = ['authorization', 'content-type', 'traceparent', 'tracestate', 'baggage', 'sentry-trace']

/** The headers of every answer, for those that are given outside of Fastify's hooks; a test holds them equal to helmet's. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': `max-age=${YEAR_SECONDS}; includeSubDomains`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

/** Security headers for an API, and CORS for the origins listed. Register it before anything that answers. */
export const headers = fp(async function headers (app: FastifyInstance, { corsOrigins, corsHeaders = [] }: HeadersOptions) {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    // These speak to pages, or to browsers long gone.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false
  })

  const allowed = new Set(corsOrigins)
  const requestHeaders = new Set([...REQUEST_HEADERS, ...corsHeaders])
  app.addHook('onRequest', createCorsLog(allowed, requestHeaders))
  await app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && allowed.has(origin) ? origin : false),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [...requestHeaders],
    exposedHeaders: ['www-authenticate', 'retry-after'],
    maxAge: 600,
    strictPreflight: false
  })
}, { name: 'headers', fastify: '5.x' })
