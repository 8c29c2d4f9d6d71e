import { sql } from 'kysely'
import { epochMs, isoDaySql, toDate, type Queryable } from '../database/index.ts'
import { AUTHENTICATED_AT_SQL } from './authentication.ts'

/** An active session, for its user. */
export interface Session {
  id: string
  userId: string
  createdAt: Date
  /** YYYY-MM-DD in UTC: only the day of the last refresh. */
  lastSeenOn: string
  /** Those of the login. */
  userAgent: string | null
  ip: string | null
  /** When and how the user was authenticated. */
  authenticatedAt: Date
  level: number
  methods: readonly string[]
}

interface SessionQuery {
  /** The `next` of the previous page. */
  after?: string | undefined
  limit: number
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
 * @param userId UUID
 */
export async function listSessions (
  db: Queryable, userId: string, { after, limit, sessionIdleSeconds }: SessionQuery
): Promise<SessionPage> {
  const rows = await activeSessions(db, sessionIdleSeconds)
    .select(['sessions.id', 'user_id', 'user_agent', 'ip', 'level', 'methods'])
    .select([epochMs('sessions.created_at').as('created_at'), isoDaySql('last_seen_on').as('last_seen_on')])
    .select(epochMs(AUTHENTICATED_AT_SQL).as('authenticated_at'))
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
    ip: row.ip,
    authenticatedAt: toDate(row.authenticated_at),
    level: row.level,
    methods: row.methods
  }))
  return { sessions, next: rows.length > limit ? sessions.at(-1)?.id ?? null : null }
}

/** Sessions that are active now, if the caller also compares their `user_epoch` with the `session_epoch` of the user. */
export function activeSessions (db: Queryable, sessionIdleSeconds: number) {
  return db.selectFrom('sessions')
    .where('ended_at', 'is', null)
    .where('global_epoch', '=', (eb) => eb.selectFrom('global_state').select('global_state.session_epoch'))
    .where(sql<boolean>`statement_timestamp() < least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))`)
}
