import { Server, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http'
import type { DropArgument, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { MethodNotAllowedError } from '../errors.ts'
import { createConnections, createRefusalNotice, type ConnectionLimits, type Connections, type RefusalReason } from './connections.ts'
import { createTurns } from './pipelining.ts'
import { sendProblemOnSocket } from './socket-answer.ts'

export interface BoundedServerOptions extends ConnectionLimits {
  http: ServerOptions
  log: Parameters<typeof createRefusalNotice>[0]
}

/**
 * Node's server, with bounds to what clients can make it hold: connections, those of one address, and requests of one connection. It
 * looks at events before any listener does, so that nothing has been done yet for what is refused.
 */
export class BoundedServer extends Server {
  /** Connections, since the start. */
  readonly refused: Record<RefusalReason, number> = { address: 0, full: 0 }
  readonly #connections: Connections
  readonly #turns = createTurns()
  readonly #notice: ReturnType<typeof createRefusalNotice>

  constructor ({ http, log, max, maxPerAddress, trustProxy }: BoundedServerOptions) {
    super(http)
    this.#connections = createConnections({ maxPerAddress, trustProxy })
    this.#notice = createRefusalNotice(log)
    this.maxConnections = max
    // RFC 9110 10.1.1: an expectation that is not known may be ignored; Node's own answer would look like no other.
    this.on('checkExpectation', (request, response) => this.emit('request', request, response))
    this.on('connect', (_request, socket) => refuseTunnel(socket))
    this.on('drop', (dropped?: DropArgument) => this.#refuse('full', dropped?.remoteAddress))
  }

  override emit (event: string, ...details: unknown[]): boolean {
    if (event === 'request') return this.#onRequest(...details as [IncomingMessage, ServerResponse])
    if (event === 'connection') return this.#onConnection(...details as [Socket])
    if (event === 'clientError') return this.#onClientError(...details as [Error, Socket])
    return super.emit(event, ...details)
  }

  #onRequest (request: IncomingMessage, response: ServerResponse): boolean {
    // Nearly every response has the socket at once, for nothing is before it.
    if (response.socket !== null && request.socket.writable) return super.emit('request', request, response)
    this.#turns.wait(request, response, () => super.emit('request', request, response))
    return true
  }

  #onConnection (socket: Socket): boolean {
    if (this.#connections.admit(socket)) return super.emit('connection', socket)
    this.#refuse('address', socket.remoteAddress)
    socket.resetAndDestroy()
    return true
  }

  /** What is dropped may well be no HTTP: its beginning was dropped. */
  #onClientError (error: Error, socket: Socket): boolean {
    return this.#turns.isCutOff(socket) || super.emit('clientError', error, socket)
  }

  #refuse (reason: RefusalReason, ip: string | undefined): void {
    this.refused[reason]++
    this.#notice(reason, ip)
  }
}

function refuseTunnel (socket: Duplex): void {
  // What is written now would be taken for the answer to a request before it.
  if (Reflect.get(socket, '_httpMessage') == null) sendProblemOnSocket(socket, new MethodNotAllowedError())
  else socket.destroy()
}
