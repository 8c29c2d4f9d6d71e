import { InvalidRequestError } from '../errors.ts'

/** For JSON schemas: no NUL, which no table can hold, and no half of a surrogate pair, which UTF-8 cannot carry. */
export const PASSWORD_PATTERN = '^[^\\u0000\\p{Cs}]+$'

export const MAX_PASSWORD_LENGTH = 256

const PASSWORD = new RegExp(PASSWORD_PATTERN, 'u')

/**
 * Holds a password to being text. Hashed as they are, all halves of surrogate pairs would be one and the same character.
 *
 * @param password of whatever strength
 * @throws InvalidRequestError
 */
export function assertPasswordText (password: string): void {
  if (!PASSWORD.test(password)) throw new InvalidRequestError({ errors: [{ path: '/password', message: 'must be text without NUL and without halves of surrogate pairs' }] })
}
