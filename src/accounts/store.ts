import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CustomClaims } from '../contract/index.ts'
import { epochMs, toDate, type Queryable, type Tables } from '../database/index.ts'
import { toAuditRow, type Actor } from '../audit/index.ts'
import { EmailTakenError } from '../errors.ts'
import { normalizeEmail, type Email } from './email.ts'

/** A user, without credentials. */
export interface User {
  id: string
  /** As the user typed it. */
  email: string
  role: string
  disabled: boolean
  claims: CustomClaims
  createdAt: Date
  /** When somebody first proved to read the mailbox; null: nobody has. */
  emailVerifiedAt: Date | null
  /** Since when a login needs a second factor; null: the user has not asked for it. */
  secondFactorSince: Date | null
}

/** The data that a login is verified against. */
export interface Credentials {
  id: string
  email: string
  role: string
  /** Undefined: no password logs in. */
  passwordHash: string | undefined
  disabled: boolean
  /** Whether the user has asked for a second factor at each login. */
  hasSecondFactor: boolean
}

interface NewUser {
  email: Email
  /** Undefined: the user has to set one, see `proofs`. */
  passwordHash: string | undefined
  role: string
  claims?: CustomClaims
  /** Whether the user has proved to read the mailbox. */
  isVerified?: boolean
}

export interface UserQuery {
  /** The whole e-mail, in any spelling. */
  email?: string | undefined
  role?: string | undefined
  /** The `next` of the previous page. */
  after?: string | undefined
  limit: number
}

// The driver could misread the timestamp, but not a boolean.
const DISABLED = sql<boolean>`disabled_at is not null`.as('disabled')
const HAS_SECOND_FACTOR = sql<boolean>`second_factor_since is not null`.as('has_second_factor')

export const USER_COLUMNS = [
  'id', 'email', 'role', 'claims', DISABLED, epochMs('created_at').as('created_at'),
  epochMs('email_verified_at').as('email_verified_at'), epochMs('second_factor_since').as('second_factor_since')
] as const

/**
 * Inserts a user and its audit event in one statement.
 *
 * @throws EmailTakenError if an account has this e-mail, in any spelling
 */
export async function insertUser (db: Queryable, user: NewUser, { actorId, origin }: Actor): Promise<User> {
  const { email, passwordHash = null, role, claims = {}, isVerified = false } = user
  const id = uuidv7()
  const auditRow = toAuditRow({ type: 'user_created', userId: id, actorId, origin, details: { role } })
  try {
    const row = await db
      .with('audited', (query) => query.insertInto('audit_events').values(auditRow))
      .insertInto('users')
      .values({
        id,
        ...toEmailColumns(email),
        password_hash: passwordHash,
        role,
        claims: JSON.stringify(claims),
        email_verified_at: isVerified ? sql<Date>`statement_timestamp()` : null
      })
      .returning(USER_COLUMNS)
      .executeTakeFirstOrThrow()
    return toUser(row)
  } catch (error) {
    throw toEmailTaken(error)
  }
}

/** @param id UUID */
export async function findUser (db: Queryable, id: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').select(USER_COLUMNS).where('id', '=', id).executeTakeFirst()
  return row && toUser(row)
}

/**
 * Lists users, newest first.
 *
 * @param db the database
 * @param query filters and page
 * @returns the page, and the cursor of the next page, null on the last page
 */
export async function listUsers (db: Queryable, { email, role, after, limit }: UserQuery): Promise<{ users: User[], next: string | null }> {
  let query = db.selectFrom('users').select(USER_COLUMNS).orderBy('id', 'desc').limit(limit + 1)
  if (email !== undefined) query = query.where('normalized_email', '=', normalizeEmail(email))
  if (role !== undefined) query = query.where('role', '=', role)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.execute()
  const users = rows.slice(0, limit).map(toUser)
  return { users, next: rows.length > limit ? users.at(-1)?.id ?? null : null }
}

/**
 * Locks a user until the end of the transaction: of two changes of one user, the second sees the result of the first.
 *
 * @param trx the transaction of the change
 * @param id UUID
 */
export async function lockUser (trx: Transaction<Tables>, id: string): Promise<User | undefined> {
  const row = await trx.selectFrom('users').select(USER_COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst()
  return row && toUser(row)
}

/** The roles that users have, in the order of their names: one look-up in the index of roles for each, whatever the number of users is. */
export async function listRoles (db: Queryable): Promise<string[]> {
  const { rows } = await sql<{ role: string }>`
    with recursive found (role) as (
      (select role from users order by role limit 1)
      union all
      select (select role from users where role > found.role order by role limit 1) from found where found.role is not null
    )
    select role from found where role is not null`.execute(db)
  return rows.map(({ role }) => role)
}

/** A look-up of credentials that a larger prepared statement joins: see the throttle. */
export const credentialsLookup = {
  /** @param email the SQL of a normalized e-mail, such as `$1` */
  toSql: (email: string): string => `select id, email, role, password_hash, disabled_at is not null as disabled,
    second_factor_since is not null as has_second_factor
  from users where normalized_email = ${email}`,
  /** @param row all null if there is no such user */
  toResult: (row: CredentialsRow | { id: null }): Credentials | undefined => row.id === null ? undefined : toCredentials(row)
}

/** @param email normalized, see `normalizeEmail` */
export async function findCredentialsByEmail (db: Queryable, email: string): Promise<Credentials | undefined> {
  return findCredentials(db, 'normalized_email', email)
}

/** @param id UUID */
export async function findCredentialsById (db: Queryable, id: string): Promise<Credentials | undefined> {
  return findCredentials(db, 'id', id)
}

async function findCredentials (db: Queryable, column: 'id' | 'normalized_email', value: string): Promise<Credentials | undefined> {
  const columns = ['id', 'email', 'role', 'password_hash', DISABLED, HAS_SECOND_FACTOR] as const
  const row = await db.selectFrom('users').select(columns).where(column, '=', value).executeTakeFirst()
  return row && toCredentials(row)
}

type CredentialsRow = Pick<Credentials, 'id' | 'email' | 'role' | 'disabled'> & { password_hash: string | null, has_second_factor: boolean }

function toCredentials (row: CredentialsRow): Credentials {
  const { id, email, role, password_hash: passwordHash, disabled, has_second_factor: hasSecondFactor } = row
  return { id, email, role, passwordHash: passwordHash ?? undefined, disabled, hasSecondFactor }
}

export function toEmailColumns ({ display, normalized }: Email): { email: string, normalized_email: string } {
  return { email: display, normalized_email: normalized }
}

/** @returns EmailTakenError where another account has the e-mail that was written, else the error itself */
export function toEmailTaken (error: unknown): unknown {
  const isUniqueViolation = error instanceof Error && 'code' in error && error.code === '23505'
  return isUniqueViolation ? new EmailTakenError({ cause: error }) : error
}

/** A row with `USER_COLUMNS`. */
type UserRow = Pick<User, 'id' | 'email' | 'role' | 'claims' | 'disabled'> & {
  created_at: string
  email_verified_at: string | null
  second_factor_since: string | null
}

export function toUser ({ id, email, role, claims, disabled, ...times }: UserRow): User {
  return {
    id,
    email,
    role,
    claims,
    disabled,
    createdAt: toDate(times.created_at),
    emailVerifiedAt: toDateOrNull(times.email_verified_at),
    secondFactorSince: toDateOrNull(times.second_factor_since)
  }
}

function toDateOrNull (time: string | null): Date | null {
  return time === null ? null : toDate(time)
}
