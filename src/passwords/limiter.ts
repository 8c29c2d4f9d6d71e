import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '../errors.ts'

export interface LimiterOptions {
  /** How many pieces of work run at once. */
  concurrency: number
  /** How many may wait for their turn; of one key no more than half of them. */
  maxQueue: number
}

/** Runs so much work at once, lets so much wait, and turns the rest away at once. */
export interface Limiter {
  /**
   * @param key for whom: nobody else is kept out by one who asks for much
   * @throws OverloadedError when the queue is full
   */
  run<T> (work: () => Promise<T>, key?: string): Promise<T>
  /** @throws OverloadedError when the queue is full: for who would do something else first, in vain */
  assertRoom (key?: string): void
  readonly running: number
  readonly waiting: number
  readonly refused: number
}

/** The main thread has caught up once it had nothing to do for so long since the last piece of work was handed on. */
const CAUGHT_UP_MS = 0.5
/** Work is kept waiting for no more than a burst takes, and for no more than a share of all time: a flood of requests is no lever against it. */
const MAX_HELD_MS = 250
const MAX_HELD_SHARE = 0.2

/** Makes a limiter; whoever waits is served in order of arrival. */
export function createLimiter ({ concurrency, maxQueue }: LimiterOptions): Limiter {
  const queue: Array<() => void> = []
  const waitingOf = new Map<string, number>()
  const share = Math.ceil(maxQueue / 2)
  let running = 0
  let refused = 0
  let handedOnAt = performance.eventLoopUtilization()
  let mayHoldMs = MAX_HELD_MS
  let lastHeldAt = performance.now()

  async function enter (key = ''): Promise<void> {
    if (running < concurrency) {
      running++
      handedOnAt = performance.eventLoopUtilization()
      await catchUp()
      return
    }
    assertRoom(key)
    waitingOf.set(key, (waitingOf.get(key) ?? 0) + 1)
    await new Promise<void>((resolve) => queue.push(resolve))
    const left = (waitingOf.get(key) ?? 0) - 1
    if (left > 0) waitingOf.set(key, left)
    else waitingOf.delete(key)
  }

  function assertRoom (key = ''): void {
    const isTooMuch = key !== '' && (waitingOf.get(key) ?? 0) >= share
    if (running < concurrency || (queue.length < maxQueue && !isTooMuch)) return
    refused++
    throw new OverloadedError()
  }

  /** The place goes to the next in line, or it is free. */
  async function leave (): Promise<void> {
    const next = queue.shift()
    if (next === undefined) {
      running--
      return
    }
    await catchUp()
    next()
  }

  // Work that takes every core leaves the main thread half of one, in slices of milliseconds, and a burst of connections is
  // accepted one by one: five hundred took a second and more. So whatever has come is read before the next piece of work begins.
  async function catchUp (): Promise<void> {
    const beganAt = performance.now()
    mayHoldMs = Math.min(MAX_HELD_MS, mayHoldMs + (beganAt - lastHeldAt) * MAX_HELD_SHARE)
    lastHeldAt = beganAt
    while (performance.eventLoopUtilization(handedOnAt).idle < CAUGHT_UP_MS && performance.now() - beganAt < mayHoldMs) await sleep(1)
    mayHoldMs -= performance.now() - beganAt
    handedOnAt = performance.eventLoopUtilization()
  }

  return {
    async run (work, key) {
      await enter(key)
      try {
        return await work()
      } finally {
        // eslint-disable-next-line @typescript-eslint/no-floating-promises -- it never rejects, and whoever is done does not wait for it
        leave()
      }
    },
    assertRoom,
    get running () { return running },
    get waiting () { return queue.length },
    get refused () { return refused }
  }
}
