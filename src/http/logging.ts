import { createHash } from 'node:crypto'
import { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { pino, type DestinationStream } from 'pino'
import { standardOutputLog } from './log-output.ts'
import { sanitizeLine, redactSecrets } from './redaction.ts'

/**
 * @param options pino's level, and where lines go: standard output unless given, and nobody waits for whoever reads it
 * @returns the log of the process: JSON lines without secrets, whoever writes them
 */
export function createLog ({ level, stream = standardOutputLog() }: { level: string, stream?: DestinationStream }): FastifyBaseLogger {
  return pino({
    level,
    // Not pino's `redact`: it knows only so many levels, and took twenty times as long for them.
    formatters: { log: redactSecrets },
    hooks: { streamWrite: sanitizeLine },
    // Errors have been described when serializers run.
    serializers: { req: describeRequest, res: describeReply, err: (error: unknown) => error }
  }, stream)
}

const INFO = 30

/** One line for each request, at its end. */
export class RequestLog extends LogController {
  override incomingRequest (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    // Who asked is worked out, and hashed, for a line that is written.
    if (!error && (pino.levels.values[reply.log.level] ?? Infinity) > INFO) return
    const entry = { req: request, res: reply, ...whoAsked(request), ...whoWasGiven(request), responseTime: Math.round(reply.elapsedTime * 100) / 100 }
    if (error) reply.log.warn({ ...entry, err: error }, 'answer could not be sent')
    else reply.log.info(entry, 'request completed')
  }
}

/** Of a guarded request: the user, and which of the sessions, for those who know its id. */
function whoAsked (request: object): { user?: string, session?: string } {
  const user: unknown = Reflect.get(request, 'currentUser')
  if (typeof user !== 'object' || user === null) return {}
  return {
    ...('id' in user && { user: String(user.id) }),
    ...('sessionId' in user && { session: hashSessionId(String(user.sessionId)) })
  }
}

/** Of a login or a refresh: whose tokens they are, and the `jti` of the one that others will be shown, which is no secret. */
function whoWasGiven (request: object): { user?: string, session?: string, jti?: string } {
  const issued: unknown = Reflect.get(request, 'issued')
  if (typeof issued !== 'object' || issued === null || !('userId' in issued && 'sessionId' in issued && 'tokenId' in issued)) return {}
  return { user: String(issued.userId), session: hashSessionId(String(issued.sessionId)), jti: String(issued.tokenId) }
}

/** How a session is called in logs. */
export function hashSessionId (sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 16)
}

const SESSION_IN_PATH = /(?<=\/sessions\/)[^/]+/gi

/** No query string: people put secrets there, wherever we ask for them. */
function describeRequest ({ method, url, ip }: FastifyRequest) {
  const path = url.split('?', 1)[0]?.slice(0, 256)
  return { method, path: path?.replace(SESSION_IN_PATH, hashSessionId), ip }
}

function describeReply ({ statusCode }: { statusCode?: number | string }) {
  return { status: statusCode }
}
