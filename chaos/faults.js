// What goes wrong: with the database, in an order and for times that the seed gives; and with the instances.
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

/**
 * @typedef {import('./world.js').World} World
 * @typedef {{ world: World, ledger: import('./ledger.js').Ledger, random: import('./random.js').Random, isOver: () => boolean, onChange: (isCalm: boolean) => void }} FaultOptions
 */

/** @type {Record<string, (world: World, forMs: number) => Promise<void>>} */
export const DATABASE_FAULTS = {
  async stopped ({ server }, forMs) {
    await server.stop('fast')
    await sleep(forMs)
    await server.start()
  },
  async killed ({ server }, forMs) {
    await server.stop('immediate')
    await sleep(forMs)
    await server.start()
  },
  async restarted ({ server }) {
    await server.stop('fast')
    await server.start()
  },
  async hung ({ server }, forMs) {
    const pids = await processesOf(await server.pid())
    for (const pid of pids) signal(pid, 'SIGSTOP')
    await sleep(forMs)
    for (const pid of pids) signal(pid, 'SIGCONT')
  },
  async 'without its connections' ({ server }) {
    await query(server.urlOf(), "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'")
  }
}

/** @param {FaultOptions} options */
export async function breakDatabase ({ world, ledger, random, isOver, onChange }) {
  while (!isOver()) {
    // Every kind before any comes again.
    for (const [name, fault] of random.shuffled(Object.entries(DATABASE_FAULTS))) {
      await sleep(random.between(500, 2_000))
      if (isOver()) return
      onChange(false)
      await fault(world, random.between(300, 3_500))
      ledger.count(`database ${name}`)
      onChange(true)
    }
  }
}

/** @param {FaultOptions} options */
export async function breakInstances ({ world, ledger, random, isOver, onChange }) {
  while (!isOver()) {
    await sleep(random.between(1_000, 5_000))
    if (isOver()) return
    const victim = random.pick(world.instances)
    onChange(false)
    await victim.kill()
    ledger.count('instance killed')
    await sleep(random.between(0, 1_500))
    await victim.start()
    onChange(true)
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
  // One that is lost says so to its query.
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
async function processesOf (parent) {
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
