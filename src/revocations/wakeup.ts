/** Wakes the one who waits. Rung while nobody waits, it is heard by the next who does. */
export interface Wakeup {
  signal (): void
  /** Until it is rung, or the time is over. */
  wait (ms: number): Promise<void>
}

export function createWakeup (): Wakeup {
  let isRung = false
  let wake: (() => void) | undefined
  return {
    signal () {
      isRung = true
      wake?.()
    },
    async wait (ms) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms).unref()
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = undefined
      isRung = false
    }
  }
}
