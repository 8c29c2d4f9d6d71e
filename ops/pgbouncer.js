// The service behind PgBouncer, with deploy/pgbouncer.ini as it is, but for addresses and paths.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../scripts/free-port.js'
import { ROOT } from '../scripts/run.js'
import { postJson } from '../scripts/service-process.js'
import { assertSucceeded, gatepass, PASSWORDS, startDatabase } from './database.js'
import { requireTools } from './report.js'
import { logIn, PASSWORD, post, postLogin, send, startInstance } from './service.js'

/** @typedef {import('./report.js').Report} Report */
/** @typedef {Awaited<ReturnType<typeof startDatabase>>} Database */
/** @typedef {{ url: string, ownerUrl: string, stop (signal?: NodeJS.Signals): Promise<void>, start (): Promise<void> }} PgBouncer */
/** @typedef {import('./service.js').Instance} Instance */
/** @typedef {{ bouncer: PgBouncer, database: Database, settings: Record<string, string>, directory: string }} World */

const LISTEN_SENTENCE = /^gatepass: DATABASE_URL leads to a pooler, .* set DATABASE_LISTEN_URL /

/** Revocations without notifications are read every second, at a random moment of half a second to one and a half. */
const DEGRADED_MS = 2_000
const NOTIFIED_MS = 500

/** @param {{ quick: boolean, report: Report }} options */
export async function run ({ quick, report }) {
  requireTools('pgbouncer')
  const database = await startDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-pgbouncer-'))
  await chmod(directory, 0o755)
  try {
    assertSucceeded(await database.makeRoles(), 'roles.sql')
    const owner = { DATABASE_URL: database.urlOf('gatepass_owner') }
    assertSucceeded(await gatepass('migrate', owner), 'migrate')
    assertSucceeded(await database.runSql(owner.DATABASE_URL, 'deploy/postgres/grants.sql'), 'grants.sql')
    await tryAll({ quick, report, database, directory })
  } finally {
    await database.postgres.remove()
    await rm(directory, { recursive: true, force: true })
  }
}

/** @param {{ quick: boolean, report: Report, database: Database, directory: string }} options */
async function tryAll ({ quick, report, database, directory }) {
  const bouncer = await startPgBouncer({ directory, database })
  const settings = { DATABASE_URL: bouncer.url, SECRET_KEYS: randomBytes(32).toString('base64') }
  try {
    const world = { bouncer, database, settings, directory }
    const listenUrl = database.urlOf('gatepass_app')
    const created = await gatepass('user create root@example.com --role admin --password-stdin', settings, PASSWORD)
    report.check(created.code === 0, `"user create" works through PgBouncer${created.stderr}`)
    await tryCommands(world, report, { quick })
    await tryWrites(world, report, { writes: quick ? 240 : 1_000, instances: 2 })
    await tryWrites(world, report, { writes: quick ? 120 : 1_000, instances: quick ? 1 : 2, listenUrl })
  } finally {
    await bouncer.stop()
  }
  if (!quick) await tryOtherModes({ report, database, directory, settings })
}

/**
 * @param {World} world
 * @param {Report} report
 * @param {{ quick: boolean }} options
 */
async function tryCommands ({ database, settings, bouncer }, report, { quick }) {
  const asOwner = { DATABASE_URL: bouncer.ownerUrl }
  const refused = await gatepass('migrate', asOwner)
  const isAsked = refused.code === 1 && LISTEN_SENTENCE.test(refused.stderr)
  report.check(isAsked, `"migrate" asks for DATABASE_LISTEN_URL: ${refused.stderr.trim()}`)
  const doctor = await gatepass('doctor', settings)
  const isFound = doctor.code === 0 && /^warning +listen +DATABASE_URL leads to a pooler, /m.test(doctor.stdout)
  report.check(isFound, `"doctor" finds the pooler${isFound ? '' : `: ${doctor.stdout}${doctor.stderr}`}`)
  if (quick) return
  const listening = await gatepass('doctor', { ...settings, DATABASE_LISTEN_URL: database.urlOf('gatepass_app') })
  report.check(/^ok +listen /m.test(listening.stdout), `and with DATABASE_LISTEN_URL nothing is wrong${listening.stderr}`)
  const migrated = await gatepass('migrate', { ...asOwner, DATABASE_LISTEN_URL: database.urlOf('gatepass_owner') })
  report.check(migrated.code === 0, `"migrate" works with DATABASE_LISTEN_URL: ${migrated.stdout.trim()}${migrated.stderr}`)
  for (const command of ['keys rotate', 'maintain', 'user list', 'session end --all']) {
    const { code, stderr } = await gatepass(command, settings)
    report.check(code === 0, `"${command}" works through PgBouncer${stderr}`)
  }
}

