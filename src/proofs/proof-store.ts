import { sql, type Transaction } from 'kysely'
import type { Email, ProofPurpose } from '../accounts/index.ts'
import { prepare, type Queryable, type Tables } from '../database/index.ts'
import { InvalidProofError } from '../errors.ts'
import { CODE_SECONDS, LINK_SECONDS } from '../mail/index.ts'
import type { ProofId } from './proof-secrets.ts'

/** A proof that can still be given. */
export interface Proof extends ProofId {
  /** Undefined for a registration. */
  readonly userId: string | undefined
  /** The address that it proves. */
  readonly email: Email
}

interface NewProof extends ProofId {
  /** Of the mail, as it was leased: see `openProof`. */
  attempts: number
  userId: string | undefined
  email: Email
}

/** By a link or by a code; codes have an end of their own, and tries. */
type Means = 'link' | 'code'

/** Wrong codes, then the code is void. */
const MAX_TRIES = 5

/**
 * Makes the proof that a mail asks for, when the mail is sent; the next attempt to send it begins its time anew.
 *
 * @returns false if the mail is not due any more, or another instance sends it: its proof may have been used already
 */
export async function openProof (db: Queryable, { id, purpose, attempts, userId, email }: NewProof): Promise<boolean> {
  const { rows } = await db.executeQuery(OPEN_PROOF({
    id,
    purpose,
    attempts,
    user_id: userId ?? null,
    email: email.display,
    normalized_email: email.normalized,
    link_seconds: LINK_SECONDS[purpose],
    code_seconds: CODE_SECONDS
  }))
  return rows.length > 0
}

interface OpenParameters {
  id: string
  purpose: string
  attempts: number
  user_id: string | null
  email: string
  normalized_email: string
  link_seconds: number
  code_seconds: number
}

const OPEN_PROOF = prepare<{ id: string }, OpenParameters>(`with mail as (
  select id from mails where id = :id and state = 'due' and attempts = :attempts for update
)
insert into mail_proofs (id, purpose, user_id, email, normalized_email, expires_at, code_expires_at)
select id, :purpose, :user_id::uuid, :email, :normalized_email, statement_timestamp() + make_interval(secs => :link_seconds),
  statement_timestamp() + make_interval(secs => :code_seconds)
from mail
on conflict (id) do update set expires_at = excluded.expires_at, code_expires_at = excluded.code_expires_at
returning id`)

/** Reads a proof without using it. @throws InvalidProofError if it is used, void or too old */
export async function findProof (db: Queryable, { id, purpose }: ProofId, means: Means): Promise<Proof> {
  const row = await db.selectFrom('mail_proofs').select(['user_id', 'email', 'normalized_email'])
    .where('id', '=', id).where('purpose', '=', purpose).where(sql<boolean>`${sql.raw(VALID_SQL[means])}`)
    .executeTakeFirst()
  if (row === undefined) throw new InvalidProofError()
  return { id, purpose, userId: row.user_id ?? undefined, email: { display: row.email, normalized: row.normalized_email } }
}

/**
 * Uses a proof: of any number of callers at once, one succeeds. Lock order: users, mails, mail_proofs, so lock the user first.
 *
 * @throws InvalidProofError
 */
export async function useProof (trx: Transaction<Tables>, { id, purpose }: ProofId, means: Means): Promise<void> {
  // The mail has arrived, even if no instance lived to write that down: sent again, it would bring the proof back.
  await sql`update mails set state = 'sent', ended_at = statement_timestamp() where id = ${id} and state = 'due'`.execute(trx)
  const { numAffectedRows } = await sql`delete from mail_proofs where id = ${id} and purpose = ${purpose}
    and ${sql.raw(VALID_SQL[means])}`.execute(trx)
  if (numAffectedRows !== 1n) throw new InvalidProofError()
}

/** Counts a wrong code. */
export async function countWrongCode (db: Queryable, { id, purpose }: ProofId): Promise<void> {
  await sql`update mail_proofs set tries = tries + 1 where id = ${id} and purpose = ${purpose} and tries < ${sql.lit(MAX_TRIES)}`.execute(db)
}

const VALID_SQL: Readonly<Record<Means, string>> = {
  link: 'expires_at > statement_timestamp()',
  code: `code_expires_at > statement_timestamp() and tries < ${MAX_TRIES}`
}
