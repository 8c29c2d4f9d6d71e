// `npm run ops -- failover`: a primary of Postgres with two synchronous standbys behind HAProxy, as deploy/haproxy-postgres.cfg has it. The
// primary is killed while sessions end, and a standby is promoted: no end that was acknowledged may be lost.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../scripts/free-port.js'
import { findPostgres } from '../scripts/postgres.js'
import { ROOT } from '../scripts/run.js'
import { postJson, QUICK_SETTINGS, startService } from '../scripts/service-process.js'
import { assertSucceeded, gatepass } from './database.js'
import { MissingToolError, requireTools } from './report.js'

const ADMIN = { email: 'admin@example.com', password: 'correct horse battery staple' }
const SESSIONS = 400
/** Half of the sessions end, one after the other for each worker; the primary is killed in the middle. */
const WORKERS = 4
const RECOVERY_TIMEOUT_MS = 60_000
const SYNCHRONOUS = { synchronous_standby_names: 'ANY 1 (a, b, c)', synchronous_commit: 'on' }

/** @param {{ report: import('./report.js').Report }} options */
export async function run ({ report }) {
  requireTools('haproxy')
  if (findPostgres() === undefined) throw new MissingToolError('there is no Postgres server on this machine')
  const directory = mkdtempSync(join(tmpdir(), 'gatepass-failover-'))
  /** @type {Array<() => Promise<unknown> | void>} */
  const closers = [() => rmSync(directory, { recursive: true, force: true })]
  try {
    const servers = await startCluster(directory, closers)
    const port = await startHaproxy(directory, servers, closers)
    const settings = {
      ...QUICK_SETTINGS,
      DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/postgres`,
      SECRET_KEYS: randomBytes(32).toString('base64'),
      PORT: String(await freePort()),
      SESSIONS_PER_USER: '10000',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password
    }
    assertSucceeded(await gatepass('migrate', settings), 'migrate')
    const service = await startService(settings, directory)
    closers.push(() => service.stop())
    await tryFailover(`http://127.0.0.1:${settings.PORT}`, servers, report)
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/**
 * @param {string} address of the service
 * @param {Awaited<ReturnType<typeof startCluster>>} servers
 * @param {import('./report.js').Report} report
 */
async function tryFailover (address, [primary, ...standbys], report) {
  const tokens = []
  for (let count = 0; count < SESSIONS; count++) {
    const { refresh_token: token } = await postJson(`${address}/auth/login`, ADMIN)
    tokens.push(String(token))
  }
  const [ending, staying] = [tokens.slice(0, SESSIONS / 2), tokens.slice(SESSIONS / 2)]
  /** @type {string[]} */
  const acknowledged = []
  let refused = 0
  let longestGapMs = 0
  let acknowledgedAt = performance.now()
  const queue = [...ending]
  const end = async () => {
    for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
      while (await logOut(address, token) !== 204) {
        refused++
        await sleep(100)
      }
      acknowledged.push(token)
      longestGapMs = Math.max(longestGapMs, performance.now() - acknowledgedAt)
      acknowledgedAt = performance.now()
      await sleep(10)
    }
  }
  const ended = Promise.all(Array.from({ length: WORKERS }, end))
  while (acknowledged.length < ending.length / 2) await sleep(5)
  const before = acknowledged.length
  await primary?.kill()
  const promoted = await promote(standbys)
  await Promise.race([ended, sleep(RECOVERY_TIMEOUT_MS)])
  const seconds = (longestGapMs / 1000).toFixed(1)
  report.check(acknowledged.length === ending.length, `${before} of ${ending.length} sessions had ended when the primary was killed, ` +
    `and the others did on ${promoted}, promoted at once, after a pause of ${seconds} s with ${refused} requests refused.`)
  const alive = await countRefreshed(address, acknowledged)
  report.check(alive === 0, `Of ${acknowledged.length} acknowledged ends of sessions, ${alive} were lost.`)
  const kept = await countRefreshed(address, staying)
  report.check(kept === staying.length, `Of ${staying.length} other sessions, ${kept} go on.`)
}

/**
 * @param {string} address
 * @param {string} token
 * @returns {Promise<number>}
 */
async function logOut (address, token) {
  const response = await fetch(`${address}/auth/logout`, toRequest(token)).catch(() => undefined)
  await response?.arrayBuffer()
  return response?.status ?? 0
}

/**
 * @param {string} address
 * @param {string[]} tokens
 * @returns {Promise<number>} how many of the sessions can be refreshed
 */
async function countRefreshed (address, tokens) {
  let count = 0
  for (const token of tokens) {
    const status = await refresh(address, token)
    if (status !== 200 && status !== 401) throw new Error(`a refresh was answered with ${status}`)
    if (status === 200) count++
  }
  return count
}

/**
 * Waits as a client does while there is no database.
 *
 * @param {string} address
 * @param {string} token
 * @returns {Promise<number>} the status
 */
async function refresh (address, token) {
  const until = performance.now() + RECOVERY_TIMEOUT_MS
  for (;;) {
    const response = await fetch(`${address}/auth/refresh`, toRequest(token))
    await response.arrayBuffer()
    if (response.status !== 503 || performance.now() > until) return response.status
    await sleep(100)
  }
}

/** @param {string} token */
function toRequest (token) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refresh_token: token }) }
}

