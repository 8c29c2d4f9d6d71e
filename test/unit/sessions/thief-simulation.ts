// Lives of a session that a victim and a thief share, in seconds of a clock that nobody waits for.
import { decideRotation, type RotationTimings, type RotationState } from '../../../src/sessions/rotation-policy.ts'

export interface Habit {
  /** In how many seconds a thief who has just been answered comes back. */
  pause (random: () => number): number
  /** Whether the thief takes each new token, or replays the stolen one for ever. */
  keepsUp?: boolean
  /** A thief who sees the victim's refreshes comes so many seconds after each. */
  shadowsAfter?: number
}

export interface LifeOptions {
  seed: number
  timings: RotationTimings
  accessTtlSeconds: number
  /** undefined: nobody steals anything. */
  thief: Habit | undefined
  seconds: number
}

interface Holder {
  token: number
  nextAt: number
}

const STOLEN_AT = 3600

/**
 * @param options who lives how
 * @returns seconds from the theft until the session was revoked, or undefined when it lived to the end
 */
export function simulateLife ({ seed, timings, accessTtlSeconds, thief, seconds }: LifeOptions): number | undefined {
  const random = randomFrom(seed)
  const victimRests = () => accessTtlSeconds * (0.5 + 0.4 * random())
  let state: RotationState = { currentGeneration: 1, parentGeneration: 0, ageSeconds: 0 }
  let rotatedAt = 0
  const victim: Holder = { token: 1, nextAt: victimRests() }
  const burglar: Holder = { token: 0, nextAt: thief === undefined ? Infinity : STOLEN_AT }

  for (let now = 0; now < seconds; now = Math.min(victim.nextAt, burglar.nextAt)) {
    const holder = victim.nextAt <= now ? victim : burglar.nextAt <= now ? burglar : undefined
    if (holder === undefined) continue
    if (holder === burglar && burglar.token === 0) burglar.token = victim.token
    const { outcome, currentGeneration, parentGeneration, setsRotatedAt } = decideRotation(
      { ...state, ageSeconds: now - rotatedAt }, holder.token, timings
    )
    if (outcome === 'reused') return now - STOLEN_AT
    state = { currentGeneration, parentGeneration, ageSeconds: 0 }
    if (setsRotatedAt) rotatedAt = now
    const isRefused = outcome === 'retry'
    if (holder === victim) {
      if (!isRefused) victim.token = currentGeneration
      victim.nextAt = now + (isRefused ? timings.inFlightSeconds * (1 + random()) : victimRests())
      if (thief?.shadowsAfter !== undefined && now >= STOLEN_AT) burglar.nextAt = now + thief.shadowsAfter
    } else {
      if (!isRefused && thief?.keepsUp !== false) burglar.token = currentGeneration
      burglar.nextAt = now + (isRefused ? timings.inFlightSeconds : thief?.pause(random) ?? Infinity)
    }
  }
  return undefined
}

/** mulberry32: the same lives in every run. */
function randomFrom (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
