import { styleText } from 'node:util'
import { levels, type DestinationStream } from 'pino'
import { sanitizeLine } from './logging.ts'

/** A terminal, such as `process.stdout`. */
interface Terminal {
  write (text: string): unknown
  hasColors (): boolean
}

type Style = Parameters<typeof styleText>[0]
type ApplyStyle = (style: Style, text: string) => string

const STYLES: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red', fatal: 'red' }
/** Members that a readable line shows in another way, or that only programs need. */
const HIDDEN = new Set([
  'level', 'time', 'pid', 'hostname', 'reqId', 'trace_id', 'span_id', 'event', 'msg', 'req', 'res', 'responseTime', 'err', 'session', 'jti'
])

/**
 * Creates a log destination that writes lines for people instead of JSON.
 *
 * @param terminal lines are coloured if it has colours
 */
export function createTerminalStream (terminal: Terminal): DestinationStream {
  const style: ApplyStyle = terminal.hasColors() ? (name, text) => styleText(name, text, { validateStream: false }) : (_name, text) => text
  return { write: (line) => { terminal.write(`${toLines(toRecord(JSON.parse(line)), style).join('\n')}\n`) } }
}

function toLines (entry: Record<string, unknown>, style: ApplyStyle): string[] {
  const level = levels.labels[Number(entry.level)] ?? 'info'
  const shown = Object.entries(entry).filter(([name]) => !HIDDEN.has(name))
  const columns = [
    style('dim', new Date(Number(entry.time)).toTimeString().slice(0, 8)),
    level === 'info' ? '' : style(STYLES[level] ?? 'dim', level),
    formatMessage(entry, style),
    ...shown.map(([name, value]) => style('dim', `${toSafeText(name)}=${toSafeText(value)}`))
  ]
  // At level info, errors are faults of a client: their stacks do not help.
  const error = level === 'info' ? [] : formatError(entry.err)
  return [columns.filter((column) => column !== '').join('  '), ...error.map((line) => style('dim', `          ${line}`))]
}

function formatMessage (entry: Record<string, unknown>, style: ApplyStyle): string {
  if ('res' in entry && 'req' in entry) return formatResponse(entry, style)
  return `${toSafeText(entry.msg)}${'req' in entry ? `: ${formatRequest(entry.req)}` : ''}`
}

/** `GET /me  200  0.4 ms` */
function formatResponse ({ req, res, responseTime, msg }: Record<string, unknown>, style: ApplyStyle): string {
  const status = Number(toRecord(res).status)
  const color = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green'
  const end = msg === 'request completed' ? `${toSafeText(responseTime)} ms` : toSafeText(msg)
  return `${formatRequest(req)}  ${style(color, String(status))}  ${end}`
}

function formatRequest (req: unknown): string {
  const { method, path } = toRecord(req)
  return `${toSafeText(method)} ${toSafeText(path)}`
}

function formatError (error: unknown): string[] {
  const { stack, message, cause } = toRecord(error)
  if (stack === undefined && message === undefined) return []
  const lines = String(stack === '' ? message : stack).split('\n').map(toSafeText)
  return [...lines, ...formatError(cause).map((line, index) => index === 0 ? `caused by ${line}` : line)]
}

/** Escapes control characters: a terminal would obey them. */
function toSafeText (value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return sanitizeLine(typeof value === 'string' ? text.slice(1, -1).replaceAll('\\"', '"') : text)
}

function toRecord (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
