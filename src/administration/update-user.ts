import { sql, type Transaction } from 'kysely'
import { recordAudit, type Actor, type AuditEntry } from '../audit/index.ts'
import {
  ADMIN_ROLE, assertLevel, closeMails, hasAdmin, lockAdmins, lockUser, normalizeEmail, toEmail, toEmailColumns, toEmailTaken, toUser,
  USER_COLUMNS, voidMailedProofs, type Email, type User
} from '../accounts/index.ts'
import { areSameClaims, type CustomClaims } from '../contract/index.ts'
import { transact, type Database, type Tables } from '../database/index.ts'
import { LastAdminError, NotFoundError } from '../errors.ts'
import type { Outbox } from '../mail/index.ts'
import { publishNotBefore } from '../revocations/index.ts'
import { endUserSessionsIn, withNotBefore, type Change } from '../sessions/index.ts'

// Each change of a user is one transaction, with the end of sessions, the revocation, the audit event and the mail that it causes. The user
// row is updated first, then mails and proofs; sessions end in a later statement, which sees the session of a login that the row lock
// waited for.

/** What changes of users need. */
export interface ChangeContext {
  database: Database
  /** For notices. */
  outbox: Outbox
}

/** New values; an absent member is not changed. */
interface UserChanges {
  role?: string | undefined
  disabled?: boolean | undefined
  passwordHash?: string | undefined
  /** All of them: those that are left out are removed. */
  claims?: CustomClaims | undefined
  email?: Email | undefined
}

interface PasswordChange {
  userId: string
  /** The session that is kept. */
  sessionId: string
  /** Of the access token. */
  level: number
  /** The stored hash that the current password was verified against. */
  verifiedHash: string
  passwordHash: string
}

/** Longer than any statement may run that began before the user was deleted. */
const DELETED_AHEAD_SECONDS = 30

/**
 * Updates a user. A new role, or new claims, make every edge reject the user's access tokens, but keep the sessions; a new password or
 * disabling ends them. A new password, another e-mail and disabling void what was mailed; nobody has proved to read another e-mail.
 *
 * @param context the database, and the outbox for notices
 * @param userId UUID
 * @param changes new values
 * @param actor who does it
 * @returns the updated user
 * @throws NotFoundError, LastAdminError, EmailTakenError
 */
export async function updateUser (context: ChangeContext, userId: string, changes: UserChanges, actor: Actor): Promise<User> {
  return withNotBefore(context.database, userId, (trx) => updateIn(trx, userId, changes, { actor, outbox: context.outbox }))
}

/**
 * Changes a password on behalf of its user. Every other session ends; the current one is kept, and has to refresh. What was mailed is void.
 *
 * @param context the database, and the outbox for the notice
 * @param change the new hash, and the conditions of the change
 * @param actor who does it
 * @returns false, and nothing has changed, if the stored hash is no longer the verified one or the user is disabled
 * @throws InsufficientUserAuthenticationError where the user needs a second factor by now, and the token was given without one
 */
export async function changePassword ({ database, outbox }: ChangeContext, change: PasswordChange, actor: Actor): Promise<boolean> {
  const { userId, sessionId, level } = change
  return withNotBefore(database, userId, async (trx) => {
    const changed = await replacePasswordHash(trx, change)
    if (changed === undefined) return { result: false, rejectsTokens: false }
    assertLevel({ hasSecondFactor: changed.has_second_factor }, level)
    await voidMailedProofs(trx, { userId, normalizedEmail: changed.normalized_email })
    await outbox.notify(trx, { purpose: 'password_changed', userId })
    await recordAudit(trx, { type: 'password_changed', userId, sessionId, ...actor })
    await endUserSessionsIn(trx, { userId, exceptId: sessionId }, actor)
    return { result: true, rejectsTokens: true }
  })
}

/**
 * Deletes a user and their sessions. Revocations and audit events of the user are kept. Nothing more is mailed to the user.
 *
 * @param database the database
 * @param userId UUID
 * @param actor who does it
 * @param options `level`: of the access token of users who delete their own account
 * @throws NotFoundError, LastAdminError, InsufficientUserAuthenticationError
 */
export async function deleteUser (database: Database, userId: string, actor: Actor, { level }: { level?: number } = {}): Promise<void> {
  await transact(database, async (trx) => {
    const user = await lockUser(trx, userId)
    if (user === undefined) throw new NotFoundError()
    if (level !== undefined) assertLevel(user, level)
    const before = await findNotBeforeForDeletion(trx, userId)
    await assertNotLastAdmin(trx, user)
    await closeMails(trx, { id: userId, normalizedEmail: normalizeEmail(user.email) })
    await trx.deleteFrom('users').where('id', '=', user.id).execute()
    await publishNotBefore(trx, { sub: userId, before })
    await recordAudit(trx, { type: 'user_deleted', userId, details: { role: user.role }, ...actor })
  })
}

