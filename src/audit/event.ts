import type { Insertable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Queryable, Tables } from '../database/index.ts'
import type { Origin } from './origin.ts'

export const AUDIT_TYPES = [
  'login', 'login_failed', 'refresh_reuse', 'refresh_ahead', 'refresh_shared', 'logout', 'session_ended', 'sessions_ended',
  'step_up', 'password_changed', 'user_created', 'user_role_changed', 'user_claims_changed', 'user_email_changed', 'user_disabled',
  'user_enabled', 'user_deleted',
  'keys_rotated', 'key_revoked', 'signing_key_rejected'
] as const

export type AuditType = typeof AUDIT_TYPES[number]

/** An event before it has a time and an id. */
export interface AuditEntry {
  type: AuditType
  /** The user that the event is about. */
  userId?: string | null | undefined
  /** The user who did it; null for the service, the command line, and a client that is not logged in. */
  actorId?: string | null | undefined
  sessionId?: string | null | undefined
  origin?: Origin | undefined
  /** No secrets and no personal data: events are kept longer than accounts. */
  details?: Record<string, unknown> | undefined
}

/**
 * Records an event.
 *
 * @param db the transaction of the change, so that both are committed or neither; or the database, for an event without a change
 * @param entry the event
 */
export async function recordAudit (db: Queryable, entry: AuditEntry): Promise<void> {
  await db.insertInto('audit_events').values(toAuditRow(entry)).execute()
}

/**
 * Converts an event to a row, for a statement that inserts other rows, too.
 *
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
