import type { Actor } from '../audit/index.ts'
import { findCustomClaimsFault, type CustomClaims } from '../contract/index.ts'
import type { Queryable } from '../database/index.ts'
import { assertStrongPassword, type PasswordHasher } from '../passwords/index.ts'
import { InvalidRequestError } from '../errors.ts'
import { isPartOfEmail, normalizeEmail, parseEmail } from './email.ts'
import { insertUser, type User } from './store.ts'

interface CreateAccountOptions {
  db: Queryable
  hasher: PasswordHasher
  /** In code points. */
  passwordMinLength: number
  /** Called before the password is hashed; may throw TooManyAttemptsError. */
  admit?: (() => Promise<void>) | undefined
}

export interface NewAccount {
  /** As the user typed it. */
  email: string
  password: string
  /** A role that exists. */
  role: string
  claims?: CustomClaims | undefined
}

interface PasswordRules {
  /** In code points. */
  minLength: number
  /** Of the account. */
  email: string
  /** The member of the request that holds the password. */
  path?: '/password' | '/new_password'
}

const SERVICE_NAME = 'gatepass'

/**
 * Creates an account in one round trip, after hashing the password: no connection is held while hashing.
 *
 * @param options database, hasher and rules
 * @param account the new account
 * @param actor who creates it, for the audit log
 * @throws InvalidRequestError, WeakPasswordError, EmailTakenError, TooManyAttemptsError; OverloadedError when the hashing queue is full
 */
export async function createAccount (options: CreateAccountOptions, account: NewAccount, actor: Actor): Promise<User> {
  const { email, password, role, claims = {} } = account
  const { db, hasher, passwordMinLength, admit } = options
  const parsed = parseEmail(email)
  assertClaims(claims)
  assertAccountPassword(password, { minLength: passwordMinLength, email })
  await admit?.()
  const passwordHash = await hasher.hash(password)
  return insertUser(db, { email: parsed, passwordHash, role, claims }, actor)
}

/**
 * Checks a new password of an account: see `assertStrongPassword`. The name of the service and the parts of the e-mail are refused, too.
 *
 * @param password as the user typed it
 * @throws WeakPasswordError, InvalidRequestError
 */
export function assertAccountPassword (password: string, { minLength, email, path }: PasswordRules): void {
  const isPredictable = (text: string) => normalizeEmail(text) === SERVICE_NAME || isPartOfEmail(text, email)
  assertStrongPassword(password, { minLength, isPredictable, path })
}

/** @throws InvalidRequestError that names the member at fault */
export function assertClaims (claims: CustomClaims): void {
  const fault = findCustomClaimsFault(claims)
  if (fault === undefined) return
  const path = fault.name === undefined ? '/claims' : `/claims/${fault.name}`
  throw new InvalidRequestError({ errors: [{ path, message: fault.message }] })
}
