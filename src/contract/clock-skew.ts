import { CLOCK_LEEWAY_SECONDS, ISSUED_AHEAD_SECONDS } from './claims.ts'

/** On which side of the issuer's clock this machine's is; `none`: near enough. */
export type SkewSide = 'none' | 'ahead' | 'behind'

/** How this machine's clock, by which tokens are judged, compares with the database's, by which they are issued. */
export interface ClockSkew {
  /** By how much it is ahead, less than zero when behind; undefined before anything was compared. */
  readonly seconds: number | undefined
  /** Changes only where the comparison leaves no doubt. */
  readonly side: SkewSide
  /** @returns whether `side` has changed */
  observe (comparison: Comparison): boolean
}

/** Epoch milliseconds, but for the last. */
export interface Comparison {
  /** Our clock when the issuer's time came in. */
  ours: number
  issuers: number
  /** How long ago, in milliseconds, the issuer's clock may have said that. */
  maxAgeMs: number
}

const MAX_AHEAD_MS = CLOCK_LEEWAY_SECONDS * 1000
/** The issuer may write an `iat` that is itself ahead of its clock. */
const MAX_BEHIND_MS = (CLOCK_LEEWAY_SECONDS - ISSUED_AHEAD_SECONDS) * 1000

/**
 * Compares clocks: beyond the leeway of an edge, good tokens are refused as issued in the future, or expire too early.
 *
 * @param usuallyFresh where `maxAgeMs` is a bound that is seldom reached: the time is taken for fresh, and doubt for agreement
 */
export function createClockSkew ({ usuallyFresh = false } = {}): ClockSkew {
  let seconds: number | undefined
  let side: SkewSide = 'none'
  return {
    get seconds () { return seconds },
    get side () { return side },
    observe ({ ours, issuers, maxAgeMs }) {
      const before = side
      const most = ours - issuers
      const least = most - maxAgeMs
      seconds = (usuallyFresh ? most : (most + least) / 2) / 1000
      if (least > MAX_AHEAD_MS) side = 'ahead'
      else if (most < -MAX_BEHIND_MS) side = 'behind'
      else if (usuallyFresh || (most <= MAX_AHEAD_MS && least >= -MAX_BEHIND_MS)) side = 'none'
      return side !== before
    }
  }
}
