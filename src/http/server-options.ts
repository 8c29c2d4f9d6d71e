import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyError, FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify'
import { HeadersTooLargeError, InvalidRequestError, NotImplementedError, RequestTimeoutError } from '../errors.ts'
import { BoundedServer } from './bounded-server.ts'
import { API_HEADERS } from './headers.ts'
import { RequestLog } from './logging.ts'
import { sendProblem, sendProblemOnSocket, toPublicError } from './problem.ts'
import { buildSerializer } from './serialization.ts'
import { createRequestLog } from './trace.ts'
import { buildValidator } from './validation.ts'

interface ServerSettings {
  /** See `createLog`. */
  log: FastifyBaseLogger
  /** Addresses or CIDR blocks of proxies whose X-Forwarded-For is trusted. */
  trustProxy: readonly string[] | false
  /** Aborted when the process ends soon. */
  draining?: AbortSignal | undefined
  timeouts?: Timeouts
  /** Open connections of all clients, and of one IPv4 address or IPv6 /64 that is not in `trustProxy`. */
  connections?: { max: number, maxPerAddress: number }
}

/** For clients, in milliseconds. */
export interface Timeouts {
  /** Until the header is complete. */
  header: number
  /** Until the body is complete. */
  request: number
  /** For a socket without traffic. */
  idle: number
  /** Interval at which `header` and `request` are checked. */
  check: number
}

const TIMEOUTS: Timeouts = { header: 10_000, request: 15_000, idle: 20_000, check: 1_000 }
/** Longer than the keep-alive of common proxies: otherwise we could close a connection while a proxy sends a request on it. */
const KEEP_ALIVE_MS = 72_000
const CONNECTIONS = { max: 10_000, maxPerAddress: 1_000 }
const BODY_LIMIT_BYTES = 16 * 1024

/**
 * Creates Fastify's options: slow clients are disconnected, bodies are not coerced, and errors before routing look like all others.
 *
 * @param settings what differs between installations
 */
export function serverOptions (settings: ServerSettings): FastifyHttpOptions<Server> {
  const { log, trustProxy, draining, timeouts = TIMEOUTS, connections = CONNECTIONS } = settings
  return {
    loggerInstance: log,
    logController: new RequestLog(),
    childLoggerFactory: createRequestLog,
    genReqId: () => randomUUID(),
    trustProxy: trustProxy === false ? false : [...trustProxy],
    bodyLimit: BODY_LIMIT_BYTES,
    serverFactory: (handler) => createBoundedServer(handler, { log, trustProxy, draining, timeouts, connections }),
    // Requests on keep-alive connections are still served while the server drains.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 64 },
    schemaController: { compilersFactory: { buildValidator, buildSerializer } },
    frameworkErrors: onFrameworkError,
    clientErrorHandler: (error: ClientError, socket: Socket) => onClientError(log, error, socket)
  }
}

function createBoundedServer (handler: RequestListener, settings: Required<ServerSettings>): Server {
  const { log, trustProxy, draining, timeouts, connections } = settings
  const http = {
    headersTimeout: timeouts.header,
    requestTimeout: timeouts.request,
    // Node's default is 30 seconds.
    connectionsCheckingInterval: timeouts.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // `strictRequest` checks it, and responds with a problem.
    requireHostHeader: false
  }
  return new BoundedServer({ http, log, trustProxy, draining, ...connections }).on('request', handler).setTimeout(timeouts.idle)
}

/** For an unroutable URL: no hook runs for it. */
function onFrameworkError (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const isBadPath = error.code === 'FST_ERR_BAD_URL'
  const publicError = isBadPath ? new InvalidRequestError({ detail: 'The path is not percent-encoded correctly.' }) : toPublicError(error)
  request.log.info({ event: 'request_refused', req: request, code: publicError.code }, 'request refused')
  sendProblem(reply.headers(API_HEADERS), publicError)
}

type ClientError = Error & { code?: string, bytesParsed?: number, rawPacket?: unknown }

/** For bytes that are not a request: there is no reply to respond with. */
function onClientError (log: FastifyBaseLogger, error: ClientError, socket: Socket): void {
  const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  // Both are common: browsers open spare connections, and clients disconnect.
  const level = isTimeout || error.code === 'ECONNRESET' ? 'debug' : 'info'
  log[level]({ event: 'client_error', reason: error.code, ip: socket.remoteAddress }, 'request could not be read')
  // As Node itself does: a second response must not be written into the first.
  const isResponding = Reflect.get(Reflect.get(socket, '_httpMessage') ?? {}, '_headerSent') === true
  if (error.code === 'ECONNRESET' || !socket.writable || isResponding) socket.destroy()
  else if (isTimeout) sendProblemOnSocket(socket, new RequestTimeoutError())
  else if (error.code === 'HPE_HEADER_OVERFLOW') sendProblemOnSocket(socket, new HeadersTooLargeError())
  else if (hasUnknownMethod(error)) sendProblemOnSocket(socket, new NotImplementedError())
  else sendProblemOnSocket(socket, new InvalidRequestError())
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]\r?\n/

/**
 * Whether the parser found a request with a method that it does not know, rather than another protocol: TLS, or random bytes. The second
 * code is for methods of RTSP.
 */
function hasUnknownMethod ({ code, rawPacket, bytesParsed = 0 }: ClientError): boolean {
  if (!Buffer.isBuffer(rawPacket) || (code !== 'HPE_INVALID_METHOD' && code !== 'HPE_INVALID_CONSTANT')) return false
  // The packet may begin with earlier requests.
  const lineStart = rawPacket.subarray(0, bytesParsed).lastIndexOf('\n') + 1
  return REQUEST_LINE.test(rawPacket.toString('latin1', lineStart))
}
