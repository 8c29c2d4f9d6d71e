// Deadlines on a machine that is slow or busy: as many times longer as it is slower than a quiet one.
import { availableParallelism, loadavg } from 'node:os'

/** What `STEPS` take on a quiet core of a machine of 2024, in milliseconds. */
const QUIET_MS = 12
const STEPS = 10_000_000
/** Nothing takes more than so many times as long, or the bound says nothing. */
const MOST = 20

/**
 * @param tookMs how long something took
 * @param withinMs how long it may take on a quiet machine
 * @returns whether it was in time, as far as this machine can be; it is measured only where it was not
 */
export function isInTime (tookMs: number, withinMs: number): boolean {
  return tookMs < withinMs || (tookMs < withinMs * MOST && tookMs < withinMs * slowness())
}

/** @returns how many times slower than a quiet machine this one is, or was within the last minute: 1 to 20 */
export function slowness (): number {
  return Math.min(MOST, Math.max(1, workMs() / QUIET_MS, (loadavg()[0] ?? 0) / availableParallelism()))
}

/** A fixed piece of work, long enough for others to get their turns in it. */
function workMs (): number {
  const startedAt = performance.now()
  let state = 1
  for (let step = 0; step < STEPS; step++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  // Used, or it might be left out.
  return performance.now() - startedAt + (state === 0 ? 1 : 0)
}
