import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

/** What is not listed is told of once each, up to so many: anybody may send any. */
const MOST = 100
/** Longer than any host name (RFC 1035 2.3.4) with a scheme and a port, or any name of a header. */
const LONGEST = 300
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/**
 * A page that CORS keeps out hears from its browser what it hears without a network: only our log can say what is missing.
 *
 * @param origins that are listed
 * @param headers that their pages may send, in lower case
 * @returns a hook that logs what is not, once each, with the setting that would have it; register it before CORS answers
 */
export function createCorsLog (origins: ReadonlySet<string>, headers: ReadonlySet<string>) {
  const told = new Set<string>()

  return function onRequest (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { origin } = request.headers
    if (origin !== undefined && isFromAnotherOrigin(request)) {
      if (!origins.has(origin)) tellOrigin(request, origin)
      else for (const name of String(request.headers['access-control-request-headers'] ?? '').split(',', MOST)) tellHeader(request, name.trim().toLowerCase())
    }
    done()
  }

  function tellOrigin ({ log }: FastifyRequest, text: string): void {
    const origin = toOrigin(text)
    if (origin !== undefined && isNew(origin)) log.warn({ event: 'origin_not_listed', setting: 'CORS_ORIGINS', origin }, 'a page was kept out: its origin is not in CORS_ORIGINS')
  }

  function tellHeader ({ log }: FastifyRequest, name: string): void {
    if (headers.has(name) || name.length > LONGEST || !HEADER_NAME.test(name) || !isNew(name)) return
    log.warn({ event: 'header_not_listed', setting: 'CORS_HEADERS', header: name }, 'a page was kept out: it sends a header that is not in CORS_HEADERS')
  }

  function isNew (name: string): boolean {
    if (told.size >= MOST || told.has(name)) return false
    told.add(name)
    return true
  }
}

/** Pages of ours send their origin too: a preflight is of others only, and browsers say whose page it is (Fetch Metadata). */
function isFromAnotherOrigin ({ method, headers }: FastifyRequest): boolean {
  if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return true
  return headers['sec-fetch-mode'] === 'cors' && headers['sec-fetch-site'] !== 'same-origin'
}

/** As a browser writes it, in ASCII; undefined for what none sends. */
function toOrigin (text: string): string | undefined {
  if (text === 'null') return text
  if (text.length > LONGEST || !URL.canParse(text)) return undefined
  const { protocol, host } = new URL(text)
  return host === '' ? undefined : `${protocol}//${host}`
}
