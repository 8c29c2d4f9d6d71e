// Deadlines for slow or busy machines: scaled by how much slower this one is than a quiet one.
import { availableParallelism, loadavg } from 'node:os'

/** The time of `STEPS` on a quiet core of 2024, in milliseconds. */
const QUIET_MS = 12
const STEPS = 10_000_000
/** Beyond this factor, a deadline would prove nothing. */
const MAX_FACTOR = 20

/**
 * Whether something was in time, for this machine, whose speed is measured only where it was not.
 *
 * @param tookMs the time that it took
 * @param withinMs the deadline on a quiet machine
 */
export function isInTime (tookMs: number, withinMs: number): boolean {
  return tookMs < withinMs || (tookMs < withinMs * MAX_FACTOR && tookMs < withinMs * slowness())
}

/** @returns how many times slower than a quiet machine this one is, now or in the last minute: 1 to 20 */
export function slowness (): number {
  return Math.min(MAX_FACTOR, Math.max(1, workMs() / QUIET_MS, (loadavg()[0] ?? 0) / availableParallelism()))
}

/** A fixed amount of work, long enough that the scheduler runs other processes in between. */
function workMs (): number {
  const startedAt = performance.now()
  let state = 1
  for (let step = 0; step < STEPS; step++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  // The result is used, or the loop could be optimized away.
  return performance.now() - startedAt + (state === 0 ? 1 : 0)
}
