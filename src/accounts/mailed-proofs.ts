import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/index.ts'

/** What a mail can ask its reader to prove. */
export const PROOF_PURPOSES = ['registration', 'password_reset', 'invitation', 'email_verification', 'email_change'] as const

export type ProofPurpose = typeof PROOF_PURPOSES[number]

const PURPOSES_OF_USERS = PROOF_PURPOSES.filter((purpose) => purpose !== 'registration')

/** Whose proofs: those of a user, and those of an address, which may have no user yet. */
interface ProofOwner {
  userId?: string | undefined
  normalizedEmail?: string | undefined
  /** Default: all but those of a registration, which are of nobody yet: see `voidMailedProofs`. */
  purposes?: readonly ProofPurpose[]
}

/**
 * Tables of credentials that have a column `user_id`: removing the credentials of a user deletes their rows. A later kind of credential is
 * added here; a test walks the tables of the database.
 */
export const CREDENTIAL_TABLES = ['mail_proofs', 'totp', 'recovery_codes', 'passkeys'] as const

/**
 * Removes everything that somebody could log in or get into the account with: for the first proof of a mailbox, because whoever typed the
 * address first need not be its owner. The caller ends the sessions in a later statement of the transaction.
 *
 * @param trx has locked the user
 * @param user id, and the normalized address of the user
 */
export async function removeCredentials (trx: Transaction<Tables>, user: { id: string, normalizedEmail: string }): Promise<void> {
  await trx.updateTable('users').set({ password_hash: null, second_factor_since: null }).where('id', '=', user.id).execute()
  await voidMailedProofs(trx, { userId: user.id, normalizedEmail: user.normalizedEmail })
  for (const table of CREDENTIAL_TABLES) await trx.deleteFrom(table).where('user_id', '=', user.id).execute()
}

/**
 * Makes links and codes useless that were mailed, or are in mails that are still due. Lock order: users, mails, mail_proofs. An address
 * that another user wants to change to stays with that proof: its use finds out whether the address is taken. So does that of a
 * registration, and whoever has made an account with somebody else's address cannot keep its owner out by changing the password.
 *
 * @param owner a user, an address, or both
 */
export async function voidMailedProofs (
  trx: Transaction<Tables>, { userId = undefined, normalizedEmail = undefined, purposes = PURPOSES_OF_USERS }: ProofOwner
): Promise<void> {
  const [user, email] = [userId ?? null, normalizedEmail ?? null]
  await sql`update mails set state = 'closed', ended_at = statement_timestamp()
    where state = 'due' and purpose = any(${[...purposes]}::text[])
      and (user_id = ${user}::uuid or normalized_address = ${email}::text and purpose <> 'email_change')`.execute(trx)
  await sql`delete from mail_proofs where purpose = any(${[...purposes]}::text[])
      and (user_id = ${user}::uuid or normalized_email = ${email}::text and purpose <> 'email_change')`.execute(trx)
}

/**
 * For a user who is deleted: voids the proofs, and closes mails that are due. A notice with an address of its own stays: who has changed
 * the e-mail of a stolen account cannot hide it by deleting the account.
 */
export async function closeMails (trx: Transaction<Tables>, user: { id: string, normalizedEmail: string }): Promise<void> {
  await voidMailedProofs(trx, { userId: user.id, normalizedEmail: user.normalizedEmail })
  await sql`update mails set state = 'closed', ended_at = statement_timestamp()
    where state = 'due' and user_id = ${user.id} and address is null`.execute(trx)
}

/** For everybody, after a leak or a restore: nothing that was mailed opens anything, and no mail that is due is sent. */
export async function voidAllMailedProofs (trx: Transaction<Tables>): Promise<void> {
  await sql`update mails set state = 'closed', ended_at = statement_timestamp() where state = 'due'`.execute(trx)
  await sql`delete from mail_proofs`.execute(trx)
}
