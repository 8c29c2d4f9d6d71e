import { sql } from 'kysely'
import type { CustomClaims, Level } from '../contract/index.ts'
import { epochMs, toDate, type Database, type Queryable } from '../database/index.ts'
import { deriveKeys } from '../secrets/index.ts'
import { AUTHENTICATED_AT_SQL, type Authentication } from './authentication.ts'
import { intervalSql } from './lifetimes.ts'
import { activeSessions } from './list-sessions.ts'
import { queryCredentialStore } from './query-credential-store.ts'
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

const endsAtSql = (sessionIdleSeconds: number) => epochMs(`least(expires_at, rotated_at + ${intervalSql(sessionIdleSeconds)})`)
