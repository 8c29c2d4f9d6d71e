import { OverloadedError } from '../errors.ts'

export interface LimiterOptions {
  /** How many pieces of work run at once. */
  concurrency: number
  /** How many may wait for their turn. */
  maxQueue: number
}

/** Runs so much work at once, lets so much wait, and turns the rest away at once. */
export interface Limiter {
  /** @throws OverloadedError when the queue is full */
  run<T> (work: () => Promise<T>): Promise<T>
  /** @throws OverloadedError when the queue is full: for who would do something else first, in vain */
  assertRoom (): void
  readonly running: number
  readonly waiting: number
  readonly refused: number
}

/** Makes a limiter; whoever waits is served in order of arrival. */
export function createLimiter ({ concurrency, maxQueue }: LimiterOptions): Limiter {
  const queue: Array<() => void> = []
  let running = 0
  let refused = 0

  async function enter (): Promise<void> {
    if (running < concurrency) {
      running++
      return
    }
    assertRoom()
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function assertRoom (): void {
    if (running < concurrency || queue.length < maxQueue) return
    refused++
    throw new OverloadedError()
  }

  /** The place goes to the next in line, or it is free. */
  function leave (): void {
    const next = queue.shift()
    if (next === undefined) running--
    else next()
  }

  return {
    async run (work) {
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
    assertRoom,
    get running () { return running },
    get waiting () { return queue.length },
    get refused () { return refused }
  }
}
