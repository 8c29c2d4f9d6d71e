import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'

/**
 * The driver's client, reading a URL as libpq does where the driver differs: `%2F`, `%3F` and `%23` in the name of a database are what
 * they encode, and `ssl=false` is no TLS. The URL is read for each connection, so that certificates that it names may change meanwhile.
 */
export class UrlClient extends pg.Client {
  /** @param config with a `connectionString`; what that says wins */
  constructor ({ connectionString = '', ...config }: pg.ClientConfig = {}) {
    super({ ...config, ...readUrl(connectionString) })
  }
}

function readUrl (url: string): pg.ClientConfig {
  // The scheme has no host by default, and a socket is named by a parameter.
  const { pathname, searchParams } = new URL(url.replace(/^(\w+:\/\/[^/@]*@)(?=\/)/, '$1localhost'))
  const database = decodeURIComponent(pathname.slice(1))
  const parsed = parseIntoClientConfig(url)
  // Of `ssl`, the parser forgets what is neither true nor 1.
  const ssl = parsed.ssl ?? SSL_MODES.get(searchParams.getAll('ssl').at(-1) ?? '')
  return { ...parsed, ...(database !== '' && { database }), ...(ssl !== undefined && { ssl }) }
}

const SSL_MODES = new Map<string, pg.ClientConfig['ssl']>([['false', false], ['no-verify', { rejectUnauthorized: false }]])
