import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// V8 gives memory back only where little has been allocated for five seconds.
const AFTER_MS = 10_000
/** Of the event loop's time: beyond that V8 collects by itself. */
const BUSY = 0.05

/**
 * Collects garbage once, when nobody has asked for much for a while. A start leaves half of the heap behind as garbage, some 35 MB that V8
 * would keep for as long as nobody asks for anything. It takes some 20 ms, and would cost a service that is busy ten times as much: V8
 * forgets what it has learned of the code.
 *
 * @param afterMs how long a while is
 */
export function collectGarbageOnce (afterMs = AFTER_MS): void {
  const since = performance.eventLoopUtilization()
  setTimeout(() => {
    if (performance.eventLoopUtilization(since).utilization > BUSY) collectGarbageOnce(afterMs)
    else collectGarbage()
  }, afterMs).unref()
}

/** Not for the code of others: only a context that is made while the flag is set has the function. */
export function collectGarbage (): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  collect()
}
