// Reads of the credential store: one active session, or those of a user; and what a failure of the store becomes.
import { sql } from 'kysely'
import type { CustomClaims, Level } from '../contract/index.ts'
import {
  epochMs, isConflict, isDatabaseUnavailable, isInvalidText, isoDaySql, toDate, type Database, type Queryable
} from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRequestError } from '../errors.ts'
import { deriveKeys } from '../secrets/index.ts'
import { AUTHENTICATED_AT_SQL, intervalSql, type Authentication } from './session-sql.ts'
import { parseRefreshToken } from './refresh-token.ts'

/** A session that was active when it was looked up. */
export interface ActiveSession extends Authentication {
  sessionId: string
  userId: string
  role: string
  claims: CustomClaims
  createdAt: Date
  /** When it expires, unless it is refreshed before. */
  endsAt: Date
}

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

interface SessionStoreOptions {
  database: Database
  secretKeys: readonly Buffer[]
  issuer: string
  sessionIdleSeconds: number
}

/** Looks up active sessions, with one query each, and none for an invalid credential. */
export interface SessionStore {
  /**
   * @param credential the opaque id of a session: its refresh token, which is not rotated
   * @throws CredentialStoreUnavailableError
   */
  find (credential: string): Promise<ActiveSession | undefined>
  /**
   * @param sessionId UUID
   * @throws CredentialStoreUnavailableError
   */
  findById (sessionId: string): Promise<ActiveSession | undefined>
}

/** Makes the store for session verifiers, and for routes that need to know that a session is still active. */
export function createSessionStore ({ database, secretKeys, issuer, sessionIdleSeconds }: SessionStoreOptions): SessionStore {
  const keys = deriveKeys({ secretKeys, purpose: 'refresh-token', issuer })

  return {
    async find (credential) {
      const token = parseRefreshToken(credential, keys)
      // A token of an older generation may have been stolen.
      return token && findActive(database.kysely, token.sessionId, token.generation)
    },
    // Callers are about to change users: logins must not delay them.
    findById: (sessionId) => findActive(database.reserved, sessionId, null)
  }

  async function findActive (db: Queryable, sessionId: string, generation: number | null): Promise<ActiveSession | undefined> {
    const row = await queryCredentialStore(() => activeSessions(db, sessionIdleSeconds)
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .whereRef('user_epoch', '=', 'users.session_epoch')
      .select(['user_id', 'role', 'claims', epochMs('sessions.created_at').as('created_at'), endsAtSql(sessionIdleSeconds).as('ends_at')])
      .select([sql<Level>`level`.as('level'), epochMs(AUTHENTICATED_AT_SQL).as('authenticated_at')])
      .where('sessions.id', '=', sessionId)
      .where('disabled_at', 'is', null)
      .where(sql<boolean>`(${generation}::bigint is null or ${generation}::bigint between parent_generation and current_generation)`)
      .executeTakeFirst())
    if (row === undefined) return undefined
    const { user_id: userId, role, claims, level } = row
    const authenticatedAt = Math.floor(Number(row.authenticated_at) / 1000)
    return { sessionId, userId, role, claims, level, authenticatedAt, createdAt: toDate(row.created_at), endsAt: toDate(row.ends_at) }
  }
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

/**
 * Queries the credential store: a single statement, or a read. After a deadlock or a serialization failure, which undo the statement, it is
 * tried once more.
 *
 * @throws CredentialStoreUnavailableError if the store cannot be reached, never an error that rejects the credential; InvalidRequestError
 *   for text that the database cannot store
 */
export async function queryCredentialStore<T> (query: () => Promise<T>): Promise<T> {
  try {
    return await query().catch((error: unknown) => isConflict(error) ? query() : Promise.reject(error))
  } catch (error) {
    if (isDatabaseUnavailable(error) || isConflict(error)) throw new CredentialStoreUnavailableError({ cause: error })
    if (isInvalidText(error)) throw new InvalidRequestError({ cause: error })
    throw error
  }
}

/** Sessions that are active now, if the caller also compares their `user_epoch` with the `session_epoch` of the user. */
function activeSessions (db: Queryable, sessionIdleSeconds: number) {
  return db.selectFrom('sessions')
    .where('ended_at', 'is', null)
    .where('global_epoch', '=', (eb) => eb.selectFrom('global_state').select('global_state.session_epoch'))
    .where(sql<boolean>`statement_timestamp() < least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))`)
}

const endsAtSql = (sessionIdleSeconds: number) => epochMs(`least(expires_at, rotated_at + ${intervalSql(sessionIdleSeconds)})`)
