import { sql, type Transaction } from 'kysely'
import { recordAudit, type AuditEntry } from '../audit/index.ts'
import { lockUser, removeUser, replacePasswordHash, updateUser, type User, type UserChanges } from '../accounts/index.ts'
import { transact, type Database, type Tables } from '../database/index.ts'
import { NotFoundError } from '../errors.ts'
import { requireRefresh } from '../revocations/index.ts'
import { endSessionsIn, type Ending } from '../sessions/index.ts'
import { withNotBefore, type Change } from '../sessions/index.ts'

// Changes of users, each one transaction with what it means for their sessions, for the edges and for the audit. The user is
// changed first, and the sessions end in a later statement, which sees the login that the user's lock waited for.

/** A statement that still sees a deleted user has given up long before. */
const DELETED_AHEAD_SECONDS = 30

/**
 * Changes a user. A new role is felt at every edge at once, and sessions go on; a new password and disabling end them all.
 *
 * @param database where
 * @param userId UUID
 * @param changes what becomes of the user; what is left out stays
 * @param by who does it
 * @returns the user as it is now
 * @throws NotFoundError, LastAdminError
 */
export async function changeUser (database: Database, userId: string, changes: UserChanges, by: Ending): Promise<User> {
  return withNotBefore(database, userId, (trx) => changeIn(trx, userId, changes, by))
}

/**
 * Changes a password for the user. Every other session ends; their own refreshes and goes on.
 *
 * @param database where
 * @param change whose, the session that stays, the hash that the current password was verified against, and the new one
 * @param by who does it
 * @returns whether the verified hash still stood; if not, nothing has changed
 */
export async function changePassword (database: Database, change: { userId: string, sessionId: string, verifiedHash: string, passwordHash: string }, by: Ending): Promise<boolean> {
  const { userId, sessionId } = change
  return withNotBefore(database, userId, async (trx) => {
    if (!await replacePasswordHash(trx, change)) return { result: false, refusesTokens: false }
    await recordAudit(trx, { type: 'password_changed', userId, sessionId, ...by })
    await endSessionsIn(trx, { userId, exceptId: sessionId }, by)
    return { result: true, refusesTokens: true }
  })
}

/**
 * Deletes a user and their sessions. What was told of them to edges and to the audit stays told.
 *
 * @param database where
 * @param userId UUID
 * @param by who does it
 * @throws NotFoundError, LastAdminError
 */
export async function deleteUser (database: Database, userId: string, by: Ending): Promise<void> {
  await transact(database, async (trx) => {
    const user = await lockUser(trx, userId)
    if (user === undefined) throw new NotFoundError()
    const before = await pastAllTokens(trx, userId)
    await removeUser(trx, user)
    await requireRefresh(trx, { sub: userId, before })
    await recordAudit(trx, { type: 'user_deleted', userId, details: { role: user.role }, ...by })
  })
}

async function changeIn (trx: Transaction<Tables>, userId: string, changes: UserChanges, by: Ending): Promise<Change<User>> {
  const user = await lockUser(trx, userId)
  if (user === undefined) throw new NotFoundError()
  const changed = await updateUser(trx, user, changes)
  const isNewPassword = changes.passwordHash !== undefined
  for (const entry of entriesOf(user, changed, isNewPassword)) await recordAudit(trx, { ...entry, userId, ...by })
  const endsSessions = isNewPassword || (changed.disabled && !user.disabled)
  const ended = endsSessions ? await endSessionsIn(trx, { userId }, by) : 0
  return { result: changed, refusesTokens: ended > 0 || changed.role !== user.role }
}

function entriesOf (user: User, changed: User, isNewPassword: boolean): AuditEntry[] {
  const entries: AuditEntry[] = []
  if (changed.role !== user.role) entries.push({ type: 'user_role_changed', details: { from: user.role, to: changed.role } })
  if (changed.disabled !== user.disabled) entries.push({ type: changed.disabled ? 'user_disabled' : 'user_enabled' })
  if (isNewPassword) entries.push({ type: 'password_changed' })
  return entries
}

// No token of the user is issued once this is committed, so this not-before may run ahead of the clock, and holds however late that is.
async function pastAllTokens (trx: Transaction<Tables>, userId: string): Promise<number> {
  const { rows: [row] } = await sql<{ before: string }>`select greatest(
      floor(extract(epoch from clock_timestamp()))::bigint, tokens_valid_from, (select tokens_valid_from from global_state)
    ) + ${sql.lit(DELETED_AHEAD_SECONDS)} as before from users where id = ${userId}`.execute(trx)
  return Number(row?.before)
}
