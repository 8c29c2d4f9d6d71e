import { STATUS_TITLES } from '../contract/index.ts'
import { definedErrors } from '../errors.ts'

/** An error code, as people read about it. */
export interface ErrorCode {
  /** Snake case; the `type` of its problem is `/problems/` and the code with dashes. */
  code: string
  status: number
  /** The status in words. */
  title: string
  /** What is wrong, in one sentence. */
  detail: string
  /** What the caller should do; undefined where a module of a team does not say it. */
  advice: string | undefined
}

const RETRY = 'Try again after the seconds in the header Retry-After.'

/** By code: what the caller should do about the errors of `errors.ts`. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_request: 'Correct what "errors" names; the OpenAPI document says what each route takes. Send one credential at most.',
  invalid_target: 'Name one of the AUDIENCES of the service, or none for the first.',
  ambiguous_credentials: 'Log in again: the response deletes the cookies.',
  missing_token: 'Log in with POST /auth/login, and send the access token as "Authorization: Bearer …".',
  invalid_token: 'Refresh with POST /auth/refresh and try once more. The log of the service says what was wrong with the token.',
  insufficient_user_authentication: 'Send a proof to POST /auth/step-up, and use the access token that it returns. WWW-Authenticate says ' +
    'how recent (max_age) and how strong (acr_values) the proof must be.',
  invalid_credentials: 'Check both. An unknown and a disabled user get this response, too; an admin can set a new password.',
  invalid_refresh_token: 'Forget the tokens of this session. It was ended, it has expired, or two parties used its refresh token.',
  invalid_proof: 'Ask for a new mail. A link works once, and none works after the password or the e-mail has changed. A code has 5 tries.',
  second_factor_required: 'Ask for one of "methods". After a login, send it with the challenge to POST /auth/login/second-factor; for a ' +
    'step-up, send it with the password.',
  invalid_second_factor: 'Let the user try again with the same challenge. Each code works once; another one comes within 30 seconds.',
  invalid_challenge: 'Log in again with the password: a challenge is good for one login and for 300 seconds.',
  invalid_passkey: 'Ask for new options and try again, or log in with the password.',
  unknown_passkey: 'Tell the browser with PublicKeyCredential.signalUnknownCredential(), and log in with the password.',
  cross_site: 'Let the page call from the origin of ISSUER, or add its origin to CORS_ORIGINS: scheme, host and port, with no path.',
  wrong_password: 'Send the current password. The access token is still valid.',
  wrong_code: 'Of a mail: send the code of the newest one with its handle; after 5 wrong codes, ask for a new one. Of an app: send the ' +
    'code that it shows now; each works once.',
  wrong_passkey: 'Ask for new options and try again. The access token is still valid.',
  enrolment_required: 'Send "access_token" to POST /account/totp or /account/passkeys, and log in again after that.',
  mail_disabled: 'Ask an admin. The operator sets SMTP_URL and MAIL_FROM, so that the service can send mail.',
  mail_not_retryable: 'Let its user ask for a new one.',
  registration_closed: 'Ask an admin for an account. The operator opens registration with REGISTRATION=open.',
  insufficient_scope: 'Ask an admin for a role that has the capability. GET /me shows those that you have.',
  not_found: 'Check the path and the id. What belongs to another user is not found either.',
  method_not_allowed: 'Use a method of the header Allow.',
  not_acceptable: 'Send an Accept with a media type that the OpenAPI document lists for this route, or none.',
  request_timeout: 'Send the header within 10 seconds, and the whole request within 15.',
  email_taken: 'Log in instead, or use another e-mail.',
  last_factor: 'Enrol another factor first, or switch it off with PUT /account/second-factor, if the service allows it.',
  passkey_exists: 'Use it: the authenticator has a passkey of this account.',
  last_admin: 'Make another user an admin first.',
  body_too_large: 'Send less: a body may have 16 KiB, unless a route says otherwise.',
  url_too_long: 'Shorten the path: one part of it has at most 64 characters.',
  unsupported_media_type: "Send JSON, with the header Content-Type. With curl: -H 'content-type: application/json'.",
  too_many_passkeys: 'Remove a passkey that you do not use any more.',
  clock_skew: 'Set the clock of the device automatically, and send the next code.',
  weak_password: 'Choose another one. "errors" says what is wrong with this one.',
  too_many_attempts: `${RETRY} If everybody gets this, the service does not know its proxy: see TRUST_PROXY.`,
  headers_too_large: 'Send fewer or smaller headers, 16 KiB in all. Most often it is the cookies.',
  internal_error: 'Report it to whoever runs the service. Its log has the cause, with the event "request_failed".',
  not_implemented: 'Use a standard method, such as GET or POST.',
  overloaded: RETRY,
  credential_store_unavailable: `${RETRY} Keep the session. The service cannot reach its database: "gatepass doctor" says why.`,
  refresh_retry: `${RETRY} Send the same refresh token.`,
  not_ready: `${RETRY} "errors" names what is missing; "gatepass doctor" says more.`
}

/** @returns every error code that this process knows, with those of modules, sorted; the first error of a code describes it */
export function listErrorCodes (): ErrorCode[] {
  const codes = new Map<string, ErrorCode>()
  for (const PublicErrorClass of definedErrors) {
    const { code, status, detail, advice = ADVICE[code] } = PublicErrorClass
    if (!codes.has(code)) codes.set(code, { code, status, title: STATUS_TITLES[status] ?? 'Error', detail, advice })
  }
  return [...codes.values()].sort((a, b) => a.code < b.code ? -1 : 1)
}