/**
 * @param {World} world
 * @param {Report} report
 * @param {{ writes: number, instances: number, listenUrl?: string }} options
 */
async function tryWrites (world, report, { writes, instances, listenUrl }) {
  const how = listenUrl === undefined ? 'without DATABASE_LISTEN_URL' : 'with DATABASE_LISTEN_URL'
  const settings = { ...world.settings, ...(listenUrl !== undefined && { DATABASE_LISTEN_URL: listenUrl }) }
  /** @type {Instance[]} */
  const running = []
  try {
    while (running.length < instances) running.push(await startInstance(settings, world.directory))
    const [first] = running
    const last = running.at(-1)
    if (first === undefined || last === undefined) return
    const { done, failed } = await write(running, writes)
    report.check(failed.length === 0 && done >= writes, `${how}, ${toOutcome(done, failed)}`)
    const ready = await fetch(`${last.address}/health/ready`)
    const checks = await readChecks(ready)
    const notify = listenUrl === undefined ? 'degraded' : 'ok'
    report.check(ready.status === 200 && checks.notify === notify, `${how}, ready is ${ready.status} with notify: ${checks.notify}`)
    const latencies = await measureRevocations(first, last, 5)
    const limit = listenUrl === undefined ? DEGRADED_MS : NOTIFIED_MS
    const where = instances > 1 ? 'the other instance' : 'the instance'
    report.check(Math.max(...latencies) < limit, `${how}, an ended session is refused by ${where} after ${latencies.join(', ')} ms`)
    if (listenUrl !== undefined) return
    await trySessions(world, report, first)
    await tryRestart(world, report, first)
  } finally {
    await Promise.all(running.map((instance) => instance.stop()))
  }
}

/**
 * Logins, refreshes, changes of a role, and logouts, eight at once.
 *
 * @param {Instance[]} instances
 * @param {number} writes
 */
async function write (instances, writes) {
  const address = instances[0]?.address ?? ''
  const admin = { authorization: `Bearer ${(await logIn(address, 'root@example.com')).access_token}` }
  /** @type {string[]} */
  const failed = []
  const counted = { done: 0 }
  /** @param {() => Promise<unknown>} ask */
  const count = async (ask) => {
    counted.done++
    return ask().catch((error) => { failed.push(String(error.message)) })
  }
  await Promise.all(Array.from({ length: 8 }, async (_each, worker) => {
    const email = `${worker}-${randomBytes(4).toString('hex')}@example.com`
    const user = await postJson(`${address}/admin/users`, { email, password: PASSWORD, role: 'user' }, admin)
    for (let round = 0; counted.done < writes; round++) {
      const at = instances[(worker + round) % instances.length]?.address ?? ''
      await count(async () => {
        const { refresh_token: token } = await logIn(at, email)
        await count(() => postJson(`${at}/auth/refresh`, { refresh_token: token }))
        const role = round % 2 === 0 ? 'advertiser' : 'user'
        if (round % 3 === 0) await count(() => send('PATCH', `${at}/admin/users/${user.id}`, { role }, admin))
        await count(() => send('POST', `${at}/auth/logout`, { refresh_token: token }))
      })
    }
  }))
  return { done: counted.done, failed }
}

