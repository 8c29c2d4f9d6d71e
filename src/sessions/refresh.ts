import type { Origin } from '../audit/index.ts'
import type { Database } from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRefreshTokenError, RefreshRetryError, TooManyAttemptsError } from '../errors.ts'
import type { DerivedKey } from '../secrets/index.ts'
import type { Grant } from './tokens.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { RefreshCounters } from './refresh-counters.ts'
import type { RefreshLimiter } from './refresh-limits.ts'
import { createRefreshStatement, type Refreshed } from './refresh-statement.ts'
import { parseRefreshToken, type RefreshToken } from './refresh-token.ts'
import { askStore } from './query-credential-store.ts'

export interface RefreshOptions {
  database: Database
  refreshTokenKeys: readonly DerivedKey[]
  lifetimes: Lifetimes
  limiter: RefreshLimiter
  /** Is told how each ended. */
  counters: RefreshCounters
}

/**
 * Makes the refresh: one round trip to the database, none for a forgery or for one too many.
 *
 * @param options the credential store, the keys of refresh tokens, how long sessions live, how often one may come
 * @returns refresh token -> grant; throws InvalidRefreshTokenError when the session is over, RefreshRetryError when it may
 *   not be, TooManyAttemptsError, CredentialStoreUnavailableError
 */
export function createRefresh ({ database, refreshTokenKeys, lifetimes, limiter, counters }: RefreshOptions): (text: string | undefined, origin: Origin) => Promise<Grant> {
  const { settle, roundTrip } = lifetimes.grace
  const statement = createRefreshStatement(lifetimes)
  const retryAfter = { 'retry-after': String(Math.ceil(settle)) }

  return async function refresh (text, origin) {
    try {
      const token = text === undefined ? undefined : parseRefreshToken(text, refreshTokenKeys)
      return token === undefined ? refuse(text, origin) : await exchange(token, origin)
    } catch (error) {
      if (error instanceof TooManyAttemptsError) counters.limited++
      if (error instanceof CredentialStoreUnavailableError) counters.unavailable++
      throw error
    }
  }

  async function exchange (token: RefreshToken, origin: Origin): Promise<Grant> {
    limiter.admit(token.sessionId, origin.ip)
    const refreshed = await ask(token, origin)
    counters[refreshed.outcome]++
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

  async function ask (token: RefreshToken, origin: Origin): Promise<Refreshed> {
    const startedAt = performance.now()
    const refreshed = await askStore(() => statement(database.kysely, token, origin))
    // The rule counts on it that no answer is under way for longer than this.
    if (performance.now() - startedAt > roundTrip * 1000) throw new CredentialStoreUnavailableError()
    return refreshed
  }

  function refuse (text: string | undefined, { ip }: Origin): never {
    if (text !== undefined) limiter.admitForgery(ip)
    counters[text === undefined ? 'missing' : 'forged']++
    throw new InvalidRefreshTokenError()
  }
}
