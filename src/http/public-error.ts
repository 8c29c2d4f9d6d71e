import type { FastifySchemaValidationError } from 'fastify'
import {
  BodyTooLargeError, HeadersTooLargeError, InternalError, InvalidRequestError, InvalidTokenError, MethodNotAllowedError, NotFoundError, OverloadedError,
  PublicError, RequestTimeoutError, UnsupportedMediaTypeError, UrlTooLongError, type InvalidMember
} from '../errors.ts'

export type Translate = (error: unknown) => PublicError | undefined

/** What the framework and its plugins mean by a status; any other 4xx is an invalid request. */
const BY_STATUS: Readonly<Record<number, new (details: { cause: unknown }) => PublicError>> = {
  401: InvalidTokenError,
  403: NotFoundError,
  404: NotFoundError,
  405: MethodNotAllowedError,
  408: RequestTimeoutError,
  413: BodyTooLargeError,
  414: UrlTooLongError,
  415: UnsupportedMediaTypeError,
  431: HeadersTooLargeError,
  503: OverloadedError
}

/**
 * @param translate knows the errors of other parts
 * @returns a function from whatever was thrown to what a client may see of it; the thing thrown becomes its cause
 */
export function createErrorMapper (translate: Translate = () => undefined): (error: unknown) => PublicError {
  return function publicErrorOf (error) {
    if (error instanceof PublicError) return error
    if (isValidationFailure(error)) return new InvalidRequestError({ errors: error.validation.map((finding) => memberOf(finding, error.validationContext)) })
    const translated = translate(error)
    if (translated !== undefined) return translated
    const status = statusOf(error)
    const Known = BY_STATUS[status] ?? (status >= 400 && status < 500 ? InvalidRequestError : InternalError)
    return new Known({ cause: error })
  }
}

type ValidationFailure = Error & { validation: FastifySchemaValidationError[], validationContext: string }

function isValidationFailure (error: unknown): error is ValidationFailure {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation) && 'validationContext' in error
}

/** Ajv's messages speak of the schema, never of the value; a member that is missing is named, one that is unknown is not. */
function memberOf ({ instancePath, keyword, params, message }: FastifySchemaValidationError, part: string): InvalidMember {
  const missing = keyword === 'required' ? `/${String(params.missingProperty)}` : ''
  const pointer = `${instancePath}${missing}`
  return { path: part === 'body' ? pointer : pointer.slice(1), message: message ?? 'is invalid' }
}

function statusOf (error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
}
