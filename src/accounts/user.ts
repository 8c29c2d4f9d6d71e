import { sql } from 'kysely'
import type { CustomClaims } from '../contract/index.ts'
import { epochMs, toDate } from '../database/index.ts'

/** A user, without credentials. */
export interface User {
  id: string
  /** As the user typed it. */
  email: string
  role: string
  disabled: boolean
  claims: CustomClaims
  createdAt: Date
}

// The driver could misread the timestamp, but not a boolean.
export const DISABLED = sql<boolean>`disabled_at is not null`.as('disabled')

export const USER_COLUMNS = ['id', 'email', 'role', 'claims', DISABLED, epochMs('created_at').as('created_at')] as const

/** A row with `USER_COLUMNS`. */
type UserRow = Pick<User, 'id' | 'email' | 'role' | 'claims' | 'disabled'> & { created_at: string }

export function toUser ({ id, email, role, claims, disabled, created_at: createdAt }: UserRow): User {
  return { id, email, role, claims, disabled, createdAt: toDate(createdAt) }
}
