import { MAX_ACCESS_TTL_SECONDS } from './claims.ts'

interface ExpiryClockOptions {
  /** Epoch milliseconds of a wall clock, which is observed too: entries do not expire before their `exp` by this clock. */
  clock?: () => number
  /** Milliseconds of a monotonic clock. */
  elapsed: () => number
}

/** Longer than the lifetime of any entry of the feed, so that a time observed with an entry is used until the entry expires. */
const WINDOW_MS = 2 * MAX_ACCESS_TTL_SECONDS * 1000

/**
 * The time by which entries of the feed expire. It is never ahead of any observed clock: a clock that is set ahead evicts nothing, so
 * no entry is missing when the clock is set back.
 */
export class ExpiryClock {
  readonly #clock: (() => number) | undefined
  readonly #elapsed: () => number
  // The smallest offset of any clock to the monotonic one, in this window and in the one before: a wrong clock has no effect after that.
  #offset = Infinity
  #previousOffset = Infinity
  #windowStart: number
  #restoredOffset = Infinity
  #syncedAt = -Infinity

  constructor ({ clock, elapsed }: ExpiryClockOptions) {
    this.#clock = clock
    this.#elapsed = elapsed
    this.#windowStart = elapsed()
  }

  /** NumericDate: the time now by the slowest clock that was observed in the last hours; 0 if there was none. */
  now (): number {
    if (this.#clock !== undefined) this.#record(this.#clock())
    else this.#turnWindow()
    const offset = Math.min(this.#offset, this.#previousOffset, this.#restoredOffset)
    return offset === Infinity ? 0 : Math.floor((offset + this.#elapsed()) / 1000)
  }

  /** Whether the issuer's time, or a lower bound of it, is known. If not, all known clocks may be ahead. */
  get isSynced (): boolean { return this.#restoredOffset < Infinity || this.#elapsed() - this.#syncedAt < WINDOW_MS }

  /** @param epochMs the issuer's time: that of the database which the entries come from */
  observe (epochMs: number): void {
    this.#syncedAt = this.#elapsed()
    this.#restoredOffset = Infinity
    this.#record(epochMs)
  }

  /** @param epochMs a lower bound that an earlier process has saved; it is used until the issuer's time is observed */
  restore (epochMs: number): void { this.#restoredOffset = epochMs - this.#elapsed() }

  #record (epochMs: number): void {
    this.#turnWindow()
    this.#offset = Math.min(this.#offset, epochMs - this.#elapsed())
  }

  #turnWindow (): void {
    const windows = Math.floor((this.#elapsed() - this.#windowStart) / WINDOW_MS)
    if (windows === 0) return
    this.#previousOffset = windows === 1 ? this.#offset : Infinity
    this.#offset = Infinity
    this.#windowStart = this.#elapsed()
  }
}
