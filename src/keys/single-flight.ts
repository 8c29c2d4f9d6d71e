/**
 * Runs work one at a time.
 *
 * @returns a function that resolves when a run that began after the call has ended; all concurrent calls share that run
 */
export function singleFlight (work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  return function run (): Promise<void> {
    if (running === undefined) {
      running = work().finally(() => { running = undefined })
      return running
    }
    next ??= running.catch(() => {}).then(() => {
      next = undefined
      return run()
    })
    return next
  }
}
