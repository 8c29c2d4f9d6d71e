import type { Time } from '../../verify/index.ts'
import { createWaitQueue } from './wait-queue.ts'

/** The first seconds of an edge, in which requests wait for what it must know first. */
export interface StartupGate {
  /** For good. */
  readonly isOpen: boolean
  /** Looks whether all is known that is waited for. */
  check (): void
  /** Resolves when there is an end to it; undefined where too many wait already. */
  wait (): Promise<void> | undefined
  /** The same, and holds the process. */
  ready (): Promise<void>
  close (): void
}

export interface StartupGateOptions {
  time: Time
  isReady: () => boolean
  /** It is over after so long, whatever is known. */
  graceMs: number
}

const CAPACITY = 1000

export function createStartupGate ({ time, isReady, graceMs }: StartupGateOptions): StartupGate {
  const queue = createWaitQueue<undefined>({ capacity: CAPACITY, maxWaitMs: graceMs, time })
  let isOver = false
  let resolveOver = () => {}
  const over = new Promise<void>((resolve) => { resolveOver = resolve })
  const cancel = time.after(graceMs, end)

  return {
    get isOpen () { return isOver },
    check () {
      if (!isOver && isReady()) end()
    },
    wait: () => queue.wait(undefined),
    async ready () {
      if (isOver) return
      // Timers and sockets of the edge hold no process; one that waits for them at its top level must not end under it.
      const hold = setInterval(() => {}, graceMs)
      await over
      clearInterval(hold)
    },
    close: end
  }

  function end (): void {
    cancel()
    isOver = true
    resolveOver()
    queue.resolveWhere()
  }
}
