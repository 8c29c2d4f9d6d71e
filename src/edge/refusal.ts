import { type FastifyReply, type FastifyRequest } from 'fastify'
import { DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError, PROBLEM_MEDIA_TYPE, toProblem, type PublicError } from '../errors.ts'

/** Why a token is refused: for the log and the counters, never for the client. */
export const TOKEN_REFUSALS = [
  'malformed', 'header', 'unknown_key', 'signature', 'claims', 'issuer', 'audience', 'lifetime', 'issued_in_future', 'expired', 'revoked', 'refresh_required', 'key_revoked'
] as const

export type TokenRefusal = typeof TOKEN_REFUSALS[number]

/** Why a request is refused. */
export type RefusalReason = TokenRefusal | 'missing_token' | 'doubled_credentials' | 'insufficient_scope'

interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

// Made once, so that a flood of bad tokens costs as little as it can.
const INVALID_TOKEN = answerOf(new InvalidTokenError())
const ANSWERS: Readonly<Partial<Record<RefusalReason, Answer>>> = {
  missing_token: answerOf(new MissingTokenError()),
  doubled_credentials: answerOf(new DoubledCredentialsError()),
  insufficient_scope: answerOf(new InsufficientScopeError())
}

/**
 * Answers a request that may not pass, whatever error handler the app has.
 *
 * @param request its log is told the reason
 * @param reply is sent
 * @param reason every fault of a token is answered alike
 */
export function refuse (request: FastifyRequest, reply: FastifyReply, reason: RefusalReason): void {
  const { status, headers, body } = ANSWERS[reason] ?? INVALID_TOKEN
  request.log.info({ reason }, 'request refused at the edge')
  reply.code(status).headers(headers).type(PROBLEM_MEDIA_TYPE).send(body)
}

/** The error of the catalogue that says as much as a client may know of a reason. */
export function errorFor (reason: RefusalReason): PublicError {
  if (reason === 'missing_token') return new MissingTokenError()
  if (reason === 'doubled_credentials') return new DoubledCredentialsError()
  return reason === 'insufficient_scope' ? new InsufficientScopeError() : new InvalidTokenError()
}

function answerOf (error: PublicError): Answer {
  return { status: error.status, headers: { 'cache-control': 'no-store', ...error.headers }, body: JSON.stringify(toProblem(error)) }
}
