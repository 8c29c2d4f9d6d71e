/** A waiter of high priority is next, before all waiters of normal priority. */
export type Priority = 'normal' | 'high'

interface PriorityMutexOptions {
  acquireTimeoutMs: number
  /** What a waiter gets that waited for longer. */
  createTimeoutError: () => Error
}

/** A mutex: one holder at a time, in order of arrival within a priority. */
export class PriorityMutex {
  readonly #options: PriorityMutexOptions
  readonly #waiters: Record<Priority, Array<() => void>> = { normal: [], high: [] }
  #isHeld = false

  constructor (options: PriorityMutexOptions) {
    this.#options = options
  }

  get isHeld (): boolean {
    return this.#isHeld
  }

  get waiting (): number {
    return this.#waiters.normal.length + this.#waiters.high.length
  }

  /** @returns a function that releases the mutex, to be called once */
  async acquire (priority: Priority = 'normal'): Promise<() => void> {
    if (this.#isHeld) await this.#wait(this.#waiters[priority])
    this.#isHeld = true
    return () => this.#release()
  }

  /** Runs work while it holds the mutex. */
  async run<T> (work: () => Promise<T>): Promise<T> {
    const release = await this.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }

  #release (): void {
    const next = this.#waiters.high.shift() ?? this.#waiters.normal.shift()
    if (next === undefined) this.#isHeld = false
    else next()
  }

  #wait (waiters: Array<() => void>): Promise<void> {
    const { acquireTimeoutMs, createTimeoutError } = this.#options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.splice(waiters.indexOf(enter), 1)
        reject(createTimeoutError())
      }, acquireTimeoutMs)
      function enter (): void {
        clearTimeout(timer)
        resolve()
      }
      waiters.push(enter)
    })
  }
}
