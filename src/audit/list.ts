import type { Selectable } from 'kysely'
import { epochMs, toDate, type Queryable, type Tables } from '../database/index.ts'
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

const COLUMNS = [
  'id', epochMs('at').as('at'), 'type', 'user_id', 'actor_id', 'session_id', 'ip', 'user_agent', 'request_id', 'details'
] as const

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
