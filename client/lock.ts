import type { SharedState } from './in-process.ts'
import type { Clock, Locks } from './platform.ts'

/** Longer than any refresh takes: a page that holds the lock after that is frozen. */
const LOCK_TIMEOUT_MS = 15_000

/** Runs one task at a time among all that share the store. */
export type WithLock = <T>(task: () => Promise<T>) => Promise<T>

/**
 * One task at a time among the clients that share the store in this process and, where there are Web Locks, in all pages of the origin.
 * Without Web Locks, or when the lock is not released in time, the task runs all the same: the service gives the same successor to every
 * refresh of one token.
 *
 * @param shared by the clients of this process
 * @param name of the Web Lock
 * @param locks of the pages that share the store, if any
 * @param clock bounds the wait for the lock
 */
export function createLock (shared: SharedState, name: string, locks: Locks | undefined, clock: Clock): WithLock {
  return function withLock (task) {
    const result = shared.lastTask.then(() => locks === undefined ? task() : withWebLock(locks, task))
    shared.lastTask = result.catch(() => {})
    return result
  }

  /** Runs the task exactly once, with the lock or, after a failure or the timeout, without it. */
  async function withWebLock<T> (locks: Locks, task: () => Promise<T>): Promise<T> {
    const controller = new AbortController()
    let running: Promise<T> | undefined
    let cancel = () => {}
    const run = (): Promise<T> => {
      cancel()
      running ??= task()
      return running
    }
    const timeout = new Promise<void>((resolve) => {
      cancel = clock.after(LOCK_TIMEOUT_MS, () => {
        controller.abort()
        resolve()
      })
    })
    try {
      await Promise.race([locks.request(name, { signal: controller.signal }, run), timeout])
    } catch {
      // The lock was refused or stolen, or the task has failed: then run() throws the task's error.
    }
    return run()
  }
}
