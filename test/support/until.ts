import { setTimeout as sleep } from 'node:timers/promises'
import { isInTime } from './patience.ts'

/**
 * Polls until a condition holds, for events in another process or on a socket.
 *
 * @param withinMs on a quiet machine; scaled on a slow or busy one
 * @throws when the condition does not hold in time
 */
export async function until (condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const startedAt = performance.now()
  while (!await condition()) {
    const tookMs = performance.now() - startedAt
    if (!isInTime(tookMs, withinMs)) throw new Error(`the condition did not hold within ${Math.round(tookMs)} ms: ${condition.toString()}`)
    // At first often, as most conditions hold soon; later a twentieth of the wait is lost at most.
    await sleep(Math.min(50, 1 + tookMs / 20))
  }
}
