// A fake clock for a service, which never sleeps, and a machine, which may.
import { setImmediate as nextTick } from 'node:timers/promises'
import type { Clock } from '../../../client/index.ts'

interface Event {
  at: number
  order: number
  /** Timers of the machine do not fire while it sleeps. */
  onMachine: boolean
  callback: () => void
}

export interface Time {
  /** Milliseconds of the service's clock. */
  now (): number
  /** The machine's clocks. */
  readonly clock: Clock
  after (ms: number, callback: () => void, where?: { onMachine: boolean }): () => void
  /** Advances time, and fires the timers that are due, in order. */
  pass (ms: number): Promise<void>
  /** Advances time while the machine sleeps. */
  sleep (ms: number, clocks: { monotonicStops: boolean }): Promise<void>
}

export function createTime (): Time {
  let now = 1_000_000
  let order = 0
  let stoppedMs = 0
  let events: Event[] = []

  function after (ms: number, callback: () => void, { onMachine } = { onMachine: true }): () => void {
    const event = { at: now + ms, order: order++, onMachine, callback }
    events.push(event)
    return () => { events = events.filter((other) => other !== event) }
  }

  async function run (until: number, isDue: (event: Event) => boolean): Promise<void> {
    await settle()
    for (;;) {
      const [next] = events.filter((event) => event.at <= until && isDue(event)).sort((a, b) => a.at - b.at || a.order - b.order)
      if (next === undefined) break
      events = events.filter((other) => other !== next)
      now = Math.max(now, next.at)
      next.callback()
      await settle()
    }
    now = until
  }

  return {
    now: () => now,
    clock: {
      now: () => now - stoppedMs,
      wall: () => 1_700_000_000_000 + now,
      after: (ms, callback) => after(ms, callback)
    },
    after,
    pass: (ms) => run(now + ms, () => true),
    async sleep (ms, { monotonicStops }) {
      const [asleepAt, until] = [now, now + ms]
      await run(until, ({ onMachine }) => !onMachine)
      if (monotonicStops) stoppedMs += ms
      for (const event of events) if (event.onMachine) event.at = monotonicStops ? event.at + until - asleepAt : Math.max(event.at, until)
    }
  }
}

/** Runs the callbacks of settled promises. */
async function settle (): Promise<void> {
  for (let round = 0; round < 4; round++) await nextTick()
}
