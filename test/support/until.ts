import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until something is so, for what happens in another process or on a socket.
 *
 * @throws when it is not so after `withinMs`
 */
export async function until (isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`it was not so within ${withinMs} ms: ${isSo.toString()}`)
    await sleep(10)
  }
}
