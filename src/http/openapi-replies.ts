import type { FastifySchema, RouteOptions } from 'fastify'
import {
  BodyTooLargeError, HeadersTooLargeError, InternalError, InvalidRequestError, OverloadedError, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, toErrorResponses, RequestTimeoutError,
  UnsupportedMediaTypeError, UrlTooLongError
} from '../errors.ts'
import type { PublicErrorClass } from '../errors.ts'

/** What any request may be answered, before its route is looked at or where it fails. */
const ALWAYS = [InvalidRequestError, RequestTimeoutError, HeadersTooLargeError, InternalError, OverloadedError]
const WITH_PARAMETER = [UrlTooLongError]
const WITH_BODY = [BodyTooLargeError, UnsupportedMediaTypeError]
/** Of all others a body is read, whether the route takes one or not. */
const WITHOUT_BODY = new Set(['GET', 'HEAD'])

/**
 * @param schema of a route
 * @param route where it is
 * @returns the schema with all replies that problems are, those of every route too, each of the media type of problems
 */
export function withProblems (schema: FastifySchema, { method, url }: Pick<RouteOptions, 'method' | 'url'>): FastifySchema {
  if (typeof schema?.response !== 'object' || schema.response === null) return schema
  const hasBody = [method].flat().some((name) => !WITHOUT_BODY.has(name))
  const common: PublicErrorClass[] = [...ALWAYS, ...url.includes(':') ? WITH_PARAMETER : [], ...hasBody ? WITH_BODY : []]
  const replies = new Map<string, unknown>(Object.entries(schema.response))
  for (const error of common) {
    for (const [status, reply] of Object.entries(toErrorResponses(error))) replies.set(status, merge(replies.get(status), reply, error.code))
  }
  return { ...schema, response: Object.fromEntries([...replies].map(([status, reply]) => [status, isProblem(reply) ? toMediaType(reply) : reply])) }
}

/** What a route says itself comes first, and says enough of a code that it names. */
function merge (own: unknown, common: unknown, code: string): unknown {
  if (own === undefined || !isProblem(own) || !isProblem(common)) return own ?? common
  return own.description?.includes(`\`${code}\``) === true ? own : { ...own, description: [own.description, common.description].join('\n') }
}

interface ProblemReply {
  $ref: string
  description?: string
}

function isProblem (reply: unknown): reply is ProblemReply {
  return typeof reply === 'object' && reply !== null && '$ref' in reply && reply.$ref === `${PROBLEM_SCHEMA_ID}#`
}

function toMediaType ({ $ref, description }: ProblemReply) {
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref } } } }
}
