import { DEADLINES, LONG_RUNNING_SETTINGS, QUERY_SETTINGS } from './connection.ts'
import { createKysely, type Database, type DatabaseLog } from './database.ts'
import { Listener } from './listener.ts'
import { Pool } from './pool.ts'

interface PostgresOptions {
  url: string
  /** The same database without a pooler; undefined: `url`, which may lead to one. */
  listenUrl: string | undefined
  poolSize: number
  log: DatabaseLog
}

/** Connections beside the pool: enough for requests that end sessions, and for the reader of revocations. */
const RESERVED = 3

/** The server gives up first, see `DEADLINES`. */
const QUERY_TIMEOUT_MS = 5_000

/** The maximum: the driver does not send a zero, and a default of the role could end the session before the settings lift it. */
const NO_DEADLINE = { statement_timeout: 2_147_483_647 }

const MISSING_DEADLINE = 'behind a pooler, statements have the deadlines of the database role, and it has none: see docs/deploying.md'

/** A Postgres server behind a pool, which connects on the first query. */
export function createPostgres ({ url, listenUrl, poolSize, log }: PostgresOptions): Database {
  let isWarned = false
  const options = {
    url,
    log,
    deadlines: DEADLINES,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    settings: QUERY_SETTINGS,
    // Another address for LISTEN says that there is a pooler, also one that cannot be found out.
    prepares: listenUrl === undefined || listenUrl === url,
    onMissingDeadline: warnOfMissingDeadline
  }
  const pool = new Pool({ ...options, poolSize })
  const reservedPool = new Pool({ ...options, poolSize: RESERVED })
  const kysely = createKysely(pool)
  const reserved = createKysely(reservedPool)
  const listener = new Listener({ url: listenUrl ?? url, needsOwnSession: listenUrl === undefined, log })
  return {
    kysely,
    reserved,
    embedded: false,
    load: {
      get total () { return pool.load.total + reservedPool.load.total },
      get idle () { return pool.load.idle + reservedPool.load.idle },
      get waiting () { return pool.load.waiting + reservedPool.load.waiting }
    },
    listen: (...subscription) => listener.listen(...subscription),
    async withoutDeadlines (work) {
      const db = createKysely(new Pool({
        url: listenUrl ?? url,
        poolSize: 1,
        log,
        deadlines: NO_DEADLINE,
        settings: LONG_RUNNING_SETTINGS,
        prepares: false,
        // The lock of migrations belongs to a session, and so do deadlines that are lifted.
        needsOwnSession: listenUrl === undefined
      }))
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

  function warnOfMissingDeadline (): void {
    if (!isWarned) log.info({ event: 'database_without_deadlines' }, MISSING_DEADLINE)
    isWarned = true
  }
}
