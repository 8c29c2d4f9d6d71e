import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import type { LeaderLock } from './advisory-locks.ts'
import { transact, type Database } from './database.ts'
import type { Tables } from './tables.ts'

export interface Batch {
  /** How many rows were deleted. */
  count: number
  /** The next batch begins after this id; null if this batch was the last one. */
  last: string | null
}

interface DeleteInBatchesOptions {
  /** Of several instances, the one that has this advisory lock deletes the batch. */
  leaderLock: LeaderLock
  /**
   * Deletes one batch; it may run more than once, see `transact`.
   *
   * @param after the `last` of the previous batch, a UUID; the nil UUID for the first batch
   */
  deleteBatch: (trx: Transaction<Tables>, after: string) => Promise<Batch>
  /** Stops between two batches. */
  signal?: AbortSignal | undefined
}

const PAUSE_MS = 20
const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/**
 * Deletes rows in small transactions with pauses, so that no statement locks many rows or holds up others. Stops if another instance is the
 * leader.
 *
 * @returns how many rows were deleted
 */
export async function deleteInBatches (database: Database, { leaderLock, deleteBatch, signal }: DeleteInBatchesOptions): Promise<number> {
  let deleted = 0
  for (let after: string | null = NIL_UUID; after !== null && signal?.aborted !== true;) {
    const start: string = after
    const batch = await transact(database, async (trx) => {
      return await isLeader(trx, leaderLock) ? deleteBatch(trx, start) : { count: 0, last: null }
    })
    deleted += batch.count
    after = batch.last
    if (after !== null) await sleep(PAUSE_MS)
  }
  return deleted
}

async function isLeader (trx: Transaction<Tables>, leaderLock: LeaderLock): Promise<boolean> {
  const { rows: [row] } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${leaderLock}) as locked`.execute(trx)
  return row?.locked === true
}
