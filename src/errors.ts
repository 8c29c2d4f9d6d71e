// Every public error: code, status, sentence. The cause of an error goes to the log only.
import { STATUS_TITLES } from './contract/index.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** An error that may be shown to a client: its `code` is stable, its `detail` is fixed and echoes nothing. */
export abstract class PublicError extends Error {
  abstract readonly code: string
  abstract readonly status: number
  /** Header fields of the response, lower-case names; `cache-control: no-store` is always among them. */
  readonly headers: Readonly<Record<string, string>> = NO_STORE
  /** What was wrong with which member of the request, where that can be said. */
  readonly errors: readonly InvalidMember[] | undefined = undefined
}

export interface InvalidMember {
  /** JSON pointer into the body, or the parameter's name. */
  path: string
  message: string
}

/** RFC 9457 problem details: the body of every error response. */
interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  errors?: readonly InvalidMember[]
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Converts an error of the catalogue below to the body of its response: RFC 9457 members plus our `code`, and nothing of the cause. */
export function toProblem (error: PublicError): Problem {
  return {
    type: `/problems/${error.code.replaceAll('_', '-')}`,
    title: STATUS_TITLES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.errors && { errors: error.errors })
  }
}

/** A class of the catalogue below. */
export interface PublicErrorClass {
  readonly code: string
  readonly status: number
  readonly detail: string
  /** Header fields of its responses beside `cache-control`: in all of them, or in some. */
  readonly headerPresence: Readonly<Record<string, Presence>>
  readonly advice: string | undefined
  new (options?: PublicErrorOptions): PublicError
}

/** Every class that `defineError` has made in this process, those of a team among them. */
export const definedErrors: PublicErrorClass[] = []

type Presence = 'always' | 'sometimes'

/** The `$id` of the problem schema, which `http/problem.ts` adds to the app. */
export const PROBLEM_SCHEMA_ID = 'Problem'

/** What the OpenAPI document says of an error, beside its status. */
export interface ErrorDescription extends Pick<PublicErrorClass, 'code' | 'detail' | 'headerPresence'> {
  /** The body of the response. */
  example: Problem
}

/**
 * Converts error classes to the `response` schema of a route, so that the OpenAPI document lists every code that a route can respond with.
 *
 * @returns schemas by status; typed as {}, so that they never widen what a handler may return
 */
export function toErrorResponses (...errors: readonly PublicErrorClass[]): {} {
  const responses: Record<number, { $ref: string, 'x-errors': ErrorDescription[] }> = {}
  for (const PublicErrorClass of errors) {
    const { code, status, detail, headerPresence } = PublicErrorClass
    const response = responses[status] ??= { $ref: `${PROBLEM_SCHEMA_ID}#`, 'x-errors': [] }
    response['x-errors'].push({ code, detail, headerPresence, example: toProblem(new PublicErrorClass()) })
  }
  return responses
}

interface PublicErrorOptions {
  cause?: unknown
  headers?: Readonly<Record<string, string>>
  errors?: readonly InvalidMember[]
  /** Instead of the sentence of the class: fixed, too. */
  detail?: string
}

interface Sentences {
  alone: string
  /** Instead, where members of the request are named. */
  withErrors?: string
  /** What the caller should do: shown at the `type` of the problem. */
  advice?: string
}

/**
 * Defines a public error: thrown by a handler, it becomes problem details (RFC 9457).
 *
 * @param code stable, such as `article_locked`
 * @param fixedHeaders header fields of every response
 * @param otherHeaders names of header fields that have another value each time
 */
export function defineError (
  code: string, status: number, sentence: string | Sentences,
  fixedHeaders: Readonly<Record<string, string>> = {}, otherHeaders: Readonly<Record<string, Presence>> = {}
): PublicErrorClass {
  const sentences: Sentences = typeof sentence === 'string' ? { alone: sentence } : sentence
  const { alone, withErrors = alone, advice } = sentences
  return remember(class extends PublicError {
    static readonly code = code
    static readonly status = status
    static readonly detail = alone
    static readonly advice: string | undefined = advice
    static readonly headerPresence = {
      ...Object.fromEntries(Object.keys(fixedHeaders).map((name) => [name, 'always' as const])), ...otherHeaders
    }

    override readonly code = code
    override readonly status = status
    override readonly headers: Readonly<Record<string, string>>
    override readonly errors: readonly InvalidMember[] | undefined

    constructor ({ cause, headers, errors, detail = errors === undefined ? alone : withErrors }: PublicErrorOptions = {}) {
      super(detail, { cause })
      this.headers = { ...NO_STORE, ...fixedHeaders, ...headers }
      this.errors = errors
    }
  })
}

function remember (PublicErrorClass: PublicErrorClass): PublicErrorClass {
  definedErrors.push(PublicErrorClass)
  return PublicErrorClass
}

