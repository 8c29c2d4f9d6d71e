import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql, type PostgresPool, type Transaction } from 'kysely'
import type { LeaderLock } from './advisory-locks.ts'
import { retryConflicts } from './failures.ts'
import type { Tables } from './tables.ts'

/** What runs queries: the database or a transaction. */
export type Queryable = Kysely<Tables>

/** A Postgres server behind a connection pool, or the embedded database: the same SQL for both. */
export interface Database {
  readonly kysely: Kysely<Tables>
  /** Reserved connections for ending sessions and reading revocations: logins that hold all other connections do not delay those. */
  readonly reserved: Kysely<Tables>
  /** Whether the database runs in this process, with one connection. */
  readonly embedded: boolean
  readonly load: DatabaseLoad
  /**
   * Listens to a channel, and reconnects when the connection is lost.
   *
   * @param channel as in NOTIFY
   * @param onNotify called for each notification, with its payload
   * @param onConnect called each time listening begins, also after a reconnect: earlier notifications may have been missed
   * @returns after the first attempt, even if that failed
   */
  listen (channel: string, onNotify: (payload: string) => void, onConnect?: () => void): Promise<Listening>
  /** For work that may take long, such as a migration. */
  withoutDeadlines<T> (work: (db: Queryable) => Promise<T>): Promise<T>
  /** Waits for running queries. */
  close (): Promise<void>
}

export interface Listening {
  /** Whether notifications can arrive now. */
  readonly connected: boolean
  close (): Promise<void>
}

/** Connections by state, for metrics. */
interface DatabaseLoad {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

export interface DatabaseLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/** A connection of either kind of database, for Kysely. */
export interface Client {
  query (text: string, values: unknown[]): Promise<{ command: string, rowCount: number | null, rows: unknown[] }>
  release (): void
}

export interface Batch {
  /** How many rows were deleted. */
  count: number
  /** The next batch begins after this id; null if this batch was the last one. */
  last: string | null
}

/** How a job that deletes in batches is run. */
export interface BatchControl {
  /** Stops between two batches. */
  signal?: AbortSignal | undefined
  /** Whether to wait while another instance deletes a batch, rather than leave all of it to that instance; default: no. */
  waits?: boolean | undefined
}

interface DeleteInBatchesOptions extends BatchControl {
  /** Of several instances, the one that has this advisory lock deletes the batch. */
  leaderLock: LeaderLock
  /**
   * Deletes one batch; it may run more than once, see `transact`.
   *
   * @param after the `last` of the previous batch, a UUID; the nil UUID for the first batch
   */
  deleteBatch: (trx: Transaction<Tables>, after: string) => Promise<Batch>
}

const PAUSE_MS = 20
const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/** Makes a Kysely over connections of either kind. */
export function createKysely (pool: { connect (): Promise<Client>, end (): Promise<void> }): Kysely<Tables> {
  // The type wants cursors as well; Kysely uses them only if it gets their class.
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) })
}

/**
 * Runs `work` in a transaction on a reserved connection; all its queries must go through the transaction. After a deadlock or a
 * serialization failure `work` runs again. The isolation level is read committed, whatever the role's default: a statement that follows a
 * lock must see what was committed while the lock was awaited.
 *
 * @param work is rolled back if it throws
 * @returns what `work` returned, once it is committed
 */
export async function transact<T> (database: Database, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return retryConflicts(() => database.reserved.transaction().setIsolationLevel('read committed').execute(work))
}

/**
 * Deletes rows in small transactions with pauses, so that no statement locks many rows or holds up others. Stops if another instance is the
 * leader, unless it waits.
 *
 * @returns how many rows were deleted
 */
export async function deleteInBatches (database: Database, options: DeleteInBatchesOptions): Promise<number> {
  const { leaderLock, deleteBatch, signal, waits = false } = options
  let deleted = 0
  for (let after: string | null = NIL_UUID; after !== null && signal?.aborted !== true;) {
    const start: string = after
    const batch = await transact(database, async (trx) => {
      return await becomeLeader(trx, leaderLock, waits) ? deleteBatch(trx, start) : { count: 0, last: null }
    })
    deleted += batch.count
    after = batch.last
    if (after !== null) await sleep(PAUSE_MS)
  }
  return deleted
}

async function becomeLeader (trx: Transaction<Tables>, leaderLock: LeaderLock, waits: boolean): Promise<boolean> {
  if (waits) {
    await sql`select pg_advisory_xact_lock(${leaderLock})`.execute(trx)
    return true
  }
  const { rows: [row] } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${leaderLock}) as locked`.execute(trx)
  return row?.locked === true
}
