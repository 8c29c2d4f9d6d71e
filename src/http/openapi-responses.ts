import type { FastifySchema, RouteOptions } from 'fastify'
import { Type } from 'typebox'
import {
  BodyTooLargeError, HeadersTooLargeError, InternalError, InvalidRequestError, MethodNotAllowedError, NotImplementedError,
  OverloadedError, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, RequestTimeoutError, toErrorResponses, UnsupportedMediaTypeError,
  UrlTooLongError, type ErrorDescription
} from '../errors.ts'
import { MAX_INT32 } from '../schemas.ts'

/** Errors before any route is found, or in front of all of them: the document names them once. */
export const ERRORS_FROM_ANYWHERE = [
  MethodNotAllowedError, RequestTimeoutError, UrlTooLongError, HeadersTooLargeError, NotImplementedError, OverloadedError
]

const ERRORS_OF_EVERY_ROUTE = [InvalidRequestError, InternalError]
const BODY_ERRORS = [BodyTooLargeError, UnsupportedMediaTypeError]
/** Fastify reads a body for all other methods, even if the route takes none. */
const BODILESS_METHODS = new Set(['GET', 'HEAD'])

const HEADERS: Readonly<Record<string, object>> = {
  'cache-control': { type: 'string', description: 'How long the response may be kept.', examples: ['no-store'] },
  'www-authenticate': { type: 'string', description: 'What to send instead (RFC 6750 3, RFC 9470 3).', examples: ['Bearer'] },
  'retry-after': {
    type: 'integer',
    description: 'After how many seconds to try again.',
    minimum: 0,
    maximum: MAX_INT32,
    format: 'int32',
    examples: [2]
  },
  'set-cookie': { type: 'string', description: 'Deletes the session cookie.' }
}

/** Marks a header field that is in every response, until the document is finished. */
export const REQUIRED_HEADER = 'x-required'

/** Adds the common errors to the responses of a route, and describes each response whole: media types, header fields, examples. */
export function withWholeResponses (schema: FastifySchema, { method }: Pick<RouteOptions, 'method'>): FastifySchema {
  if (typeof schema?.response !== 'object' || schema.response === null) return schema
  const hasBody = [method].flat().some((name) => !BODILESS_METHODS.has(name))
  const errors = [...ERRORS_OF_EVERY_ROUTE, ...hasBody ? BODY_ERRORS : []]
  const responses = new Map<string, unknown>(Object.entries(schema.response))
  for (const [status, common] of errors.flatMap((error) => Object.entries(toErrorResponses(error)))) {
    responses.set(status, mergeErrors(responses.get(status), common))
  }
  const whole = [...responses].map(([status, own]) => [status, isErrors(own) ? toProblemResponse(own) : withHeaders(own)])
  return { ...schema, response: Object.fromEntries(whole) }
}

interface Errors {
  $ref: string
  'x-errors': ErrorDescription[]
}

function isErrors (response: unknown): response is Errors {
  return typeof response === 'object' && response !== null && 'x-errors' in response
}

/** The route's own errors come first; a code that it has is not described again. */
function mergeErrors (own: unknown, common: unknown): unknown {
  if (!isErrors(own) || !isErrors(common)) return own ?? common
  const codes = new Set(own['x-errors'].map(({ code }) => code))
  return { ...own, 'x-errors': [...own['x-errors'], ...common['x-errors'].filter(({ code }) => !codes.has(code))] }
}

function toProblemResponse ({ 'x-errors': errors }: Errors) {
  const names = new Set(errors.flatMap(({ headerPresence }) => Object.keys(headerPresence)))
  const headers = [...names].map((name) => {
    const isRequired = errors.every(({ headerPresence }) => headerPresence[name] === 'always')
    return [name, { ...HEADERS[name] ?? { type: 'string' }, [REQUIRED_HEADER]: isRequired }]
  })
  return {
    description: errors.map(({ code, detail }) => `\`${code}\`: ${detail}`).join('\n'),
    headers: { 'cache-control': { ...HEADERS['cache-control'], [REQUIRED_HEADER]: true }, ...Object.fromEntries(headers) },
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: `${PROBLEM_SCHEMA_ID}#` },
        examples: Object.fromEntries(errors.map(({ code, example }, index) => [`${index}_${code}`, { value: example }]))
      }
    }
  }
}

/** A route names its header fields: those that are not `Type.Optional` are always sent. Most send `cache-control: no-store`. */
function withHeaders (response: unknown): unknown {
  if (typeof response !== 'object' || response === null) return response
  const own: object = 'headers' in response && typeof response.headers === 'object' && response.headers !== null ? response.headers : {}
  const headers = Object.entries({ 'cache-control': HEADERS['cache-control'], ...own })
    .map(([name, schema]) => [name, { ...schema, [REQUIRED_HEADER]: !Type.IsOptional(schema) }])
  return { ...response, headers: Object.fromEntries(headers) }
}