async function updateIn (
  trx: Transaction<Tables>, userId: string, changes: UserChanges, { actor, outbox }: { actor: Actor, outbox: Outbox }
): Promise<Change<User>> {
  const user = await lockUser(trx, userId)
  if (user === undefined) throw new NotFoundError()
  const updated = await updateRow(trx, user, changes)
  const [hasNewPassword, hasNewEmail] = [changes.passwordHash !== undefined, updated.email !== user.email]
  const isDisabled = updated.disabled && !user.disabled
  if (hasNewPassword || hasNewEmail || isDisabled) await voidProofs(trx, user, updated)
  if (hasNewPassword) await outbox.notify(trx, { purpose: 'password_changed', userId })
  if (hasNewEmail) await outbox.notify(trx, { purpose: 'email_changed', userId, address: toEmail(user.email) })
  for (const entry of toAuditEntries(user, updated, hasNewPassword)) await recordAudit(trx, { ...entry, userId, ...actor })
  const endsSessions = hasNewPassword || isDisabled
  const ended = endsSessions ? await endUserSessionsIn(trx, { userId }, actor) : 0
  const hasNewTokens = updated.role !== user.role || !areSameClaims(updated.claims, user.claims)
  return { result: updated, rejectsTokens: ended > 0 || hasNewTokens }
}

async function updateRow (trx: Transaction<Tables>, user: User, changes: UserChanges): Promise<User> {
  const { role = user.role, disabled = user.disabled, passwordHash, claims, email } = changes
  if (!canAdminister({ role, disabled })) await assertNotLastAdmin(trx, user)
  const row = await trx.updateTable('users')
    .set({
      role,
      ...(disabled !== user.disabled && { disabled_at: disabled ? sql<Date>`statement_timestamp()` : null }),
      ...(passwordHash !== undefined && { password_hash: passwordHash }),
      ...(claims !== undefined && { claims: JSON.stringify(claims) }),
      ...(email !== undefined && toEmailColumns(email)),
      ...(email !== undefined && email.display !== user.email && { email_verified_at: null })
    })
    .where('id', '=', user.id)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => { throw toEmailTaken(error) })
  return toUser(row)
}

/** Compare and set: of two changes at once, the second finds another hash. @returns undefined then */
async function replacePasswordHash (
  trx: Transaction<Tables>, { userId, verifiedHash, passwordHash }: PasswordChange
): Promise<{ normalized_email: string, has_second_factor: boolean } | undefined> {
  return trx.updateTable('users')
    .set({ password_hash: passwordHash })
    .where('id', '=', userId)
    .where('password_hash', '=', verifiedHash)
    .where('disabled_at', 'is', null)
    .returning(['normalized_email', sql<boolean>`second_factor_since is not null`.as('has_second_factor')])
    .executeTakeFirst()
}

async function voidProofs (trx: Transaction<Tables>, { id: userId, email }: User, updated: User): Promise<void> {
  await voidMailedProofs(trx, { userId, normalizedEmail: normalizeEmail(email) })
  if (updated.email !== email) await voidMailedProofs(trx, { normalizedEmail: normalizeEmail(updated.email) })
}

function toAuditEntries (user: User, updated: User, hasNewPassword: boolean): AuditEntry[] {
  const entries: AuditEntry[] = []
  if (updated.role !== user.role) entries.push({ type: 'user_role_changed', details: { from: user.role, to: updated.role } })
  // No personal data: names of claims, and no e-mail.
  const names = Object.keys(updated.claims)
  if (!areSameClaims(updated.claims, user.claims)) entries.push({ type: 'user_claims_changed', details: { names } })
  if (updated.email !== user.email) entries.push({ type: 'user_email_changed' })
  if (updated.disabled !== user.disabled) entries.push({ type: updated.disabled ? 'user_disabled' : 'user_enabled' })
  if (hasNewPassword) entries.push({ type: 'password_changed' })
  return entries
}

// Two admins who demote each other lock two rows, and each would count the other as an admin. So both take one advisory lock, and count in
// a statement that begins once they hold it.
async function assertNotLastAdmin (trx: Transaction<Tables>, user: User): Promise<void> {
  if (!canAdminister(user)) return
  await lockAdmins(trx)
  if (!await hasAdmin(trx, user.id)) throw new LastAdminError()
}

function canAdminister ({ role, disabled }: Pick<User, 'role' | 'disabled'>): boolean {
  return role === ADMIN_ROLE && !disabled
}

// After this transaction the user gets no more tokens, so the not-before may be far ahead of the clock: a late commit does no harm.
async function findNotBeforeForDeletion (trx: Transaction<Tables>, userId: string): Promise<number> {
  const { rows: [row] } = await sql<{ before: string }>`select greatest(
      floor(extract(epoch from clock_timestamp()))::bigint, tokens_valid_from, (select tokens_valid_from from global_state)
    ) + ${sql.lit(DELETED_AHEAD_SECONDS)} as before from users where id = ${userId}`.execute(trx)
  return Number(row?.before)
}
