import { setTimeout as sleep } from 'node:timers/promises'
import { isInTime } from './patience.ts'

/**
 * Waits until something is so, for what happens in another process or on a socket.
 *
 * @param withinMs on a quiet machine; longer on one that is slow, or busy
 * @throws when it is not so by then
 */
export async function until (isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const startedAt = performance.now()
  while (!await isSo()) {
    const tookMs = performance.now() - startedAt
    if (!isInTime(tookMs, withinMs)) throw new Error(`it was not so within ${Math.round(tookMs)} ms: ${isSo.toString()}`)
    await sleep(10)
  }
}
