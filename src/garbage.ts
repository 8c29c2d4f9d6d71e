import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// V8 gives memory back only where little has been allocated for five seconds.
const AFTER_MS = 10_000

/**
 * Collects garbage once, when the service has settled. A start leaves half of the heap behind as garbage, some 35 MB that V8 would keep for
 * as long as nobody asks for anything. It takes some 20 ms.
 *
 * @param afterMs from now on
 */
export function collectGarbageOnce (afterMs = AFTER_MS): void {
  setTimeout(collectGarbage, afterMs).unref()
}

/** Not for the code of others: only a context that is made while the flag is set has the function. */
export function collectGarbage (): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  collect()
}
