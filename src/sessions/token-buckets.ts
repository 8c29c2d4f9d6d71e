import { TooManyAttemptsError } from '../errors.ts'

/** A bucket holds `burst` tokens, and gets `perSecond` new ones a second. */
export interface RateLimit {
  burst: number
  perSecond: number
}

const MAX_KEYS = 20_000

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
