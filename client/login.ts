import { EnrolmentNeededError, isObject, SecondFactorNeededError } from './errors.ts'
import type { PasskeyJson } from './platform.ts'
import type { ServiceResponse } from './post.ts'
import { parseTokenResponse } from './refresh.ts'
import type { CurrentUser, Tokens } from './tokens.ts'

/** The ways to log in. */
export type LoginPath = '/auth/login' | '/auth/login/second-factor' | '/auth/passkeys/login'

/**
 * One second factor: the digits of an authenticator app, a recovery code, or a passkey. For that, give the `passkeyOptions` of the error,
 * and the browser asks the user; or a credential that the app has got itself.
 */
export type SecondFactor = { totp: string } | { recoveryCode: string } | { passkey: PasskeyJson }

export interface PasskeyLoginOptions {
  /**
   * Waits until the user chooses a passkey in the field for the user name (`autocomplete="username webauthn"`): where
   * `isAutofillSupported`, when the form is shown. Another passkey that is asked for, or a login, ends it.
   */
  autofill?: boolean
  signal?: AbortSignal
}

/**
 * How a session begins. All methods throw ProblemError, with code `too_many_attempts` and so on; UnavailableError; StorageError when the
 * session could not be stored; TypeError for delivery by cookie where the platform keeps no cookies.
 */
export interface LoginMethods {
  /**
   * Starts a session.
   *
   * @throws SecondFactorNeededError: then `secondFactor` starts it; EnrolmentNeededError: then `enrol`; ProblemError with code
   *   `invalid_credentials`
   */
  login (email: string, password: string): Promise<CurrentUser>
  /**
   * Starts a session with a second factor, after a SecondFactorNeededError.
   *
   * @throws ProblemError with code `invalid_second_factor`: try again with the same challenge; `invalid_challenge` when it is too old or
   *   used: `login` again. Of a passkey, also what the browser throws, such as a NotAllowedError when the user declines
   */
  secondFactor (proof: { challenge: string } & SecondFactor): Promise<CurrentUser>
  /**
   * Starts a session with a passkey, without user name and password.
   *
   * @throws ProblemError with code `invalid_passkey`; `unknown_passkey` when it is of no account any more: the browser is told. An
   *   AbortError when it is aborted or another passkey is asked for; what the browser throws, such as a NotAllowedError when the user
   *   declines; TypeError where there are no passkeys
   */
  loginWithPasskey (options?: PasskeyLoginOptions): Promise<CurrentUser>
}

/** @throws SecondFactorNeededError, EnrolmentNeededError; as `parseTokenResponse` */
export function parseLoginResponse (response: ServiceResponse): Tokens {
  const { status, body } = response
  const { code, challenge, methods, passkey_options: options, access_token: accessToken, expires_in: expiresInSeconds } =
    isObject(body) ? body : {}
  if (typeof expiresInSeconds === 'number') {
    if (status === 401 && code === 'second_factor_required' && typeof challenge === 'string' && Array.isArray(methods)) {
      const passkeyOptions = isObject(options) ? options : undefined
      throw new SecondFactorNeededError({ challenge, methods, passkeyOptions, expiresInSeconds })
    }
    if (status === 403 && code === 'enrolment_required' && typeof accessToken === 'string') {
      throw new EnrolmentNeededError({ accessToken, expiresInSeconds })
    }
  }
  return parseTokenResponse(response)
}
