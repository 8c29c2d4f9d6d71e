import type { Time } from './time.ts'

/** Where requests wait for something that is under way: boundedly many, boundedly long. */
export interface WaitingRoom<Guest> {
  /**
   * @returns resolves when the wait is over, whatever came of it; undefined where there is no room
   */
  enter (guest: Guest): Promise<void> | undefined
  /** Ends the wait of those that `isDone` is true of, of all without it. */
  release (isDone?: (guest: Guest) => boolean): void
}

export interface WaitingRoomOptions {
  seats: number
  maxWaitMs: number
  time: Time
}

export function createWaitingRoom<Guest> ({ seats, maxWaitMs, time }: WaitingRoomOptions): WaitingRoom<Guest> {
  const leaving = new Map<object, { guest: Guest, leave: () => void }>()
  return {
    enter (guest) {
      if (leaving.size >= seats) return undefined
      return new Promise((resolve) => {
        const seat = {}
        const cancel = time.after(maxWaitMs, leave)
        leaving.set(seat, { guest, leave })

        function leave (): void {
          cancel()
          leaving.delete(seat)
          resolve()
        }
      })
    },
    release (isDone = () => true) {
      for (const { guest, leave } of [...leaving.values()]) if (isDone(guest)) leave()
    }
  }
}
