import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { transact, type Database, type Queryable } from '../database/index.ts'
import { ADMIN_ROLE, hasAdmin, lockAdmins } from './update.ts'
import { parseEmail } from './email.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createUser } from './store.ts'
import { assertStrongPassword } from '../passwords/index.ts'

export interface FirstAdmin {
  email: string
  /** One is generated when it is left out. */
  password?: string | undefined
  /** For one that is given, in code points. */
  passwordMinLength: number
  /** Called within the transaction: if it throws, no admin is made. Called once, even where the transaction is tried again. */
  beforeCommit?: (made: MadeAdmin) => Promise<void>
}

export interface MadeAdmin {
  email: string
  password: string
}

// 24 characters, 144 bits.
const GENERATED_BYTES = 18

/**
 * Makes an admin when there is none that can log in. Of several instances that start at once, one makes it.
 *
 * @param database where
 * @param hasher hashes before any lock is taken
 * @param admin e-mail, and a password or none
 * @returns e-mail and password of the admin that was made, undefined when there was one
 * @throws InvalidRequestError, WeakPasswordError; EmailTakenError when a user who is no admin has this e-mail
 */
export async function ensureFirstAdmin (database: Database, hasher: PasswordHasher, admin: FirstAdmin): Promise<MadeAdmin | undefined> {
  if (await hasAdmin(database.kysely)) return undefined
  const email = parseEmail(admin.email)
  const password = admin.password ?? randomBytes(GENERATED_BYTES).toString('base64url')
  assertStrongPassword(password, { minLength: admin.passwordMinLength, email: admin.email })
  const passwordHash = await hasher.hash(password)
  let announced: Promise<void> | undefined
  const made = await transact(database, async (trx) => {
    await lockAdmins(trx)
    if (await hasAdmin(trx)) return undefined
    const user = await createUser(trx, { email, passwordHash, role: ADMIN_ROLE }, { actorId: null, origin: undefined })
    announced ??= admin.beforeCommit?.({ email: user.email, password })
    await announced
    return user
  })
  return made && { email: made.email, password }
}

/** @returns the e-mail of the first of the admins that can log in, and how many others there are; undefined when there is none */
export async function findFirstAdmin (db: Queryable): Promise<{ email: string, others: number } | undefined> {
  const row = await db.selectFrom('users')
    .select(['email', sql<number>`(count(*) over ())::integer`.as('admins')])
    .where('role', '=', ADMIN_ROLE)
    .where('disabled_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && { email: row.email, others: row.admins - 1 }
}
