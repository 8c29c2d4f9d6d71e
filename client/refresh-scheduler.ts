import { UnavailableError } from './errors.ts'
import type { Clock } from './platform.ts'

const FIRST_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 60_000

export interface RefreshSchedulerOptions {
  clock: Clock
  random: () => number
  refresh: () => void
}

/** Decides when the next refresh happens, and until when none may. */
export class RefreshScheduler {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #refresh: () => void
  #failures = 0
  #notBefore = -Infinity
  #cancel = () => {}
  #isClosed = false

  constructor ({ clock, random, refresh }: RefreshSchedulerOptions) {
    this.#clock = clock
    this.#random = random
    this.#refresh = refresh
  }

  /** @param at the time of the next refresh after a successful one, in milliseconds of the monotonic clock */
  schedule (at: number): void {
    this.stop()
    this.#setTimer(at)
  }

  /**
   * Schedules the next attempt after a failed one, with exponential backoff.
   *
   * @param error may carry `Retry-After`
   * @param hasResponded whether the service has responded: then no attempt is allowed earlier
   * @returns the error, for the caller to throw
   */
  retryAfter (error: UnavailableError, hasResponded: boolean): UnavailableError {
    const waitMs = Math.max(toBackoffMs(this.#failures++, this.#random), (error.retryAfterSeconds ?? 0) * 1000)
    const at = this.#clock.now() + waitMs
    if (hasResponded) this.#notBefore = at
    // Jitter: clients that failed together must not come back together.
    this.#setTimer(at + this.#random() * waitMs / 4)
    return error
  }

  /** @throws UnavailableError while the service has asked for no further attempts */
  assertAllowed (): void {
    const waitMs = this.#notBefore - this.#clock.now()
    if (waitMs > 0) throw new UnavailableError({ retryAfterSeconds: Math.ceil(waitMs / 1000) })
  }

  /** Repeats a failed refresh at once, if that is allowed: the network is back. */
  refreshNow (): void {
    if (this.#failures > 0 && this.#clock.now() >= this.#notBefore) this.#refresh()
  }

  /** There is nothing to refresh. */
  stop (): void {
    this.#cancel()
    this.#failures = 0
    this.#notBefore = -Infinity
  }

  close (): void {
    this.#isClosed = true
    this.#cancel()
  }

  #setTimer (at: number): void {
    this.#cancel()
    if (!this.#isClosed) this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), this.#refresh)
  }
}

/**
 * @param failures before this one
 * @returns milliseconds to wait: doubled each time up to a minute, of which a random half is left out
 */
export function toBackoffMs (failures: number, random: () => number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures) * (0.5 + random() / 2)
}
