import { normalizeEmail } from '../accounts/index.ts'
import { TooManyAttemptsError } from '../errors.ts'
import { createBuckets, type Limit } from './token-buckets.ts'

/** Counts good logins of each account in the memory of this instance, so that no account fills the hashing queue by itself. */
export interface LoginLimiter {
  /**
   * Does what proves a password, and counts it unless it fails: wrong guesses of others take a place only while they are looked at.
   *
   * @param email as somebody wrote it, whether there is such an account or not
   * @param login what is done; when it throws, nothing is counted
   * @throws TooManyAttemptsError before `login` is begun; whatever `login` throws
   */
  run<T> (email: string, login: () => Promise<T>): Promise<T>
}

// Below it, somebody with thirty devices would feel a limit that is meant for guesses.
const LEAST_RATE = 10

/**
 * A generous rate of good logins: 30 at once, then one in 2 s, and in proportion where R is above 10.
 *
 * @param loginRatePerMinute R = LOGIN_RATE_PER_MINUTE
 */
export function loginLimitOf (loginRatePerMinute: number): Limit {
  const rate = Math.max(LEAST_RATE, loginRatePerMinute)
  return { burst: 3 * rate, perSecond: rate / 20 }
}

/**
 * @param limit see `loginLimitOf`
 * @param nowMs milliseconds of a clock that nobody sets
 */
export function createLoginLimiter (limit: Limit, nowMs = () => performance.now()): LoginLimiter {
  const buckets = createBuckets(limit)
  return {
    async run (email, login) {
      const key = normalizeEmail(email)
      const waitSeconds = buckets.take(key, nowMs())
      if (waitSeconds > 0) throw new TooManyAttemptsError({ headers: { 'retry-after': String(Math.ceil(waitSeconds)) }, cause: new Error('too many good logins of the account') })
      try {
        return await login()
      } catch (error) {
        buckets.refund(key, nowMs())
        throw error
      }
    }
  }
}
