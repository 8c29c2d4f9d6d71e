import type { Selectable } from 'kysely'
import { epochMs, toDate, type Queryable, type Tables } from '../database/index.ts'
import type { AuditType } from './event.ts'

/** An event as it was recorded. */
export interface AuditEvent {
  id: string
  at: Date
  /** An `AuditType`, or one of another version. */
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
  /** The `next` of the page before. */
  after?: string | undefined
  limit: number
}

/**
 * Lists events, newest first.
 *
 * @param db where
 * @param query filters, and a page
 * @returns the page, and the cursor of the next one, null on the last
 */
export async function listAudit (db: Queryable, { userId, type, after, limit }: AuditQuery): Promise<{ events: AuditEvent[], next: string | null }> {
  let query = db.selectFrom('audit_events').select(COLUMNS).orderBy('id', 'desc').limit(limit + 1)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (type !== undefined) query = query.where('type', '=', type)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.execute()
  const events = rows.slice(0, limit).map(fromRow)
  return { events, next: rows.length > limit ? events.at(-1)?.id ?? null : null }
}

const COLUMNS = ['id', epochMs('at').as('at'), 'type', 'user_id', 'actor_id', 'session_id', 'ip', 'user_agent', 'request_id', 'details'] as const

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
