import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'

interface HeadersOptions {
  /** Origins whose pages may read our responses, compared exactly. */
  corsOrigins: readonly string[]
  /** Names of request headers that their pages may send beside the standard ones, in lower case. */
  corsHeaders?: readonly string[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A public document: pages of any origin may read it, without credentials. */
    cors?: { origin: '*', credentials: false }
  }
}

/** What the hook needs of Fastify's reply. */
interface Reply {
  header (name: string, value: string): unknown
}

const YEAR_SECONDS = 365 * 86_400

/** What pages send: our own headers, and those that tracing adds to every request (W3C Trace Context and Baggage, Sentry). */
const REQUEST_HEADERS = ['authorization', 'content-type', 'traceparent', 'tracestate', 'baggage', 'sentry-trace']

/** The security headers for responses that are sent outside of Fastify's hooks; a test holds them equal to helmet's. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': `max-age=${YEAR_SECONDS}; includeSubDomains`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

/** Each name is logged once, up to this many: a client can send any name. */
const MAX_LOGGED_NAMES = 100
/** Longer than a host name (RFC 1035 2.3.4) with scheme and port, or the name of any header in use. */
const MAX_NAME_LENGTH = 300
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/** Security headers for an API, and CORS for the listed origins. Register it before anything that responds. */
export const headers = fp(async function headers (app: FastifyInstance, { corsOrigins, corsHeaders = [] }: HeadersOptions) {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    // These are for pages, or for browsers that no longer exist.
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

/** A Fastify `onRequest` hook for routes whose responses hold tokens or personal data: no cache may store them (RFC 9111 5.2.2.5). */
export function noStore (_request: unknown, reply: Reply, done: () => void): void {
  reply.header('cache-control', 'no-store')
  done()
}

/**
 * Makes a hook that logs origins and headers that CORS does not allow, with the setting that would. To a page, a CORS failure looks like a
 * network error; only our log can name the cause. Register it before CORS.
 */
function createCorsLog (origins: ReadonlySet<string>, headers: ReadonlySet<string>) {
  const logged = new Set<string>()

  return function onRequest (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { origin } = request.headers
    if (origin !== undefined && request.routeOptions.config.cors === undefined && isCrossOrigin(request)) {
      const requested = String(request.headers['access-control-request-headers'] ?? '').split(',', MAX_LOGGED_NAMES)
      if (!origins.has(origin)) logOrigin(request, origin)
      else for (const name of requested) logHeader(request, name.trim().toLowerCase())
    }
    done()
  }

  function logOrigin ({ log }: FastifyRequest, text: string): void {
    const origin = toOrigin(text)
    if (origin === undefined || !isNew(origin)) return
    log.warn({ event: 'origin_not_listed', setting: 'CORS_ORIGINS', origin }, 'CORS blocks a page: its origin is not in CORS_ORIGINS')
  }

  function logHeader ({ log }: FastifyRequest, header: string): void {
    if (headers.has(header) || header.length > MAX_NAME_LENGTH || !HEADER_NAME.test(header) || !isNew(header)) return
    log.warn({ event: 'header_not_listed', setting: 'CORS_HEADERS', header }, 'CORS blocks a page: its header is not in CORS_HEADERS')
  }

  function isNew (name: string): boolean {
    if (logged.size >= MAX_LOGGED_NAMES || logged.has(name)) return false
    logged.add(name)
    return true
  }
}

/** Our own pages send `Origin` too. Preflights are always cross-origin; for other requests the browser says it (Fetch Metadata). */
function isCrossOrigin ({ method, headers }: FastifyRequest): boolean {
  if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return true
  return headers['sec-fetch-mode'] === 'cors' && headers['sec-fetch-site'] !== 'same-origin'
}

/** The origin as browsers write it, in ASCII; undefined for text that no browser sends. */
function toOrigin (text: string): string | undefined {
  if (text === 'null') return text
  if (text.length > MAX_NAME_LENGTH || !URL.canParse(text)) return undefined
  const { protocol, host } = new URL(text)
  return host === '' ? undefined : `${protocol}//${host}`
}
