// Time that a test advances, and a way to wait for real events.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Time } from '../../../../src/verify/time.ts'
import { isInTime } from '../../../support/patience.ts'

const WITHIN_MS = 10_000

export interface FakeTime extends Time {
  /** Advances time and runs due timers in order. */
  advance (ms: number): void
  /** Sets the wall clock only. */
  setClock (epochMs: number): void
  readonly timers: number
}

export function createFakeTime (epochMs = Date.now()): FakeTime {
  const timers = new Set<{ at: number, callback: () => void }>()
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
      for (let next = nextBefore(end); next !== undefined; next = nextBefore(end)) {
        timers.delete(next)
        elapsedMs = Math.max(elapsedMs, next.at)
        next.callback()
      }
      elapsedMs = end
    },
    setClock (epochMs) { aheadMs = epochMs - elapsedMs },
    get timers () { return timers.size }
  }

  function nextBefore (end: number) {
    return [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Waits until a condition holds, for as long as a slow machine may need. */
export async function until (what: string, condition: () => boolean): Promise<void> {
  const startedAt = performance.now()
  while (!condition()) {
    if (!isInTime(performance.now() - startedAt, WITHIN_MS)) throw new Error(`waited in vain until ${what}`)
    await sleep(1)
  }
}
