import { sql } from 'kysely'
import { epochMs, toDate } from '../database/index.ts'

/** A user, without what proves who they are. */
export interface User {
  id: string
  /** As the user wrote it. */
  email: string
  role: string
  disabled: boolean
  createdAt: Date
}

/** SQL: no moment that the driver might read as none. */
export const DISABLED = sql<boolean>`disabled_at is not null`.as('disabled')

export const USER_COLUMNS = ['id', 'email', 'role', DISABLED, epochMs('created_at').as('created_at')] as const

/** A row with those columns. */
export type UserRow = Pick<User, 'id' | 'email' | 'role' | 'disabled'> & { created_at: string }

export function fromRow ({ id, email, role, disabled, created_at: createdAt }: UserRow): User {
  return { id, email, role, disabled, createdAt: toDate(createdAt) }
}
