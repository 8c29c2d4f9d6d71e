import pg from 'pg'
import { LONG_RUNNING_SETTINGS, QUERY_SETTINGS, TYPES, UrlClient } from './connection.ts'
import { createKysely, type Client, type Database, type DatabaseLog } from './database.ts'
import { DatabaseUnavailableError, findSqlState, retryConflicts } from './failures.ts'
import { Listener } from './listener.ts'
import { findStatementName } from './sql.ts'

interface PostgresOptions {
  url: string
  listenUrl: string
  poolSize: number
  log: DatabaseLog
}

/** Connections beside the pool: enough for requests that end sessions, and for the reader of revocations. */
const RESERVED = 3

// The server times out first, so that no abandoned statement keeps running there.
const CONNECT_TIMEOUT_MS = 2_000
const DEADLINES = { statement_timeout: 4_000, query_timeout: 5_000, idle_in_transaction_session_timeout: 10_000 }
/** The maximum: the driver does not send a zero, and a default of the role could end the session before the settings lift it. */
const NO_DEADLINE = { statement_timeout: 2_147_483_647 }

/** A Postgres server behind a pool, which connects on the first query. */
export function createPostgres ({ url, listenUrl, poolSize, log }: PostgresOptions): Database {
  // Behind a pooler, each transaction may use another connection, without the prepared statements and settings of the one before.
  const isDirect = listenUrl === url
  const settings = isDirect ? QUERY_SETTINGS : undefined
  const pool = createPool({ url, poolSize, log, deadlines: DEADLINES, settings })
  const reservedPool = createPool({ url, poolSize: RESERVED, log, deadlines: DEADLINES, settings })
  const kysely = createKysely(wrapPool(pool, { prepares: isDirect }))
  const reserved = createKysely(wrapPool(reservedPool, { prepares: isDirect }))
  const listener = new Listener({ url: listenUrl, log })
  return {
    kysely,
    reserved,
    embedded: false,
    load: {
      get total () { return pool.totalCount + reservedPool.totalCount },
      get idle () { return pool.idleCount + reservedPool.idleCount },
      get waiting () { return pool.waitingCount + reservedPool.waitingCount }
    },
    listen: (...subscription) => listener.listen(...subscription),
    async withoutDeadlines (work) {
      // Not through a pooler: the lock of migrations and the lifted deadlines belong to a session.
      const longRunning = createPool({ url: listenUrl, poolSize: 1, log, deadlines: NO_DEADLINE, settings: LONG_RUNNING_SETTINGS })
      const db = createKysely(wrapPool(longRunning, { prepares: false }))
      try {
        return await work(db)
      } finally {
        await db.destroy()
      }
    },
    async close () {
      await listener.close()
      await Promise.all([kysely.destroy(), reserved.destroy()])
    }
  }
}

interface PoolOptions {
  url: string
  poolSize: number
  log: DatabaseLog
  deadlines: typeof DEADLINES | typeof NO_DEADLINE
  /** SQL for each new connection; none behind a pooler. */
  settings: string | undefined
}

function createPool ({ url, poolSize, log, deadlines, settings }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    Client: UrlClient,
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'gatepass',
    types: TYPES,
    ...deadlines,
    ...(settings !== undefined && { onConnect: async (client: pg.ClientBase) => { await client.query(settings) } })
  })
  // Without a listener, a backend that is killed while its connection is idle, or between two holders, would end this process.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => log.warn({ event: 'database_connection_lost', err: error }, 'an idle connection to the database was lost'))
  return pool
}

/**
 * A pool for Kysely that discards a connection whose state is unknown, because a response never came or a transaction did not end. `pg`
 * itself would hand it to the next caller.
 */
function wrapPool (pool: pg.Pool, { prepares }: { prepares: boolean }) {
  return {
    async connect () {
      const client = await pool.connect().catch((error: unknown) => Promise.reject(toDatabaseError(error)))
      return wrapClient(client, prepares)
    },
    end: () => pool.end()
  }
}

function wrapClient (client: pg.PoolClient, prepares: boolean): Client {
  let isBroken = false
  let isInTransaction = false
  // A connection that is lost while it is held rejects its query; the event needs no other handler.
  const onError = (): void => { isBroken = true }
  client.on('error', onError)
  return {
    async query (text: string, values: unknown[]) {
      if (BEGINS_TRANSACTION.test(text)) isInTransaction = true
      if (ENDS_TRANSACTION.test(text)) isInTransaction = false
      try {
        return await (isInTransaction ? send(text, values) : retryConflicts(() => send(text, values)))
      } catch (error) {
        if (isStateUnknown(error, text)) isBroken = true
        throw toDatabaseError(error)
      }
    },
    release () {
      client.removeListener('error', onError)
      client.release(isBroken)
    }
  }

  function send (text: string, values: unknown[]) {
    const name = prepares ? findStatementName(text) : undefined
    return client.query(name === undefined ? { text, values } : { name, text, values })
  }
}

const BEGINS_TRANSACTION = /^(begin|start transaction)\b/
const ENDS_TRANSACTION = /^(commit|rollback)$/

/** Connection exceptions, shutdowns, and a primary that has become read-only: a new connection may find the new primary. */
const ENDS_CONNECTION = /^(08...|57P0.|25006)$/

function isStateUnknown (error: unknown, text: string): boolean {
  const sqlState = findSqlState(error)
  return sqlState === undefined || ENDS_CONNECTION.test(sqlState) || ENDS_TRANSACTION.test(text)
}

/** The driver's own errors, such as a timeout, have neither a class nor a code. */
function toDatabaseError (error: unknown): unknown {
  const isOfDriver = error instanceof Error && !(error instanceof TypeError) && findSqlState(error) === undefined
  return isOfDriver ? new DatabaseUnavailableError(errorMessage(error), { cause: error }) : error
}

/** The error of several addresses has no message of its own. */
function errorMessage (error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message : error.message
}
