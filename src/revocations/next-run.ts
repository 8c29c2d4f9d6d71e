/** A slow database delays nobody for longer. */
const MAX_WAIT_MS = 250

/** Callers who wait for the next run of something: the one under way may have begun too early for them. */
export class NextRun {
  readonly #waiting = new Set<() => void>()

  /** Resolves when the next run has ended, or after a moment. */
  wait (): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        resolve()
      }
      const timer = setTimeout(end, MAX_WAIT_MS)
      this.#waiting.add(end)
    })
  }

  /**
   * Begins a run.
   *
   * @returns to be called at its end
   */
  begin (): () => void {
    const waiting = [...this.#waiting]
    return () => { for (const end of waiting) end() }
  }
}
