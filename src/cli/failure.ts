import { isDatabaseUnavailable, sqlStateOf } from '../database/index.ts'
import { PublicError } from '../errors.ts'

const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop what uses it, or set SETTING',
  EACCES: 'may not be listened on: set SETTING to one above 1023',
  EADDRNOTAVAIL: 'is not an address of this machine: set HOST'
}

/** SQLSTATE */
const READ_ONLY = '25006'

/**
 * @param error whatever kept a command from being done
 * @returns one sentence for whoever gave it, with no stack
 */
export function sentenceOf (error: unknown): string {
  if (error instanceof PublicError) return [error.message, ...(error.errors ?? []).map(({ path, message }) => `${path.slice(1)} ${message}.`)].join(' ')
  if (!(error instanceof Error)) return 'Something unexpected was thrown.'
  if ('syscall' in error && error.syscall === 'listen' && 'code' in error) return listeningSentenceOf(error, String(error.code))
  if (sqlStateOf(error) === READ_ONLY) return `The database takes no changes (${reasonOf(error)}): it is a standby, or default_transaction_read_only is on for it or for its role.`
  if (isDatabaseUnavailable(error)) return `The database cannot be reached (${reasonOf(error)}): check DATABASE_URL.`
  return reasonOf(error)
}

/** Names the setting of the port, which is PORT unless whoever listened says otherwise. */
function listeningSentenceOf (error: Error, code: string): string {
  const { address, port, setting } = { address: '', port: '', setting: 'PORT', ...error }
  const reason = LISTENING[code]?.replace('SETTING', setting) ?? `cannot be listened on (${code})`
  return `${address}:${port} ${reason}.`
}

/** An error of several addresses tried has no message of its own. */
function reasonOf (error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  const message = first instanceof Error ? first.message : error.message
  return message.split('\n', 1)[0] ?? error.name
}
