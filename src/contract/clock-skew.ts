import { CLOCK_LEEWAY_SECONDS, ISSUED_AHEAD_SECONDS } from './claims.ts'

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

const MAX_AHEAD_MS = CLOCK_LEEWAY_SECONDS * 1000
/** The issuer may write an `iat` that is itself ahead of its clock. */
const MAX_BEHIND_MS = (CLOCK_LEEWAY_SECONDS - ISSUED_AHEAD_SECONDS) * 1000

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
