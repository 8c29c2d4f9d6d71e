import pg from 'pg'
import { applySettings, TYPES, UrlClient, type DEADLINES } from './connection.ts'
import type { Client, DatabaseLog } from './database.ts'
import { DatabaseUnavailableError, findRefusedParameter, findSqlState, PoolerError, retryConflicts } from './failures.ts'
import { findStatementName } from './sql.ts'

interface PoolOptions {
  url: string
  poolSize: number
  log: DatabaseLog
  /** Start-up parameters: from its first statement on, a connection has deadlines of its own, and not those of its role. */
  deadlines: typeof DEADLINES | { statement_timeout: number }
  /** How long the driver waits for a response; default: for ever. */
  queryTimeoutMs?: number
  /** For each new connection, see `applySettings`. */
  settings: Readonly<Record<string, string>>
  /** Whether large statements are prepared by name, on connections that have a session of their own. */
  prepares: boolean
  /** What a connection through a pooler means: it is used as it is, or work that needs a session of its own cannot begin. */
  needsOwnSession?: boolean
  /** Called for a connection through a pooler on which the server has no deadline. */
  onMissingDeadline?: () => void
}

const CONNECT_TIMEOUT_MS = 2_000

/**
 * A pool for Kysely that discards a connection whose state is unknown, because a response never came or a transaction did not end. `pg`
 * itself would hand it to the next caller.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #pool: pg.Pool
  /** Connections that have a session of their own. */
  readonly #direct = new WeakSet<pg.ClientBase>()
  #hasDeadlines = true

  constructor (options: PoolOptions) {
    const { url, poolSize, log, deadlines, queryTimeoutMs } = options
    this.#options = options
    this.#pool = new pg.Pool({
      Client: UrlClient,
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'gatepass',
      types: TYPES,
      onConnect: (client) => this.#onConnect(client),
      ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
      ...deadlines
    })
    // Without a listener, a backend that is killed while its connection is idle, or between two holders, would end this process.
    this.#pool.on('connect', (client) => client.on('error', () => {}))
    this.#pool.on('error', (error) => {
      log.warn({ event: 'database_connection_lost', err: error }, 'an idle connection to the database was lost')
    })
  }

  get load () {
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.#pool
    return { total, idle, waiting }
  }

  /** @throws PoolerError if it needs a session of its own, and there is a pooler in between */
  async connect (): Promise<Client> {
    const client = await this.#connect().catch((error: unknown) => Promise.reject(toDatabaseError(error)))
    return wrapClient(client, this.#options.prepares && this.#direct.has(client))
  }

  async end (): Promise<void> {
    await this.#pool.end()
  }

  async #connect (): Promise<pg.PoolClient> {
    const sentDeadlines = this.#hasDeadlines
    try {
      return await this.#pool.connect()
    } catch (error) {
      if (!sentDeadlines || !Object.hasOwn(this.#options.deadlines, findRefusedParameter(error) ?? '')) throw error
      // PgBouncer refuses parameters that it does not know, and there the deadlines are those of the role.
      this.#hasDeadlines = false
      for (const name of Object.keys(this.#options.deadlines)) Reflect.deleteProperty(this.#pool.options, name)
      return this.#pool.connect()
    }
  }

  async #onConnect (client: pg.ClientBase): Promise<void> {
    const { settings, needsOwnSession = false, onMissingDeadline } = this.#options
    const { isOwn, hasDeadline } = await applySettings(client, settings)
    if (isOwn) this.#direct.add(client)
    else if (needsOwnSession) throw new PoolerError()
    else if (!hasDeadline) onMissingDeadline?.()
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
  if (error instanceof PoolerError) return error
  const isOfDriver = error instanceof Error && !(error instanceof TypeError) && findSqlState(error) === undefined
  return isOfDriver ? new DatabaseUnavailableError(errorMessage(error), { cause: error }) : error
}

/** The error of several addresses has no message of its own. */
function errorMessage (error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message : error.message
}
