import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'

const SECRETS = [
  'authorization', 'cookie', '["set-cookie"]', 'password', 'current_password', 'new_password', 'currentPassword', 'newPassword', 'passwordHash', 'password_hash',
  'token', 'access_token', 'refresh_token', 'accessToken', 'refreshToken', 'secretKeys'
]

const MAX_CAUSES = 5

/**
 * @param level of pino
 * @param stream standard output unless given
 * @returns logger options: JSON lines without secrets, whoever logs them
 */
export function loggerOptions (level: string, stream?: { write (line: string): void }) {
  return {
    level,
    ...(stream && { stream }),
    redact: { paths: SECRETS.flatMap((name) => [name, below('*', name), below('*.*', name)]), censor: '[redacted]' },
    serializers: { req: describeRequest, res: describeReply, err: (error: unknown) => describeError(error) }
  }
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
