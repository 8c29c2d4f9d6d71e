/** Time as what works in the background sees it. */
export interface Time {
  /** Epoch milliseconds, of a clock that somebody may set. */
  now (): number
  /** Milliseconds, of a clock that only ever goes forward. */
  elapsed (): number
  /**
   * Calls back once, later; keeps no process alive.
   *
   * @returns takes it back
   */
  after (delayMs: number, callback: () => void): () => void
}

/** @param now for a wall clock other than the system's */
export function systemTime (now: () => number = Date.now): Time {
  return {
    now,
    elapsed: () => performance.now(),
    after (delayMs, callback) {
      const timer = setTimeout(callback, delayMs).unref()
      return () => clearTimeout(timer)
    }
  }
}

/** Resolves after a while, or at once when the signal is aborted. */
export function pause (time: Time, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const cancel = time.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })

    function onAbort (): void {
      cancel()
      resolve()
    }
  })
}

export interface BackoffBounds {
  firstMs: number
  maxMs: number
}

/**
 * How long to wait after failures: doubled for each, and less than that by up to a half, so that edges that failed together
 * do not come back together.
 *
 * @param failures how many in a row, from 1
 */
export function backoffMs (failures: number, { firstMs, maxMs }: BackoffBounds): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
}
