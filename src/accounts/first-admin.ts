import { randomBytes } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { ADMINS_LOCK, transact, type Database, type Queryable, type Tables } from '../database/index.ts'
import { SYSTEM_ACTOR } from '../audit/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { assertAccountPassword } from './create.ts'
import { parseEmail } from './email.ts'
import { insertUser } from './store.ts'

interface FirstAdminOptions {
  email: string
  /** If absent, one is generated. */
  password?: string | undefined
  /** In code points. */
  passwordMinLength: number
  /** Called within the transaction, and only once even if the transaction is retried; if it throws, no admin is created. */
  beforeCommit?: (created: CreatedAdmin) => Promise<void>
}

export interface CreatedAdmin {
  email: string
  password: string
}

/** Of the admin that is created where no setting names one. */
export const DEFAULT_ADMIN_EMAIL = 'admin@example.com'

/** The role whose last active user cannot be removed. */
export const ADMIN_ROLE = 'admin'

// 24 characters, 144 bits.
const GENERATED_BYTES = 18

/**
 * Creates an admin if no admin can log in. If several instances start at once, one of them creates it.
 *
 * @param database the database
 * @param hasher hashes before any lock is taken
 * @param admin e-mail, and perhaps a password
 * @returns the created admin, undefined if there was one
 * @throws InvalidRequestError, WeakPasswordError; EmailTakenError if a user with another role has this e-mail
 */
export async function ensureFirstAdmin (
  database: Database, hasher: PasswordHasher, admin: FirstAdminOptions
): Promise<CreatedAdmin | undefined> {
  if (await hasAdmin(database.kysely)) return undefined
  const email = parseEmail(admin.email)
  const password = admin.password ?? randomBytes(GENERATED_BYTES).toString('base64url')
  assertAccountPassword(password, { minLength: admin.passwordMinLength, email: admin.email })
  const passwordHash = await hasher.hash(password)
  let announced: Promise<void> | undefined
  const created = await transact(database, async (trx) => {
    await lockAdmins(trx)
    if (await hasAdmin(trx)) return undefined
    const user = await insertUser(trx, { email, passwordHash, role: ADMIN_ROLE }, SYSTEM_ACTOR)
    announced ??= admin.beforeCommit?.({ email: user.email, password })
    await announced
    return user
  })
  return created && { email: created.email, password }
}

/** @returns e-mail of the oldest admin that can log in, and the number of the others; undefined if there is none */
export async function findFirstAdmin (db: Queryable): Promise<{ email: string, others: number } | undefined> {
  const row = await db.selectFrom('users')
    .select(['email', sql<number>`(count(*) over ())::integer`.as('admins')])
    .where('role', '=', ADMIN_ROLE)
    .where('disabled_at', 'is', null)
    .where('password_hash', 'is not', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && { email: row.email, others: row.admins - 1 }
}

/** Serializes, until the end of the transaction, the changes that may remove the last admin or create the first one. */
export async function lockAdmins (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ADMINS_LOCK})`.execute(trx)
}

/** @returns whether any admin can log in, not counting the one with this id, nor those who were only invited */
export async function hasAdmin (db: Queryable, exceptId?: string): Promise<boolean> {
  let query = db.selectFrom('users').select('id').limit(1)
    .where('role', '=', ADMIN_ROLE).where('disabled_at', 'is', null).where('password_hash', 'is not', null)
  if (exceptId !== undefined) query = query.where('id', '!=', exceptId)
  return await query.executeTakeFirst() !== undefined
}
