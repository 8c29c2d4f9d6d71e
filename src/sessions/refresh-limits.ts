import { networkPrefix } from '../network-prefix.ts'
import { TooManyAttemptsError } from '../errors.ts'
import { createBuckets, type Buckets, type Limit } from './token-buckets.ts'

export interface RefreshLimits {
  /** By session, whoever holds it: a round trip to the database each. */
  session: Limit
  /** By address, whatever the session. */
  address: Limit
  /** By address, of what is no refresh token of ours. */
  forgery: Limit
}

/** Counts refreshes in the memory of this instance: no query is paid for that, and none for what is refused here. */
export interface RefreshLimiter {
  /** @throws TooManyAttemptsError */
  admit (sessionId: string, ip: string | null): void
  /** Apart from the others: whoever shares an address with a forger goes on. @throws TooManyAttemptsError */
  admitForgery (ip: string | null): void
}

// Below it, ten tabs that refresh at once would feel a limit that is meant for passwords.
const LEAST_RATE = 10

/**
 * Where AB14 begins: far beyond what an honest client does, ten tabs that race included, and far below what the database can do.
 *
 * @param loginRatePerMinute LOGIN_RATE_PER_MINUTE
 */
export function refreshLimitsOf (loginRatePerMinute: number): RefreshLimits {
  const rate = Math.max(LEAST_RATE, loginRatePerMinute)
  return {
    session: { burst: 100 * rate, perSecond: rate },
    address: { burst: 500 * rate, perSecond: 50 * rate },
    forgery: { burst: 100 * rate, perSecond: rate }
  }
}

export function createRefreshLimiter ({ session, address, forgery }: RefreshLimits): RefreshLimiter {
  const sessions = createBuckets(session)
  const addresses = createBuckets(address)
  const forgeries = createBuckets(forgery)
  return {
    admit (sessionId, ip) {
      take(sessions, sessionId)
      take(addresses, networkPrefix(ip))
    },
    admitForgery: (ip) => take(forgeries, networkPrefix(ip))
  }
}

/** @throws TooManyAttemptsError */
export function take (buckets: Buckets, key: string): void {
  const waitSeconds = buckets.take(key, performance.now())
  if (waitSeconds > 0) throw new TooManyAttemptsError({ headers: { 'retry-after': String(Math.ceil(waitSeconds)) } })
}
