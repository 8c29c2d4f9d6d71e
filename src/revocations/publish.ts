import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/index.ts'

/** Instances LISTEN here. A notification only wakes them; what there is to know is read from the table. */
export const REVOCATIONS_CHANNEL = 'gatepass_revocations'

const NOTIFY = `pg_notify('${REVOCATIONS_CHANNEL}', '')`

/** A cut outlives every token it refuses: the longest access token there can be, the edges' leeway, and room. */
export const NOT_BEFORE_TTL_SECONDS = 3660

/** A session that has ended, as far as edges must know of it. */
export interface EndedSession {
  /** UUID */
  id: string
  /** After this moment no access token of the session is alive. */
  accessUntil: Date
}

/**
 * Tells every edge to refuse the tokens of sessions that end, in the caller's transaction.
 *
 * @param trx the transaction that ends them
 * @param sessions the sessions; one whose last access token has expired needs no entry
 */
export async function revokeSessions (trx: Transaction<Tables>, sessions: readonly EndedSession[]): Promise<void> {
  if (sessions.length === 0) return
  const ids = sessions.map(({ id }) => id)
  const ends = sessions.map(({ accessUntil }) => accessUntil)
  await sql`with ended as (select * from unnest(${ids}::uuid[], ${ends}::timestamptz[]) as given (id, access_until))
    ${sql.raw(insertRevocationsSql('ended'))}`.execute(trx)
}

/**
 * The same as a part of a larger statement, for what must end a session in one round trip.
 *
 * @param ended a row source with the columns `id` and `access_until`, such as the name of a CTE
 * @returns an INSERT that also notifies: as a CTE it runs whether or not it is read
 */
export function insertRevocationsSql (ended: string): string {
  return `insert into revocations (kind, sid, expires_at)
    select 'session', id, access_until from ${ended}
    where access_until > statement_timestamp() returning ${NOTIFY}`
}

/**
 * Tells every edge to refuse older tokens, so that clients refresh and go on, in the caller's transaction.
 *
 * @param trx the transaction that set the cut
 * @param cut `before`: NumericDate, exclusive; `sub`: the user, everybody when left out
 */
export async function requireRefresh (trx: Transaction<Tables>, { sub, before }: { sub?: string | undefined, before: number }): Promise<void> {
  await sql`insert into revocations (kind, sub, not_before, expires_at)
    values (${sub === undefined ? 'everybody' : 'user'}, ${sub ?? null}, ${before}, statement_timestamp() + make_interval(secs => ${sql.lit(NOT_BEFORE_TTL_SECONDS)}))
    returning ${sql.raw(NOTIFY)}`.execute(trx)
}
