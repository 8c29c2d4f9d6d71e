// Faults of the database and of the instances; the seed decides their order and their duration.
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

/**
 * @typedef {import('./environment.js').Environment} Environment
 *
 * @typedef {object} FaultOptions
 * @property {Environment} environment
 * @property {import('./invariants.js').Invariants} invariants
 * @property {import('./random.js').Random} random
 * @property {() => boolean} isOver
 * @property {(phase: 'begin' | 'end') => void} onFault
 */

/** @type {Record<string, (environment: Environment, durationMs: number) => Promise<void>>} */
export const DATABASE_FAULTS = {
  async stopped ({ postgres }, durationMs) {
    await postgres.stop('fast')
    await sleep(durationMs)
    await postgres.start()
  },
  async killed ({ postgres }, durationMs) {
    await postgres.stop('immediate')
    await sleep(durationMs)
    await postgres.start()
  },
  async restarted ({ postgres }) {
    await postgres.stop('fast')
    await postgres.start()
  },
  async hung ({ postgres }, durationMs) {
    const wake = await hang(postgres)
    await sleep(durationMs)
    wake()
  },
  async disconnected ({ postgres }) {
    await query(postgres.databaseUrl(), `select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and backend_type = 'client backend'`)
  }
}

/**
 * Stops all processes of a server, which keep their connections.
 *
 * @param {{ pid (): Promise<number> }} postgres
 * @returns {Promise<() => void>} lets them continue
 */
export async function hang (postgres) {
  const pids = await listProcesses(await postgres.pid())
  for (const pid of pids) signal(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) signal(pid, 'SIGCONT')
  }
}

/** @param {FaultOptions} options */
export async function breakDatabase ({ environment, invariants, random, isOver, onFault }) {
  while (!isOver()) {
    // Every kind once before any is repeated.
    for (const [name, fault] of random.shuffled(Object.entries(DATABASE_FAULTS))) {
      await sleep(random.between(500, 2_000))
      if (isOver()) return
      onFault('begin')
      await fault(environment, random.between(300, 3_500))
      invariants.count(`database ${name}`)
      onFault('end')
    }
  }
}

/** @param {FaultOptions} options */
export async function breakInstances ({ environment, invariants, random, isOver, onFault }) {
  while (!isOver()) {
    await sleep(random.between(1_000, 5_000))
    if (isOver()) return
    const victim = random.pick(environment.instances)
    onFault('begin')
    await victim.kill()
    invariants.count('instance killed')
    await sleep(random.between(0, 1_500))
    await victim.start()
    onFault('end')
  }
}

/**
 * @param {string} url
 * @param {string} text
 * @param {unknown[]} [parameters]
 * @returns {Promise<any[]>} rows
 */
export async function query (url, text, parameters) {
  const client = new pg.Client({ connectionString: url })
  // A lost connection also rejects the query.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text, parameters)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * @param {number} parent
 * @returns {Promise<number[]>} it and its children
 */
async function listProcesses (parent) {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(parent)])
  return [parent, ...stdout.split('\n').map(Number).filter((pid) => pid > 0)]
}

/**
 * @param {number} pid of a connection, which may have ended
 * @param {NodeJS.Signals} name
 */
function signal (pid, name) {
  try {
    process.kill(pid, name)
  } catch {}
}
