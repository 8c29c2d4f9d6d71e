import { sql, type Transaction } from 'kysely'
import type { Email } from '../accounts/index.ts'
import { toAuditRow, type Origin } from '../audit/index.ts'
import { CODE_TRIES_LOCK, prepare, type Queryable, type Tables } from '../database/index.ts'
import { InvalidProofError } from '../errors.ts'
import { CODE_SECONDS, LINK_SECONDS } from '../mail/index.ts'
import type { ProofId } from './proof-secrets.ts'

/** A proof that can still be given. */
export interface Proof extends ProofId {
  /** Undefined for a registration. */
  readonly userId: string | undefined
  /** The address that it proves. */
  readonly email: Email
  readonly means: Means
}

/** By a link or by a code; codes have an end of their own, and tries. */
type Means = 'link' | 'code'

interface NewProof extends ProofId {
  /** Of the mail, as it was leased: see `openProof`. */
  attempts: number
  userId: string | undefined
  email: Email
}

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

// Whoever uses or voids a proof changes its mail first, and so waits for this statement, or is seen by it. An earlier attempt may have
// found another user at the address. Wrong codes stay counted: the code is the same.
const OPEN_PROOF = prepare<{ id: string }, OpenParameters>(`with mail as (
  select id from mails where id = :id and state = 'due' and attempts = :attempts for update
)
insert into mail_proofs (id, purpose, user_id, email, normalized_email, expires_at, code_expires_at)
select id, :purpose, :user_id::uuid, :email, :normalized_email, statement_timestamp() + make_interval(secs => :link_seconds),
  statement_timestamp() + make_interval(secs => :code_seconds)
from mail
on conflict (id) do update set user_id = excluded.user_id, email = excluded.email, normalized_email = excluded.normalized_email,
  expires_at = excluded.expires_at, code_expires_at = excluded.code_expires_at
returning id`)

/** Reads the proof of a link without using it. @returns undefined if it is used, void or too old */
export async function findProof (db: Queryable, { id, purpose }: ProofId): Promise<Proof | undefined> {
  const row = await db.selectFrom('mail_proofs').select(['user_id', 'email', 'normalized_email'])
    .where('id', '=', id).where('purpose', '=', purpose).where(sql<boolean>`${sql.raw(VALID_SQL.link)}`)
    .executeTakeFirst()
  return row && toProof({ id, purpose }, 'link', row)
}

/** A code that was compared with the one of its proof, which needs no query. */
interface TypedCode extends ProofId {
  isRight: boolean
  /** The user who is logged in: the proof must be theirs. */
  userId?: string | undefined
  origin: Origin
}

/**
 * Reads the proof of a code without using it. A wrong code is counted and audited in the same statement, which locks the proof: of any
 * number of guesses at once, five are looked at. It does the same where there is no such proof.
 *
 * @returns undefined if the code is wrong, or the proof is used, void, too old, or another user's
 */
export async function tryCode (db: Queryable, { id, purpose, isRight, userId, origin }: TypedCode): Promise<Proof | undefined> {
  const event = toAuditRow({ type: 'proof_rejected', userId, actorId: userId, origin, details: { purpose, means: 'code' } })
  const { rows: [row] } = await db.executeQuery(TRY_CODE({
    id,
    purpose,
    is_right: isRight,
    user_id: userId ?? null,
    audit_id: event.id,
    ip: origin.ip,
    user_agent: origin.userAgent,
    request_id: origin.requestId,
    details: event.details
  }))
  return row && toProof({ id, purpose }, 'code', row)
}

interface TryParameters {
  id: string
  purpose: string
  is_right: boolean
  user_id: string | null
  audit_id: string
  ip: string | null
  user_agent: string | null
  request_id: string | null
  details: string
}

interface ProofRow {
  user_id: string | null
  email: string
  normalized_email: string
}

const VALID_SQL: Readonly<Record<Means, string>> = {
  link: 'expires_at > statement_timestamp()',
  code: `code_expires_at > statement_timestamp() and tries < ${MAX_TRIES}`
}

// Tries at once wait for each other, whether there is a proof or not: the row alone would let only those wait whose address has no account.
const TRY_CODE = prepare<ProofRow, TryParameters>(`with turn as materialized (
  select pg_advisory_xact_lock(${CODE_TRIES_LOCK}, hashtext(:id::uuid::text))
), tried as (
  update mail_proofs set tries = tries + case when :is_right then 0 else 1 end from turn
  where id = :id and purpose = :purpose and (:user_id::uuid is null or user_id = :user_id) and ${VALID_SQL.code}
  returning user_id, email, normalized_email
), accepted as (
  select * from tried where :is_right
), audited as (
  insert into audit_events (id, type, user_id, actor_id, ip, user_agent, request_id, details)
  select :audit_id::uuid, 'proof_rejected', :user_id::uuid, :user_id::uuid, :ip, :user_agent, :request_id, :details::jsonb
  from turn where not exists (select from accepted)
)
select * from accepted`)

function toProof ({ id, purpose }: ProofId, means: Means, row: ProofRow): Proof {
  return { id, purpose, means, userId: row.user_id ?? undefined, email: { display: row.email, normalized: row.normalized_email } }
}

/**
 * Uses a proof: of any number of callers at once, one succeeds. Lock order: users, mails, mail_proofs, so lock the user first.
 *
 * @throws InvalidProofError
 */
export async function useProof (trx: Transaction<Tables>, { id, purpose, means }: Pick<Proof, 'id' | 'purpose' | 'means'>): Promise<void> {
  // The mail has arrived, even if no instance lived to write that down: sent again, it would bring the proof back.
  await sql`update mails set state = 'sent', ended_at = statement_timestamp() where id = ${id} and state = 'due'`.execute(trx)
  const { numAffectedRows } = await sql`delete from mail_proofs where id = ${id} and purpose = ${purpose}
    and ${sql.raw(VALID_SQL[means])}`.execute(trx)
  if (numAffectedRows !== 1n) throw new InvalidProofError()
}
