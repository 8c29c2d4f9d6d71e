import { CLOCK_LEEWAY_SECONDS, ISSUED_AHEAD_SECONDS, MAX_ACCESS_TTL_SECONDS } from './claims.ts'

/** How this machine's clock compares with the issuer's; `none` means close enough. */
export type SkewSide = 'none' | 'ahead' | 'behind'

interface ClockComparison {
  /** Epoch milliseconds of our clock when the issuer's time arrived. */
  ours: number
  /** Epoch milliseconds. */
  issuers: number
  /** How old the issuer's time may be, in milliseconds. */
  maxAgeMs: number
}

interface SkewLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

interface ExpiryClockOptions {
  /** Epoch milliseconds of a wall clock, which is observed too: entries do not expire before their `exp` by this clock. */
  clock?: () => number
  /** Milliseconds of a monotonic clock. */
  elapsed: () => number
}

const MAX_AHEAD_MS = CLOCK_LEEWAY_SECONDS * 1000
/** The issuer may write an `iat` that is itself ahead of its clock. */
const MAX_BEHIND_MS = (CLOCK_LEEWAY_SECONDS - ISSUED_AHEAD_SECONDS) * 1000

/** Longer than the lifetime of any entry of the feed, so that a time observed with an entry is used until the entry expires. */
const WINDOW_MS = 2 * MAX_ACCESS_TTL_SECONDS * 1000

/**
 * Compares this machine's clock, which verifies tokens, with the database's, which issues them. Beyond the leeway of an edge, valid
 * tokens are rejected: as issued in the future, or as expired.
 */
export class ClockSkew {
  readonly #usuallyFresh: boolean
  #seconds: number | undefined
  #side: SkewSide = 'none'

  /** @param options `usuallyFresh`: the issuer's time is rarely as old as `maxAgeMs`: it counts as new, and an unclear result as `none` */
  constructor ({ usuallyFresh = false } = {}) {
    this.#usuallyFresh = usuallyFresh
  }

  /** How far our clock is ahead; negative if it is behind, undefined before the first comparison. */
  get seconds (): number | undefined { return this.#seconds }

  /** Changes only after a comparison with a clear result. */
  get side (): SkewSide { return this.#side }

  /** @returns whether `side` has changed */
  observe ({ ours, issuers, maxAgeMs }: ClockComparison): boolean {
    const before = this.#side
    const most = ours - issuers
    const least = most - maxAgeMs
    this.#seconds = (this.#usuallyFresh ? most : (most + least) / 2) / 1000
    if (least > MAX_AHEAD_MS) this.#side = 'ahead'
    else if (most < -MAX_BEHIND_MS) this.#side = 'behind'
    else if (this.#usuallyFresh || (most <= MAX_AHEAD_MS && least >= -MAX_BEHIND_MS)) this.#side = 'none'
    return this.#side !== before
  }
}

/** Reports a change of `side`. */
export function logClockSkew (log: SkewLog, skew: Pick<ClockSkew, 'side' | 'seconds'>, reference: 'database' | 'issuer'): void {
  const { side, seconds } = skew
  const details = { event: 'clock_skew', side, skew_seconds: seconds }
  if (side === 'none') log.info(details, `the clock of this machine agrees with that of the ${reference} again`)
  else log.warn(details, `the clock of this machine does not agree with that of the ${reference}: valid access tokens are refused here`)
}

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
