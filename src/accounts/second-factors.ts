// When a user needs a second factor, and what changes of an account ask of its user.
import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Queryable, Tables } from '../database/index.ts'
import { InsufficientScopeError, InsufficientUserAuthenticationError, InvalidTokenError } from '../errors.ts'
import { ADMIN_ROLE } from './first-admin.ts'
import { lockUser, type Credentials, type User } from './store.ts'

/** SECOND_FACTOR: whose logins need a second factor, beside those of users who have asked for it. */
export type SecondFactorPolicy = 'optional' | 'admins' | 'everybody'

/** The ways to give a second factor. */
export const SECOND_FACTORS = ['totp', 'recovery_code', 'passkey'] as const

export type SecondFactor = typeof SECOND_FACTORS[number]

/** What a user has. */
export interface EnrolledFactors {
  hasTotp: boolean
  recoveryCodes: number
  passkeys: number
}

/** The user of a request that changes the user's account. */
export interface AuthenticatedOwner {
  userId: string
  sessionId: string
  /** Of the access token: see `CurrentUser.level`. */
  level: number
  /** Whether the token is good for enrolling only; instead of a session it has the id of `toEnrolmentId`. */
  isEnrolment: boolean
}

const PROOF = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'

/** Whether the password alone does not log in. */
export function needsSecondFactor (
  policy: SecondFactorPolicy, { role, hasSecondFactor }: Pick<Credentials, 'role' | 'hasSecondFactor'>
): boolean {
  return hasSecondFactor || isDemanded(policy, role)
}

/** Whether a setting demands a second factor of users of this role. */
export function isDemanded (policy: SecondFactorPolicy, role: string): boolean {
  return policy === 'everybody' || (policy === 'admins' && role === ADMIN_ROLE)
}

/** `needsSecondFactor` in SQL, on a row of `users`. */
export function needsSecondFactorSql (policy: SecondFactorPolicy): string {
  return `(second_factor_since is not null or ${isDemandedSql(policy)})`
}

/** `isDemanded` in SQL, where there is the `role` of a user. */
export function isDemandedSql (policy: SecondFactorPolicy): string {
  if (policy === 'everybody') return 'true'
  return policy === 'admins' ? `role = '${ADMIN_ROLE}'` : 'false'
}

/**
 * @param rpId passkeys for another RP ID are of no use: they are not counted; undefined: all are
 */
export async function countFactors (db: Queryable, userId: string, rpId?: string): Promise<EnrolledFactors> {
  const { rows: [row] } = await sql<EnrolledFactors>`select
    exists (select from totp where user_id = ${userId} and confirmed_at is not null) as "hasTotp",
    (select count(*)::int from recovery_codes where user_id = ${userId}) as "recoveryCodes",
    (select count(*)::int from passkeys
      where user_id = ${userId} and coalesce(rp_id = ${rpId ?? null}::text, true)) as passkeys`.execute(db)
  return row ?? { hasTotp: false, recoveryCodes: 0, passkeys: 0 }
}

/** Whether there is one that can be used again and again: recovery codes are a way back only. */
export function hasFactor ({ hasTotp, passkeys }: EnrolledFactors): boolean {
  return hasTotp || passkeys > 0
}

/** Which of them the user can give. */
export function toFactorNames ({ hasTotp, recoveryCodes, passkeys }: EnrolledFactors): SecondFactor[] {
  const has: Readonly<Record<SecondFactor, boolean>> = { totp: hasTotp, recovery_code: recoveryCodes > 0, passkey: passkeys > 0 }
  return SECOND_FACTORS.filter((name) => has[name])
}

/**
 * Of a user who needs a second factor, a token whose proof was a password alone changes nothing of the account.
 *
 * @param user locked by the transaction of the change; before it, a read tells the client sooner
 * @param level of the access token
 * @throws InsufficientUserAuthenticationError
 */
export function assertLevel (user: Pick<User, 'secondFactorSince'> | Pick<Credentials, 'hasSecondFactor'>, level: number): void {
  const isNeeded = 'hasSecondFactor' in user ? user.hasSecondFactor : user.secondFactorSince !== null
  if (isNeeded && level < 2) throw new InsufficientUserAuthenticationError({ headers: { 'www-authenticate': PROOF } })
}

/**
 * The `sid` of a token to enrol, which has no session: it stands for the state of its user, so that whatever ends the sessions of the user
 * also voids the token, and with it the password that has got it.
 *
 * @returns a UUID of version 8 (RFC 9562 5.8)
 */
export function toEnrolmentId ({ userId, userEpoch, globalEpoch }: { userId: string, userEpoch: number, globalEpoch: number }): string {
  const hex = createHash('sha256').update(`enrolment ${userId} ${userEpoch} ${globalEpoch}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * Checks a token to enrol. Whoever knows the password gets one: it must add no factor to those of the user.
 *
 * @throws InvalidTokenError when sessions of the user would have ended since; InsufficientScopeError for a user who has a factor by now
 */
export async function assertEnrolment (db: Queryable, { userId, sessionId }: { userId: string, sessionId: string }): Promise<void> {
  const { rows: [epochs] } = await sql<{ userEpoch: number, globalEpoch: number }>`select users.session_epoch as "userEpoch",
    (select session_epoch from global_state) as "globalEpoch" from users where id = ${userId} and disabled_at is null`.execute(db)
  if (epochs === undefined || toEnrolmentId({ userId, ...epochs }) !== sessionId) throw new InvalidTokenError()
  if (hasFactor(await countFactors(db, userId))) throw new InsufficientScopeError()
}

/**
 * Locks a user for a change of their second factors, until the end of the transaction.
 *
 * @throws InvalidTokenError when the session has ended or the user is gone; InsufficientUserAuthenticationError; for a token to enrol, what
 *   `assertEnrolment` throws
 */
export async function lockForFactors (
  trx: Transaction<Tables>, { userId, sessionId, level, isEnrolment }: AuthenticatedOwner
): Promise<User> {
  const user = await lockUser(trx, userId)
  if (user === undefined || user.disabled) throw new InvalidTokenError()
  if (isEnrolment) {
    await assertEnrolment(trx, { userId, sessionId })
    return user
  }
  // A new statement: a session that has ended meanwhile is seen.
  const { rows: [session] } = await sql`select from sessions join users on users.id = user_id
    where sessions.id = ${sessionId} and user_id = ${userId} and ended_at is null and user_epoch = users.session_epoch
      and global_epoch = (select session_epoch from global_state)`.execute(trx)
  if (session === undefined) throw new InvalidTokenError()
  assertLevel(user, level)
  return user
}
