import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'

// How the driver connects to a server: the URL, the settings of the session, and the types of values.

/**
 * The driver's client, reading a URL as libpq does where the driver differs: `%2F`, `%3F` and `%23` in the name of a database are decoded,
 * and `ssl=false` means no TLS. Each connection reads the URL afresh, so that certificate files that it names may change.
 */
export class UrlClient extends pg.Client {
  /** @param config with a `connectionString`, which has precedence */
  constructor ({ connectionString = '', ...config }: pg.ClientConfig = {}) {
    super({ ...config, ...parseUrl(connectionString) })
  }
}

function parseUrl (url: string): pg.ClientConfig {
  // This scheme has no default host, and a socket is named by a parameter.
  const { pathname, searchParams } = new URL(url.replace(/^(\w+:\/\/[^/@]*@)(?=\/)/, '$1localhost'))
  const database = decodeURIComponent(pathname.slice(1))
  const parsed = parseIntoClientConfig(url)
  // The parser drops values of `ssl` other than true and 1.
  const ssl = parsed.ssl ?? SSL_VALUES.get(searchParams.getAll('ssl').at(-1) ?? '')
  return { ...parsed, ...(database !== '' && { database }), ...(ssl !== undefined && { ssl }) }
}

const SSL_VALUES = new Map<string, pg.ClientConfig['ssl']>([['false', false], ['no-verify', { rejectUnauthorized: false }]])

// A statement sets these once on each connection, unless a pooler is in between. Times and numbers do not depend on settings (`epochMs`),
// nor does the isolation of transactions (`transact`).

type Settings = Readonly<Record<string, string>>

/**
 * The server plans our statements with its defaults, whatever a role is set to for its reports: with a plan type turned off, costs exceed
 * the threshold of JIT, and each run of a statement is compiled first, for a second.
 */
const PLAN_TYPES = [
  'bitmapscan', 'hashagg', 'hashjoin', 'indexonlyscan', 'indexscan', 'material', 'mergejoin', 'nestloop', 'seqscan', 'sort'
]
const PLANNER: Settings = {
  jit: 'off', plan_cache_mode: 'auto', ...Object.fromEntries(PLAN_TYPES.map((name) => [`enable_${name}`, 'on']))
}

/** A single statement that waited for a row continues with the new version of it; deadlines are for whole statements. */
const ISOLATION: Settings = { default_transaction_isolation: 'read committed', default_transaction_deferrable: 'off', lock_timeout: '0' }

/** The pool closes idle connections. If the server did, a query on a connection that is being closed would fail. */
const IDLE: Settings = { idle_session_timeout: '0' }

/** In milliseconds. The server times out before the driver, so that no abandoned statement keeps running there. */
export const DEADLINES = { statement_timeout: 4_000, idle_in_transaction_session_timeout: 10_000 }

/** For the connections of a pool, whose statements have deadlines of the driver. */
export const QUERY_SETTINGS: Settings = { ...PLANNER, ...ISOLATION, ...IDLE, ...toText(DEADLINES) }
/** For work without deadlines, such as migrations. */
export const LONG_RUNNING_SETTINGS: Settings = {
  ...ISOLATION, ...IDLE, statement_timeout: '0', idle_in_transaction_session_timeout: '0'
}
/** For the connection of LISTEN, which is idle until there is a notification. */
export const LISTEN_SETTINGS: Settings = { ...IDLE, statement_timeout: '0' }

/** A session of a server, as a new connection finds it. */
export interface Session {
  /** Whether the connection has the session to itself. Behind a pooler each transaction may use another one, and others use it next. */
  readonly isOwn: boolean
  /** Whether the server would end a statement that takes too long. */
  readonly hasDeadline: boolean
}

/**
 * Applies settings to the session of a new connection, in one statement, if it has the session to itself: from a pooler's session they
 * would leak to other programs. A pooler gives a process id of its own to who connects (BackendKeyData), not that of the server's process.
 */
export async function applySettings (client: pg.ClientBase, settings: Settings): Promise<Session> {
  const processId: unknown = Reflect.get(client, 'processID')
  const { rows: [row] } = await client.query<{ is_own: boolean, has_deadline: boolean }>(`
    with session as (select pg_backend_pid() = ${Number(processId)} as is_own)
    select is_own, current_setting('statement_timeout') <> '0' as has_deadline, (
      select count(set_config(key, value, false)) from json_each_text('${JSON.stringify(settings)}') where is_own
    ) from session`)
  return { isOwn: row?.is_own === true, hasDeadline: row?.has_deadline === true }
}

function toText (numbers: Readonly<Record<string, number>>): Settings {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]))
}

const { DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins

/** DateStyle ISO, or infinity. */
const ISO = /^(\d{4,}-\d\d-\d\d[ T]|-?infinity$)/

/**
 * How the driver parses values. A date stays text: the driver would make it midnight in the time zone of this machine. The driver would
 * parse a timestamp that is not in DateStyle ISO as null, and so a disabled user as an enabled one: our statements select no timestamps as
 * such (`epochMs`), and one that does by mistake fails here.
 */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser (oid, format) {
    if (oid === DATE) return (text: string) => text
    const parse = pg.types.getTypeParser(oid, format)
    if (oid !== TIMESTAMP && oid !== TIMESTAMPTZ) return parse
    return (text: string) => {
      if (!ISO.test(text)) throw new TypeError('the database wrote a time in another format than ISO 8601: see DateStyle')
      return parse(text)
    }
  }
}
