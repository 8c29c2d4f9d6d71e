import { sql } from 'kysely'
import { epochMs, isoDaySql, toDate, type Queryable } from '../database/index.ts'

/** An active session as its user may see it. */
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

/** A page of sessions. */
export interface SessionQuery {
  /** The id of the last session of the page before. */
  after?: string | undefined
  limit: number
  /** Of a session, in seconds. */
  sessionIdleSeconds: number
}

export interface SessionPage {
  sessions: Session[]
  /** The `after` of the next page, null on the last. */
  next: string | null
}

/**
 * Lists the active sessions of a user, newest first.
 *
 * @param db where
 * @param userId whose
 * @param query which page
 */
export async function listSessions (db: Queryable, userId: string, { after, limit, sessionIdleSeconds }: SessionQuery): Promise<SessionPage> {
  const rows = await activeSessions(db, sessionIdleSeconds)
    .select(['sessions.id', 'user_id', epochMs('sessions.created_at').as('created_at'), isoDaySql('last_seen_on').as('last_seen_on'), 'user_agent', 'ip'])
    .where('user_id', '=', userId)
    .where('user_epoch', '=', (eb) => eb.selectFrom('users').select('session_epoch').where('users.id', '=', userId))
    .$if(after !== undefined, (query) => query.where('sessions.id', '<', after ?? ''))
    .orderBy('sessions.id', 'desc')
    .limit(limit + 1)
    .execute()
  const sessions = rows.slice(0, limit).map((row) => ({
    id: row.id,
    userId: row.user_id,
    createdAt: toDate(row.created_at),
    lastSeenOn: row.last_seen_on,
    userAgent: row.user_agent,
    ip: row.ip
  }))
  return { sessions, next: rows.length > limit ? sessions.at(-1)?.id ?? null : null }
}

/** Sessions that go on at this moment, where they are of their user's epoch. */
export function activeSessions (db: Queryable, sessionIdleSeconds: number) {
  return db.selectFrom('sessions')
    .where('ended_at', 'is', null)
    .where('global_epoch', '=', (eb) => eb.selectFrom('global_state').select('global_state.session_epoch'))
    .where(sql<boolean>`statement_timestamp() < least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))`)
}