/**
 * @param {number} done
 * @param {string[]} failed
 */
function toOutcome (done, failed) {
  return `${failed.length} of ${done} writes failed${failed.slice(0, 3).map((message) => `: ${message}`).join('')}`
}

/**
 * @param {Response} ready
 * @returns {Promise<Record<string, string>>}
 */
async function readChecks (ready) {
  const { checks } = /** @type {{ checks?: Record<string, string> }} */ (await ready.json())
  return checks ?? {}
}

/**
 * @param {Instance} first where sessions end
 * @param {Instance} last where their access tokens are used
 * @param {number} times
 * @returns {Promise<number[]>} in milliseconds
 */
async function measureRevocations (first, last, times) {
  const latencies = []
  for (let time = 0; time < times; time++) {
    const { access_token: accessToken, refresh_token: refreshToken } = await logIn(first.address, 'root@example.com')
    const headers = { authorization: `Bearer ${accessToken}` }
    if ((await fetch(`${last.address}/me`, { headers })).status !== 200) throw new Error('a new token is refused')
    await send('POST', `${first.address}/auth/logout`, { refresh_token: refreshToken })
    const endedAt = performance.now()
    while ((await fetch(`${last.address}/me`, { headers })).status !== 401) await sleep(5)
    latencies.push(Math.round(performance.now() - endedAt))
  }
  return latencies
}

/**
 * Holds all sessions of the pool, looks what is left in them, and asks the service meanwhile.
 *
 * @param {World} world
 * @param {Report} report
 * @param {Instance} instance
 */
