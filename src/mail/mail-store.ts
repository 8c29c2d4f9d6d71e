// The statements of the sender. Every change asks whether the attempt is still its own: `state = 'due' and attempts = mine`.
import { sql } from 'kysely'
import { prepare, toDate, type Queryable } from '../database/index.ts'
import type { DueMail } from './content.ts'
import { MAIL_PURPOSES } from './purposes.ts'

/** Longer than an attempt takes: then another instance may try. */
export const LEASE_SECONDS = 60

/** Which attempt, of which mail. */
export type Attempt = Pick<DueMail, 'id' | 'attempts'>

/** Mails that wait. */
export interface Backlog {
  /** At most `MAX_COUNTED`. */
  due: number
  /** Of the one that waits longest; 0 if none does. */
  oldestSeconds: number
  /** What it failed at. */
  lastError: string | undefined
}

const MAX_COUNTED = 10_000

/**
 * Leases mails: each to one instance. Those past their end become `expired` instead.
 *
 * @param count at most so many of both
 */
export async function leaseMails (db: Queryable, count: number): Promise<{ mails: DueMail[], expired: number }> {
  const { rows } = await db.executeQuery(LEASE_MAILS({ count, purposes: [...MAIL_PURPOSES] }))
  return { expired: rows[0]?.expired ?? 0, mails: rows.flatMap((row) => row.id === null ? [] : [toDueMail(row)]) }
}

interface LeasedRow {
  expired: number
  id: string
  purpose: string
  attempts: number
  address: string | null
  normalized_address: string | null
  user_id: string | null
  created_ms: string
}

function toDueMail (row: LeasedRow): DueMail {
  const { id, purpose, attempts, address: display, normalized_address: normalized, user_id: userId, created_ms: createdMs } = row
  return {
    id,
    purpose,
    attempts,
    address: display === null || normalized === null ? undefined : { display, normalized },
    userId: userId ?? undefined,
    createdAt: toDate(createdMs)
  }
}

// A purpose of a later version is left to its instances. Whether a mail is past its end is asked of those that it is the turn of: a look
// for all of them would read the whole backlog for each lease.
const LEASE_MAILS = prepare<LeasedRow | { expired: number, id: null }, { count: number, purposes: string[] }>(`with due as (
  select id, expires_at <= statement_timestamp() as is_past from mails
  where state = 'due' and due_at <= statement_timestamp() and purpose = any(:purposes::text[])
  order by due_at limit :count::int for update skip locked
), expired as (
  update mails set state = 'expired', ended_at = statement_timestamp() from due where mails.id = due.id and is_past returning mails.id
), leased as (
  update mails set attempts = attempts + 1, due_at = statement_timestamp() + interval '${LEASE_SECONDS} seconds'
  from due where mails.id = due.id and not is_past
  returning mails.id, purpose, attempts, address, normalized_address, user_id, (extract(epoch from created_at) * 1000)::text as created_ms
)
select (select count(*)::int from expired) as expired, leased.* from (select) as one left join leased on true`)

export async function markSent (db: Queryable, { id, attempts }: Attempt): Promise<void> {
  await sql`update mails set state = 'sent', ended_at = statement_timestamp(), last_error = null
    where id = ${id} and state = 'due' and attempts = ${attempts}`.execute(db)
}

export async function markFailed (db: Queryable, { id, attempts }: Attempt, lastError: string): Promise<void> {
  await sql`update mails set state = 'failed', ended_at = statement_timestamp(), last_error = ${lastError}
    where id = ${id} and state = 'due' and attempts = ${attempts}`.execute(db)
}

export async function scheduleRetry (
  db: Queryable, { id, attempts }: Attempt, { delaySeconds, lastError }: { delaySeconds: number, lastError: string }
): Promise<void> {
  await sql`update mails
    set due_at = statement_timestamp() + make_interval(secs => ${delaySeconds}), last_error = ${lastError}
    where id = ${id} and state = 'due' and attempts = ${attempts}`.execute(db)
}

/** There is nobody to send it to. */
export async function deleteMail (db: Queryable, { id, attempts }: Attempt): Promise<void> {
  await sql`delete from mails where id = ${id} and state = 'due' and attempts = ${attempts}`.execute(db)
}

/** By indexes: cheap, however many mails wait. An id is a UUIDv7, so the smallest is the oldest. */
export async function readBacklog (db: Queryable): Promise<Backlog> {
  const { rows: [row] } = await db.executeQuery(READ_BACKLOG({}))
  return { due: row?.due ?? 0, oldestSeconds: Math.max(0, row?.oldest_seconds ?? 0), lastError: row?.last_error ?? undefined }
}

const READ_BACKLOG = prepare<{ due: number, oldest_seconds: number | null, last_error: string | null }, object>(`with oldest as (
  select created_at, last_error from mails where state = 'due' order by id limit 1
)
select (select count(*)::int from (select from mails where state = 'due' limit ${MAX_COUNTED}) as waiting) as due,
  (select extract(epoch from statement_timestamp() - created_at)::int from oldest) as oldest_seconds, (select last_error from oldest)`)
