import { type Origin } from '../audit/index.ts'
import { type Database } from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRefreshTokenError, RefreshRetryError } from '../errors.ts'
import { type DerivedKey } from '../keys/index.ts'
import { type Grant } from './issue.ts'
import { type Lifetimes } from './lifetimes.ts'
import { createRefreshStatement } from './refresh-statement.ts'
import { parseRefreshToken } from './refresh-token.ts'
import { askStore } from './store.ts'

/**
 * Makes the refresh: one round trip to the database, none for a forgery.
 *
 * @param options the credential store, the keys of refresh tokens, how long sessions live
 * @returns refresh token -> grant; throws InvalidRefreshTokenError when the session is over, RefreshRetryError when it may
 *   not be, CredentialStoreUnavailableError
 */
export function createRefresh ({ database, refreshTokenKeys, lifetimes }: { database: Database, refreshTokenKeys: readonly DerivedKey[], lifetimes: Lifetimes }): (text: string | undefined, origin: Origin) => Promise<Grant> {
  const { settle, roundTrip } = lifetimes.grace
  const statement = createRefreshStatement(lifetimes)
  const retryAfter = { 'retry-after': String(Math.ceil(settle)) }

  return async function refresh (text, origin) {
    const token = text === undefined ? undefined : parseRefreshToken(text, refreshTokenKeys)
    if (token === undefined) throw new InvalidRefreshTokenError()
    const startedAt = performance.now()
    const refreshed = await askStore(() => statement(database.kysely, token, origin))
    // The rule counts on it that no answer is under way for longer than this.
    if (performance.now() - startedAt > roundTrip * 1000) throw new CredentialStoreUnavailableError()
    switch (refreshed.outcome) {
      case 'rotated':
      case 'converged':
      case 'recovered':
        return { ...refreshed, sessionId: token.sessionId }
      case 'retry':
        throw new RefreshRetryError({ headers: retryAfter })
      default:
        throw new InvalidRefreshTokenError()
    }
  }
}
