import { sql } from 'kysely'
import { epochMs, toDate, type Database, type Queryable } from '../database/index.ts'
import { deriveKeys } from '../secrets/index.ts'
import { seconds } from './lifetimes.ts'
import { activeSessions } from './list-sessions.ts'
import { parseRefreshToken } from './refresh-token.ts'
import { askStore } from './query-credential-store.ts'

/** What a living session stands for at the moment it was looked up. */
export interface LivingSession {
  sessionId: string
  userId: string
  role: string
  createdAt: Date
  /** Unless it goes on before that. */
  endsAt: Date
}

export interface SessionStoreOptions {
  database: Database
  secretKeys: readonly Buffer[]
  issuer: string
  sessionIdleSeconds: number
}

/** Sessions by what a client holds of them: one query each, none for a forgery. */
export interface SessionStore {
  /**
   * @param credential the opaque id of a session, which is its refresh token: nothing is traded for it here
   * @throws CredentialStoreUnavailableError
   */
  find (credential: string): Promise<LivingSession | undefined>
  /** @param sessionId UUID */
  findById (sessionId: string): Promise<LivingSession | undefined>
}

/** Makes the store that session verifiers, and routes that ask for freshness, look sessions up in. */
export function createSessionStore ({ database, secretKeys, issuer, sessionIdleSeconds }: SessionStoreOptions): SessionStore {
  const keys = deriveKeys({ secretKeys, purpose: 'refresh-token', issuer })

  return {
    async find (credential) {
      const token = parseRefreshToken(credential, keys)
      // One that was traded long ago may be in other hands.
      return token && look(database.kysely, token.sessionId, token.generation)
    },
    // Who asks this is about to change users.
    findById: (sessionId) => look(database.reserved, sessionId, null)
  }

  async function look (db: Queryable, sessionId: string, generation: number | null): Promise<LivingSession | undefined> {
    const row = await askStore(() => activeSessions(db, sessionIdleSeconds)
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .whereRef('user_epoch', '=', 'users.session_epoch')
      .select(['user_id', 'role', epochMs('sessions.created_at').as('created_at'), endOf(sessionIdleSeconds).as('ends_at')])
      .where('sessions.id', '=', sessionId)
      .where('disabled_at', 'is', null)
      .where(sql<boolean>`(${generation}::bigint is null or ${generation}::bigint between parent_generation and current_generation)`)
      .executeTakeFirst())
    return row && { sessionId, userId: row.user_id, role: row.role, createdAt: toDate(row.created_at), endsAt: toDate(row.ends_at) }
  }
}

const endOf = (sessionIdleSeconds: number) => epochMs(`least(expires_at, rotated_at + ${seconds(sessionIdleSeconds)})`)
