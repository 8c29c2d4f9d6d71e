import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, toProblem, type PublicError } from '../errors.ts'
import { createErrorMapper, type Translate } from './public-error.ts'

export interface ProblemOptions {
  /** What the errors of other parts mean to a client, such as a database that is away; undefined where it does not know. */
  translate?: Translate
}

export const ProblemSchema = Type.Object({
  type: Type.String({ description: 'Names the kind of problem.', format: 'uri-reference' }),
  title: Type.String({ description: 'The status in words.' }),
  status: Type.Integer({ description: 'The status of the answer.', minimum: 400, maximum: 599 }),
  detail: Type.String({ description: 'What is wrong, in one sentence.' }),
  code: Type.String({ description: 'What is wrong, for programs: stable.', pattern: '^[a-z_]+$' }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ description: 'JSON pointer into the body, or the name of a parameter.' }),
    message: Type.String({ description: 'What is wrong with it.' })
  }), { description: 'The members of the request at fault, where they can be named.' }))
}, { $id: PROBLEM_SCHEMA_ID, description: 'Problem details (RFC 9457).' })

/** Answers every error in one form: RFC 9457 problem details from the catalogue, the cause to the log. */
export const problem = fp(async function problem (app: FastifyInstance, { translate }: ProblemOptions) {
  const publicErrorOf = createErrorMapper(translate)
  app.addSchema(ProblemSchema)
  app.setErrorHandler((error, request, reply) => {
    const shown = publicErrorOf(error)
    logRefusal(request, shown)
    return sendProblem(reply, shown)
  })
}, { name: 'problem', fastify: '5.x' })

/**
 * Answers with an error.
 *
 * @param reply headers that it has already stay, but for those the error brings
 * @param error one of the catalogue
 */
export function sendProblem (reply: FastifyReply, error: PublicError): FastifyReply {
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .headers(error.headers)
    .type(PROBLEM_MEDIA_TYPE)
    // A string, so that the schema of the route cannot leave anything out.
    .send(JSON.stringify(toProblem(error)))
}

function logRefusal (request: FastifyRequest, error: PublicError): void {
  const entry = { code: error.code, ...(error.cause !== undefined && { err: error.cause }) }
  if (error.status === 500) request.log.error(entry, 'request failed')
  else if (error.status > 500) request.log.warn(entry, 'request could not be served')
  else request.log.info(entry, 'request refused')
}
