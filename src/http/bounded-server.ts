import {
  Server, ServerResponse, type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, type ServerOptions
} from 'node:http'
import type { DropArgument, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { compile } from '@fastify/proxy-addr'
import { MethodNotAllowedError } from '../errors.ts'
import { networkPrefix } from '../network-prefix.ts'
import { PipelineQueue } from './pipelining.ts'
import { sendProblemOnSocket } from './problem.ts'

interface ConnectionLimits {
  /** Of all clients together. */
  max: number
  /** Of one IPv4 address or one IPv6 /64. */
  maxPerAddress: number
  /** Addresses or CIDR blocks of proxies, which connect for many clients: only `max` limits them. */
  trustProxy: readonly string[] | false
}

interface BoundedServerOptions extends ConnectionLimits {
  http: ServerOptions
  log: WarningLog
  /** Aborted when the process ends soon: from then on, each connection closes after its next response. */
  draining?: AbortSignal | undefined
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** A turn of the event loop that took less did nothing. */
const QUIET_TURN_MS = 0.2
const MAX_CLOSE_DELAY_MS = 1_000

/**
 * Node's server with limits to what clients can make it hold: connections in all, connections of one address, and pipelined requests of
 * one connection. It overrides `emit` so that a limit is enforced before any listener has done work.
 */
export class BoundedServer extends Server {
  /** Connections refused since the start. */
  readonly refused: Record<RefusalReason, number> = { address: 0, full: 0 }
  readonly #connections: ConnectionCounter
  readonly #queue: PipelineQueue
  readonly #refusals: RefusalLog
  #accepted = 0

  constructor ({ http, log, draining, max, maxPerAddress, trustProxy }: BoundedServerOptions) {
    const queue = new PipelineQueue()
    const isLast = (socket: Socket | null) => draining?.aborted === true && socket !== null && !queue.hasWaiting(socket)
    super({ ...http, ServerResponse: createClosingResponse(isLast) })
    this.#queue = queue
    this.#connections = new ConnectionCounter({ maxPerAddress, trustProxy })
    this.#refusals = new RefusalLog(log)
    this.maxConnections = max
    // RFC 9110 10.1.1: an unknown expectation may be ignored. Node's own response would lack our headers.
    this.on('checkExpectation', (request, response) => this.emit('request', request, response))
    this.on('connect', (_request, socket) => rejectTunnel(socket))
    this.on('drop', (dropped?: DropArgument) => this.#refuse('full', dropped?.remoteAddress))
  }

  override emit (event: string, ...details: unknown[]): boolean {
    if (event === 'request') return this.#onRequest(...details as [IncomingMessage, ServerResponse])
    if (event === 'connection') return this.#onConnection(...details as [Socket])
    if (event === 'clientError') return this.#onClientError(...details as [Error, Socket])
    return super.emit(event, ...details)
  }

  /**
   * Stops listening, in a turn of the event loop in which no connection arrives: the system resets those that it has accepted and we have
   * not, and a proxy that has sent a POST on one cannot send it again.
   */
  override close (callback?: (error?: Error) => void): this {
    const startedAt = performance.now()
    const closeWhenQuiet = (accepted: number, turnStartedAt: number) => {
      const now = performance.now()
      const isQuiet = this.#accepted === accepted && now - turnStartedAt < QUIET_TURN_MS
      if (isQuiet || now - startedAt > MAX_CLOSE_DELAY_MS) super.close(callback)
      else setImmediate(closeWhenQuiet, this.#accepted, now)
    }
    setImmediate(closeWhenQuiet, NaN, startedAt)
    return this
  }

  #onRequest (request: IncomingMessage, response: ServerResponse): boolean {
    // The common case: no earlier request of this connection is pending, so Node has assigned the socket already.
    if (response.socket !== null && request.socket.writable) return super.emit('request', request, response)
    this.#queue.enqueue(request, response, () => super.emit('request', request, response))
    return true
  }

  #onConnection (socket: Socket): boolean {
    this.#accepted++
    if (this.#connections.acquire(socket)) return super.emit('connection', socket)
    this.#refuse('address', socket.remoteAddress)
    socket.resetAndDestroy()
    return true
  }

  /** After we stopped reading a connection, parse errors are expected: the start of the data was dropped. */
  #onClientError (error: Error & { code?: string }, socket: Socket): boolean {
    if (this.#queue.isStopped(socket)) return true
    // The client would take our response to what cannot be parsed for that to a request before it.
    if (error.code?.startsWith('HPE_') === true && this.#queue.closeAfterPending(socket)) return true
    return super.emit('clientError', error, socket)
  }

  #refuse (reason: RefusalReason, ip: string | undefined): void {
    this.refused[reason]++
    this.#refusals.add(reason, ip)
  }
}

/** @param isLast whether a response, whose header is written now, is the last one of its connection */
function createClosingResponse (isLast: (socket: Socket | null) => boolean): typeof ServerResponse {
  return class ClosingResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    override writeHead (status: number, reason?: string | Headers, headers?: Headers): this {
      if (isLast(this.socket)) this.shouldKeepAlive = false
      return typeof reason === 'string' ? super.writeHead(status, reason, headers) : super.writeHead(status, reason)
    }
  }
}

/** Of the service as a whole: a CONNECT names no resource of it. */
const ALLOW = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'

function rejectTunnel (socket: Duplex): void {
  // While an earlier request is pending, the client would take this for its response.
  if (Reflect.get(socket, '_httpMessage') == null) sendProblemOnSocket(socket, new MethodNotAllowedError({ headers: { allow: ALLOW } }))
  else socket.destroy()
}

/** Counts the open connections of each address. */
export class ConnectionCounter {
  readonly #open = new Map<string, number>()
  readonly #maxPerAddress: number
  readonly #isProxy: (address: string, hop: number) => boolean

  constructor ({ maxPerAddress, trustProxy }: Omit<ConnectionLimits, 'max'>) {
    this.#maxPerAddress = maxPerAddress
    this.#isProxy = trustProxy === false ? () => false : compile([...trustProxy])
  }

  /** How many addresses have an open connection. */
  get size (): number {
    return this.#open.size
  }

  /** Counts a connection until it closes. @returns false when its address has reached the limit */
  acquire (socket: Socket): boolean {
    const { remoteAddress } = socket
    // Undefined for a closed socket and for a Unix socket.
    if (remoteAddress === undefined || this.#isProxy(remoteAddress, 0)) return true
    const prefix = networkPrefix(remoteAddress)
    const count = this.#open.get(prefix) ?? 0
    if (count >= this.#maxPerAddress) return false
    this.#open.set(prefix, count + 1)
    socket.once('close', () => this.#release(prefix))
    return true
  }

  #release (prefix: string): void {
    const count = this.#open.get(prefix) ?? 0
    if (count > 1) this.#open.set(prefix, count - 1)
    else this.#open.delete(prefix)
  }
}

interface WarningLog {
  warn (details: object, sentence: string): void
}

const SENTENCES = {
  address: 'connections refused: their address has reached its limit; if it is your proxy, list it in TRUST_PROXY',
  full: 'connections refused: the service has reached its limit'
} as const

type RefusalReason = keyof typeof SENTENCES

/** Logs refused connections, at most once in `everyMs` for each reason, with the count and the latest address. */
export class RefusalLog {
  readonly #log: WarningLog
  readonly #everyMs: number
  readonly #counts: Record<RefusalReason, number> = { address: 0, full: 0 }
  readonly #latestIps: Record<RefusalReason, string | undefined> = { address: undefined, full: undefined }
  #isPaused = false

  constructor (log: WarningLog, everyMs = 60_000) {
    this.#log = log
    this.#everyMs = everyMs
  }

  add (reason: RefusalReason, ip: string | undefined): void {
    this.#counts[reason]++
    this.#latestIps[reason] = ip
    if (!this.#isPaused) this.#flush()
  }

  #flush (): void {
    this.#isPaused = false
    for (const reason of ['address', 'full'] as const) {
      const count = this.#counts[reason]
      if (count === 0) continue
      this.#log.warn({ event: 'connections_refused', reason, count, ip: this.#latestIps[reason] }, SENTENCES[reason])
      this.#counts[reason] = 0
      this.#isPaused = true
    }
    if (this.#isPaused) setTimeout(() => this.#flush(), this.#everyMs).unref()
  }
}
