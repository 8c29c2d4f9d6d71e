import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { RefreshRequired, SessionRevoked } from '../contract/index.ts'
import { epochMs, type Database, type Queryable } from '../database/index.ts'

/** How far the table has been read: all rows that were visible in a snapshot of the database. */
export interface TableCursor {
  /** A `pg_snapshot`. */
  snapshot: string
  /** Its xmin: rows of transactions below it were visible, or never will be. */
  xmin: string
}

/** Nothing has been read. */
export const START_CURSOR: TableCursor = { snapshot: '1:1:', xmin: '0' }

/** Where, and when, a read began. */
interface ReadPosition {
  /** Where the next read continues. */
  cursor: TableCursor
  /** Identifies a server, and a server after a restart. */
  server: string
  /** The database's time in epoch milliseconds: all rows committed before it are in this read or in an earlier one. */
  asOf: number
}

/** A part of a read. */
interface ReadPage {
  position: ReadPosition
  entries: RevocationEntry[]
}

export type RevocationEntry = { revoked: SessionRevoked } | { required: RefreshRequired }

interface SyncOptions {
  database: Database
  /** Receives the database's time (epoch milliseconds), and how old it may be, before the entries that were read at that time. */
  onTime: (asOf: number, maxAgeMs: number) => void
  /** Receives each entry, possibly more than once. */
  onEntry: (entry: RevocationEntry) => void
}

/** Keeps up with the table `revocations`: reads what is new since the last run, or everything where the cursor is no longer valid. */
export class RevocationSync {
  readonly #options: SyncOptions
  #last: { asOf: Date, startedAt: number } | undefined
  #position: ReadPosition | undefined
  #resets = 0

  constructor (options: SyncOptions) {
    this.#options = options
  }

  /** The database's time of the last successful run. */
  get asOf (): Date | undefined { return this.#last?.asOf }

  /** The time since the start of the last successful run; Infinity if there is none. */
  get ageMs (): number { return this.#last === undefined ? Infinity : performance.now() - this.#last.startedAt }

  /** Callers must not run it concurrently. */
  async run (): Promise<void> {
    const { database, onTime, onEntry } = this.#options
    const startedAt = performance.now()
    const resetsBefore = this.#resets
    let latest: ReadPosition | undefined
    for await (const { position, entries } of readSince(database.reserved, this.#position?.cursor ?? START_CURSOR)) {
      if (this.#position !== undefined && !isContinuation(position, this.#position)) {
        this.#position = undefined
        return this.run()
      }
      if (latest === undefined) onTime(position.asOf, performance.now() - startedAt)
      for (const entry of entries) onEntry(entry)
      latest = position
      await nextTurn()
    }
    if (latest === undefined) return
    this.#last = { asOf: new Date(latest.asOf), startedAt }
    this.#position = resetsBefore === this.#resets ? latest : undefined
  }

  /** Makes the next run read everything, also if a run is under way now. */
  reset (): void {
    this.#resets++
    this.#position = undefined
  }
}

/** Whether a cursor of `before` is valid at `now`: the same server, without a restart and without lost transactions. */
function isContinuation (now: ReadPosition, before: ReadPosition): boolean {
  return now.server === before.server && BigInt(now.cursor.xmin) >= BigInt(before.cursor.xmin)
}

/** The order in which rows are read; `writer` is the id of the transaction that inserted the row. */
type PageKey = { writer: string, id: string }

/** Numbers are text, see `epochMs`; a bigint is one anyway. */
type Row = PageKey & { exp: string } & (
  | { kind: 'session', subject: string }
  | { kind: 'user', subject: string, not_before: string }
  | { kind: 'everybody', not_before: string }
)

interface PositionColumns {
  snapshot: string
  xmin: string
  server: string
  as_of: string
}

// The embedded database blocks the process while it reads.
const PAGE_ROWS = 1000

/**
 * Reads the rows that have become visible since an earlier read, oldest transactions first, a page at a time.
 *
 * A transaction may commit after one that began later, so neither ids nor times show which rows are new. Visibility does: a row is
 * new if the last snapshot could not see it. The search begins at the oldest transaction that was running then (by an index), so
 * no row is lost, and a row that was read is not read again while that transaction runs. Later pages may contain rows that are
 * newer than the position of the first page; those are read again next time.
 *
 * @param cursor of the last read
 */
export async function * readSince (db: Queryable, cursor: TableCursor): AsyncGenerator<ReadPage> {
  const { rows: firstRows } = await sql<PositionColumns & (Row | { kind: null })>`
    select position.*, page.*
    from (
      select pg_current_snapshot()::text as snapshot, pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
        ${epochMs('pg_postmaster_start_time()')} as server, ${epochMs('statement_timestamp()')} as as_of
    ) as position left join (${selectPage(cursor, { writer: cursor.xmin, id: '0' })}) as page on true
    order by page.writer, page.id`.execute(db)
  const position = toPosition(firstRows)
  let rows: Row[] = firstRows.filter((row): row is PositionColumns & Row => row.kind !== null)
  yield { position, entries: rows.map(fromRow) }
  for (let last = rows.at(-1); rows.length === PAGE_ROWS && last !== undefined; last = rows.at(-1)) {
    rows = (await selectPage(cursor, last).execute(db)).rows
    yield { position, entries: rows.map(fromRow) }
  }
}

const selectPage = ({ snapshot }: TableCursor, { writer, id }: PageKey) => sql<Row>`
  select kind, coalesce(sid, sub)::text as subject, not_before, ceil(extract(epoch from expires_at))::text as exp, writer, id
  from revocations
  where (writer, id) > (${writer}::xid8, ${id}::bigint) and not pg_visible_in_snapshot(writer, ${snapshot}::pg_snapshot)
    and expires_at > statement_timestamp()
  order by writer, id limit ${sql.lit(PAGE_ROWS)}`

function toPosition ([row]: readonly PositionColumns[]): ReadPosition {
  if (row === undefined) throw new Error('the database returned no time')
  const { snapshot, xmin, server, as_of: asOf } = row
  return { cursor: { snapshot, xmin }, server, asOf: Number(asOf) }
}

function fromRow (row: Row): RevocationEntry {
  const exp = Number(row.exp)
  switch (row.kind) {
    case 'session': return { revoked: { sid: row.subject, exp } }
    case 'user': return { required: { sub: row.subject, before: Number(row.not_before), exp } }
    case 'everybody': return { required: { before: Number(row.not_before), exp } }
  }
}
