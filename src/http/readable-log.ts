import { styleText } from 'node:util'
import { levels, type DestinationStream } from 'pino'
import { sanitizeLine } from './redaction.ts'

/** Where a person reads: in a terminal. */
export interface Terminal {
  write (text: string): unknown
  hasColors (): boolean
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

const STYLES: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red', fatal: 'red' }
/** What is told in another way, or is for programs that put lines together. */
const HIDDEN = new Set(['level', 'time', 'pid', 'hostname', 'reqId', 'trace_id', 'span_id', 'msg', 'req', 'res', 'responseTime', 'err', 'session', 'jti'])

/**
 * @param terminal colours are used where it has them
 * @returns what turns the log into lines for whoever has started the service by hand; a program is better served by the JSON
 */
export function createReadableStream (terminal: Terminal): DestinationStream {
  const paint: Paint = terminal.hasColors() ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
  return { write: (line) => { terminal.write(`${toLines(toRecord(JSON.parse(line)), paint).join('\n')}\n`) } }
}

function toLines (entry: Record<string, unknown>, paint: Paint): string[] {
  const level = levels.labels[Number(entry.level)] ?? 'info'
  const parts = [
    paint('dim', new Date(Number(entry.time)).toTimeString().slice(0, 8)),
    level === 'info' ? '' : paint(STYLES[level] ?? 'dim', level),
    'res' in entry && 'req' in entry ? describeExchange(entry, paint) : `${toSafeText(entry.msg)}${'req' in entry ? `: ${describeRequest(entry.req)}` : ''}`,
    ...Object.entries(entry).filter(([name]) => !HIDDEN.has(name)).map(([name, value]) => paint('dim', `${toSafeText(name)}=${toSafeText(value)}`))
  ]
  // What somebody sent that is wrong has a stack, too, and it is of no use to anybody.
  const error = level === 'info' ? [] : describeError(entry.err)
  return [parts.filter((part) => part !== '').join('  '), ...error.map((line) => paint('dim', `          ${line}`))]
}

/** `GET /me  200  0.4 ms` */
function describeExchange ({ req, res, responseTime, msg }: Record<string, unknown>, paint: Paint): string {
  const status = Number(toRecord(res).status)
  const style = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green'
  const end = msg === 'request completed' ? `${toSafeText(responseTime)} ms` : toSafeText(msg)
  return `${describeRequest(req)}  ${paint(style, String(status))}  ${end}`
}

function describeRequest (req: unknown): string {
  const { method, path } = toRecord(req)
  return `${toSafeText(method)} ${toSafeText(path)}`
}

function describeError (error: unknown): string[] {
  const { stack, message, cause } = toRecord(error)
  if (stack === undefined && message === undefined) return []
  const causes = describeError(cause)
  return [...String(stack === '' ? message : stack).split('\n').map(toSafeText), ...causes.map((line, index) => index === 0 ? `because of ${line}` : line)]
}

/** A terminal obeys some characters, so none but those that can be seen get there. */
function toSafeText (value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return sanitizeLine(typeof value === 'string' ? text.slice(1, -1).replaceAll('\\"', '"') : text)
}

function toRecord (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
