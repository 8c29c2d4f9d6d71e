import { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { destination, pino, type DestinationStream } from 'pino'

const SECRETS = [
  'authorization', 'cookie', '["set-cookie"]', 'password', 'current_password', 'new_password', 'currentPassword', 'newPassword', 'passwordHash', 'password_hash',
  'token', 'access_token', 'refresh_token', 'accessToken', 'refreshToken', 'secretKeys'
]

const MAX_CAUSES = 5

/**
 * @param options pino's level, and where lines go: standard output unless given
 * @returns the log of the process: JSON lines without secrets, whoever writes them
 */
export function createLog ({ level, stream = destination({ sync: true }) }: { level: string, stream?: DestinationStream }): FastifyBaseLogger {
  return pino({
    level,
    redact: { paths: SECRETS.flatMap((name) => [name, below('*', name), below('*.*', name)]), censor: '[redacted]' },
    serializers: { req: describeRequest, res: describeReply, err: (error: unknown) => describeError(error) }
  }, stream)
}

/** One line for each request, at its end. */
export class RequestLog extends LogController {
  override incomingRequest (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const entry = { req: request, res: reply, responseTime: Math.round(reply.elapsedTime * 100) / 100 }
    if (error) reply.log.warn({ ...entry, err: error }, 'answer could not be sent')
    else reply.log.info(entry, 'request completed')
  }
}

function below (path: string, name: string): string {
  return name.startsWith('[') ? `${path}${name}` : `${path}.${name}`
}

/** No query string: people put secrets there, wherever we ask for them. */
function describeRequest ({ method, url, ip }: FastifyRequest) {
  return { method, path: url.split('?', 1)[0]?.slice(0, 256), ip }
}

function describeReply ({ statusCode }: { statusCode?: number | string }) {
  return { status: statusCode }
}

type ErrorDescription = {
  type: string
  message: string
  code?: unknown
  stack: string
  cause?: ErrorDescription
}

/** Not the other members of an error: drivers keep values of the query there. */
function describeError (error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error', stack: '' }
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack ?? '',
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) })
  }
}
