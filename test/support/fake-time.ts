// Time that a test advances.
import { setImmediate as nextTick } from 'node:timers/promises'
import type { Time } from '../../src/verify/time.ts'

export interface FakeTime extends Time {
  /** Advances time and runs due timers in order. */
  advance (ms: number): void
  /** Like `advance`, but awaits the callbacks of settled promises before the first timer and after each. */
  pass (ms: number): Promise<void>
  /** Sets the wall clock only. */
  setClock (epochMs: number): void
  /** How many timers are set. */
  readonly timers: number
}

interface Timer {
  at: number
  callback: () => void
}

/** @param epochMs what the wall clock shows at first */
export function createFakeTime (epochMs = Date.now()): FakeTime {
  const timers = new Set<Timer>()
  let elapsedMs = 1000
  let aheadMs = epochMs - elapsedMs
  return {
    now: () => elapsedMs + aheadMs,
    elapsed: () => elapsedMs,
    after (delayMs, callback) {
      const timer = { at: elapsedMs + delayMs, callback }
      timers.add(timer)
      return () => { timers.delete(timer) }
    },
    advance (ms) {
      const end = elapsedMs + ms
      for (let next = findDue(end); next !== undefined; next = findDue(end)) run(next)
      elapsedMs = end
    },
    async pass (ms) {
      const end = elapsedMs + ms
      await settle()
      for (let next = findDue(end); next !== undefined; next = findDue(end)) {
        run(next)
        await settle()
      }
      elapsedMs = end
    },
    setClock (epochMs) { aheadMs = epochMs - elapsedMs },
    get timers () { return timers.size }
  }

  function findDue (end: number): Timer | undefined {
    return [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }

  function run (timer: Timer): void {
    timers.delete(timer)
    elapsedMs = Math.max(elapsedMs, timer.at)
    timer.callback()
  }
}

/** Runs the callbacks of settled promises. */
async function settle (): Promise<void> {
  for (let round = 0; round < 4; round++) await nextTick()
}
