import { sql, type Transaction } from 'kysely'
import {
  findMailbox, insertUser, lockMailbox, PROOF_PURPOSES, removeCredentials, toUser, USER_COLUMNS, voidMailedProofs, type Mailbox, type User
} from '../accounts/index.ts'
import { recordAudit, type Actor } from '../audit/index.ts'
import { transact, type Database, type Tables } from '../database/index.ts'
import { EmailTakenError, InvalidProofError } from '../errors.ts'
import type { Outbox } from '../mail/index.ts'
import { endUserSessionsIn, withNotBefore, type Change } from '../sessions/index.ts'
import { useProof, type Proof } from './proof-store.ts'

// Each change is one transaction. Locks are taken in the order users, mails, mail_proofs; sessions end in a later statement, which sees the
// session of a login that the lock of the user waited for.

interface PasswordByProof {
  proof: Proof
  passwordHash: string
}

// An address may get a user, or lose one, between the look-up and the transaction.
const MAX_TRIES = 3

/**
 * Sets the password of a user who has proved to read their mailbox. Every session ends, and all other links and codes of the user are void.
 * If nobody had proved to read the mailbox before, the credentials of the account are removed first: who made it need not be its owner.
 *
 * @param outbox for the notice to the user, who needs none after an invitation
 * @throws InvalidProofError if the proof was used meanwhile, or the user is gone, disabled, or has another address; then nothing changed
 */
export async function setPasswordByProof (
  database: Database, outbox: Outbox, { proof, passwordHash }: PasswordByProof, actor: Actor
): Promise<void> {
  const { userId, purpose, email } = proof
  if (userId === undefined) throw new InvalidProofError()
  await withNotBefore(database, userId, async (trx) => {
    const mailbox = await lockMailbox(trx, { userId, normalizedEmail: email.normalized })
    if (mailbox === undefined) throw new InvalidProofError()
    const change = await setPasswordIn(trx, mailbox, { proof, passwordHash }, actor)
    if (purpose !== 'invitation') await outbox.notify(trx, { purpose: 'password_changed', userId })
    return change
  })
}

/**
 * Creates the account of somebody who has proved to read a mailbox. An account with this address whose mailbox nobody has proved becomes
 * theirs, with its role: it gets the new password, and what others could get in with is removed.
 *
 * @param account `role`: of a new account
 * @throws InvalidProofError if the proof was used meanwhile, or the address has an account that cannot be taken over; then nothing changed
 */
export async function registerByProof (
  database: Database, { proof, passwordHash, role }: PasswordByProof & { role: string }, actor: Actor
): Promise<User> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const found = await findMailbox(database.reserved, { normalizedEmail: proof.email.normalized })
    const user = found === undefined
      ? await createUser(database, { proof, passwordHash, role }, actor)
      : await takeOver(database, found.userId, { proof, passwordHash }, actor)
    if (user !== undefined) return user
  }
  throw new InvalidProofError()
}

/** @returns undefined if the address has got a user since */
async function createUser (
  database: Database, { proof, passwordHash, role }: PasswordByProof & { role: string }, actor: Actor
): Promise<User | undefined> {
  const { email, purpose } = proof
  try {
    return await transact(database, async (trx) => {
      // First, like the lock of a user that exists: of two registrations of an address, one waits here.
      const user = await insertUser(trx, { email, passwordHash, role, isVerified: true }, actor)
      await useProof(trx, proof)
      await voidMailedProofs(trx, { normalizedEmail: email.normalized, purposes: [purpose] })
      await recordAudit(trx, { type: 'email_verified', userId: user.id, details: { purpose }, ...actor })
      return user
    })
  } catch (error) {
    if (error instanceof EmailTakenError) return undefined
    throw error
  }
}

/** @returns undefined if the user does not have the address any more */
async function takeOver (
  database: Database, userId: string, { proof, passwordHash }: PasswordByProof, actor: Actor
): Promise<User | undefined> {
  return withNotBefore<User | undefined>(database, userId, async (trx) => {
    const mailbox = await lockMailbox(trx, { userId, normalizedEmail: proof.email.normalized })
    if (mailbox === undefined) return { result: undefined, rejectsTokens: false }
    if (mailbox.isProved || !isSameSpelling(mailbox.email.display, proof.email.display)) throw new InvalidProofError()
    return setPasswordIn(trx, mailbox, { proof, passwordHash }, actor)
  })
}

/** @param mailbox locked, and still the one that the proof is of */
async function setPasswordIn (
  trx: Transaction<Tables>, mailbox: Mailbox, { proof, passwordHash }: PasswordByProof, actor: Actor
): Promise<Change<User>> {
  const { userId, isProved, hasPassword, email: { normalized: normalizedEmail } } = mailbox
  const about = { userId, details: { purpose: proof.purpose }, ...actor }
  await useProof(trx, proof)
  await voidMailedProofs(trx, { userId, normalizedEmail, purposes: PROOF_PURPOSES })
  if (!isProved) await removeCredentials(trx, { id: userId, normalizedEmail })
  const row = await trx.updateTable('users')
    .set({ password_hash: passwordHash, email_verified_at: sql<Date>`coalesce(email_verified_at, statement_timestamp())` })
    .where('id', '=', userId)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow()
  if (!isProved && hasPassword) await recordAudit(trx, { type: 'credentials_removed', ...about })
  if (!isProved) await recordAudit(trx, { type: 'email_verified', ...about })
  await recordAudit(trx, { type: 'password_reset', ...about })
  const ended = await endUserSessionsIn(trx, { userId }, actor)
  return { result: toUser(row), rejectsTokens: ended > 0 }
}

/** Two spellings that we do not distinguish may be two mailboxes. ASCII case is no difference: no provider makes one. */
function isSameSpelling (one: string, other: string): boolean {
  const fold = (email: string) => email.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return fold(one) === fold(other)
}
