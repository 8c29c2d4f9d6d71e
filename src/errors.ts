// Every public error: code, status, sentence.
import { defineError } from './public-error.ts'

export {
  defineError, definedErrors, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, PublicError, toErrorResponses, toProblem, type ErrorDescription,
  type InvalidMember, type PublicErrorClass
} from './public-error.ts'

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
/** The password was right; RFC 9470 has no code for it. The members say how to go on. */
export const SecondFactorRequiredError = defineError(
  'second_factor_required', 401, 'A second factor is needed.', { 'www-authenticate': BEARER }
)
export const InvalidSecondFactorError = defineError(
  'invalid_second_factor', 401, 'The second factor is wrong, or was used already.', { 'www-authenticate': BEARER }
)
export const InvalidChallengeError = defineError(
  'invalid_challenge', 401, 'The challenge is used, void or too old; begin again.', { 'www-authenticate': BEARER }
)
export const InvalidPasskeyError = defineError('invalid_passkey', 401, 'The passkey was not accepted.', { 'www-authenticate': BEARER })
/** The members are for the signal API of browsers. */
export const UnknownPasskeyError = defineError(
  'unknown_passkey', 401, 'This passkey belongs to no account here.', { 'www-authenticate': BEARER }
)
// 403
export const CrossSiteError = defineError('cross_site', 403, 'Cookies are accepted from listed origins only.')
export const WrongPasswordError = defineError('wrong_password', 403, 'The current password is wrong.')
export const WrongCodeError = defineError('wrong_code', 403, 'The code is wrong, or not valid any more.')
/** On a route behind a bearer token a 401 would start a refresh. */
export const WrongPasskeyError = defineError('wrong_passkey', 403, 'The passkey was not accepted.')
/** Of a step-up. */
export const SecondFactorNeededError = defineError('second_factor_required', 403, 'A second factor is needed, too.')
/** The members are a token that does nothing but enrol. */
export const EnrolmentRequiredError = defineError(
  'enrolment_required', 403, 'This service asks for a second factor: enrol one, then log in again.'
)
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
export const LastFactorError = defineError('last_factor', 409, 'A second factor is required, and this is the last one.')
export const PasskeyExistsError = defineError('passkey_exists', 409, 'This passkey is registered already.')
export const TooManyPasskeysError = defineError('too_many_passkeys', 409, 'You have as many passkeys as there can be; remove one first.')
export const LastAdminError = defineError('last_admin', 409, 'The last admin cannot be deleted, disabled or demoted.')
export const BodyTooLargeError = defineError('body_too_large', 413, 'The body is too large.')
export const UrlTooLongError = defineError('url_too_long', 414, 'The address is too long.')
export const UnsupportedMediaTypeError = defineError('unsupported_media_type', 415, 'Send the body as application/json.')
export const ClockSkewError = defineError(
  'clock_skew', 422, 'The code is right for another time: set the clock of the device that shows it.'
)
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
