import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { PROBLEM_MEDIA_TYPE, toProblem, type PublicError } from '../errors.ts'
import { API_HEADERS } from './headers.ts'

/**
 * Answers on a bare socket, where there is no response to answer with, and closes it.
 *
 * @param socket of a request that the parser refused, or of a CONNECT
 * @param error one of the catalogue
 */
export function sendProblemOnSocket (socket: Duplex, error: PublicError): void {
  const body = JSON.stringify(toProblem(error))
  const headers = {
    ...API_HEADERS,
    ...error.headers,
    'cache-control': 'no-store',
    connection: 'close',
    'content-type': `${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
    'content-length': String(Buffer.byteLength(body)),
    date: new Date().toUTCString()
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}