const BEARER = 'Bearer'
const INVALID_TOKEN = 'Bearer error="invalid_token", error_description="The access token is not valid."'
const INVALID_REQUEST = 'Bearer error="invalid_request", error_description="Send exactly one credential."'

// 400
export const InvalidRequestError = defineError(
  'invalid_request', 400, { alone: 'The request is malformed.', withErrors: 'The request is not valid; see "errors".' }
)
/** RFC 6750 2: one request, one credential. */
export const DoubledCredentialsError = defineError(
  'invalid_request', 400, 'Send exactly one credential.', { 'www-authenticate': INVALID_REQUEST }
)
/** RFC 8707 2 */
export const InvalidTargetError = defineError('invalid_target', 400, 'There is no such audience.')
/** The response deletes the cookies that we would not set. */
export const AmbiguousCredentialsError = defineError(
  'ambiguous_credentials', 400, 'The request carries the session cookie more than once.', {}, { 'set-cookie': 'always' }
)
// 401
/** RFC 6750 3: no error code when no token was sent. */
export const MissingTokenError = defineError('missing_token', 401, 'An access token is needed.', { 'www-authenticate': BEARER })
/** One response for every rejected token: only the log says which check failed. */
export const InvalidTokenError = defineError('invalid_token', 401, 'The access token is not valid.', { 'www-authenticate': INVALID_TOKEN })
/** RFC 9470 3; a route adds what it asks for. */
export const InsufficientUserAuthenticationError = defineError(
  'insufficient_user_authentication', 401,
  'Prove again who you are: the last proof is too old, or too weak.',
  { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' }
)
const WRONG = 'E-mail or password is wrong.'
export const InvalidCredentialsError = defineError('invalid_credentials', 401, WRONG, { 'www-authenticate': BEARER })
export const InvalidRefreshTokenError = defineError(
  'invalid_refresh_token', 401, 'The session has ended; log in again.', { 'www-authenticate': BEARER }, { 'set-cookie': 'sometimes' }
)
export const InvalidProofError = defineError('invalid_proof', 401, 'The link or code is not valid.', { 'www-authenticate': BEARER })
// 403
export const CrossSiteError = defineError('cross_site', 403, 'Cookies are accepted from listed origins only.')
export const WrongPasswordError = defineError('wrong_password', 403, 'The current password is wrong.')
export const WrongCodeError = defineError('wrong_code', 403, 'The code is wrong, or not valid any more.')
export const MailDisabledError = defineError('mail_disabled', 403, 'This service sends no mail.')
export const RegistrationClosedError = defineError('registration_closed', 403, 'Registration is closed.')
export const InsufficientScopeError = defineError(
  'insufficient_scope', 403, 'Your role does not allow this.', { 'www-authenticate': 'Bearer error="insufficient_scope"' }
)
// 404 to 431
export const NotFoundError = defineError('not_found', 404, 'There is nothing here.')
export const MethodNotAllowedError = defineError('method_not_allowed', 405, 'This method is not offered here.')
export const NotAcceptableError = defineError('not_acceptable', 406, 'None of the media types in Accept is available here.')
export const RequestTimeoutError = defineError('request_timeout', 408, 'The request did not arrive in time.')
export const EmailTakenError = defineError('email_taken', 409, 'A user with this e-mail exists.')
export const MailNotRetryableError = defineError('mail_not_retryable', 409, 'The mail was sent, or is void.')
export const LastAdminError = defineError('last_admin', 409, 'The last admin cannot be deleted, disabled or demoted.')
export const BodyTooLargeError = defineError('body_too_large', 413, 'The body is too large.')
export const UrlTooLongError = defineError('url_too_long', 414, 'The address is too long.')
export const UnsupportedMediaTypeError = defineError('unsupported_media_type', 415, 'Send the body as application/json.')
export const WeakPasswordError = defineError('weak_password', 422, 'The new password is too weak.')
export const TooManyAttemptsError = defineError(
  'too_many_attempts', 429, 'Too many attempts; wait before the next one.', {}, { 'retry-after': 'always' }
)
export const HeadersTooLargeError = defineError('headers_too_large', 431, 'The request header is too large.')
// 5xx
export const InternalError = defineError('internal_error', 500, 'Something went wrong on our side.')
export const NotImplementedError = defineError('not_implemented', 501, 'The service does not know this method.')
export const OverloadedError = defineError('overloaded', 503, 'Too much to do at the moment; try again soon.', { 'retry-after': '2' })
export const CredentialStoreUnavailableError = defineError(
  'credential_store_unavailable', 503, 'The credential store cannot be reached; try again soon.', { 'retry-after': '2' }
)
export const RefreshRetryError = defineError(
  'refresh_retry', 503, 'An earlier refresh of this session may still be on its way; try again later.', {}, { 'retry-after': 'always' }
)
export const NotReadyError = defineError('not_ready', 503, 'The service is not ready.', { 'retry-after': '2' })
