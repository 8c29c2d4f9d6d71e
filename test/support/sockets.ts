// HTTP as bytes on a socket, which no client tidies up.
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** What was received on a socket until it was closed. */
export interface RawResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** All of it. */
  text: string
}

/** Listens on loopback, and returns the port. */
export async function listen (app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Sends text as it is, one byte for each character, and reads until the other side closes. */
export async function send (port: number, text: string): Promise<RawResponse> {
  const socket = openSocket(port)
  socket.write(text, 'latin1')
  return receive(socket)
}

export function openSocket (port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => {})
}

/** Reads until the socket is closed. */
export async function receive (socket: Socket): Promise<RawResponse> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString()
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()
  ]))
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n'), text }
}
