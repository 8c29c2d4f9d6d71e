// The dress of the service around a few routes, and a socket to ask it with.
import { connect, type AddressInfo, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createLog, headers, strictRequest, notFound, problem, serverOptions } from '../../../src/http/index.ts'
import type { ProblemOptions } from '../../../src/http/problem.ts'
import type { Timeouts } from '../../../src/http/server-options.ts'

interface ServiceOptions extends ProblemOptions {
  timeouts?: Timeouts
  corsOrigins?: readonly string[]
  corsHeaders?: readonly string[]
  logStream?: { write (line: string): void }
  logLevel?: string
  trustProxy?: readonly string[] | false
  connections?: { max: number, maxPerAddress: number }
}

/**
 * @param t closes the service
 * @returns a Fastify instance with everything that the HTTP part puts around routes, and none of them yet
 */
export async function createService (t: Test, options: ServiceOptions = {}): Promise<FastifyInstance> {
  const { timeouts, corsOrigins = [], corsHeaders = [], logStream, logLevel = 'silent', trustProxy = false, connections, translate } = options
  const app = Fastify(serverOptions({ log: createLog({ level: logLevel, ...(logStream && { stream: logStream }) }), trustProxy, ...(timeouts && { timeouts }), ...(connections && { connections }) }))
  t.teardown(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  // Before any route, those of the others too: a route has the error handler that was there when it was made.
  await app.register(problem, translate === undefined ? {} : { translate })
  await app.register(headers, { corsOrigins, corsHeaders })
  await app.register(strictRequest)
  await app.register(notFound)
  return app
}

/** Listens on loopback and returns the port. */
export async function listen (app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** What came back on a socket until it was closed. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
  text: string
}

/** Sends text as it is, a byte for each character, and reads until the other side closes. */
export async function send (port: number, text: string): Promise<RawAnswer> {
  const socket = openSocket(port)
  socket.write(text, 'latin1')
  return received(socket)
}

export function openSocket (port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => {})
}

export async function received (socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString()
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n'), text }
}
