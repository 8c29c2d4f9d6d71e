// What it takes to have it: time to start, memory when nobody asks for anything, size on the disk.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasPostgres, startDatabases } from './harness/database.js'
import { ROOT } from './harness/machine.js'
import { barsOf, figure, megabytes, rounded, tableOf } from './harness/present.js'
import { freePort, isReady, startServer } from './harness/processes.js'
import { logIn, PASSWORD, SERVICE, serviceOn } from './harness/service.js'
import { spreadOf, sumOf } from './harness/statistics.js'

/** @typedef {{ first: number, second: number, embeddedBytes: number, postgresBytes: number }} Sample seconds and bytes */

export const title = 'Start and weight'
export const against = '`npm start` on an empty directory and again, to the first answered login; resident memory of the service when idle; what an installation takes on the disk.'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD }
const SETTLE_MS = 20_000

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds }) {
  const databases = hasPostgres ? await startDatabases() : undefined
  /** @type {Sample[]} */
  const samples = []
  try {
    const url = await databases?.create('idle')
    for (let round = 0; round < rounds; round++) samples.push(await playRound(url))
  } finally {
    await databases?.remove()
  }
  return present(samples)
}

/**
 * @param {string | undefined} url
 * @returns {Promise<Sample>}
 */
async function playRound (url) {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-bench-'))
  try {
    const embedded = { entry: SERVICE, parameters: ['serve'], environment: { ...ADMIN, DATA_DIR: directory }, core: undefined }
    return {
      first: await timeOf(directory, async () => {}),
      second: await timeOf(directory, async (address) => { await logIn(address, ADMIN.ADMIN_EMAIL) }),
      embeddedBytes: await idleBytes(embedded),
      postgresBytes: url === undefined ? NaN : await idleBytes({ ...serviceOn(url, ADMIN), core: undefined })
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/**
 * @param {string} dataDir
 * @param {(address: string) => Promise<void>} use what has to be answered, once it is ready
 * @returns {Promise<number>} seconds from `npm start`
 */
async function timeOf (dataDir, use) {
  // Not in the time, where somebody has touched a source meanwhile.
  execFileSync(process.execPath, ['scripts/build.js', '--if-stale'], { cwd: ROOT })
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  // A group of its own, for npm has children.
  const child = spawn('npm', ['start'], { cwd: ROOT, detached: true, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...ADMIN, DATABASE_URL: '', DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn' } })
  const ended = once(child, 'exit')
  try {
    await Promise.race([isReady(address), ended.then(() => Promise.reject(new Error('npm start ended')))])
    await use(address)
    return (performance.now() - startedAt) / 1000
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await ended
    // npm does not wait for the service, which gives up its directory last.
    await isGone(address)
  }
}

/** @param {string} address */
async function isGone (address) {
  while (await fetch(`${address}/health/live`).then(() => true, () => false)) await new Promise((resolve) => setTimeout(resolve, 20))
  await new Promise((resolve) => setTimeout(resolve, 500))
}

/** @param {import('./harness/processes.js').Program} program */
async function idleBytes (program) {
  const server = await startServer(program)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const { residentBytes } = await server.usage()
  await server.stop()
  return residentBytes
}

/**
 * @param {Sample[]} samples
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples) {
  const of = (/** @type {keyof Sample} */ key) => samples.map((sample) => sample[key])
  const first = spreadOf(of('first'))
  const second = spreadOf(of('second'))
  const embedded = spreadOf(of('embeddedBytes').map(megabytes))
  const postgres = spreadOf(of('postgresBytes').map(megabytes))
  const own = megabytes(sumOf(['dist', 'migrations'].map((directory) => bytesOf(join(ROOT, directory)))))
  const packages = installedPackages()
  const installed = megabytes(sumOf(packages.map((directory) => bytesOf(directory))))
  return {
    tables: [tableOf(['', ''], [
      ['first `npm start`, s until ready', figure(first)],
      ['second `npm start`, s until the first login is answered', figure(second)],
      ['resident memory when idle, on Postgres, MB', figure(postgres)],
      ['resident memory when idle, embedded database, MB', figure(embedded)],
      ['on the disk, MB: gatepass itself', rounded(own)],
      [`on the disk, MB: the ${packages.length} packages it needs`, rounded(installed)]
    ])],
    notes: ['Memory is read twenty seconds after the service was ready.'],
    budgets: [
      { what: 'first `npm start` until ready', atMost: 15, measured: first, unit: 's' },
      { what: 'second `npm start` until the first login is answered', atMost: 2, measured: second, unit: 's' },
      { what: 'resident memory when idle, on Postgres', atMost: 120, measured: postgres, unit: 'MB' },
      { what: 'resident memory when idle, embedded database', atMost: 350, measured: embedded, unit: 'MB' }
    ],
    chart: { title: 'Resident memory when idle', unit: ' MB', bars: barsOf([{ title: 'on Postgres', spread: postgres }, { title: 'embedded database', spread: embedded }].filter(({ spread }) => !Number.isNaN(spread.median))) }
  }
}

/** @returns {string[]} the directories of what comes with an installation, tools for development left out */
function installedPackages () {
  const list = execFileSync('npm', ['ls', '--all', '--omit=dev', '--parseable'], { cwd: ROOT, encoding: 'utf8' })
  return list.trim().split('\n').filter((directory) => directory.includes('node_modules'))
}

/**
 * @param {string} directory
 * @returns {number} of its files, those of packages within it left out
 */
function bytesOf (directory) {
  return sumOf(readdirSync(directory, { withFileTypes: true }).map((entry) => {
    if (entry.name === 'node_modules') return 0
    const path = join(directory, entry.name)
    return entry.isDirectory() ? bytesOf(path) : lstatSync(path).size
  }))
}
