import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database/index.ts'
import { BEGINNING, readSince, type Entry, type Moment } from './read-since.ts'

/** Reads on from where it was, or everything where that place does not hold. */
export interface CatchUp {
  /** The database's time of the last one that went well. */
  readonly asOf: Date | undefined
  /** How long ago that was; Infinity when there was none. */
  readonly ageMs: number
  /** One at a time. */
  run (): Promise<void>
  /** The next one reads everything, whatever is under way now. */
  startOver (): void
}

export interface CatchUpOptions {
  database: Database
  /** Is told the database's time before what was read at that time, and how long ago that may be. Epoch milliseconds, milliseconds. */
  observe: (asOf: number, maxAgeMs: number) => void
  /** Is told each entry, not only once. */
  apply: (entry: Entry) => void
}

export function createCatchUp ({ database, observe, apply }: CatchUpOptions): CatchUp {
  let last: { asOf: Date, askedAt: number } | undefined
  let since: Moment | undefined
  let starts = 0

  async function run (): Promise<void> {
    const askedAt = performance.now()
    const start = starts
    let latest: Moment | undefined
    for await (const { moment, entries } of readSince(database.reserved, since?.cursor ?? BEGINNING)) {
      if (since !== undefined && !isAfter(moment, since)) {
        since = undefined
        return run()
      }
      if (latest === undefined) observe(moment.asOf, performance.now() - askedAt)
      for (const entry of entries) apply(entry)
      latest = moment
      await nextTurn()
    }
    if (latest === undefined) return
    last = { asOf: new Date(latest.asOf), askedAt }
    since = start === starts ? latest : undefined
  }

  return {
    get asOf () { return last?.asOf },
    get ageMs () { return last === undefined ? Infinity : performance.now() - last.askedAt },
    run,
    startOver () {
      starts++
      since = undefined
    }
  }
}

/** Whether a cursor of `before` holds at `now`: the same server has gone on, and has not forgotten transactions. */
function isAfter (now: Moment, before: Moment): boolean {
  return now.server === before.server && BigInt(now.cursor.xmin) >= BigInt(before.cursor.xmin)
}
