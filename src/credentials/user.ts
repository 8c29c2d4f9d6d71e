import { type Selectable } from 'kysely'
import { type Tables } from '../database/index.ts'

/** A user, without what proves who they are. */
export interface User {
  id: string
  /** As the user wrote it. */
  email: string
  role: string
  disabled: boolean
  createdAt: Date
}

export const USER_COLUMNS = ['id', 'email', 'role', 'disabled_at', 'created_at'] as const

/** A row with those columns. */
export type UserRow = Pick<Selectable<Tables['users']>, typeof USER_COLUMNS[number]>

export function fromRow ({ id, email, role, disabled_at: disabledAt, created_at: createdAt }: UserRow): User {
  return { id, email, role, disabled: disabledAt !== null, createdAt }
}
