/** So many at once, and so many a second from then on. */
export interface Limit {
  burst: number
  perSecond: number
}

/** A bucket for each key, full at first. */
export interface Buckets {
  /**
   * Takes one from the bucket of a key.
   *
   * @param nowMs milliseconds of a clock that nobody sets
   * @returns 0, or in how many seconds there will be one: then nothing was taken
   */
  take (key: string, nowMs: number): number
  /**
   * Gives one back that was taken a moment ago.
   *
   * @param nowMs of the same clock
   */
  refund (key: string, nowMs: number): void
}

const MAX_KEYS = 20_000

/**
 * Makes buckets in memory, of this process alone.
 *
 * @param limit their size, and how fast they fill
 * @param maxKeys how many are kept; one that has not been asked for for longest is taken for full
 */
export function createBuckets ({ burst, perSecond }: Limit, maxKeys = MAX_KEYS): Buckets {
  const eachMs = 1000 / perSecond
  // When it will be full again is all there is to know of a bucket.
  let young = new Map<string, number>()
  let old = new Map<string, number>()

  return {
    take (key, nowMs) {
      const fullAt = Math.max(nowMs, young.get(key) ?? old.get(key) ?? nowMs)
      const waitMs = fullAt - nowMs - (burst - 1) * eachMs
      // Less than a millisecond is what fractions make of nothing.
      const isEmpty = waitMs >= 1
      if (young.size >= maxKeys / 2 && !young.has(key)) {
        old = young
        young = new Map()
      }
      young.set(key, isEmpty ? fullAt : fullAt + eachMs)
      if (isEmpty) return waitMs / 1000
      return 0
    },

    refund (key, nowMs) {
      const bucket = young.has(key) ? young : old
      const fullAt = (bucket.get(key) ?? 0) - eachMs
      // A full one need not be kept: those who only guess leave nothing behind, and push nobody out.
      if (fullAt > nowMs) bucket.set(key, fullAt)
      else bucket.delete(key)
    }
  }
}
