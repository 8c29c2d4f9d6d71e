/** Clocks and timers of background work; tests replace them. */
export interface Time {
  /** Epoch milliseconds of the wall clock, which can be set. */
  now (): number
  /** Milliseconds of a monotonic clock. */
  elapsed (): number
  /**
   * Calls back once; the timer does not keep the process alive.
   *
   * @returns cancels the timer
   */
  after (delayMs: number, callback: () => void): () => void
}

/** @param now a wall clock other than the system's */
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

/** Resolves after the delay, or as soon as the signal is aborted. */
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

interface BackoffBounds {
  firstMs: number
  maxMs: number
}

/**
 * Exponential backoff with jitter, so that edges that failed together do not retry together.
 *
 * @param failures consecutive failures, from 1
 * @returns the delay before the next attempt: random, from half of the exponential delay to all of it
 */
export function backoffMs (failures: number, { firstMs, maxMs }: BackoffBounds): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
}
