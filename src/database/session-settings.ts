import type { ClientBase } from 'pg'

// What a statement cannot say for itself. It is said once on each connection, by a statement: poolers refuse or drop what they do not know
// of a start-up packet. Times and numbers are no matter of settings (times.ts), nor is the isolation of transactions (`transact`).

/**
 * A server may plan our statements as it does by itself, whatever a role is set to for its reports: with a kind of plan turned off, costs
 * rise beyond all measure, and each run of a statement is compiled first, for a second.
 */
const PLANS = ['jit = off', 'plan_cache_mode = auto',
  ...['bitmapscan', 'hashagg', 'hashjoin', 'indexonlyscan', 'indexscan', 'material', 'mergejoin', 'nestloop', 'seqscan', 'sort'].map((name) => `enable_${name} = on`)]

/** A single statement waits for a row and goes on with what it finds; deadlines are those of whole statements. */
const STATEMENTS = ["default_transaction_isolation = 'read committed'", 'default_transaction_deferrable = off', 'lock_timeout = 0']

/** The pool closes what is idle; whoever is handed a connection in the moment that the server does has an error. */
const IDLE = ['idle_session_timeout = 0']

const NO_DEADLINES = ['statement_timeout = 0', 'idle_in_transaction_session_timeout = 0']

/** For connections whose statements have deadlines of their own. */
export const QUERY_SETTINGS = toStatement([...PLANS, ...STATEMENTS, ...IDLE])
/** For what may take long. */
export const LONG_RUNNING_SETTINGS = toStatement([...STATEMENTS, ...IDLE, ...NO_DEADLINES])
/** For one that is idle for as long as there is no news. */
export const LISTEN_SETTINGS = toStatement([...IDLE, 'statement_timeout = 0'])

/** @throws what the server answers; the connection is not used then */
export async function configureSession (client: ClientBase, settings: string): Promise<void> {
  await client.query(settings)
}

function toStatement (settings: readonly string[]): string {
  return settings.map((setting) => `set ${setting}`).join('; ')
}
