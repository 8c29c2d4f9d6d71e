// The cost of running it: time and CPU to start, idle memory, size on the disk.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argon2id, hash } from 'argon2'
import { fill, hasPostgres, startDatabases } from './harness/database.js'
import { ROOT } from './harness/machine.js'
import { toBars, figure, megabytes, rounded, toTable } from './harness/present.js'
import { freePort } from '../scripts/free-port.js'
import { waitUntilReady, startServer } from './harness/processes.js'
import { ARGON2, logIn, PASSWORD, SERVICE, serviceOn } from './harness/service.js'
import { toSpread, sum } from './harness/statistics.js'
import { gzippedBytes, createStartCompetitors } from './competitors/start.js'

/** @typedef {import('./competitors/start.js').Candidate} Candidate */
/**
 * @typedef {object} Sample seconds and bytes; `started` and `bytes` for each candidate
 * @property {number} first
 * @property {number} second
 * @property {StartCost | undefined} onPostgres
 * @property {StartCost} embedded
 * @property {number} embeddedBytes
 * @property {number[]} started
 * @property {number[]} bytes
 */

/** @typedef {{ first: number, second: number, list: number }} StartCost seconds of CPU until ready, and of `gatepass keys list` */

export const title = 'Start and weight'
export const description = '`npm start` on an empty directory and again, to the first answered login; the CPU of a start and of a ' +
  'command; resident memory of the service when idle; the size of an installation on the disk, and of the client on the wire; compared ' +
  'with its competitors on Postgres.'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD }
const SETTLE_MS = 15_000
/** A module that a command loads first: it writes the CPU of the process into its third pipe. */
const REPORT_CPU = `data:text/javascript,${encodeURIComponent(`import { writeSync } from 'node:fs'
process.on('exit', () => writeSync(3, JSON.stringify(process.cpuUsage())))`)}`
const OWN = ['dist', 'migrations'].map((directory) => join(ROOT, directory))

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds }) {
  const databases = hasPostgres ? await startDatabases() : undefined
  /** @type {Sample[]} */
  const samples = []
  try {
    const candidates = databases === undefined ? [] : [await createService(databases), ...await createStartCompetitors(databases)]
    for (let round = 0; round < rounds; round++) samples.push(await measureRound(candidates, await databases?.create(`start${round}`)))
    return present(samples, candidates)
  } finally {
    await databases?.remove()
  }
}

/**
 * @param {import('./harness/database.js').Databases} databases
 * @returns {Promise<Candidate>}
 */
async function createService ({ create }) {
  const url = await create('idle')
  await fill(url, { users: 1, sessions: 0, passwordHash: await hash(PASSWORD, { type: argon2id, ...ARGON2 }) })
  return {
    title: 'gatepass',
    program: serviceOn(url),
    first: async (address) => { await logIn(address, 'user0@example.com') },
    directories: [...OWN, ...installedPackages()],
    clientBytes: await gzippedBytes(`export { createClient } from '${ROOT}dist/client/index.js'`)
  }
}

/**
 * @param {Candidate[]} candidates
 * @param {string | undefined} url of a database with the schema and nothing else
 * @returns {Promise<Sample>}
 */
async function measureRound (candidates, url) {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-bench-'))
  const another = await mkdtemp(join(tmpdir(), 'gatepass-bench-'))
  try {
    const embedded = { entry: SERVICE, parameters: ['serve'], environment: { ...ADMIN, DATA_DIR: directory }, core: undefined }
    const onPostgres = url === undefined ? undefined : await measureCpu(serviceOn(url, ADMIN))
    return {
      first: await measureStart(directory, async () => {}),
      second: await measureStart(directory, async (address) => { await logIn(address, ADMIN.ADMIN_EMAIL) }),
      onPostgres,
      embedded: await measureCpu({ ...embedded, environment: { ...ADMIN, DATA_DIR: another } }),
      embeddedBytes: await idleBytes(embedded),
      started: await mapInOrder(candidates, measureStartOn),
      bytes: await Promise.all(candidates.map(({ program }) => idleBytes({ ...program, core: undefined })))
    }
  } finally {
    for (const path of [directory, another]) await rm(path, { recursive: true })
  }
}

/**
 * @param {import('./harness/processes.js').Program} program that has not been started yet
 * @returns {Promise<StartCost>}
 */
async function measureCpu (program) {
  const first = await measureStartCpu(program)
  const second = await measureStartCpu(program)
  return { first, second, list: measureCommand(['keys', 'list'], program.environment ?? {}) }
}

/** @param {import('./harness/processes.js').Program} program */
async function measureStartCpu (program) {
  const server = await startServer({ ...program, core: undefined })
  const { cpu } = await server.usage()
  await server.stop()
  return toSeconds(cpu)
}

/**
 * @param {string[]} parameters of gatepass
 * @param {Record<string, string>} environment
 * @returns {number} seconds of CPU
 */
function measureCommand (parameters, environment) {
  const { status, output } = spawnSync(process.execPath, ['--import', REPORT_CPU, SERVICE, ...parameters], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'ignore', 'inherit', 'pipe'], encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`gatepass ${parameters.join(' ')} ended with ${status}`)
  return toSeconds(JSON.parse(output[3] ?? ''))
}

/** @param {NodeJS.CpuUsage} usage */
function toSeconds ({ user, system }) {
  return (user + system) / 1e6
}

