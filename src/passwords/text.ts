import { InvalidRequestError } from '../errors.ts'

/** For JSON schemas: no NUL and no lone surrogate. */
export const PASSWORD_PATTERN = '^[^\\u0000\\p{Cs}]+$'

/** In code points, after preparation. */
export const MAX_PASSWORD_LENGTH = 256

/** For JSON schemas, in code points before preparation: composition (NFC) makes at most four into one (UAX 15). */
export const MAX_TYPED_PASSWORD_LENGTH = 4 * MAX_PASSWORD_LENGTH

const MALFORMED = 'must be text without NUL and without halves of surrogate pairs'
const PASSWORD = new RegExp(PASSWORD_PATTERN, 'u')

/**
 * Prepares a password as RFC 8265 4.2 (OpaqueString) says, because keyboards and systems encode the same é, 각 or ế in different ways. Every
 * space becomes U+0020, then the text is composed (NFC). Nothing is trimmed; case, width and compatibility forms are kept.
 *
 * @param password as the user typed it, of any strength
 * @returns the text that is measured and hashed; idempotent
 * @throws InvalidRequestError for an empty password, a NUL or a lone surrogate: UTF-8 encodes every lone surrogate as the same U+FFFD
 */
export function preparePassword (password: string): string {
  if (!PASSWORD.test(password)) {
    throw new InvalidRequestError({ errors: [{ path: '/password', message: MALFORMED }] })
  }
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}
