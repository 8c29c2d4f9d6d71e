import { sql } from 'kysely'
import { type Queryable } from '../database/index.ts'

/** A living session as its user may see it. */
export interface Session {
  id: string
  userId: string
  createdAt: Date
  /** YYYY-MM-DD in UTC: the day of the last move, and no more. */
  lastSeenOn: string
  /** Those of the login. */
  userAgent: string | null
  ip: string | null
}

/**
 * Lists the living sessions of a user, newest first.
 *
 * @param db where
 * @param userId whose
 * @param options the idle life of a session, in seconds
 * @returns the sessions
 */
export async function listSessions (db: Queryable, userId: string, { sessionIdleSeconds }: { sessionIdleSeconds: number }): Promise<Session[]> {
  const rows = await living(db, sessionIdleSeconds)
    .select(['sessions.id', 'user_id', 'sessions.created_at', 'last_seen_on', 'user_agent', 'ip'])
    .where('user_id', '=', userId)
    .orderBy('sessions.id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    lastSeenOn: row.last_seen_on,
    userAgent: row.user_agent,
    ip: row.ip
  }))
}

/** Sessions that go on at this moment. */
export function living (db: Queryable, sessionIdleSeconds: number) {
  return db.selectFrom('sessions')
    .where('ended_at', 'is', null)
    .where('era', '=', (eb) => eb.selectFrom('everybody').select('everybody.era'))
    .where(sql<boolean>`statement_timestamp() < least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))`)
}
