import { sql } from 'kysely'
import type { RefreshRequired, SessionRevoked } from '../contract/index.ts'
import { epochMs, type Queryable } from '../database/index.ts'

/** What has been read: everything that was visible in a snapshot of the database. */
export interface Cursor {
  /** A `pg_snapshot`. */
  snapshot: string
  /** Its xmin: whatever transactions below it have written was visible, or never will be. */
  xmin: string
}

/** Nothing has been read. */
export const START_CURSOR: Cursor = { snapshot: '1:1:', xmin: '0' }

/** When, and where, a reading was begun. */
export interface ReadPosition {
  /** Where the next reading goes on. */
  cursor: Cursor
  /** Tells one server from another, and from itself after a restart. */
  server: string
  /** The database's time, in epoch milliseconds: all that was committed before it is in this reading, or in one before. */
  asOf: number
}

export type RevocationEntry = { revoked: SessionRevoked } | { required: RefreshRequired }

export interface Page {
  position: ReadPosition
  entries: RevocationEntry[]
}

type PageKey = { writer: string, id: string }

/** Numbers are text, see `epochMs`; a bigint is one anyway. */
type Row = PageKey & { exp: string } & (
  | { kind: 'session', subject: string }
  | { kind: 'user', subject: string, not_before: string }
  | { kind: 'everybody', not_before: string }
)

// The embedded database blocks the process for as long as it reads.
const PAGE_ROWS = 1000

/**
 * Reads what has become visible since an earlier reading, oldest transactions first, a page at a time.
 *
 * A transaction may commit after one that began later, so neither ids nor times tell what is new. What was not visible in the
 * last snapshot does: it is looked for from the oldest transaction that was running then (by an index), so nothing is lost, and
 * what was seen is not sent again, however long that one goes on. Later pages may show more than the first one's moment; that
 * will be read again.
 *
 * @param db where
 * @param cursor of the reading before
 */
export async function * readSince (db: Queryable, cursor: Cursor): AsyncGenerator<Page> {
  const { rows: firstRows } = await sql<MomentColumns & (Row | { kind: null })>`
    select moment.*, page.*
    from (
      select pg_current_snapshot()::text as snapshot, pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
        ${epochMs('pg_postmaster_start_time()')} as server, ${epochMs('statement_timestamp()')} as as_of
    ) as moment left join (${pageOf(cursor, { writer: cursor.xmin, id: '0' })}) as page on true
    order by page.writer, page.id`.execute(db)
  const moment = momentOf(firstRows)
  let rows: Row[] = firstRows.filter((row): row is MomentColumns & Row => row.kind !== null)
  yield { position, entries: rows.map(fromRow) }
  for (let last = rows.at(-1); rows.length === PAGE_ROWS && last !== undefined; last = rows.at(-1)) {
    rows = (await pageOf(cursor, last).execute(db)).rows
    yield { position, entries: rows.map(fromRow) }
  }
}

const pageOf = ({ snapshot }: Cursor, { writer, id }: PageKey) => sql<Row>`
  select kind, coalesce(sid, sub)::text as subject, not_before, ceil(extract(epoch from expires_at))::text as exp, writer, id
  from revocations
  where (writer, id) > (${writer}::xid8, ${id}::bigint) and not pg_visible_in_snapshot(writer, ${snapshot}::pg_snapshot)
    and expires_at > statement_timestamp()
  order by writer, id limit ${sql.lit(PAGE_ROWS)}`

interface MomentColumns {
  snapshot: string
  xmin: string
  server: string
  as_of: string
}

function momentOf ([row]: readonly MomentColumns[]): ReadPosition {
  if (row === undefined) throw new Error('the database told no time')
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
