import { v7 as uuidv7 } from 'uuid'
import { auditRow, type Origin } from '../audit/index.ts'
import type { Queryable } from '../database/index.ts'
import { EmailTakenError } from '../errors.ts'
import { emailKey, type Email } from './email.ts'
import { DISABLED, fromRow, USER_COLUMNS, type User } from './user.ts'

/** What a login is checked against. */
export interface Credentials {
  id: string
  email: string
  role: string
  passwordHash: string
  disabled: boolean
}

/** Who makes a user, and from where: nobody for the command line and for somebody who registers. */
export interface Author {
  actorId: string | null
  origin: Origin | undefined
}

export interface UserQuery {
  /** The whole e-mail; case does not matter. */
  email?: string | undefined
  role?: string | undefined
  /** The `next` of the page before. */
  after?: string | undefined
  limit: number
}

/**
 * Creates a user and its audit event in one statement.
 *
 * @throws EmailTakenError when an account has this e-mail, however it is written
 */
export async function createUser (db: Queryable, { email, passwordHash, role }: { email: Email, passwordHash: string, role: string }, { actorId, origin }: Author): Promise<User> {
  const id = uuidv7()
  try {
    const row = await db
      .with('audited', (query) => query.insertInto('audit_events').values(auditRow({ type: 'user_created', userId: id, actorId, origin, details: { role } })))
      .insertInto('users')
      .values({ id, email: email.written, normalized_email: email.key, password_hash: passwordHash, role })
      .returning(USER_COLUMNS)
      .executeTakeFirstOrThrow()
    return fromRow(row)
  } catch (error) {
    if (isUniqueViolation(error)) throw new EmailTakenError({ cause: error })
    throw error
  }
}

/** @param id UUID */
export async function findUser (db: Queryable, id: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').select(USER_COLUMNS).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/**
 * Lists users, newest first.
 *
 * @param db where
 * @param query filters, and a page
 * @returns the page, and the cursor of the next one, null on the last
 */
export async function listUsers (db: Queryable, { email, role, after, limit }: UserQuery): Promise<{ users: User[], next: string | null }> {
  let query = db.selectFrom('users').select(USER_COLUMNS).orderBy('id', 'desc').limit(limit + 1)
  if (email !== undefined) query = query.where('normalized_email', '=', emailKey(email))
  if (role !== undefined) query = query.where('role', '=', role)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.execute()
  const users = rows.slice(0, limit).map(fromRow)
  return { users, next: rows.length > limit ? users.at(-1)?.id ?? null : null }
}

/** @param key see `emailKey` */
export async function findCredentialsByEmail (db: Queryable, key: string): Promise<Credentials | undefined> {
  return findCredentials(db, 'normalized_email', key)
}

/** @param id UUID */
export async function findCredentialsById (db: Queryable, id: string): Promise<Credentials | undefined> {
  return findCredentials(db, 'id', id)
}

async function findCredentials (db: Queryable, column: 'id' | 'normalized_email', value: string): Promise<Credentials | undefined> {
  const row = await db.selectFrom('users').select(['id', 'email', 'role', 'password_hash', DISABLED]).where(column, '=', value).executeTakeFirst()
  return row && { id: row.id, email: row.email, role: row.role, passwordHash: row.password_hash, disabled: row.disabled }
}

function isUniqueViolation (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
