import type { Insertable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Queryable, Tables } from '../database/index.ts'
import type { Origin } from './origin.ts'

export const AUDIT_TYPES = [
  'login', 'login_failed', 'refresh_reuse', 'refresh_ahead', 'refresh_shared', 'logout', 'session_ended', 'sessions_ended', 'password_changed',
  'user_created', 'user_role_changed', 'user_disabled', 'user_enabled', 'user_deleted', 'keys_rotated', 'key_revoked', 'signing_key_rejected'
] as const

export type AuditType = typeof AUDIT_TYPES[number]

/** What happened, before it has a time and an id. */
export interface AuditEntry {
  type: AuditType
  /** Whose account it is about. */
  userId?: string | null | undefined
  /** Who did it; nobody for the system, the command line, and somebody not logged in. */
  actorId?: string | null | undefined
  sessionId?: string | null | undefined
  origin?: Origin | undefined
  /** No secrets, and nothing about a person that ids do not say: events outlive accounts. */
  details?: Record<string, unknown> | undefined
}

/**
 * Records an event. Inside the transaction of a change, the two stand or fall together.
 *
 * @param db the transaction, or the database for an event that stands alone
 * @param entry what happened
 */
export async function recordAudit (db: Queryable, entry: AuditEntry): Promise<void> {
  await db.insertInto('audit_events').values(toAuditRow(entry)).execute()
}

/**
 * The row of an event, for a statement that inserts it beside something else.
 *
 * @param entry what happened
 * @returns values for `audit_events`; the database adds the time
 */
export function toAuditRow ({ type, userId, actorId, sessionId, origin, details }: AuditEntry): Insertable<Tables['audit_events']> {
  return {
    id: uuidv7(),
    type,
    user_id: userId ?? null,
    actor_id: actorId ?? null,
    session_id: sessionId ?? null,
    ip: origin?.ip ?? null,
    user_agent: origin?.userAgent ?? null,
    request_id: origin?.requestId ?? null,
    details: JSON.stringify(details ?? {})
  }
}
