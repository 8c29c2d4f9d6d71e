import type { Queryable } from '../database/index.ts'
import { parseEmail } from './email.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createUser, type Author } from './store.ts'
import { assertStrongPassword } from '../passwords/index.ts'
import type { User } from './user.ts'

/** Where accounts are made, and what their passwords must be. */
export interface EnrolmentOptions {
  db: Queryable
  hasher: PasswordHasher
  /** In code points. */
  passwordMinLength: number
  /** Is asked before a hash is paid for; may throw TooManyAttemptsError. */
  admit?: (() => Promise<void>) | undefined
}

/**
 * Makes an account of what somebody wrote. No connection is held while the password is hashed; after that, one round trip.
 *
 * @param options where
 * @param account e-mail and password as they were written, and a role that exists
 * @param author who makes it
 * @throws InvalidRequestError, WeakPasswordError, EmailTakenError; TooManyAttemptsError; OverloadedError when too many hashes wait
 */
export async function enrolUser ({ db, hasher, passwordMinLength, admit }: EnrolmentOptions, { email, password, role }: { email: string, password: string, role: string }, author: Author): Promise<User> {
  const parsed = parseEmail(email)
  assertStrongPassword(password, { minLength: passwordMinLength, email })
  await admit?.()
  const passwordHash = await hasher.hash(password)
  return createUser(db, { email: parsed, passwordHash, role }, author)
}
