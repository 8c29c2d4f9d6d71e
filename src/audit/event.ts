import type { FastifyRequest } from 'fastify'
import type { Insertable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Queryable, Tables } from '../database/index.ts'

/** The origin of a request; null where it is unknown. */
export interface Origin {
  ip: string | null
  /** At most 256 characters. */
  userAgent: string | null
  /** As in the log. */
  requestId: string | null
}

/** Who makes a change, and from where: for the audit event that is recorded with it. */
export interface Actor {
  /** Id of the user who makes it; null for the service itself and for the command line. */
  readonly actorId: string | null
  readonly origin: Origin
}

export const AUDIT_TYPES = [
  'login', 'login_failed', 'refresh_reuse', 'refresh_ahead', 'refresh_shared', 'logout', 'session_ended', 'sessions_ended',
  'step_up', 'password_changed', 'user_created', 'user_role_changed', 'user_claims_changed', 'user_email_changed', 'user_disabled',
  'user_enabled', 'user_deleted', 'user_invited',
  'registration_requested', 'password_reset_requested', 'password_reset', 'email_verification_requested', 'email_verified',
  'email_change_requested', 'proof_rejected', 'credentials_removed', 'mail_retried',
  'second_factor_demanded', 'second_factor_rejected', 'second_factor_required', 'second_factors_removed', 'enrolment_demanded',
  'totp_added', 'totp_removed', 'recovery_codes_made', 'recovery_code_used',
  'passkey_added', 'passkey_renamed', 'passkey_removed', 'passkey_rejected', 'passkey_counter',
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

/** The service itself. */
export const SYSTEM_ACTOR: Actor = { actorId: null, origin: { ip: null, userAgent: null, requestId: null } }

const MAX_LENGTH = 256
// Control characters, lone surrogates and Unicode line breaks could break a log line, or be refused by the database.
const UNWANTED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu

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

/**
 * Reads the origin of a request.
 *
 * @param request `ip` is the client's, according to TRUST_PROXY
 * @returns text that can be stored and displayed; empty text becomes null
 */
export function toOrigin ({ ip, id, headers }: Pick<FastifyRequest, 'ip' | 'id' | 'headers'>): Origin {
  return { ip: clean(ip), userAgent: clean(headers['user-agent']), requestId: clean(id) }
}

/** Truncates first, because that may split a surrogate pair. */
function clean (text: string | undefined): string | null {
  return text?.slice(0, MAX_LENGTH).replace(UNWANTED, '') || null
}
