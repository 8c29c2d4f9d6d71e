// Rate limits in the memory of this instance: counting costs no query, and neither does what is rejected here.
import { normalizeEmail } from '../accounts/index.ts'
import { networkPrefix } from '../network-prefix.ts'
import { TokenBuckets, type RateLimit } from './token-buckets.ts'

/** Limits successful logins of each account, so that no account fills the hashing queue by itself. */
export interface LoginLimiter {
  /**
   * Runs what verifies a password, and counts it unless it fails: other people's wrong guesses count only while they are being verified.
   *
   * @param email as the client wrote it; there need not be such an account
   * @throws TooManyAttemptsError before `login` begins, and whatever `login` throws
   */
  run<T> (email: string, login: () => Promise<T>): Promise<T>
}

/** Limits of refreshes. */
interface RefreshLimits {
  /** For each session, all holders of its token together: a refresh costs a round trip to the database. */
  session: RateLimit
  /** For each address, whatever the session. */
  address: RateLimit
  /** For each address, of tokens that are not ours. */
  invalid: RateLimit
}

export interface RefreshLimiter {
  /** @throws TooManyAttemptsError */
  admit (sessionId: string, ip: string | null): void
  /** Counts apart from `admit`: clients that share an address with a forger are not affected. @throws TooManyAttemptsError */
  admitInvalid (ip: string | null): void
}

// Below it, thirty devices of one account, or ten tabs that refresh at once, would exceed a limit that is meant for guesses.
const MIN_RATE = 10

/**
 * A generous rate of successful logins: 30 at once, then one in 2 s, and in proportion where R is above 10.
 *
 * @param loginRatePerMinute R = LOGIN_RATE_PER_MINUTE
 */
export function toLoginLimit (loginRatePerMinute: number): RateLimit {
  const rate = Math.max(MIN_RATE, loginRatePerMinute)
  return { burst: 3 * rate, perSecond: rate / 20 }
}

/**
 * The limits of requirement AB14 (docs/requirements.md): far above the rate of an honest client, even with ten racing tabs, and far below
 * what the database can do.
 *
 * @param loginRatePerMinute LOGIN_RATE_PER_MINUTE
 */
export function toRefreshLimits (loginRatePerMinute: number): RefreshLimits {
  const rate = Math.max(MIN_RATE, loginRatePerMinute)
  return {
    session: { burst: 100 * rate, perSecond: rate },
    address: { burst: 500 * rate, perSecond: 50 * rate },
    invalid: { burst: 100 * rate, perSecond: rate }
  }
}

/**
 * @param limit see `toLoginLimit`
 * @param clock milliseconds of a monotonic clock
 */
export function createLoginLimiter (limit: RateLimit, clock = () => performance.now()): LoginLimiter {
  const buckets = new TokenBuckets(limit)
  return {
    async run (email, login) {
      const key = normalizeEmail(email)
      buckets.assertAvailable(key, { nowMs: clock(), reason: 'too many successful logins of the account' })
      try {
        return await login()
      } catch (error) {
        buckets.refund(key, clock())
        throw error
      }
    }
  }
}

/** @param limits see `toRefreshLimits` */
export function createRefreshLimiter ({ session, address, invalid }: RefreshLimits): RefreshLimiter {
  const sessions = new TokenBuckets(session)
  const addresses = new TokenBuckets(address)
  const invalidByAddress = new TokenBuckets(invalid)
  return {
    admit (sessionId, ip) {
      sessions.assertAvailable(sessionId)
      addresses.assertAvailable(networkPrefix(ip))
    },
    admitInvalid: (ip) => invalidByAddress.assertAvailable(networkPrefix(ip))
  }
}
