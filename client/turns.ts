import { type Clock, type Locks } from './platform.ts'

/** Longer than any refresh takes: whoever holds the lock after that is a page that was frozen. */
const PATIENCE_MS = 15_000

/** Runs work when nobody else that shares the store is at it. */
export type TakeTurns = <T>(work: () => Promise<T>) => Promise<T>

/**
 * One at a time in this page, and in all pages of the origin where there are Web Locks. Where there are none, or nobody lets go of
 * the lock, the work is done all the same: whoever refreshes at once gets the same successor from the service.
 *
 * @param name of what is shared
 * @param locks of the pages that share it, if any
 * @param clock bounds the wait for the lock
 */
export function createTurns (name: string, locks: Locks | undefined, clock: Clock): TakeTurns {
  let last: Promise<unknown> = Promise.resolve()

  return function takeTurn (work) {
    const mine = last.then(() => locks === undefined ? work() : lock(locks, work))
    last = mine.catch(() => {})
    return mine
  }

  async function lock<T> (locks: Locks, work: () => Promise<T>): Promise<T> {
    const patience = new AbortController()
    const cancel = clock.after(PATIENCE_MS, () => patience.abort())
    let hasBegun = false
    try {
      return await locks.request(name, { signal: patience.signal }, () => {
        hasBegun = true
        cancel()
        return work()
      })
    } catch (error) {
      if (hasBegun) throw error
      return work()
    } finally {
      cancel()
    }
  }
}
