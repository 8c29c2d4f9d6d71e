// What is in the database, and rows that are made older so that a test need not wait.
import { sql } from 'kysely'
import type { Database } from '../../src/database/index.ts'
import { listSessions } from '../../src/sessions/session-store.ts'

/** Makes a session's last refresh so much earlier. */
export async function ageSession (database: Database, sessionId: string, seconds: number): Promise<void> {
  await sql`update sessions set rotated_at = rotated_at - make_interval(secs => ${seconds}) where id = ${sessionId}`.execute(
    database.kysely
  )
}

/** @throws when there is no such session */
export async function readSession (database: Database, sessionId: string) {
  return database.kysely.selectFrom('sessions').selectAll().where('id', '=', sessionId).executeTakeFirstOrThrow()
}

/** Ids of a user's active sessions, oldest first. */
export async function listActiveSessionIds (database: Database, userId: string): Promise<string[]> {
  const { sessions } = await listSessions(database.kysely, userId, { limit: 1000, sessionIdleSeconds: 7 * 86_400 })
  return sessions.map(({ id }) => id).reverse()
}

/** Types of the audit events, oldest first, without those of new users. */
export async function listAuditTypes (database: Database): Promise<string[]> {
  return (await listAuditEvents(database)).map(({ type }) => type).filter((type) => type !== 'user_created')
}

/** Audit events, oldest first. */
export async function listAuditEvents (database: Database) {
  return database.kysely.selectFrom('audit_events').select(['type', 'actor_id', 'ip', 'details']).orderBy('id').execute()
}

/** Published revocations, oldest first. */
export async function listRevocations (database: Database) {
  return database.kysely.selectFrom('revocations').select(['kind', 'sid', 'sub', 'not_before', 'expires_at']).orderBy('id').execute()
}
