import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { THROTTLE_RETENTION_LEADER_LOCK, transact, type Database } from '../database/index.ts'

export interface AttemptRetentionOptions {
  batchSize?: number
  /** Stops it between two batches. */
  signal?: AbortSignal
}

interface Batch {
  last: string | null
  count: number
}

const PAUSE_MS = 20
const FIRST_UUID = '00000000-0000-0000-0000-000000000000'

/**
 * Removes counters of attempts that bar nobody and know nobody any more, in batches. One instance does it at a time; another one
 * leaves it at that.
 *
 * @param database where
 * @returns how many went
 */
export async function removeSpentAttempts (database: Database, { batchSize = 1000, signal }: AttemptRetentionOptions = {}): Promise<number> {
  let removed = 0
  for (let after: string | null = FIRST_UUID; after !== null && signal?.aborted !== true;) {
    const { last, count } = await removeAfter(database, after, batchSize)
    removed += count
    after = last
    if (after !== null) await sleep(PAUSE_MS)
  }
  return removed
}

// No wait outlasts decayed_at. The primary key is walked, for no index holds the times: with one, no count would be a HOT update. A counter that an attempt
// has locked is left to it: whoever waits for one while holding others would wait in a circle.
async function removeAfter (database: Database, after: string, batchSize: number): Promise<Batch> {
  return transact(database, async (trx) => {
    const { rows: [election] } = await sql<{ won: boolean }>`select pg_try_advisory_xact_lock(${THROTTLE_RETENTION_LEADER_LOCK}) as won`.execute(trx)
    if (election?.won !== true) return { last: null, count: 0 }
    const { rows: [batch] } = await sql<Batch>`
      with page as (
        select key from login_attempts where key > ${after}::uuid order by key limit ${batchSize}
      ), spent as (
        select key from login_attempts
        where key in (select key from page) and decayed_at < statement_timestamp() and coalesce(known_until < statement_timestamp(), true)
        for update skip locked
      ), removed as (
        delete from login_attempts using spent where login_attempts.key = spent.key returning login_attempts.key
      )
      select (select key from page order by key desc limit 1) as last, (select count(*)::int from removed) as count`.execute(trx)
    return batch ?? { last: null, count: 0 }
  })
}
