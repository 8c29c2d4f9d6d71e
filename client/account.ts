import type { Fetch } from './platform.ts'
import { assertStatus, parse, type Post } from './post.ts'
import type { Session } from './session.ts'

/** A registration that has begun: a mail has a link, and a code that is good with it. */
export interface Registration {
  /** Shows, with the code, which registration it is. Alone it opens nothing. */
  readonly registration: string
  /** How long the code is good, from when the mail is sent. */
  readonly expiresInSeconds: number
}

/** From the mail: the token of the link, or the code with what `register` has returned. */
export type RegistrationProof = { token: string } | { registration: string, code: string }

export interface RegisteredUser {
  /** UUID. */
  readonly id: string
  /** To log in with. */
  readonly email: string
  readonly role: string
}

/** A mail with a code is on its way. */
export interface CodeRequest {
  /** Shows, with the code, which mail it was in. Alone it opens nothing. */
  readonly handle: string
  /** How long the code is good, from when the mail is sent. */
  readonly expiresInSeconds: number
}

/**
 * What people do with their accounts by mail. All methods throw ProblemError, with code `mail_disabled` where the service sends no mail,
 * `too_many_attempts` and so on; and UnavailableError when there is no response within 10 s.
 *
 * The first four need no session, and leave the one that there is as it is. The others are for the logged-in user.
 */
export interface AccountMethods {
  /**
   * Asks for an account: a mail with a link and a code is sent. The response is the same for every address.
   *
   * @throws ProblemError with code `registration_closed`
   */
  register (email: string): Promise<Registration>
  /**
   * Opens the account, with its password. No session begins: `login` is next.
   *
   * @throws ProblemError with code `invalid_proof` when link or code are wrong, used or too old; `weak_password`: then choose another one
   *   with the same link or code
   */
  completeRegistration (proof: RegistrationProof & { password: string }): Promise<RegisteredUser>
  /** Asks for a mail with a link to choose a new password. The response is the same for every address. */
  requestPasswordReset (email: string): Promise<void>
  /**
   * Chooses a new password, with the token of the link of a reset or of an invitation. Every session of the user ends, and none begins.
   *
   * @throws ProblemError, with codes as `completeRegistration`
   */
  resetPassword (proof: { token: string, newPassword: string }): Promise<void>
  /**
   * Asks for a mail with a code to the new address of the user. The old address counts until `confirmEmail`.
   *
   * @throws StepUpNeededError
   */
  changeEmail (email: string): Promise<CodeRequest>
  /**
   * Changes the address of the user to the one that has received the code.
   *
   * @throws StepUpNeededError; ProblemError with code `wrong_code` when the code is wrong, used or too old; `email_taken`
   */
  confirmEmail (proof: { handle: string, code: string }): Promise<void>
  /** Asks for a mail with a code to the user's own address, to show that the user reads it. */
  requestEmailVerification (): Promise<CodeRequest>
  /** @throws ProblemError with code `wrong_code` when the code is wrong, used or too old */
  confirmEmailVerification (proof: { handle: string, code: string }): Promise<void>
  /**
   * Deletes the account of the user, with its sessions. Here, too, the session ends, as in a logout.
   *
   * @throws StepUpNeededError; ProblemError with code `last_admin`; `invalid_token` when the session has ended, as when a repeated request
   *   finds that the account is deleted
   */
  deleteAccount (): Promise<void>
}

interface AccountOptions {
  post: Post
  session: Session
  /** Adds the access token. */
  fetch: Fetch
}

export function createAccountMethods ({ post, session, fetch }: AccountOptions): AccountMethods {
  /** Without cookies: neither the request nor its response has to do with the session. */
  const postOpen = (path: `/auth/${string}`, body: object) => post(path, body, { credentials: 'omit' })
  const postOwn = (path: `/account/${string}`, body?: object) => post(path, body, { fetch })

  return {
    async register (email) {
      return parse(await postOpen('/auth/register', { email }), 202, toRegistration)
    },
    async completeRegistration (proof) {
      return parse(await postOpen('/auth/register/complete', proof), 201, toRegisteredUser)
    },
    async requestPasswordReset (email) {
      assertStatus(await postOpen('/auth/password-reset', { email }), 202)
    },
    async resetPassword ({ token, newPassword }) {
      assertStatus(await postOpen('/auth/password-reset/complete', { token, new_password: newPassword }), 204)
    },
    async changeEmail (email) {
      return parse(await postOwn('/account/email', { email }), 202, toCodeRequest)
    },
    async confirmEmail (proof) {
      assertStatus(await postOwn('/account/email/confirm', proof), 204)
    },
    async requestEmailVerification () {
      return parse(await postOwn('/account/email/verification'), 202, toCodeRequest)
    },
    async confirmEmailVerification (proof) {
      assertStatus(await postOwn('/account/email/verification/confirm', proof), 204)
    },
    async deleteAccount () {
      const user = session.tokens?.user
      assertStatus(await post('/account', undefined, { method: 'DELETE', fetch }), 204)
      const owner = user ?? session.tokens?.user
      if (owner !== undefined) await session.endDeleted(owner)
    }
  }
}

function toRegistration ({ registration, expires_in: expiresInSeconds }: Record<string, unknown>): Registration | undefined {
  return typeof registration === 'string' && typeof expiresInSeconds === 'number' ? { registration, expiresInSeconds } : undefined
}

function toCodeRequest ({ handle, expires_in: expiresInSeconds }: Record<string, unknown>): CodeRequest | undefined {
  return typeof handle === 'string' && typeof expiresInSeconds === 'number' ? { handle, expiresInSeconds } : undefined
}

function toRegisteredUser ({ id, email, role }: Record<string, unknown>): RegisteredUser | undefined {
  return typeof id === 'string' && typeof email === 'string' && typeof role === 'string' ? { id, email, role } : undefined
}
