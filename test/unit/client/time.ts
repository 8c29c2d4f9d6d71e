// Time that passes only when told to: for a service that never sleeps, and a machine that may.
import { setImmediate as nextTick } from 'node:timers/promises'
import type { Clock } from '../../../client/index.ts'

interface Event {
  at: number
  order: number
  /** What happens on the machine waits while it sleeps. */
  onMachine: boolean
  callback: () => void
}

export interface Time {
  /** Of the service, in milliseconds. */
  now (): number
  /** Of the machine. */
  readonly clock: Clock
  after (ms: number, callback: () => void, where?: { onMachine: boolean }): () => void
  /** Lets time pass, and what is due happen, in its order. */
  pass (ms: number): Promise<void>
  /** Lets time pass for all but the machine. */
  sleep (ms: number, clocks: { monotonicStops: boolean }): Promise<void>
}

export function createTime (): Time {
  let now = 1_000_000
  let order = 0
  let stoodStill = 0
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
      now: () => now - stoodStill,
      wall: () => 1_700_000_000_000 + now,
      after: (ms, callback) => after(ms, callback)
    },
    after,
    pass: (ms) => run(now + ms, () => true),
    async sleep (ms, { monotonicStops }) {
      const [asleepAt, until] = [now, now + ms]
      await run(until, ({ onMachine }) => !onMachine)
      if (monotonicStops) stoodStill += ms
      for (const event of events) if (event.onMachine) event.at = monotonicStops ? event.at + until - asleepAt : Math.max(event.at, until)
    }
  }
}

/** What promises have to do, they do. */
async function settle (): Promise<void> {
  for (let round = 0; round < 4; round++) await nextTick()
}
