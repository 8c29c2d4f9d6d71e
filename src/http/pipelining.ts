import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** How many requests of one connection may wait for the one in progress. */
const MAX_WAITING = 16
/** A return value for the parser: the request has no body, and the bytes after it are not HTTP. */
const STOP_PARSING = 2

interface ConnectionQueue {
  waiting: number
  last: ServerResponse
}

/**
 * Serves the pipelined requests of a connection one after another. Node dispatches all requests that it has bytes of and buffers their
 * responses until the client reads: megabytes for a client that sends and never reads. Served so, a connection holds one response and
 * a few small requests.
 */
export class PipelineQueue {
  readonly #queues = new WeakMap<Socket, ConnectionQueue>()
  readonly #stopped = new WeakSet<Socket>()

  /**
   * Calls `serve` once all earlier requests of the connection have their responses. Where the queue is full, `serve` is never called: the
   * connection closes after the queued responses, and the client sends the remaining requests again (RFC 9112 9.3.2).
   */
  enqueue ({ socket }: IncomingMessage, response: ServerResponse, serve: () => void): void {
    // The response before it closed the connection.
    if (!socket.writable) return this.#stopReading(socket)
    const queue = this.#queues.get(socket) ?? { waiting: 0, last: response }
    if (queue.waiting === MAX_WAITING) {
      queue.last.setHeader('connection', 'close')
      return this.#stopReading(socket)
    }
    queue.waiting++
    queue.last = response
    this.#queues.set(socket, queue)
    // Node assigns the socket to a response when those before it are sent.
    response.once('socket', () => {
      queue.waiting--
      // Node is still inside its own handler of the previous response.
      process.nextTick(() => {
        if (socket.writable) serve()
      })
    })
  }

  /**
   * Closes a connection whose parser has failed once the complete requests before that have their responses.
   *
   * @returns false where there are none, or the response has begun
   */
  closeAfterPending (socket: Socket): boolean {
    const current: unknown = Reflect.get(socket, '_httpMessage')
    if (!(current instanceof ServerResponse) || !current.req.complete || current.headersSent) return false
    const queue = this.#queues.get(socket)
    const last = queue !== undefined && queue.waiting > 0 && queue.last.req.complete ? queue.last : current
    last.setHeader('connection', 'close')
    this.#stopReading(socket)
    return true
  }

  /** Whether further requests of the connection have arrived already. */
  hasWaiting (socket: Socket): boolean {
    return (this.#queues.get(socket)?.waiting ?? 0) > 0
  }

  /** Whether the rest of a connection is discarded unread. */
  isStopped (socket: Socket): boolean {
    return this.#stopped.has(socket)
  }

  #stopReading (socket: Socket): void {
    this.#stopped.add(socket)
    // Node has no public way to stop its parser, and one read of 64 KB holds thousands of requests.
    const parser: unknown = Reflect.get(socket, 'parser')
    if (typeof parser === 'object' && parser !== null) Reflect.set(parser, 'onIncoming', discard)
    else socket.destroy()
  }
}

function discard (request: IncomingMessage): number {
  // Otherwise the parser would still emit it as an upgrade.
  Reflect.set(request, 'upgrade', false)
  return STOP_PARSING
}
