import { createHash } from 'node:crypto'
import { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { pino, type DestinationStream } from 'pino'
import { standardOutputLog } from './log-output.ts'

interface LogOptions {
  /** Of pino. */
  level: string
  /** Default: standard output, non-blocking. */
  stream?: DestinationStream | undefined
}

const INFO = 30

const SESSION_IN_PATH = /(?<=\/sessions\/)[^/]+/gi

const REDACTED = '[redacted]'
const MAX_DEPTH = 6

/** Matches parts of names: redacting a count of tokens does less harm than logging a token. */
const SECRET_NAME = /pass(?:word|phrase)|token|secret|cookie|authorization|credential|private|(?:pem|jwe)$/i

const MAX_CAUSES = 5
// Frameworks put the URL into their messages, and people put secrets into URLs.
const QUERY = /\?[^\s"'`]+/g

type SerializedError = {
  type: string
  message: string
  code?: unknown
  stack: string
  cause?: SerializedError
}

// Line breaks and control characters that JSON does not escape, but a terminal or a log viewer interprets.
const UNSAFE = /[\x7f-\x9f\u2028\u2029]/g
const URL_PASSWORD = /(:\/\/[^\s/:@"]*:)[^\s/@"]+@/g

/**
 * Creates the log of the process: JSON lines with secrets redacted.
 */
export function createLog ({ level, stream = standardOutputLog() }: LogOptions): FastifyBaseLogger {
  return pino({
    level,
    // Not pino's `redact`: it reaches a fixed depth only, and took twenty times as long.
    formatters: { log: redactSecrets },
    hooks: { streamWrite: sanitizeLine },
    // `redactSecrets` has serialized errors already.
    serializers: { req: serializeRequest, res: serializeReply, err: (error: unknown) => error }
  }, stream)
}

/** Logs one line for each request, at its end. */
export class RequestLog extends LogController {
  override incomingRequest (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    // Hashing the session id is only worth it for a line that is written.
    if (!error && (pino.levels.values[reply.log.level] ?? Infinity) > INFO) return
    const responseTime = Math.round(reply.elapsedTime * 100) / 100
    const entry = { req: request, res: reply, ...requesterFields(request), ...issuedFields(request), responseTime }
    if (error) reply.log.warn({ event: 'response_failed', ...entry, err: error }, 'response could not be sent')
    else reply.log.info({ event: 'request_completed', ...entry }, 'request completed')
  }
}

/**
 * Redacts a log entry at every depth.
 *
 * @param entry instances of classes are left to pino's serializers, except errors
 * @returns a copy in which members named like a secret are replaced
 */
export function redactSecrets (entry: Record<string, unknown>): Record<string, unknown> {
  return redactMembers(entry, 0)
}

/**
 * Makes a line safe to show.
 *
 * @param line a JSON text
 * @returns the same JSON with control characters escaped and passwords in URLs redacted
 */
export function sanitizeLine (line: string): string {
  const escaped = line.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return escaped.includes('://') ? escaped.replace(URL_PASSWORD, `$1${REDACTED}@`) : escaped
}

/** Of a guarded request: the user, and the hash of the session id. */
function requesterFields (request: object): { user?: string, session?: string } {
  const user: unknown = Reflect.get(request, 'currentUser')
  if (typeof user !== 'object' || user === null) return {}
  return {
    ...('id' in user && { user: String(user.id) }),
    ...('sessionId' in user && { session: hashSessionId(String(user.sessionId)) })
  }
}

/** Of a login or a refresh: the user and the session of the issued tokens, and the `jti` of the access token, which is not secret. */
function issuedFields (request: object): { user?: string, session?: string, jti?: string } {
  const issued: unknown = Reflect.get(request, 'issued')
  if (typeof issued !== 'object' || issued === null || !('userId' in issued && 'sessionId' in issued && 'tokenId' in issued)) return {}
  return { user: String(issued.userId), session: hashSessionId(String(issued.sessionId)), jti: String(issued.tokenId) }
}

/** Logs name a session by this hash: the id itself is part of the refresh token. */
function hashSessionId (sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 16)
}

/** Without the query string: people put secrets there. */
function serializeRequest ({ method, url, ip }: FastifyRequest) {
  const path = url.split('?', 1)[0]?.slice(0, 256)
  return { method, path: path?.replace(SESSION_IN_PATH, hashSessionId), ip }
}

function serializeReply ({ statusCode }: { statusCode?: number | string }) {
  return { status: statusCode }
}

function redactMembers (members: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, redactMember(name, value, depth + 1)]))
}

function redactMember (name: string, value: unknown, depth: number): unknown {
  if (SECRET_NAME.test(name)) return REDACTED
  return name === 'err' ? serializeError(value) : redact(value, depth)
}

function redact (value: unknown, depth: number): unknown {
  if (value instanceof Error) return serializeError(value)
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  // Cycles end here too.
  if (depth > MAX_DEPTH) return '[too deep]'
  return Array.isArray(value) ? value.map((item) => redact(item, depth + 1)) : redactMembers(value, depth)
}

function isPlainObject (value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The standard members only: database drivers keep parameter values in others. */
function serializeError (error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error', stack: '' }
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message.replace(QUERY, '?'),
    ...('code' in error && { code: error.code }),
    stack: (error.stack ?? '').replace(QUERY, '?'),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: serializeError(error.cause, depth + 1) })
  }
}