/**
 * @param {string} dataDir
 * @param {(address: string) => Promise<void>} use what has to be answered, once it is ready
 * @returns {Promise<number>} seconds from `npm start`
 */
async function measureStart (dataDir, use) {
  // A build is not part of the time, in case a source has changed.
  execFileSync(process.execPath, ['scripts/build.js', '--if-stale'], { cwd: ROOT })
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  // A process group, because npm has child processes.
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env, ...ADMIN, DATABASE_URL: '', DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn'
    }
  })
  const ended = once(child, 'exit')
  try {
    await Promise.race([waitUntilReady(address), ended.then(() => Promise.reject(new Error('npm start ended')))])
    await use(address)
    return (performance.now() - startedAt) / 1000
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await ended
    // npm does not wait for the service, which releases its data directory at the very end.
    await waitUntilStopped(address)
  }
}

/** @param {string} address */
async function waitUntilStopped (address) {
  while (await fetch(`${address}/health/live`).then(() => true, () => false)) await new Promise((resolve) => setTimeout(resolve, 20))
  await new Promise((resolve) => setTimeout(resolve, 500))
}

/**
 * @template T, R
 * @param {T[]} list
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function mapInOrder (list, work) {
  const results = []
  for (const item of list) results.push(await work(item))
  return results
}

/**
 * @param {Candidate} contender
 * @returns {Promise<number>} seconds from the start of its process to its first answer; its tables are there
 */
async function measureStartOn ({ program, first }) {
  const startedAt = performance.now()
  const server = await startServer({ ...program, core: undefined })
  await first(server.address)
  const seconds = (performance.now() - startedAt) / 1000
  await server.stop()
  return seconds
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
 * @param {Candidate[]} candidates
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples, candidates) {
  const first = toSpread(samples.map((sample) => sample.first))
  const second = toSpread(samples.map((sample) => sample.second))
  const embedded = toSpread(samples.map(({ embeddedBytes }) => megabytes(embeddedBytes)))
  const each = candidates.map(({ title, directories, clientBytes }, index) => ({
    title,
    packages: directories.length - (index === 0 ? OWN.length : 0),
    disk: megabytes(sum(directories.map((directory) => measureBytes(directory)))),
    client: clientBytes === undefined ? '' : rounded(clientBytes / 1000),
    started: toSpread(samples.map(({ started }) => started[index] ?? NaN)),
    memory: toSpread(samples.map(({ bytes }) => megabytes(bytes[index] ?? NaN)))
  }))
  const postgres = each[0]?.memory ?? toSpread([NaN])
  return {
    tables: [
      toTable(['', ''], [
        ['first `npm start`, s until ready', figure(first)],
        ['second `npm start`, s until the first login is answered', figure(second)],
        ['resident memory when idle, embedded database, MB', figure(embedded)],
        ['on the disk, MB: gatepass itself', rounded(megabytes(sum(OWN.map((directory) => measureBytes(directory)))))]
      ]),
      toTable(['CPU, s', 'first start, until ready', 'second start', '`gatepass keys list`'], [
        ['on Postgres', ...toCells(samples.flatMap(({ onPostgres }) => onPostgres ?? []))],
        ['embedded database', ...toCells(samples.map(({ embedded }) => embedded))]
      ]),
      toTable(
        ['on Postgres', 's to the first answer', 'resident memory when idle, MB', 'packages', 'on the disk, MB', 'client, kB gzipped'],
        each.map(({ title, started, memory, packages, disk, client }) => [
          title, figure(started), figure(memory), String(packages), rounded(disk), client
        ])
      )
    ],
    notes: [
      'Memory is read fifteen seconds after the service was ready.',
      'On Postgres, the tables exist, and Node is started without npm; the first response is that to a login, or, for oidc-provider, ' +
        'which has no login, to a refresh. On the disk: with all packages that it needs at run time. A client is what a page loads: ' +
          'bundled by esbuild, minified and gzipped; oidc-provider has none.',
      ...each.length > 1 ? [] : ['The competitors are not there.']
    ],
    budgets: [
      { what: 'first `npm start` until ready', atMost: 15, measured: first, unit: 's' },
      { what: 'second `npm start` until the first login is answered', atMost: 2, measured: second, unit: 's' },
      { what: 'resident memory when idle, on Postgres', atMost: 120, measured: postgres, unit: 'MB' },
      { what: 'resident memory when idle, embedded database', atMost: 350, measured: embedded, unit: 'MB' }
    ],
    chart: {
      title: 'Resident memory when idle',
      unit: ' MB',
      bars: toBars([
        ...each.map(({ title, memory }) => ({ title: `${title}, on Postgres`, spread: memory })),
        { title: 'gatepass, embedded database', spread: embedded }
      ])
    }
  }
}

/** @param {StartCost[]} costs */
function toCells (costs) {
  return [costs.map(({ first }) => first), costs.map(({ second }) => second), costs.map(({ list }) => list)]
    .map((values) => figure(toSpread(values.length === 0 ? [NaN] : values)))
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
function measureBytes (directory) {
  return sum(readdirSync(directory, { withFileTypes: true }).map((entry) => {
    if (entry.name === 'node_modules') return 0
    const path = join(directory, entry.name)
    return entry.isDirectory() ? measureBytes(path) : lstatSync(path).size
  }))
}
