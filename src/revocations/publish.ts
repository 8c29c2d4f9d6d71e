import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/index.ts'

/** Instances LISTEN on this channel. A notification only wakes them: the data is in the table. */
export const REVOCATIONS_CHANNEL = 'gatepass_revocations'

const NOTIFY = `pg_notify('${REVOCATIONS_CHANNEL}', '')`

/** A not-before outlives every token that it rejects: the longest lifetime of an access token, the edges' leeway, and a margin. */
const NOT_BEFORE_TTL_SECONDS = 3660

/**
 * SQL that makes every edge reject the tokens of ended sessions, as a part of the statement that ends them. A session whose last
 * access token has expired needs no entry.
 *
 * @param ended a row source with the columns `id` and `access_until`, such as the name of a CTE
 * @returns an INSERT that also notifies; as a CTE it runs whether or not it is read
 */
export function insertRevocationsSql (ended: string): string {
  return `insert into revocations (kind, sid, expires_at)
    select 'session', id, access_until from ${ended}
    where access_until > statement_timestamp() returning ${NOTIFY}`
}

/**
 * Makes every edge reject older tokens, so that clients refresh and continue, in the caller's transaction.
 *
 * @param trx the transaction that advances the not-before
 * @param notBefore `before`: NumericDate, exclusive; `sub`: a user's id, or everybody if it is left out
 */
export async function publishNotBefore (trx: Transaction<Tables>, notBefore: { sub?: string | undefined, before: number }): Promise<void> {
  const { sub, before } = notBefore
  const kind = sub === undefined ? 'everybody' : 'user'
  await sql`insert into revocations (kind, sub, not_before, expires_at)
    values (${kind}, ${sub ?? null}, ${before}, statement_timestamp() + make_interval(secs => ${sql.lit(NOT_BEFORE_TTL_SECONDS)}))
    returning ${sql.raw(NOTIFY)}`.execute(trx)
}
