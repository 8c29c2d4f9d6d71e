/** Wakes a waiting loop. Auto-reset: if nobody waits, the next `wait` returns at once. */
export class Wakeup {
  #isSignalled = false
  #wake: (() => void) | undefined

  signal (): void {
    this.#isSignalled = true
    this.#wake?.()
  }

  /** Resolves on a signal, or after `timeoutMs`. One caller at a time. */
  async wait (timeoutMs: number): Promise<void> {
    if (!this.#isSignalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs).unref()
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = undefined
    this.#isSignalled = false
  }
}
