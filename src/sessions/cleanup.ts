import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { SESSION_CLEANUP_LEADER_LOCK, transact, type Database, type Tables } from '../database/index.ts'

export interface Removed {
  sessions: number
  revocations: number
}

const BATCH = 1000
const PAUSE_MS = 20
const FIRST_UUID = '00000000-0000-0000-0000-000000000000'

/**
 * Removes the sessions that are over and the revocations that say nothing any more, in small batches. One instance does it
 * at a time; another one leaves it at that.
 *
 * @param database where
 * @param options the idle life of a session, in seconds; a signal that stops it between two batches
 * @returns how many rows went
 */
export async function removeExpiredSessions (database: Database, { sessionIdleSeconds, signal }: { sessionIdleSeconds: number, signal?: AbortSignal }): Promise<Removed> {
  const removed = { sessions: 0, revocations: 0 }
  let after: string | null = FIRST_UUID
  while (after !== null && signal?.aborted !== true) {
    const batch = await elected(database, (trx) => removeSessionsAfter(trx, after ?? FIRST_UUID, sessionIdleSeconds))
    removed.sessions += batch?.count ?? 0
    after = batch?.last ?? null
    if (after !== null) await sleep(PAUSE_MS)
  }
  let count = BATCH
  while (count === BATCH && signal?.aborted !== true) {
    count = await elected(database, removeRevocations) ?? 0
    removed.revocations += count
  }
  return removed
}

async function elected<T> (database: Database, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T | undefined> {
  return transact(database, async (trx) => {
    const { rows: [election] } = await sql<{ won: boolean }>`select pg_try_advisory_xact_lock(${SESSION_CLEANUP_LEADER_LOCK}) as won`.execute(trx)
    return election?.won === true ? work(trx) : undefined
  })
}

// The primary key is walked, for no index holds `rotated_at`: with one, a refresh would no longer be a HOT update. The row is
// judged by the DELETE itself, so that a refresh that it waited for counts.
async function removeSessionsAfter (trx: Transaction<Tables>, after: string, sessionIdleSeconds: number): Promise<{ last: string | null, count: number }> {
  const { rows: [batch] } = await sql<{ last: string | null, count: number }>`
    with page as (
      select id from sessions where id > ${after}::uuid order by id limit ${BATCH}
    ), removed as (
      delete from sessions using page where sessions.id = page.id and access_until < statement_timestamp() and (
        ended_at is not null or global_epoch < (select session_epoch from global_state)
        or not exists (select from users where users.id = user_id and session_epoch = user_epoch)
        or statement_timestamp() >= least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))
      ) returning sessions.id
    )
    select (select id from page order by id desc limit 1) as last, (select count(*)::int from removed) as count`.execute(trx)
  return batch ?? { last: null, count: 0 }
}

async function removeRevocations (trx: Transaction<Tables>): Promise<number> {
  const { numDeletedRows } = await trx.deleteFrom('revocations')
    .where('id', 'in', (from) => from.selectFrom('revocations').select('id').where('expires_at', '<', sql<Date>`statement_timestamp()`).limit(BATCH))
    .executeTakeFirst()
  return Number(numDeletedRows)
}
