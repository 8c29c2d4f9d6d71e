import { sql, type Transaction } from 'kysely'
import { ADMINS_LOCK, type Queryable, type Tables } from '../database/index.ts'
import { LastAdminError } from '../errors.ts'
import { fromRow, USER_COLUMNS, type User } from './user.ts'

/** The role whose last user cannot go. */
export const ADMIN_ROLE = 'admin'

/** What is to become of a user; what is left out stays. */
export interface UserChanges {
  role?: string | undefined
  disabled?: boolean | undefined
  passwordHash?: string | undefined
}

/**
 * Locks a user for a change: of two changes to one user, the second finds what the first has left.
 *
 * @param trx the transaction of the change
 * @param id UUID
 */
export async function lockUser (trx: Transaction<Tables>, id: string): Promise<User | undefined> {
  const row = await trx.selectFrom('users').select(USER_COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst()
  return row && fromRow(row)
}

/**
 * Changes a user that is locked. The caller ends sessions, publishes and audits.
 *
 * @param trx the transaction that locked the user
 * @param user as it was locked
 * @param changes what becomes of it
 * @throws LastAdminError when no admin would be left that can log in
 */
export async function updateUser (trx: Transaction<Tables>, user: User, { role, disabled, passwordHash }: UserChanges): Promise<User> {
  const becomes = { role: role ?? user.role, disabled: disabled ?? user.disabled }
  if (!canAdminister(becomes)) await assertNotLastAdmin(trx, user)
  const row = await trx.updateTable('users')
    .set({
      role: becomes.role,
      ...(becomes.disabled !== user.disabled && { disabled_at: becomes.disabled ? sql<Date>`statement_timestamp()` : null }),
      ...(passwordHash !== undefined && { password_hash: passwordHash })
    })
    .where('id', '=', user.id)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/**
 * Puts a new password in the place of the one that was verified; of two changes at once, the second finds another hash.
 *
 * @param trx the transaction of the change
 * @param change whose, the hash that was verified, and the new one
 * @returns whether the verified hash still stood, and the user may log in
 */
export async function replacePasswordHash (trx: Transaction<Tables>, { userId, verifiedHash, passwordHash }: { userId: string, verifiedHash: string, passwordHash: string }): Promise<boolean> {
  const { numUpdatedRows } = await trx.updateTable('users')
    .set({ password_hash: passwordHash })
    .where('id', '=', userId)
    .where('password_hash', '=', verifiedHash)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Removes a user that is locked, and the sessions with it.
 *
 * @throws LastAdminError when no admin would be left that can log in
 */
export async function removeUser (trx: Transaction<Tables>, user: User): Promise<void> {
  await assertNotLastAdmin(trx, user)
  await trx.deleteFrom('users').where('id', '=', user.id).execute()
}

/** One change after the other, from here to the end of the transaction: for whatever may leave no admin, or make the first. */
export async function lockAdmins (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ADMINS_LOCK})`.execute(trx)
}

/** @returns whether there is an admin that can log in, beside the one with this id */
export async function hasAdmin (db: Queryable, exceptId?: string): Promise<boolean> {
  let query = db.selectFrom('users').select('id').where('role', '=', ADMIN_ROLE).where('disabled_at', 'is', null).limit(1)
  if (exceptId !== undefined) query = query.where('id', '!=', exceptId)
  return await query.executeTakeFirst() !== undefined
}

// Two admins that demote each other lock two rows, and would each count the other: so they take one lock, and count in a
// statement that begins after they got it.
async function assertNotLastAdmin (trx: Transaction<Tables>, user: User): Promise<void> {
  if (!canAdminister(user)) return
  await lockAdmins(trx)
  if (!await hasAdmin(trx, user.id)) throw new LastAdminError()
}

function canAdminister ({ role, disabled }: Pick<User, 'role' | 'disabled'>): boolean {
  return role === ADMIN_ROLE && !disabled
}
