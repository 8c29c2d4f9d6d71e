// A Postgres server on the other core, its databases, and its CPU time.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { OTHER_CORE, ROOT } from './machine.js'

export const hasPostgres = findPostgres() !== undefined

const MICROSECONDS_PER_TICK = 10_000

/** @typedef {Awaited<ReturnType<typeof startDatabases>>} Databases */

export async function startDatabases () {
  const server = await startPostgres({ settings: { shared_buffers: '512MB', max_wal_size: '4GB', synchronous_commit: 'off' } })
  const pid = await server.pid()
  // The processes of later connections inherit the core from this one.
  if (OTHER_CORE !== undefined) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(OTHER_CORE), String(pid)], {
      stdio: 'ignore'
    })
  }

  return {
    ...server,
    cpu: async () => readCpu(pid),
    /**
     * Creates a database with the service's schema.
     *
     * @param {string} name
     * @returns {Promise<string>} its address
     */
    async create (name) {
      await query(server.databaseUrl(), `create database ${name}`)
      await migrate(server.databaseUrl(name))
      return server.databaseUrl(name)
    }
  }
}

/**
 * @param {string} url
 * @param {string} text one statement, or several without parameters
 * @param {unknown[]} [parameters]
 * @returns {Promise<any[]>}
 */
export async function query (url, text, parameters) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(text, parameters)
    return rows
  } finally {
    await client.end()
  }
}

/**
 * Fills a database with users and sessions of generation 1, last rotated an hour ago.
 *
 * @param {string} url
 * @param {{ users: number, sessions: number, passwordHash?: string }} counts
 */
export async function fill (url, { users, sessions, passwordHash = 'none' }) {
  await query(url, `insert into users (id, email, normalized_email, password_hash, role)
    select ${idSql('n')}, 'user' || n || '@example.com', 'user' || n || '@example.com', $2, 'user'
    from generate_series(0, $1::int - 1) n`, [
    users, passwordHash
  ])
  await query(url, `insert into sessions
      (id, user_id, rotated_at, created_at, expires_at, access_until, last_seen_on, user_agent, ip,
      last_refresh_user_agent, last_refresh_ip)
    select ${idSql('n')}, ${idSql('n % $2::int')}, moved, moved, now() + interval '20 days', moved + interval '338 seconds', moved::date,
      'bench', '127.0.0.1', 'bench', '127.0.0.1'
    from generate_series(0, $1::int - 1) n, (select now() - interval '1 hour') as hour (moved)`, [sessions, users])
  await query(url, 'vacuum analyze')
}

/** SQL for the id of the user or session of a number. */
function idSql (/** @type {string} */ number) {
  return `('00000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`
}

/**
 * @param {number} number of a user or session
 * @returns {string}
 */
export function toUuid (number) {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

/** @param {string} url */
async function migrate (url) {
  /** @type {typeof import('../../src/database/index.ts')} */
  const { createDatabase, migrateUp } = await import(`${ROOT}/dist/database/index.js`)
  const database = await createDatabase({ url, poolSize: 2, dataDir: undefined, log: { info () {}, warn () {} } })
  await migrateUp(database)
  await database.close()
}

/**
 * Reads the CPU time of Postgres, with the processes of all connections, closed ones too. NaN where there is no /proc.
 *
 * @param {number} pid
 * @returns {number} microseconds
 */
function readCpu (pid) {
  if (process.platform !== 'linux') return NaN
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = readTicks(pid)
  const living = children.flatMap((child) => readTicks(child).slice(0, 2))
  return [user, system, endedUser, endedSystem, ...living].reduce((sum, ticks) => sum + ticks, 0) * MICROSECONDS_PER_TICK
}

/**
 * @param {number | string} pid
 * @returns {number[]} proc(5): utime, stime, cutime, cstime; nothing for a process that has just ended
 */
function readTicks (pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 15).map(Number)
  } catch {
    return []
  }
}
