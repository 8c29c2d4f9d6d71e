import type { Clock } from './platform.ts'

/**
 * @param work may take so many milliseconds; whatever it brings later is nobody's
 * @param onLate is called when it takes longer
 * @throws what `work` does, or an Error when it takes longer
 */
export async function inTime<T> (clock: Clock, ms: number, work: () => T | Promise<T>, onLate = () => {}): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => {
      reject(new Error('no answer in time'))
      onLate()
    })
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    cancel()
  }
}

/**
 * @param signal the caller's, if any
 * @param work goes on for others when it is aborted
 * @throws the reason of the signal, at once; what `work` does
 */
export async function unlessAborted<T> (signal: AbortSignal | null | undefined, work: () => Promise<T>): Promise<T> {
  assertWanted(signal)
  if (signal == null) return work()
  let stop = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(reasonOf(signal))
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
export function assertWanted (signal: AbortSignal | null | undefined): void {
  if (signal?.aborted === true) throw reasonOf(signal)
}

/** React Native's signals have none. */
function reasonOf ({ reason }: AbortSignal): unknown {
  return reason ?? Object.assign(new Error('The request was called off.'), { name: 'AbortError' })
}
