import type { Sharing } from './in-process.ts'
import type { Clock, Locks } from './platform.ts'

/** Longer than any refresh takes: whoever holds the lock after that is a page that was frozen. */
const PATIENCE_MS = 15_000

/** Runs work when nobody else that shares the store is at it. */
export type WithLock = <T>(work: () => Promise<T>) => Promise<T>

/**
 * One at a time among the clients that share the store in this process, and in all pages of the origin where there are Web Locks. Where
 * there are none, or nobody lets go of the lock, the work is done all the same: whoever refreshes at once gets the same successor from
 * the service.
 *
 * @param sharing of the clients in this process
 * @param name of what is shared
 * @param locks of the pages that share it, if any
 * @param clock bounds the wait for the lock
 */
export function createLock (sharing: Sharing, name: string, locks: Locks | undefined, clock: Clock): WithLock {
  return function withLock (work) {
    const mine = sharing.last.then(() => locks === undefined ? work() : lock(locks, work))
    sharing.last = mine.catch(() => {})
    return mine
  }

  /** Whatever becomes of the lock, the work is done once. */
  async function lock<T> (locks: Locks, work: () => Promise<T>): Promise<T> {
    const patience = new AbortController()
    let working: Promise<T> | undefined
    let cancel = () => {}
    const begin = (): Promise<T> => {
      cancel()
      working ??= work()
      return working
    }
    const tired = new Promise<void>((resolve) => {
      cancel = clock.after(PATIENCE_MS, () => {
        patience.abort()
        resolve()
      })
    })
    try {
      await Promise.race([locks.request(name, { signal: patience.signal }, begin), tired])
    } catch {
      // The lock was refused or stolen; or the work has failed, which is told below.
    }
    return begin()
  }
}
