import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '../errors.ts'

interface LimiterOptions {
  /** How many tasks run at once. */
  concurrency: number
  /** How many tasks may wait; the tasks of one key may take half of the queue. */
  maxQueue: number
}

/** The event loop has caught up once it was idle for this long since the last task began. */
const MIN_IDLE_MS = 0.5
/** A task is delayed at most this long, and delays take at most this share of all time: a flood of requests cannot stall the queue. */
const MAX_DELAY_MS = 250
const MAX_DELAY_SHARE = 0.2

/** A semaphore with a bounded first-in, first-out queue: it rejects a task at once when the queue is full. */
export class Limiter {
  readonly #concurrency: number
  readonly #maxQueue: number
  readonly #maxPerKey: number
  readonly #queue: Array<() => void> = []
  readonly #waitingByKey = new Map<string, number>()
  #running = 0
  #refused = 0
  #lastStart = performance.eventLoopUtilization()
  #delayBudgetMs = MAX_DELAY_MS
  #lastDelayAt = performance.now()

  constructor ({ concurrency, maxQueue }: LimiterOptions) {
    this.#concurrency = concurrency
    this.#maxQueue = maxQueue
    this.#maxPerKey = Math.ceil(maxQueue / 2)
  }

  get running (): number {
    return this.#running
  }

  get waiting (): number {
    return this.#queue.length
  }

  /** Counted since the start. */
  get refused (): number {
    return this.#refused
  }

  /**
   * Runs a task, in order of arrival.
   *
   * @param task what to run
   * @param key the client: one client with many tasks does not keep others out
   * @throws OverloadedError when the queue is full
   */
  async run<T> (task: () => Promise<T>, key?: string): Promise<T> {
    await this.#acquire(key)
    try {
      return await task()
    } finally {
      // eslint-disable-next-line @typescript-eslint/no-floating-promises -- never rejects, and the finished task does not wait for it
      this.#release()
    }
  }

  /** @throws OverloadedError when the queue is full; lets a caller fail before it does other work */
  assertCapacity (key = ''): void {
    const isShareUsed = key !== '' && (this.#waitingByKey.get(key) ?? 0) >= this.#maxPerKey
    if (this.#running < this.#concurrency || (this.#queue.length < this.#maxQueue && !isShareUsed)) return
    this.#refused++
    throw new OverloadedError()
  }

  async #acquire (key = ''): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running++
      this.#lastStart = performance.eventLoopUtilization()
      await this.#waitForEventLoop()
      return
    }
    this.assertCapacity(key)
    this.#waitingByKey.set(key, (this.#waitingByKey.get(key) ?? 0) + 1)
    await new Promise<void>((resolve) => this.#queue.push(resolve))
    const waiting = (this.#waitingByKey.get(key) ?? 0) - 1
    if (waiting > 0) this.#waitingByKey.set(key, waiting)
    else this.#waitingByKey.delete(key)
  }

  /** Hands the slot to the next task in the queue, or frees it. */
  async #release (): Promise<void> {
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#running--
      return
    }
    await this.#waitForEventLoop()
    next()
  }

  // Hashing takes every core and leaves the main thread half of one, in slices of milliseconds. A burst of connections is accepted one by
  // one: 500 took more than a second. So pending input is read before the next hash begins.
  async #waitForEventLoop (): Promise<void> {
    const startedAt = performance.now()
    this.#delayBudgetMs = Math.min(MAX_DELAY_MS, this.#delayBudgetMs + (startedAt - this.#lastDelayAt) * MAX_DELAY_SHARE)
    this.#lastDelayAt = startedAt
    const isBehind = () => performance.eventLoopUtilization(this.#lastStart).idle < MIN_IDLE_MS
    while (isBehind() && performance.now() - startedAt < this.#delayBudgetMs) await sleep(1)
    this.#delayBudgetMs -= performance.now() - startedAt
    this.#lastStart = performance.eventLoopUtilization()
  }
}