async function trySessions ({ bouncer, directory }, report, { address }) {
  const size = Number(/^default_pool_size = (\d+)$/m.exec(await readFile(join(directory, 'pgbouncer.ini'), 'utf8'))?.[1])
  const { access_token: accessToken } = await logIn(address, 'root@example.com')
  const holders = await Promise.all(Array.from({ length: size }, async () => {
    const client = new pg.Client({ connectionString: bouncer.url })
    await client.connect()
    await client.query('begin')
    return client
  }))
  /** @type {string[]} */
  const left = []
  for (const client of holders) {
    const { rows: [row] } = await client.query(`select current_setting('jit') = 'on' and current_setting('statement_timeout') = '4s'
      and current_setting('idle_session_timeout') = '0' and current_setting('lock_timeout') = '0' as is_clean,
      (select count(*)::int from pg_prepared_statements) + (select count(*)::int from pg_listening_channels()) as count`)
    if (!row.is_clean || row.count > 0) left.push(JSON.stringify(row))
  }
  report.check(left.length === 0, `in ${size} sessions of PgBouncer no setting, statement or LISTEN of ours is left${left.join(' ')}`)
  const startedAt = performance.now()
  const refused = await postLogin(address)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const got = `${refused.status} with Retry-After: ${refused.headers.get('retry-after')}, after ${seconds} s`
  report.check(refused.status === 503 && refused.headers.has('retry-after'), `while others hold all sessions, a login gets ${got}`)
  const { status } = await fetch(`${address}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  report.check(status === 200, `and a request with an access token ${status}`)
  for (const client of holders) {
    await client.query('rollback').catch(() => {})
    await client.end().catch(() => {})
  }
  report.check((await postLogin(address)).status === 200, 'and once they are free, a login gets 200')
}

/**
 * @param {World} world
 * @param {Report} report
 * @param {Instance} instance
 */
async function tryRestart ({ bouncer }, report, { address }) {
  let { refresh_token: token } = await logIn(address, 'root@example.com')
  /** @type {Map<number, number>} */
  const statuses = new Map()
  const over = new AbortController()
  const load = (async () => {
    while (!over.signal.aborted) {
      const response = await post(`${address}/auth/refresh`, { refresh_token: token })
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      if (response.status === 200) token = /** @type {Record<string, unknown>} */ (await response.json()).refresh_token
      await sleep(10)
    }
  })()
  await sleep(200)
  await bouncer.stop('SIGKILL')
  await sleep(500)
  await bouncer.start()
  const startedAt = performance.now()
  const isBack = async () => (await post(`${address}/auth/refresh`, { refresh_token: token })).status === 200
  while (!await isBack()) await sleep(20)
  const backMs = Math.round(performance.now() - startedAt)
  await sleep(200)
  over.abort()
  await load
  const seen = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  report.check([...statuses.keys()].every((status) => status === 200 || status === 503) && statuses.has(200),
    `while PgBouncer is killed and started again, refreshes get ${seen}; the session goes on ${backMs} ms after the start`)
}

/**
 * PgBouncer with a plain configuration and in its two other modes.
 *
 * @param {{ report: Report, database: Database, directory: string, settings: Record<string, string> }} options
 */
async function tryOtherModes ({ report, database, directory, settings }) {
  const plain = await startPgBouncer({ directory, database, adapt: (text) => text.replace(/^ignore_startup_parameters/m, '; $&') })
  await tryLogins('without ignore_startup_parameters', plain)
  const session = await startPgBouncer({ directory, database, adapt: (text) => text.replace('= transaction', '= session') })
  await tryLogins('in session mode', session)
  const statement = await startPgBouncer({ directory, database, adapt: (text) => text.replace('= transaction', '= statement') })
  try {
    const { code, stderr } = await gatepass('serve', { ...settings, DATABASE_URL: statement.url, PORT: String(await freePort()) })
    report.check(code === 1 && stderr.includes('pool_mode = transaction'), `in statement mode it does not start: ${stderr.trim()}`)
  } finally {
    await statement.stop()
  }

  /**
   * @param {string} how
   * @param {PgBouncer} bouncer
   */
  async function tryLogins (how, bouncer) {
    try {
      const instance = await startInstance({ ...settings, DATABASE_URL: bouncer.url }, directory)
      const { done, failed } = await write([instance], 100)
      await instance.stop()
      report.check(failed.length === 0, `${how}, it starts, and ${toOutcome(done, failed)}`)
    } finally {
      await bouncer.stop()
    }
  }
}

/**
 * @param {{ directory: string, database: Database, adapt?: (text: string) => string }} options
 * @returns {Promise<PgBouncer>}
 */
async function startPgBouncer ({ directory, database, adapt = (text) => text }) {
  const port = await freePort()
  const users = join(directory, 'userlist.txt')
  const text = await readFile(join(ROOT, 'deploy/pgbouncer.ini'), 'utf8')
  const here = text.replace('host=db ', `host=${database.postgres.directory} `).replace('listen_addr = *', 'listen_addr = 127.0.0.1')
    .replace('= 6432', `= ${port}`).replace('/etc/pgbouncer/userlist.txt', users)
  await writeFile(join(directory, 'pgbouncer.ini'), adapt(here))
  await writeFile(users, `"gatepass_app" "${PASSWORDS.GATEPASS_APP_PASSWORD}"\n"gatepass_owner" "${PASSWORDS.GATEPASS_OWNER_PASSWORD}"\n`)
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child

  async function start () {
    child = spawn('pgbouncer', [...user, join(directory, 'pgbouncer.ini')], { stdio: ['ignore', 'ignore', 'pipe'] })
    let output = ''
    child.stderr?.setEncoding('utf8').on('data', (more) => { output = `${output}${more}`.slice(-4_000) })
    while (!output.includes('process up')) {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${output}`)
      await sleep(10)
    }
  }

  /**
   * @param {string} role
   * @param {string} password
   */
  const toUrl = (role, password) => `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/gatepass`

  await start()
  return {
    url: toUrl('gatepass_app', PASSWORDS.GATEPASS_APP_PASSWORD),
    ownerUrl: toUrl('gatepass_owner', PASSWORDS.GATEPASS_OWNER_PASSWORD),
    start,
    // SIGTERM is an immediate shutdown.
    async stop (signal = 'SIGTERM') {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    }
  }
}
