import type { Kysely, Transaction } from 'kysely'
import { retryConflicts } from './failures.ts'
import type { Tables } from './tables.ts'

/** Where a query may go: the database, or a transaction. */
export type Queryable = Kysely<Tables>

/** A Postgres server behind a pool of connections, or the embedded one: the same SQL either way. */
export interface Database {
  readonly kysely: Kysely<Tables>
  /** The same by a way of its own, for what ends sessions and what learns of it: logins that take every connection do not hold it up. */
  readonly reserved: Kysely<Tables>
  /** Whether it runs in this process, with one connection. */
  readonly embedded: boolean
  readonly load: DatabaseLoad
  /**
   * Listens to a channel, and comes back by itself when the connection is lost.
   *
   * @param channel as in NOTIFY
   * @param onNotify is called for each notification, with its payload
   * @param onConnect is called each time listening begins (again): what was notified before that has not been heard
   * @returns once the first attempt has been made, whether it went well or not
   */
  listen (channel: string, onNotify: (payload: string) => void, onConnect?: () => void): Promise<Listening>
  /** For what may take long, such as a migration. */
  withoutDeadlines<T> (work: (db: Queryable) => Promise<T>): Promise<T>
  /** Waits for queries under way. */
  close (): Promise<void>
}

export interface Listening {
  /** Whether notifications can arrive now. */
  readonly connected: boolean
  close (): Promise<void>
}

/** Connections, for those who watch. */
export interface DatabaseLoad {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

/** What is told to a log: object first, then a fixed sentence. */
export interface DatabaseLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/**
 * Runs `work` in a transaction, by the reserved way; all its queries must go through the transaction. A deadlock or a
 * serialization failure is retried, so `work` may run more than once. Each statement sees what was committed before it, whatever the
 * role's default is: who waits for a lock and reads then must not read what was there before.
 *
 * @param database where
 * @param work is undone when it throws
 * @returns what `work` returned, once it is committed
 */
export async function transact<T> (database: Database, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return retryConflicts(() => database.reserved.transaction().setIsolationLevel('read committed').execute(work))
}
