import pg from 'pg'
import { UrlClient } from './connection.ts'
import type { Database, DatabaseLog } from './database.ts'
import { DatabaseUnavailableError, retryConflicts, findSqlState } from './failures.ts'
import { createKysely, type Client } from './kysely.ts'
import { createListener } from './listener.ts'
import { findStatementName } from './prepared.ts'
import { configureSession, QUERY_SETTINGS, LONG_RUNNING_SETTINGS } from './session-settings.ts'
import { TYPES } from './types.ts'

export interface PostgresOptions {
  url: string
  listenUrl: string
  poolSize: number
  log: DatabaseLog
}

/** Beside the pool: enough for the few who end sessions, and the one who listens for it. */
const RESERVED = 3

// The server gives up first, so that no abandoned statement is left running there.
const CONNECT_MS = 2_000
const DEADLINES = { statement_timeout: 4_000, query_timeout: 5_000, idle_in_transaction_session_timeout: 10_000 }
/** As late as can be said: the driver does not send a zero, and that of the role would be over before it can be lifted. */
const NO_DEADLINE = { statement_timeout: 2_147_483_647 }

/** A Postgres server behind a pool; nothing connects before it is asked. */
export function createPostgres ({ url, listenUrl, poolSize, log }: PostgresOptions): Database {
  // A pooler may give each transaction another connection, which knows nothing of what was prepared or set on the one before.
  const isDirect = listenUrl === url
  const settings = isDirect ? QUERY_SETTINGS : undefined
  const pool = createPool({ url, poolSize, log, deadlines: DEADLINES, settings })
  const reservedPool = createPool({ url, poolSize: RESERVED, log, deadlines: DEADLINES, settings })
  const kysely = createKysely(wrapPool(pool, { prepares: isDirect }))
  const reserved = createKysely(wrapPool(reservedPool, { prepares: isDirect }))
  const listener = createListener({ url: listenUrl, log })
  return {
    kysely,
    reserved,
    embedded: false,
    load: {
      get total () { return pool.totalCount + reservedPool.totalCount },
      get idle () { return pool.idleCount + reservedPool.idleCount },
      get waiting () { return pool.waitingCount + reservedPool.waitingCount }
    },
    listen: listener.listen,
    async withoutDeadlines (work) {
      // Past a pooler, for it needs a session of its own: the lock of migrations is one, and the deadlines that are lifted.
      const unhurried = createPool({ url: listenUrl, poolSize: 1, log, deadlines: NO_DEADLINE, settings: LONG_RUNNING_SETTINGS })
      const db = createKysely(wrapPool(unhurried, { prepares: false }))
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
  /** See session-settings.ts; none behind a pooler. */
  settings: string | undefined
}

function createPool ({ url, poolSize, log, deadlines, settings }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    Client: UrlClient,
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'gatepass',
    types: TYPES,
    ...deadlines,
    ...(settings !== undefined && { onConnect: (client: pg.ClientBase) => configureSession(client, settings) })
  })
  // Without a listener, a backend that is killed while its connection is idle, or changes hands, would end this process.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => log.warn({ err: error }, 'an idle connection to the database was lost'))
  return pool
}

/**
 * What Kysely gets for a pool. A connection of which it is not known in what state it is, because an answer never came or a
 * transaction did not end, is thrown away; the pool itself would hand it to the next one who asks.
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
  // One that is lost while it is held tells its query, and needs nobody else to hear of it.
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

/** Connection exceptions and shutdowns; and a primary that has become read-only: the next connection may find the new one. */
const ENDS_CONNECTION = /^(08...|57P0.|25006)$/

function isStateUnknown (error: unknown, text: string): boolean {
  const sqlState = findSqlState(error)
  return sqlState === undefined || ENDS_CONNECTION.test(sqlState) || ENDS_TRANSACTION.test(text)
}

/** The driver's own errors, such as a deadline that has passed, have no name of their own. */
function toDatabaseError (error: unknown): unknown {
  const isOfDriver = error instanceof Error && !(error instanceof TypeError) && findSqlState(error) === undefined
  return isOfDriver ? new DatabaseUnavailableError(errorMessage(error), { cause: error }) : error
}

/** An error of several addresses tried has no message of its own. */
function errorMessage (error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message : error.message
}
