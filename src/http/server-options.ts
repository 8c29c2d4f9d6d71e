import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyError, FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify'
import { HeadersTooLargeError, InvalidRequestError, RequestTimeoutError } from '../errors.ts'
import { BoundedServer } from './bounded-server.ts'
import { API_HEADERS } from './headers.ts'
import { RequestLog } from './logging.ts'
import { sendProblem } from './problem.ts'
import { createErrorMapper } from './public-error.ts'
import { sendProblemOnSocket } from './socket-answer.ts'
import { createRequestLog } from './trace.ts'
import { buildValidator } from './validation.ts'

export interface ServerSettings {
  /** See `createLog`. */
  log: FastifyBaseLogger
  /** Addresses or CIDR blocks of proxies that are believed. */
  trustProxy: readonly string[] | false
  timeouts?: Timeouts
  /** How many connections may be open: of all clients, and of an IPv4 address or IPv6 /64 that is not in `trustProxy`. */
  connections?: { max: number, maxPerAddress: number }
}

/** How long a client may take, in milliseconds. */
export interface Timeouts {
  /** Until the header is there. */
  header: number
  /** Until the body is there. */
  request: number
  /** A socket on which nothing moves. */
  silence: number
  /** How often header and request are looked at. */
  check: number
}

const TIMEOUTS: Timeouts = { header: 10_000, request: 15_000, silence: 20_000, check: 1_000 }
/** Longer than proxies keep a connection that they might use again, or it would end under a request of theirs. */
const KEEP_ALIVE_MS = 72_000
const CONNECTIONS = { max: 10_000, maxPerAddress: 1_000 }
const BODY_LIMIT_BYTES = 16 * 1024
const publicErrorOf = createErrorMapper()

/**
 * What Fastify is made with.
 *
 * @param settings those that differ between installations
 * @returns options under which slow clients are cut, bodies are taken as they are, and errors before the router look like all others
 */
export function serverOptions ({ log, trustProxy, timeouts = TIMEOUTS, connections = CONNECTIONS }: ServerSettings) {
  return {
    loggerInstance: log,
    logController: new RequestLog(),
    childLoggerFactory: createRequestLog,
    genReqId: () => randomUUID(),
    trustProxy: trustProxy === false ? false : [...trustProxy],
    bodyLimit: BODY_LIMIT_BYTES,
    serverFactory: (handler) => createBoundedServer(handler, { log, trustProxy, timeouts, connections }),
    // What comes on a connection that is kept alive is still served while the rest drains.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 64 },
    schemaController: { compilersFactory: { buildValidator } },
    frameworkErrors: onFrameworkError,
    clientErrorHandler: (error: ClientError, socket: Socket) => onClientError(log, error, socket)
  } satisfies FastifyHttpOptions<Server>
}

function createBoundedServer (handler: RequestListener, { log, trustProxy, timeouts, connections }: Required<ServerSettings>): Server {
  const http = {
    headersTimeout: timeouts.header,
    requestTimeout: timeouts.request,
    // Without it, header and request are looked at every 30 seconds only.
    connectionsCheckingInterval: timeouts.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // `strictRequest` does it, and answers like everything else.
    requireHostHeader: false
  }
  return new BoundedServer({ http, log, trustProxy, ...connections }).on('request', handler).setTimeout(timeouts.silence)
}

/** An address that cannot be routed: no hook runs for it. */
function onFrameworkError (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const shown = publicErrorOf(error)
  request.log.info({ req: request, code: shown.code }, 'request refused')
  sendProblem(reply.headers(API_HEADERS), shown)
}

type ClientError = Error & { code?: string }

/** Bytes that are no request: there is no reply to send with. */
function onClientError (log: FastifyBaseLogger, error: ClientError, socket: Socket): void {
  const isTooLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  // Browsers open connections that they may need later; and whoever hangs up is nobody's business.
  const level = isTooLate || error.code === 'ECONNRESET' ? 'debug' : 'info'
  log[level]({ reason: error.code, ip: socket.remoteAddress }, 'connection refused')
  // As Node itself does: nothing may be put into the middle of an answer.
  const isAnswering = Reflect.get(Reflect.get(socket, '_httpMessage') ?? {}, '_headerSent') === true
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy()
  else if (isTooLate) sendProblemOnSocket(socket, new RequestTimeoutError())
  else if (error.code === 'HPE_HEADER_OVERFLOW') sendProblemOnSocket(socket, new HeadersTooLargeError())
  else sendProblemOnSocket(socket, new InvalidRequestError())
}