/**
 * As Patroni does: the standby that has most becomes the primary, and the other follows it.
 *
 * @param {Awaited<ReturnType<typeof startCluster>>} standbys
 * @returns {Promise<string>} the name of the new primary
 */
async function promote (standbys) {
  const received = await Promise.all(standbys.map(async (server) => {
    const [row] = await server.query('select pg_last_wal_receive_lsn() - \'0/0\' as bytes')
    return { server, bytes: Number(row.bytes) }
  }))
  const [{ server: next } = {}, ...others] = received.sort((a, b) => b.bytes - a.bytes)
  if (next === undefined) throw new Error('there is no standby')
  await next.query('select pg_promote()')
  for (const { server } of others) {
    await server.query(`alter system set primary_conninfo = 'host=${next.directory} user=postgres application_name=${server.name}'`)
    await server.query('select pg_reload_conf()')
  }
  return next.name
}

/**
 * @param {string} directory
 * @param {Array<() => Promise<unknown> | void>} closers
 */
async function startCluster (directory, closers) {
  const a = await startServer('a', directory, closers)
  return [a, await startServer('b', directory, closers, a.directory), await startServer('c', directory, closers, a.directory)]
}

/**
 * A server on a Unix socket, which says over HTTP whether it is the primary.
 *
 * @param {string} name
 * @param {string} parent
 * @param {Array<() => Promise<unknown> | void>} closers
 * @param {string} [primary] the directory of the server that it follows
 */
async function startServer (name, parent, closers, primary) {
  const bin = String(findPostgres())
  const directory = mkdtempSync(join(tmpdir(), `gatepass-pg-${name}-`))
  const owner = process.getuid?.() === 0 ? Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })) : undefined
  if (owner !== undefined) chownSync(directory, owner, owner)
  const as = owner === undefined ? [] : ['setpriv', `--reuid=${owner}`, `--regid=${owner}`, '--clear-groups']
  const data = join(directory, 'data')
  const runAs = (/** @type {string[]} */ command) => {
    const [program = '', ...parameters] = [...as, ...command]
    execFileSync(program, parameters, { cwd: directory, stdio: 'pipe' })
  }
  if (primary === undefined) {
    runAs([join(bin, 'initdb'), '--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8'])
  } else {
    const source = `host=${primary} user=postgres application_name=${name}`
    runAs([join(bin, 'pg_basebackup'), '--pgdata', data, '--write-recovery-conf', '--checkpoint', 'fast', '--no-sync', '--dbname', source])
  }
  const settings = { ...SYNCHRONOUS, unix_socket_directories: directory, listen_addresses: '', fsync: 'off', hot_standby: 'on' }
  const flags = Object.entries(settings).map(([setting, value]) => `-c ${setting}='${value}'`).join(' ')
  const control = (/** @type {string[]} */ ...command) => runAs([join(bin, 'pg_ctl'), '--pgdata', data, '--wait', ...command])
  control('--log', join(directory, 'log'), '--silent', '--options', flags, 'start')
  closers.push(() => {
    try {
      control('--mode', 'immediate', 'stop')
    } catch {
      // It was killed before.
    }
    rmSync(directory, { recursive: true, force: true })
  })
  /**
   * @param {string} text
   * @returns {Promise<any[]>}
   */
  async function query (text) {
    const client = new pg.Client({ host: directory, user: 'postgres', database: 'postgres' })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const http = createServer(async (_request, response) => {
    const [row] = await query('select pg_is_in_recovery() as standby').catch(() => [{ standby: true }])
    response.writeHead(row.standby ? 503 : 200).end()
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  closers.push(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return {
    name,
    directory,
    query,
    checkPort: typeof address === 'object' ? address?.port : undefined,
    kill: async () => control('--mode', 'immediate', 'stop')
  }
}

/**
 * @param {string} directory
 * @param {Awaited<ReturnType<typeof startCluster>>} servers
 * @param {Array<() => Promise<unknown> | void>} closers
 * @returns {Promise<number>} where it listens
 */
async function startHaproxy (directory, servers, closers) {
  const port = await freePort()
  let text = readFileSync(join(ROOT, 'deploy/haproxy-postgres.cfg'), 'utf8').replace('127.0.0.1:5432', `127.0.0.1:${port}`)
  for (const { name, directory, checkPort } of servers) {
    text = text.replace(
      new RegExp(`server ${name} .*`), `server ${name} unix@${directory}/.s.PGSQL.5432 check addr 127.0.0.1 port ${checkPort}`
    )
  }
  const file = join(directory, 'haproxy.cfg')
  writeFileSync(file, text)
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = once(child, 'exit')
  closers.push(async () => {
    child.kill('SIGKILL')
    await exited
  })
  // Each server counts as up until its first checks have failed.
  await sleep(3_000)
  return port
}
