/** Bounds for the database's current time, between two readings of it. They advance with a monotonic clock. */
export class DatabaseClock {
  #reading: { time: number, askedAt: number, answeredAt: number } | undefined

  /**
   * @param time the database's, in epoch milliseconds, at some moment between question and answer
   * @param askedAt of `performance.now()`
   * @param answeredAt of `performance.now()`
   */
  set (time: number, askedAt: number, answeredAt: number): void {
    this.#reading = { time, askedAt, answeredAt }
  }

  /** The database's time is at least this; epoch milliseconds, 0 before the first reading. */
  earliest (): number {
    return this.#reading === undefined ? 0 : this.#reading.time + performance.now() - this.#reading.answeredAt
  }

  /** The database's time is at most this. */
  latest (): number {
    return this.#reading === undefined ? 0 : this.#reading.time + performance.now() - this.#reading.askedAt
  }
}
