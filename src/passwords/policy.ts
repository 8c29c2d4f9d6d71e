import { createRequire } from 'node:module'
import { InvalidRequestError, WeakPasswordError } from '../errors.ts'

/** For JSON schemas, which portable patterns alone are in: no NUL. Strict JSON has no lone surrogate. */
export const PASSWORD_PATTERN = '^[^\\x00]+$'

/** In code points, after preparation. */
export const MAX_PASSWORD_LENGTH = 256

/** For JSON schemas, in code points before preparation: composition (NFC) makes at most four into one (UAX 15). */
export const MAX_TYPED_PASSWORD_LENGTH = 4 * MAX_PASSWORD_LENGTH

interface PasswordPolicy {
  /** In code points. */
  minLength: number
  /** Whether somebody who knows the account would guess this password (ASVS 6.1.2). */
  isPredictable: (password: string) => boolean
  /** The member of the request that holds the password. */
  path?: '/password' | '/new_password' | undefined
}

// The lowest minimum length that settings allow: shorter passwords are refused for their length.
const MIN_LISTED_LENGTH = 8

const require = createRequire(import.meta.url)
let commonPasswords: ReadonlySet<string> | undefined

/** Some 18,000 passwords that people choose, in lower case: loaded for the first new password, since they take megabytes. */
function isCommon (password: string): boolean {
  commonPasswords ??= loadCommonPasswords()
  return commonPasswords.has(password.toLowerCase())
}

function loadCommonPasswords (): ReadonlySet<string> {
  const { dictionary }: typeof import('@zxcvbn-ts/language-common') = require('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].filter(({ length }) => length >= MIN_LISTED_LENGTH))
}

const MALFORMED = 'must be text without NUL and without halves of surrogate pairs'
const PASSWORD = /^[^\0\p{Cs}]+$/u

/**
 * Checks a new password by NIST SP 800-63B 3.1.1.2: length limits and a blocklist, no composition rules. The prepared password is checked,
 * which is the one that will be hashed.
 *
 * @param password as the user typed it
 * @param policy what the password must fulfil
 * @throws WeakPasswordError with a reason that reveals nothing about the account; InvalidRequestError for malformed text
 */
export function assertStrongPassword (password: string, { path = '/password', ...policy }: PasswordPolicy): void {
  const message = findWeakness(preparePassword(password), policy)
  if (message !== undefined) throw new WeakPasswordError({ errors: [{ path, message }] })
}

function findWeakness (password: string, { minLength, isPredictable }: Omit<PasswordPolicy, 'path'>): string | undefined {
  // NIST counts code points rather than UTF-16 units.
  const length = [...password].length
  if (length < minLength) return `must have at least ${minLength} characters`
  if (length > MAX_PASSWORD_LENGTH) return `must have at most ${MAX_PASSWORD_LENGTH} characters`
  if (isCommon(password)) return 'is one of the most common passwords'
  if (isPredictable(password)) return 'is too easy to guess'
  return undefined
}

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
