import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database/index.ts'
import { START_CURSOR, readSince, type RevocationEntry, type ReadPosition } from './read-since.ts'

/** Reads on from where it was, or everything where that place does not hold. */
export interface Sync {
  /** The database's time of the last one that went well. */
  readonly asOf: Date | undefined
  /** How long ago that was; Infinity when there was none. */
  readonly ageMs: number
  /** One at a time. */
  run (): Promise<void>
  /** The next one reads everything, whatever is under way now. */
  reset (): void
}

export interface SyncOptions {
  database: Database
  /** Is told the database's time before what was read at that time, and how long ago that may be. Epoch milliseconds, milliseconds. */
  observe: (asOf: number, maxAgeMs: number) => void
  /** Is told each entry, not only once. */
  apply: (entry: RevocationEntry) => void
}

export function createSync ({ database, observe, apply }: SyncOptions): Sync {
  let last: { asOf: Date, askedAt: number } | undefined
  let since: ReadPosition | undefined
  let starts = 0

  async function run (): Promise<void> {
    const askedAt = performance.now()
    const start = starts
    let latest: ReadPosition | undefined
    for await (const { position, entries } of readSince(database.reserved, since?.cursor ?? START_CURSOR)) {
      if (since !== undefined && !isAfter(position, since)) {
        since = undefined
        return run()
      }
      if (latest === undefined) observe(position.asOf, performance.now() - askedAt)
      for (const entry of entries) apply(entry)
      latest = position
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
    reset () {
      starts++
      since = undefined
    }
  }
}

/** Whether a cursor of `before` holds at `now`: the same server has gone on, and has not forgotten transactions. */
function isAfter (now: ReadPosition, before: ReadPosition): boolean {
  return now.server === before.server && BigInt(now.cursor.xmin) >= BigInt(before.cursor.xmin)
}
