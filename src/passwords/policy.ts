import { WeakPasswordError } from '../errors.ts'
import { isCommonPassword } from './common-passwords.ts'
import { emailKey, foldText } from '../accounts/index.ts'
import { MAX_PASSWORD_LENGTH, preparePassword } from '../accounts/index.ts'

export interface StrengthOptions {
  /** In code points. */
  minLength: number
  /** The account's. */
  email: string
  /** The member of the request that holds the password. */
  path?: '/password' | '/new_password'
}

const SERVICE_NAME = 'gatepass'

/**
 * Holds a new password to the rules of NIST SP 800-63B 3.1.1.2: its length, and that it is not one which is guessed first. No
 * rule of composition. All of it is about the prepared password, which is what will be hashed.
 *
 * @param password as the user wrote it
 * @param options what it is for
 * @throws WeakPasswordError with the reason, which speaks of the password and never of the account
 */
export function assertStrongPassword (password: string, { minLength, email, path = '/password' }: StrengthOptions): void {
  const message = weaknessOf(preparePassword(password), minLength, email)
  if (message !== undefined) throw new WeakPasswordError({ errors: [{ path, message }] })
}

function weaknessOf (password: string, minLength: number, email: string): string | undefined {
  // NIST counts code points, as people do, rather than UTF-16 units.
  const length = [...password].length
  if (length < minLength) return `must have at least ${minLength} characters`
  if (length > MAX_PASSWORD_LENGTH) return `must have at most ${MAX_PASSWORD_LENGTH} characters`
  if (isCommonPassword(password)) return 'is one of the most common passwords'
  if (contextWords(email).includes(emailKey(password))) return 'is too easy to guess'
  return undefined
}

/** ASVS 6.1.2: what somebody who knows where the account is would try, the domain in both of its forms. */
function contextWords (email: string): string[] {
  const key = emailKey(email)
  return [SERVICE_NAME, key, ...key.split('@'), ...foldText(email).split('@')]
}
