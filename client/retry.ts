import { UnavailableError } from './errors.ts'
import type { Clock } from './platform.ts'

const FIRST_MS = 1000
const LONGEST_MS = 60_000

/** When the next refresh is, and when none may be. */
export interface Retry {
  /** After a refresh that succeeded: the next one is then, in milliseconds of the monotonic clock. */
  plan (at: number): void
  /**
   * After one that failed: later, and later still the next time.
   *
   * @param error says when to come back, if anybody said so
   * @param isAnswer whether the service has answered, and is to be left alone until then
   * @returns the error, to be thrown
   */
  postpone (error: UnavailableError, isAnswer: boolean): UnavailableError
  /** @throws UnavailableError while the service is to be left alone */
  assertAllowed (): void
  /** Tries at once what has failed, if that is allowed: the network is back. */
  hurry (): void
  /** There is nothing to refresh any more. */
  stop (): void
  close (): void
}

/** @param again refreshes */
export function createRetry ({ clock, random, again }: { clock: Clock, random: () => number, again: () => void }): Retry {
  let failures = 0
  let notBefore = -Infinity
  let cancel = () => {}
  let isClosed = false

  function schedule (at: number): void {
    cancel()
    if (!isClosed) cancel = clock.after(Math.max(0, at - clock.now()), again)
  }

  function stop (): void {
    cancel()
    failures = 0
    notBefore = -Infinity
  }

  return {
    plan (at) {
      stop()
      schedule(at)
    },
    postpone (error, isAnswer) {
      const waitMs = Math.max(backOff(failures++, random), (error.retryAfterSeconds ?? 0) * 1000)
      const at = clock.now() + waitMs
      if (isAnswer) notBefore = at
      // Those who were sent away together do not come back together.
      schedule(at + random() * waitMs / 4)
      return error
    },
    assertAllowed () {
      const waitMs = notBefore - clock.now()
      if (waitMs > 0) throw new UnavailableError({ retryAfterSeconds: Math.ceil(waitMs / 1000) })
    },
    hurry () {
      if (failures > 0 && clock.now() >= notBefore) again()
    },
    stop,
    close () {
      isClosed = true
      cancel()
    }
  }
}

/**
 * @param failures that came before this one
 * @returns milliseconds to wait, doubled each time up to a minute, a random half of them
 */
export function backOff (failures: number, random: () => number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.5 + random() / 2)
}
