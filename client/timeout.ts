import type { Clock } from './platform.ts'

/**
 * Bounds the time of some work. What it returns after the timeout is ignored.
 *
 * @param clock of the timeout
 * @param ms the timeout in milliseconds
 * @param work may be synchronous
 * @param onTimeout is called when the timeout passes
 * @throws what `work` throws, or an Error at the timeout
 */
export async function withTimeout<T> (clock: Clock, ms: number, work: () => T | Promise<T>, onTimeout = () => {}): Promise<T> {
  let cancel = () => {}
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => {
      reject(new Error('timed out'))
      onTimeout()
    })
  })
  try {
    return await Promise.race([work(), timeout])
  } finally {
    cancel()
  }
}

/**
 * Stops waiting for some work when the signal is aborted. The work itself goes on.
 *
 * @param signal the caller's, if any
 * @param work to wait for
 * @throws the reason of the signal, at once; what `work` throws
 */
export async function withAbort<T> (signal: AbortSignal | null | undefined, work: () => Promise<T>): Promise<T> {
  assertNotAborted(signal)
  if (signal == null) return work()
  let stop = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(getAbortReason(signal))
    signal.addEventListener('abort', onAbort)
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    stop()
  }
}

/** @throws the reason of the signal, if it is aborted */
export function assertNotAborted (signal: AbortSignal | null | undefined): void {
  if (signal?.aborted === true) throw getAbortReason(signal)
}

/** React Native's signals have no reason. */
function getAbortReason ({ reason }: AbortSignal): unknown {
  return reason ?? Object.assign(new Error('The request was aborted.'), { name: 'AbortError' })
}
