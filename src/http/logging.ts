import { createHash } from 'node:crypto'
import { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { pino, type DestinationStream } from 'pino'
import { standardOutputLog } from './log-output.ts'
import { sanitizeLine, redactSecrets } from './redaction.ts'

interface LogOptions {
  /** Of pino. */
  level: string
  /** Default: standard output, non-blocking. */
  stream?: DestinationStream | undefined
}

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

const INFO = 30

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

const SESSION_IN_PATH = /(?<=\/sessions\/)[^/]+/gi

/** Without the query string: people put secrets there. */
function serializeRequest ({ method, url, ip }: FastifyRequest) {
  const path = url.split('?', 1)[0]?.slice(0, 256)
  return { method, path: path?.replace(SESSION_IN_PATH, hashSessionId), ip }
}

function serializeReply ({ statusCode }: { statusCode?: number | string }) {
  return { status: statusCode }
}
