import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// V8 returns memory to the system only after five seconds with few allocations.
const IDLE_MS = 10_000
/** Share of the event loop's time. Above it, V8 collects by itself. */
const BUSY_UTILIZATION = 0.05

/**
 * Collects garbage once, as soon as the service has been idle for a while. A start leaves some 35 MB of garbage, half of the heap, which V8
 * keeps as long as there are no requests. The collection takes 20 ms. In a busy service it would cost ten times as much, because V8 also
 * discards optimized code.
 */
export function collectGarbageWhenIdle (idleMs = IDLE_MS): void {
  // V8 keeps the young generation, 32 MB, unless little was allocated since the collection before: so there is one, of it alone, now.
  collectGarbage('minor')
  collectOnceIdle(idleMs)
}

function collectOnceIdle (idleMs: number): void {
  const since = performance.eventLoopUtilization()
  setTimeout(() => {
    if (performance.eventLoopUtilization(since).utilization > BUSY_UTILIZATION) collectOnceIdle(idleMs)
    else collectGarbage()
  }, idleMs).unref()
}

/** Without `--expose-gc`, and without exposing `gc` to other code: only a context that is created while the flag is set has it. */
export function collectGarbage (type: 'minor' | 'major' = 'major'): void {
  setFlagsFromString('--expose-gc')
  const collect: (options?: { type: string }) => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // With `{ type: 'major' }` the V8 of Node.js 20 collects the young generation.
  if (type === 'minor') collect({ type })
  else collect()
}
