import { sql, type Transaction } from 'kysely'
import { AUDIT_RETENTION_LEADER_LOCK, deleteInBatches, type Batch, type Database, type Tables } from '../database/index.ts'

interface RetentionOptions {
  retentionDays: number
  batchSize?: number
  /** Stops between two batches. */
  signal?: AbortSignal
}

/**
 * Deletes events that are older than their retention, in batches.
 *
 * @returns how many rows were deleted
 */
export async function deleteExpiredAudit (database: Database, options: RetentionOptions): Promise<number> {
  const { retentionDays, batchSize = 1000, signal } = options
  const deleteBatch = (trx: Transaction<Tables>, after: string) => deleteEvents(trx, after, retentionDays, batchSize)
  return deleteInBatches(database, { leaderLock: AUDIT_RETENTION_LEADER_LOCK, deleteBatch, signal })
}

/** Whether our database role may delete events: a role of least privilege may not, and a job of another role does it. */
export async function canDeleteAudit ({ reserved }: Database): Promise<boolean> {
  const { rows: [row] } = await sql<{ may: boolean }>`select has_table_privilege('audit_events', 'delete') as may`.execute(reserved)
  return row?.may === true
}

async function deleteEvents (trx: Transaction<Tables>, after: string, retentionDays: number, batchSize: number): Promise<Batch> {
  const { numAffectedRows } = await sql`delete from audit_events where id in (
    select id from audit_events
    where id < ${idAtSql(retentionDays - 1)} and at < ${daysAgoSql(retentionDays)}
    order by id limit ${batchSize}
  )`.execute(trx)
  const count = Number(numAffectedRows ?? 0)
  return { count, last: count === batchSize ? after : null }
}

const daysAgoSql = (days: number) => sql`statement_timestamp() - make_interval(days => ${days})`

/**
 * RFC 9562 5.7: the first 48 bits of an id are milliseconds, so the primary key finds old events. Instances make ids by their own clocks:
 * so the search includes one more day, and `at` decides.
 */
const idAtSql = (daysBefore: number) =>
  sql`(lpad(to_hex((extract(epoch from ${daysAgoSql(daysBefore)}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`
