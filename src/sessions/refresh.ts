import type { SecondFactorPolicy } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import type { Database } from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRefreshTokenError, RefreshRetryError, TooManyAttemptsError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { DerivedKey } from '../secrets/index.ts'
import type { Lifetimes } from './session-sql.ts'
import { queryCredentialStore } from './session-store.ts'
import type { RefreshLimiter } from './limits.ts'
import { createRefreshStatement, type RefreshStatementResult } from './refresh-statement.ts'
import { parseRefreshToken, type RefreshToken } from './refresh-token.ts'
import type { RotationOutcome } from './rotation-policy.ts'
import type { Grant } from './tokens.ts'

/** How a refresh ended: the values of a metric's label. */
type RefreshLabel = RotationOutcome
  /** The session is unknown, ended or expired, or its user is disabled. */
  | 'inactive'
  /** The request had something that is not a refresh token of ours. */
  | 'invalid'
  /** The request had no token, as from a page that checks whether there is a session. */
  | 'missing'
  | 'rate_limited'
  /** The database could not be queried, or answered too late. */
  | 'unavailable'

/** Plain numbers, which metrics collect. */
export type RefreshCounters = Record<RefreshLabel, number>

export function createRefreshCounters (): RefreshCounters {
  return {
    rotated: 0,
    replayed: 0,
    recovered: 0,
    retry: 0,
    from_future: 0,
    reused: 0,
    inactive: 0,
    invalid: 0,
    missing: 0,
    rate_limited: 0,
    unavailable: 0
  }
}

interface RefreshOptions {
  database: Database
  keyring: Pick<Keyring, 'awaitRevocations'>
  refreshTokenKeys: readonly DerivedKey[]
  lifetimes: Lifetimes
  limiter: RefreshLimiter
  counters: RefreshCounters
  /** Whether users are told by mail that a token was reused. */
  tellsUsers: boolean
  /** SECOND_FACTOR */
  secondFactor: SecondFactorPolicy
}

/**
 * Makes the refresh: one round trip to the database, and none for an invalid token or above a rate limit. After the revocation of a
 * signing key, the first one reads the keyring, too.
 *
 * @param options the credential store, the keyring that signs, the keys of refresh tokens, how long sessions live, how often a client may
 *   refresh
 * @returns refresh token -> grant; throws InvalidRefreshTokenError when the session is inactive, RefreshRetryError when an earlier response
 *   may still be on its way, TooManyAttemptsError, CredentialStoreUnavailableError
 */
export function createRefresh (options: RefreshOptions): (text: string | undefined, origin: Origin) => Promise<Grant> {
  const { database, keyring, refreshTokenKeys, lifetimes, limiter, counters, tellsUsers, secondFactor } = options
  const { inFlightSeconds, roundTripSeconds } = lifetimes.rotation
  const statement = createRefreshStatement(lifetimes, { tellsUser: tellsUsers, secondFactor })
  const retryAfter = { 'retry-after': String(Math.ceil(inFlightSeconds)) }

  return async function refresh (text, origin) {
    try {
      const token = text === undefined ? undefined : parseRefreshToken(text, refreshTokenKeys)
      return token === undefined ? reject(text, origin) : await exchange(token, origin)
    } catch (error) {
      if (error instanceof TooManyAttemptsError) counters.rate_limited++
      if (error instanceof CredentialStoreUnavailableError) counters.unavailable++
      throw error
    }
  }

  async function exchange (token: RefreshToken, origin: Origin): Promise<Grant> {
    limiter.admit(token.sessionId, origin.ip)
    const decision = await decide(token, origin)
    counters[decision.outcome]++
    switch (decision.outcome) {
      case 'rotated':
      case 'replayed':
      case 'recovered':
        return { ...decision, sessionId: token.sessionId }
      case 'retry':
        throw new RefreshRetryError({ headers: retryAfter })
      default:
        throw new InvalidRefreshTokenError()
    }
  }

  async function decide (token: RefreshToken, origin: Origin): Promise<RefreshStatementResult> {
    const startedAt = performance.now()
    const decision = await queryCredentialStore(() => statement(database.kysely, token, origin))
    if (decision.outcome !== 'inactive') await queryCredentialStore(() => keyring.awaitRevocations(decision.revokedKeys))
    // The rotation policy assumes that no response is on its way for longer than this.
    if (performance.now() - startedAt > roundTripSeconds * 1000) throw new CredentialStoreUnavailableError()
    return decision
  }

  function reject (text: string | undefined, { ip }: Origin): never {
    if (text !== undefined) limiter.admitInvalid(ip)
    counters[text === undefined ? 'missing' : 'invalid']++
    throw new InvalidRefreshTokenError()
  }
}
