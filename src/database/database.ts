import { Kysely, PostgresDialect, type PostgresPool, type Transaction } from 'kysely'
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
