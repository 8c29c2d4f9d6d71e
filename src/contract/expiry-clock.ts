import { MAX_ACCESS_TTL_SECONDS } from './claims.ts'

/**
 * The time by which entries of the feed expire: never ahead of what any clock says. A clock that is set ahead lets nothing go,
 * so that nothing is missing when it is set back.
 */
export interface ExpiryClock {
  /** NumericDate: the least that any clock has said in the last hours, and what has gone by since; 0 where none has said anything. */
  now (): number
  /** Whether the issuer's time is known, or what it cannot be before. Without it, all clocks there are may be ahead. */
  readonly isSynced: boolean
  /**
   * The issuer's time.
   *
   * @param epochMs of the database that entries come from
   */
  observe (epochMs: number): void
  /** Until the issuer's time is told: one that it cannot be before, as an earlier process has written it down. Epoch milliseconds. */
  restore (epochMs: number): void
}

export interface ExpiryClockOptions {
  /** Epoch milliseconds, of a clock that somebody may set: one more that entries must have expired by. */
  clock?: () => number
  /** Milliseconds, of a clock that only ever goes forward. */
  elapsed: () => number
}

/** Longer than anything lives that the feed tells of, so that a time told with an entry is remembered for as long as the entry matters. */
const WINDOW_MS = 2 * MAX_ACCESS_TTL_SECONDS * 1000

export function createExpiryClock ({ clock, elapsed }: ExpiryClockOptions): ExpiryClock {
  // By how much clocks are ahead of `elapsed`, at least, in this window and the one before. A clock that was wrong once is forgotten in time.
  let least = Infinity
  let leastBefore = Infinity
  let windowAt = elapsed()
  let restored = Infinity
  let syncedAt = -Infinity

  return {
    now () {
      if (clock !== undefined) record(clock())
      else turnWindow()
      const ahead = Math.min(least, leastBefore, restored)
      return ahead === Infinity ? 0 : Math.floor((ahead + elapsed()) / 1000)
    },
    get isSynced () { return restored < Infinity || elapsed() - syncedAt < WINDOW_MS },
    observe (epochMs) {
      syncedAt = elapsed()
      restored = Infinity
      record(epochMs)
    },
    restore (epochMs) { restored = epochMs - elapsed() }
  }

  function record (epochMs: number): void {
    turnWindow()
    least = Math.min(least, epochMs - elapsed())
  }

  function turnWindow (): void {
    const windows = Math.floor((elapsed() - windowAt) / WINDOW_MS)
    if (windows === 0) return
    leastBefore = windows === 1 ? least : Infinity
    least = Infinity
    windowAt = elapsed()
  }
}
