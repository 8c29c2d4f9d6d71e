// The time of a service, which never sleeps, and the clocks of a machine, which may.
import type { Clock } from '../../../client/index.ts'
import { createFakeTime } from '../../support/fake-time.ts'

export interface FakeMachine {
  /** Milliseconds of the service's clock. */
  now (): number
  /** The machine's clocks. */
  readonly clock: Clock
  /** A timer of the machine, which does not fire while it sleeps, or of the service. */
  after (ms: number, callback: () => void, where?: { onMachine: boolean }): () => void
  /** Advances time, and fires the timers that are due, in order. */
  pass (ms: number): Promise<void>
  /** Advances time while the machine sleeps. */
  sleep (ms: number, clocks: { monotonicStops: boolean }): Promise<void>
}

/** A timer of the machine; while it sleeps, it is not set. */
interface Timer {
  at: number
  callback: () => void
  cancel?: () => void
}

export function createFakeMachine (): FakeMachine {
  const time = createFakeTime(1_700_000_000_000)
  const timers = new Set<Timer>()
  let isAsleep = false
  let stoppedMs = 0

  function after (ms: number, callback: () => void, { onMachine } = { onMachine: true }): () => void {
    if (!onMachine) return time.after(ms, callback)
    const timer: Timer = { at: time.elapsed() + ms, callback }
    timers.add(timer)
    if (!isAsleep) set(timer)
    return () => {
      timer.cancel?.()
      timers.delete(timer)
    }
  }

  function set (timer: Timer): void {
    timer.cancel = time.after(Math.max(0, timer.at - time.elapsed()), () => {
      timers.delete(timer)
      timer.callback()
    })
  }

  return {
    now: () => time.elapsed(),
    clock: {
      now: () => time.elapsed() - stoppedMs,
      wall: () => time.now(),
      after: (ms, callback) => after(ms, callback)
    },
    after,
    pass: (ms) => time.pass(ms),
    async sleep (ms, { monotonicStops }) {
      isAsleep = true
      for (const timer of timers) timer.cancel?.()
      await time.pass(ms)
      isAsleep = false
      if (monotonicStops) stoppedMs += ms
      for (const timer of timers) {
        if (monotonicStops) timer.at += ms
        set(timer)
      }
    }
  }
}
