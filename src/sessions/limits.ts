// Rate limits in the memory of this instance: counting costs no query, and neither does what is rejected here.
import { normalizeEmail } from '../accounts/index.ts'
import { TooManyAttemptsError } from '../errors.ts'
import { networkPrefix } from '../network-prefix.ts'

/** A bucket holds `burst` tokens, and gets `perSecond` new ones a second. */
interface RateLimit {
  burst: number
  perSecond: number
}

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

const MAX_KEYS = 20_000

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
 * The limit, for each address, of what is cheap and needs no password: an office shares one address, and each of its pages may ask.
 *
 * @param loginRatePerMinute LOGIN_RATE_PER_MINUTE
 */
export function toAddressLimit (loginRatePerMinute: number): RateLimit {
  const rate = Math.max(MIN_RATE, loginRatePerMinute)
  return { burst: 30 * rate, perSecond: rate / 2 }
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

/** Token buckets in the memory of this process, one for each key, full at first. */
export class TokenBuckets {
  readonly #burst: number
  readonly #msPerToken: number
  readonly #halfSize: number
  // The state of a bucket is one number: when it will be full again, in milliseconds.
  // When the current map is full, it becomes the previous one, and the older one is dropped.
  #current = new Map<string, number>()
  #previous = new Map<string, number>()

  /** @param maxKeys how many buckets are kept; the least recently used ones are evicted, and count as full again */
  constructor ({ burst, perSecond }: RateLimit, maxKeys = MAX_KEYS) {
    this.#burst = burst
    this.#msPerToken = 1000 / perSecond
    this.#halfSize = maxKeys / 2
  }

  /**
   * Takes a token from the bucket of a key.
   *
   * @param nowMs milliseconds of a monotonic clock
   * @returns 0 if a token was taken; else the seconds until there will be one
   */
  take (key: string, nowMs: number): number {
    const fullAt = Math.max(nowMs, this.#current.get(key) ?? this.#previous.get(key) ?? nowMs)
    const waitMs = fullAt - nowMs - (this.#burst - 1) * this.#msPerToken
    // Less than a millisecond is a rounding error.
    const isEmpty = waitMs >= 1
    if (this.#current.size >= this.#halfSize && !this.#current.has(key)) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    this.#current.set(key, isEmpty ? fullAt : fullAt + this.#msPerToken)
    return isEmpty ? waitMs / 1000 : 0
  }

  /**
   * Gives back a token that was taken a moment ago.
   *
   * @param nowMs of the same clock
   */
  refund (key: string, nowMs: number): void {
    const buckets = this.#current.has(key) ? this.#current : this.#previous
    const fullAt = (buckets.get(key) ?? 0) - this.#msPerToken
    // A full bucket is not kept: clients that only guess then evict no other bucket.
    if (fullAt > nowMs) buckets.set(key, fullAt)
    else buckets.delete(key)
  }

  /**
   * Takes a token, or throws.
   *
   * @param reason for the log
   * @throws TooManyAttemptsError if the bucket of the key is empty
   */
  assertAvailable (key: string, { nowMs = performance.now(), reason }: { nowMs?: number, reason?: string } = {}): void {
    const waitSeconds = this.take(key, nowMs)
    if (waitSeconds === 0) return
    const cause = reason === undefined ? undefined : new Error(reason)
    throw new TooManyAttemptsError({ headers: { 'retry-after': String(Math.ceil(waitSeconds)) }, cause })
  }
}
