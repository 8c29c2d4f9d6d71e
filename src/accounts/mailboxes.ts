import { sql, type Transaction } from 'kysely'
import type { Queryable, Tables } from '../database/index.ts'
import type { Email } from './email.ts'

/** The mailbox of a user, as mail and proofs see it. */
export interface Mailbox {
  userId: string
  /** As it is stored: mails go there, never to another spelling that somebody typed. */
  email: Email
  isDisabled: boolean
  /** Whether somebody has ever proved to read it. */
  isProved: boolean
  hasPassword: boolean
}

const COLUMNS = [
  'id', 'email', 'normalized_email', sql<boolean>`disabled_at is not null`.as('is_disabled'),
  sql<boolean>`email_verified_at is not null`.as('is_proved'), sql<boolean>`password_hash is not null`.as('has_password')
] as const

/** @param owner a user by id, or whoever has this normalized address now */
export async function findMailbox (db: Queryable, owner: { userId: string } | { normalizedEmail: string }): Promise<Mailbox | undefined> {
  const query = db.selectFrom('users').select(COLUMNS)
  const row = await ('userId' in owner ? query.where('id', '=', owner.userId) : query.where('normalized_email', '=', owner.normalizedEmail))
    .executeTakeFirst()
  return row && toMailbox(row)
}

/**
 * Locks the user of a mailbox until the end of the transaction.
 *
 * @param trx the transaction of the change
 * @returns undefined if the user is gone or disabled, or has another address by now
 */
export async function lockMailbox (
  trx: Transaction<Tables>, { userId, normalizedEmail }: { userId: string, normalizedEmail: string }
): Promise<Mailbox | undefined> {
  const row = await trx.selectFrom('users').select(COLUMNS)
    .where('id', '=', userId)
    .where('normalized_email', '=', normalizedEmail)
    .where('disabled_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  return row && toMailbox(row)
}

interface MailboxRow {
  id: string
  email: string
  normalized_email: string
  is_disabled: boolean
  is_proved: boolean
  has_password: boolean
}

function toMailbox (row: MailboxRow): Mailbox {
  return {
    userId: row.id,
    email: { display: row.email, normalized: row.normalized_email },
    isDisabled: row.is_disabled,
    isProved: row.is_proved,
    hasPassword: row.has_password
  }
}
