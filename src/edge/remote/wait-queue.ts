import type { Time } from '../../verify/index.ts'

/** Where requests wait for something that is under way: boundedly many, boundedly long. */
export interface WaitQueue<Waiter> {
  /**
   * @returns resolves when the wait is over, whatever came of it; undefined where it is full
   */
  wait (waiter: Waiter): Promise<void> | undefined
  /** Ends the wait of those that `isReady` is true of, of all without it. */
  resolveWhere (isDone?: (waiter: Waiter) => boolean): void
}

export interface WaitQueueOptions {
  capacity: number
  maxWaitMs: number
  time: Time
}

export function createWaitQueue<Waiter> ({ capacity, maxWaitMs, time }: WaitQueueOptions): WaitQueue<Waiter> {
  const waiting = new Map<object, { waiter: Waiter, end: () => void }>()
  return {
    wait (waiter) {
      if (waiting.size >= capacity) return undefined
      return new Promise((resolve) => {
        const place = {}
        const cancel = time.after(maxWaitMs, end)
        waiting.set(place, { waiter, end })

        function end (): void {
          cancel()
          waiting.delete(place)
          resolve()
        }
      })
    },
    resolveWhere (isDone = () => true) {
      for (const { waiter, end } of [...waiting.values()]) if (isDone(waiter)) end()
    }
  }
}
