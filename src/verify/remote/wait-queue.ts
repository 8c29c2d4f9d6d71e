import type { Time } from '../time.ts'

interface WaitQueueOptions {
  /** How many may wait. */
  capacity: number
  /** How long each may wait. */
  maxWaitMs: number
  time: Time
}

/** Requests that wait for something under way. */
export class WaitQueue<Waiter> {
  readonly #options: WaitQueueOptions
  readonly #entries = new Set<{ waiter: Waiter, resolve: () => void }>()

  constructor (options: WaitQueueOptions) {
    this.#options = options
  }

  /** @returns resolves when the wait ends, for any reason; undefined if the queue is full */
  wait (waiter: Waiter): Promise<void> | undefined {
    const { capacity, maxWaitMs, time } = this.#options
    if (this.#entries.size >= capacity) return undefined
    return new Promise((resolve) => {
      const entry = { waiter, resolve: onEnd }
      const cancel = time.after(maxWaitMs, onEnd)
      const entries = this.#entries.add(entry)

      function onEnd (): void {
        cancel()
        entries.delete(entry)
        resolve()
      }
    })
  }

  /** Ends the wait of all waiters that match. */
  resolveWhere (matches: (waiter: Waiter) => boolean): void {
    for (const { waiter, resolve } of [...this.#entries]) if (matches(waiter)) resolve()
  }
}

interface StartupGateOptions {
  time: Time
  isReady: () => boolean
  /** It opens after this time in any case. */
  graceMs: number
}

const STARTUP_CAPACITY = 1000

/** Holds requests in the first seconds of an edge, until it has its keys and the feed. Once open it stays open. */
export class StartupGate {
  readonly #options: StartupGateOptions
  readonly #queue: WaitQueue<undefined>
  #resolveOpened = () => {}
  readonly #opened = new Promise<void>((resolve) => { this.#resolveOpened = resolve })
  readonly #cancel: () => void
  #isOpen = false

  constructor (options: StartupGateOptions) {
    const { time, graceMs } = options
    this.#options = options
    this.#queue = new WaitQueue({ capacity: STARTUP_CAPACITY, maxWaitMs: graceMs, time })
    this.#cancel = time.after(graceMs, () => this.open())
  }

  get isOpen (): boolean { return this.#isOpen }

  /** Opens it if the edge is ready. */
  check (): void {
    if (!this.#isOpen && this.#options.isReady()) this.open()
  }

  open (): void {
    this.#cancel()
    this.#isOpen = true
    this.#resolveOpened()
    this.#queue.resolveWhere(() => true)
  }

  /** @returns resolves when it opens; undefined if too many wait already */
  wait (): Promise<void> | undefined { return this.#queue.wait(undefined) }

  /** Resolves when it opens, and keeps the process alive until then: timers and sockets of the edge do not. */
  async ready (): Promise<void> {
    if (this.#isOpen) return
    const keepAlive = setInterval(() => {}, this.#options.graceMs)
    await this.#opened
    clearInterval(keepAlive)
  }
}
