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

// A statement sets these once on each connection: poolers refuse or drop start-up parameters that they do not know. Times and numbers do
// not depend on settings (`epochMs`), nor does the isolation of transactions (`transact`).

/**
 * The server plans our statements with its defaults, whatever a role is set to for its reports: with a plan type turned off, costs exceed
 * the threshold of JIT, and each run of a statement is compiled first, for a second.
 */
const PLAN_TYPES = [
  'bitmapscan', 'hashagg', 'hashjoin', 'indexonlyscan', 'indexscan', 'material', 'mergejoin', 'nestloop', 'seqscan', 'sort'
]
const PLANNER = ['jit = off', 'plan_cache_mode = auto', ...PLAN_TYPES.map((name) => `enable_${name} = on`)]

/** A single statement that waited for a row continues with the new version of it; deadlines are for whole statements. */
const ISOLATION = ["default_transaction_isolation = 'read committed'", 'default_transaction_deferrable = off', 'lock_timeout = 0']

/** The pool closes idle connections. If the server did, a query on a connection that is being closed would fail. */
const IDLE = ['idle_session_timeout = 0']

const NO_DEADLINES = ['statement_timeout = 0', 'idle_in_transaction_session_timeout = 0']

/** For the connections of a pool, whose statements have deadlines of the driver. */
export const QUERY_SETTINGS = toSettingsSql([...PLANNER, ...ISOLATION, ...IDLE])
/** For work without deadlines, such as migrations. */
export const LONG_RUNNING_SETTINGS = toSettingsSql([...ISOLATION, ...IDLE, ...NO_DEADLINES])
/** For the connection of LISTEN, which is idle until there is a notification. */
export const LISTEN_SETTINGS = toSettingsSql([...IDLE, 'statement_timeout = 0'])

function toSettingsSql (settings: readonly string[]): string {
  return settings.map((setting) => `set ${setting}`).join('; ')
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
