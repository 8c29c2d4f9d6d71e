import { InvalidRequestError } from '../errors.ts'

/** RFC 5321 4.5.3.1.3, less the angle brackets. */
export const MAX_EMAIL_LENGTH = 254

// Letters and digits of any script; one @, a dot in the domain, nothing invisible.
const EMAIL = /^[^\s@"(),:;<>[\\\]\p{C}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u

/**
 * Reduces an e-mail to what accounts are compared by: case, white space around it and Unicode's compatibility forms say nothing.
 *
 * @param email as somebody wrote it
 * @returns the key, stable under another go; of something that is no e-mail, one that no account has
 */
export function emailKey (email: string): string {
  return email.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
}

/** The e-mail of an account: as its user wrote it, and what it is compared by. */
export interface Email {
  readonly written: string
  readonly key: string
}

/**
 * Reads the e-mail of a new account.
 *
 * @param email as the user wrote it; white space around it goes
 * @returns the e-mail
 * @throws InvalidRequestError when it is none
 */
export function parseEmail (email: string): Email {
  const key = emailKey(email)
  const written = email.trim()
  if (written.length > MAX_EMAIL_LENGTH || key.length > MAX_EMAIL_LENGTH || !EMAIL.test(key)) {
    throw new InvalidRequestError({ errors: [{ path: '/email', message: 'must be an e-mail address' }] })
  }
  return { written, key }
}
