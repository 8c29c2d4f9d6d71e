import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { AUDIT_RETENTION_LEADER_LOCK, transact, type Database } from '../database/index.ts'

export interface RetentionOptions {
  retentionDays: number
  batchSize?: number
  /** Stops it between two batches. */
  signal?: AbortSignal
}

const PAUSE_MS = 20

/**
 * Removes events past their time, in batches. One instance does it at a time; another one leaves it at that.
 *
 * @param database where
 * @param options how many days events are kept
 * @returns how many went
 */
export async function removeOldAudit (database: Database, { retentionDays, batchSize = 1000, signal }: RetentionOptions): Promise<number> {
  let removed = 0
  for (let count = batchSize; count === batchSize && signal?.aborted !== true;) {
    count = await removeBatch(database, retentionDays, batchSize)
    removed += count
    if (count === batchSize) await sleep(PAUSE_MS)
  }
  return removed
}

/** Whether our role may remove events at all: the one of least privilege may not, and somebody else does it. */
export async function mayRemoveAudit ({ reserved }: Database): Promise<boolean> {
  const { rows: [row] } = await sql<{ may: boolean }>`select has_table_privilege('audit_events', 'delete') as may`.execute(reserved)
  return row?.may === true
}

async function removeBatch (database: Database, retentionDays: number, batchSize: number): Promise<number> {
  return transact(database, async (trx) => {
    const { rows: [election] } = await sql<{ won: boolean }>`select pg_try_advisory_xact_lock(${AUDIT_RETENTION_LEADER_LOCK}) as won`.execute(trx)
    if (election?.won !== true) return 0
    const { numAffectedRows } = await sql`delete from audit_events where id in (
      select id from audit_events
      where id < ${idAt(retentionDays - 1)} and at < ${daysAgo(retentionDays)}
      order by id limit ${batchSize}
    )`.execute(trx)
    return Number(numAffectedRows ?? 0)
  })
}

const daysAgo = (days: number) => sql`statement_timestamp() - make_interval(days => ${days})`

/**
 * RFC 9562 5.7: the first 48 bits of an id are milliseconds, so the primary key finds the old events. Ids are made by the
 * clocks of instances: a day more leaves room for those, and `at` decides.
 */
const idAt = (daysBefore: number) =>
  sql`(lpad(to_hex((extract(epoch from ${daysAgo(daysBefore)}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`
