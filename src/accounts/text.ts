import { InvalidRequestError } from '../errors.ts'

/** For JSON schemas: no NUL, which no table can hold, and no half of a surrogate pair, which UTF-8 cannot carry. */
export const PASSWORD_PATTERN = '^[^\\u0000\\p{Cs}]+$'

/** In code points, of the prepared password. */
export const MAX_PASSWORD_LENGTH = 256

/** For JSON schemas, in code points: decomposed, a character takes four at most (UAX 15). */
export const MAX_TYPED_PASSWORD_LENGTH = 4 * MAX_PASSWORD_LENGTH

const MALFORMED = 'must be text without NUL and without halves of surrogate pairs'
const PASSWORD = new RegExp(PASSWORD_PATTERN, 'u')

/**
 * Prepares a password in the way of RFC 8265 4.2 (OpaqueString): keyboards and systems write the same é, 각 or ế in several ways. Every
 * space becomes U+0020, then all is composed (NFC). Nothing is trimmed; case, width and compatibility forms count.
 *
 * @param password as somebody typed it, of whatever strength
 * @returns what is measured and hashed; stable under another go
 * @throws InvalidRequestError unless it is text: all halves of surrogate pairs would be hashed as one and the same character
 */
export function preparePassword (password: string): string {
  if (!PASSWORD.test(password)) {
    throw new InvalidRequestError({ errors: [{ path: '/password', message: MALFORMED }] })
  }
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}
