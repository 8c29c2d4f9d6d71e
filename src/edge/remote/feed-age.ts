import type { Time } from '../../verify/index.ts'

/** How far behind the database an edge's knowledge of revocations may be. */
export interface FeedAge {
  /** Undefined for an edge that never had a whole snapshot. */
  readonly ageMs: number | undefined
  /** @param asOf RFC 3339, of something that has just come in */
  observe (asOf: string): void
  /** Another connection, perhaps to an instance or a database of another clock. */
  reset (): void
}

/**
 * Ages by a monotonic clock, from when `as_of` was at its freshest: no wall clock is compared with another. The first reading of
 * a connection counts as fresh, for the feed answers 503 when it is over 10 s behind.
 *
 * @param restoredMs the age that an earlier process has left
 */
export function createFeedAge (time: Time, restoredMs?: number): FeedAge {
  // The moment of the last good catch-up, on our monotonic clock.
  let freshAt = restoredMs === undefined ? undefined : time.elapsed() - restoredMs
  let newest = -Infinity
  let lead = -Infinity

  return {
    get ageMs () { return freshAt === undefined ? undefined : time.elapsed() - freshAt },
    observe (asOf) {
      const moment = Date.parse(asOf)
      newest = Math.max(newest, moment)
      // By how much the database's clock is ahead of ours, whatever either says: by the most that was ever seen.
      lead = Math.max(lead, moment - time.elapsed())
      freshAt = newest - lead
    },
    reset () {
      newest = -Infinity
      lead = -Infinity
    }
  }
}
