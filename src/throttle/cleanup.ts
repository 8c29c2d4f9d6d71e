import { sql, type Transaction } from 'kysely'
import { deleteInBatches, THROTTLE_RETENTION_LEADER_LOCK, type Batch, type Database, type Tables } from '../database/index.ts'

interface CounterCleanupOptions {
  batchSize?: number
  /** Stops between two batches. */
  signal?: AbortSignal
}

/**
 * Deletes counters that block no attempt and hold no known address any more, in batches.
 *
 * @returns how many rows were deleted
 */
export async function deleteExpiredCounters (database: Database, options: CounterCleanupOptions = {}): Promise<number> {
  const { batchSize = 1000, signal } = options
  const deleteBatch = (trx: Transaction<Tables>, after: string) => deleteCounters(trx, after, batchSize)
  return deleteInBatches(database, { leaderLock: THROTTLE_RETENTION_LEADER_LOCK, deleteBatch, signal })
}

// No block outlasts decayed_at. This walks the primary key, because no index has the times: with one, counting would not be a HOT update.
// SKIP LOCKED, or this and an attempt, which locks several counters, could deadlock.
async function deleteCounters (trx: Transaction<Tables>, after: string, batchSize: number): Promise<Batch> {
  const { rows: [batch] } = await sql<Batch>`
    with page as (
      select key from login_attempts where key > ${after}::uuid order by key limit ${batchSize}
    ), expired as (
      select key from login_attempts
      where key in (select key from page) and decayed_at < statement_timestamp() and coalesce(known_until < statement_timestamp(), true)
      for update skip locked
    ), deleted as (
      delete from login_attempts using expired where login_attempts.key = expired.key returning login_attempts.key
    )
    select (select key from page order by key desc limit 1) as last, (select count(*)::int from deleted) as count`.execute(trx)
  return batch ?? { count: 0, last: null }
}
