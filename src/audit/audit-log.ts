import { sql, type Selectable, type Transaction } from 'kysely'
import {
  AUDIT_RETENTION_LEADER_LOCK, deleteInBatches, epochMs, toDate, type Batch, type BatchControl, type Database, type Queryable, type Tables
} from '../database/index.ts'
import type { AuditType } from './event.ts'

/** A recorded event. */
export interface AuditEvent {
  id: string
  at: Date
  /** An `AuditType`, or a type of another version of the service. */
  type: string
  userId: string | null
  actorId: string | null
  sessionId: string | null
  ip: string | null
  userAgent: string | null
  requestId: string | null
  details: Record<string, unknown>
}

export interface AuditQuery {
  userId?: string | undefined
  type?: AuditType | undefined
  /** The `next` of the previous page. */
  after?: string | undefined
  limit: number
}

interface RetentionOptions extends BatchControl {
  retentionDays: number
  batchSize?: number
}

const COLUMNS = [
  'id', epochMs('at').as('at'), 'type', 'user_id', 'actor_id', 'session_id', 'ip', 'user_agent', 'request_id', 'details'
] as const

/**
 * Lists events, newest first.
 *
 * @param db the database
 * @param query filters and page
 * @returns the page, and the cursor of the next page, null on the last page
 */
export async function listAudit (db: Queryable, query: AuditQuery): Promise<{ events: AuditEvent[], next: string | null }> {
  const { userId, type, after, limit } = query
  let select = db.selectFrom('audit_events').select(COLUMNS).orderBy('id', 'desc').limit(limit + 1)
  if (userId !== undefined) select = select.where('user_id', '=', userId)
  if (type !== undefined) select = select.where('type', '=', type)
  if (after !== undefined) select = select.where('id', '<', after)
  const rows = await select.execute()
  const events = rows.slice(0, limit).map(fromRow)
  return { events, next: rows.length > limit ? events.at(-1)?.id ?? null : null }
}

/**
 * Deletes events that are older than their retention, in batches.
 *
 * @returns how many rows were deleted
 */
export async function deleteExpiredAudit (database: Database, options: RetentionOptions): Promise<number> {
  const { retentionDays, batchSize = 1000, ...control } = options
  const deleteBatch = (trx: Transaction<Tables>, after: string) => deleteEvents(trx, after, retentionDays, batchSize)
  return deleteInBatches(database, { leaderLock: AUDIT_RETENTION_LEADER_LOCK, deleteBatch, ...control })
}

/** Whether our database role may delete events: a role of least privilege may not, and a job of another role does it. */
export async function canDeleteAudit ({ reserved }: Database): Promise<boolean> {
  const { rows: [row] } = await sql<{ may: boolean }>`select has_table_privilege('audit_events', 'delete') as may`.execute(reserved)
  return row?.may === true
}

function fromRow (row: Omit<Selectable<Tables['audit_events']>, 'at'> & { at: string }): AuditEvent {
  return {
    id: row.id,
    at: toDate(row.at),
    type: row.type,
    userId: row.user_id,
    actorId: row.actor_id,
    sessionId: row.session_id,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    details: row.details
  }
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
