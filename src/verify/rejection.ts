import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError, NotReadyError, PROBLEM_MEDIA_TYPE, toProblem, type PublicError } from '../errors.ts'

/** Why a token is refused: for the log and the counters, never for the client. */
export const TOKEN_REFUSALS = [
  'malformed', 'header', 'unknown_key', 'signature', 'claims', 'issuer', 'audience', 'lifetime', 'issued_in_future', 'expired', 'revoked', 'refresh_required', 'key_revoked',
  // Not the token's fault: the edge has no keys, or knows too little of what was revoked.
  'no_keys', 'feed_stale'
] as const

export type TokenRefusal = typeof TOKEN_REFUSALS[number]

/** Why a request is refused. */
export type RefusalReason = TokenRefusal | 'missing_token' | 'doubled_credentials' | 'insufficient_scope'

interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** Every fault of a token is answered alike, so those are not here. */
const ERRORS: Readonly<Partial<Record<RefusalReason, new () => PublicError>>> = {
  missing_token: MissingTokenError,
  doubled_credentials: DoubledCredentialsError,
  insufficient_scope: InsufficientScopeError,
  no_keys: NotReadyError,
  feed_stale: NotReadyError
}

// Made once, so that a flood of bad tokens costs as little as it can.
const INVALID_TOKEN = answerOf(new InvalidTokenError())
const ANSWERS = new Map<string, Answer>(Object.entries(ERRORS).map(([reason, PublicError]) => [reason, answerOf(new PublicError())]))

/**
 * Answers a request that may not pass, whatever error handler the app has.
 *
 * @param request its log is told the reason
 * @param reply is sent
 * @param reason every fault of a token is answered alike
 */
export function refuse (request: FastifyRequest, reply: FastifyReply, reason: RefusalReason): void {
  const { status, headers, body } = ANSWERS.get(reason) ?? INVALID_TOKEN
  request.log.info({ reason }, 'request refused at the edge')
  reply.code(status).headers(headers).type(PROBLEM_MEDIA_TYPE).send(body)
}

/** The error of the catalogue that says as much as a client may know of a reason. */
export function errorFor (reason: RefusalReason): PublicError {
  return new (ERRORS[reason] ?? InvalidTokenError)()
}

function answerOf (error: PublicError): Answer {
  return { status: error.status, headers: { 'cache-control': 'no-store', ...error.headers }, body: JSON.stringify(toProblem(error)) }
}
