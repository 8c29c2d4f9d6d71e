import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How many requests of a connection may wait behind the one that is being answered. */
const MAX_WAITING = 16
/** To the parser: the request has no body, and what follows it in the same bytes is not HTTP. */
const STOP = 2

interface Line {
  waiting: number
  last: ServerResponse
}

/** The requests of connections that were sent before those in front of them were answered. */
export interface Turns {
  /**
   * Serves a request as soon as all before it on its connection are answered; one that there is no room for, never: then the
   * connection ends after those that wait, and the client sends the others again (RFC 9112 9.3.2).
   */
  wait (request: IncomingMessage, response: ServerResponse, serve: () => void): void
  /** Whether what else comes on a connection is dropped. */
  isCutOff (socket: Socket): boolean
}

/**
 * Node hands on all requests of a connection that it has bytes of, and keeps their answers until the client has read those before:
 * megabytes for each client that sends and does not read. One at a time, a connection holds one answer and some small requests.
 */
export function createTurns (): Turns {
  const lines = new WeakMap<Socket, Line>()
  const deaf = new WeakSet<Socket>()
  return { wait, isCutOff: (socket) => deaf.has(socket) }

  function wait ({ socket }: IncomingMessage, response: ServerResponse, serve: () => void): void {
    // The answer before it was the last one.
    if (!socket.writable) return cutOff(socket)
    const line = lines.get(socket) ?? { waiting: 0, last: response }
    if (line.waiting === MAX_WAITING) {
      line.last.setHeader('connection', 'close')
      return cutOff(socket)
    }
    line.waiting++
    line.last = response
    lines.set(socket, line)
    // It is given the socket when all before it are sent.
    response.once('socket', () => {
      line.waiting--
      // Node has to finish first what it is about.
      process.nextTick(() => {
        if (socket.writable) serve()
      })
    })
  }

  function cutOff (socket: Socket): void {
    deaf.add(socket)
    // There is no public way to end what is being parsed, and 64 KB hold thousands of requests.
    const parser: unknown = Reflect.get(socket, 'parser')
    if (typeof parser === 'object' && parser !== null) Reflect.set(parser, 'onIncoming', drop)
    else socket.destroy()
  }
}

function drop (request: IncomingMessage): number {
  // Not even as an upgrade.
  Reflect.set(request, 'upgrade', false)
  return STOP
}
