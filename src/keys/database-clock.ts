/** The database's time between two readings of it, run on by a clock that nobody sets. */
export interface DatabaseClock {
  /** It is no earlier than this; epoch milliseconds. */
  atLeast (): number
  /** And no later than this. */
  atMost (): number
  /**
   * @param time the database's, as it was at some moment between question and answer
   * @param askedAt of `performance.now()`
   * @param answeredAt of `performance.now()`
   */
  set (time: number, askedAt: number, answeredAt: number): void
}

/** @returns a clock that stands at the beginning of time until it is set */
export function createDatabaseClock (): DatabaseClock {
  let read: { time: number, askedAt: number, answeredAt: number } | undefined
  return {
    atLeast: () => read === undefined ? 0 : read.time + performance.now() - read.answeredAt,
    atMost: () => read === undefined ? 0 : read.time + performance.now() - read.askedAt,
    set (time, askedAt, answeredAt) { read = { time, askedAt, answeredAt } }
  }
}
