// `npm run ops -- systemd`: the units in deploy/systemd, judged by systemd, and started by a systemd in a container of systemd-nspawn.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgres, startPostgres } from '../scripts/postgres.js'
import { ROOT } from '../scripts/run.js'
import { requireTools } from './report.js'

const runTool = promisify(execFile)

const UNITS = join(ROOT, 'deploy/systemd')
const SERVICES = ['gatepass.service', 'gatepass-maintain.service']
/** In tenths, as systemd-analyze wants it: the internet, and memory that is written and executed, make up most of it. */
const MAX_EXPOSURE = 13
/** What docs/deploying.md installs into /opt/gatepass. */
const PROGRAM = ['dist', 'migrations', 'node_modules', 'package.json']
const BOOT_TIMEOUT_MS = 120_000

/** The first program in the container: it starts the units, and ends the container when it ends. */
const TRIAL_UNIT = `[Unit]
Requires=dbus.socket
After=dbus.socket
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/usr/bin/node /trial/inside.mjs
`

/** @param {{ report: import('./report.js').Report }} options */
export async function run ({ report }) {
  requireTools('systemd-analyze')
  await judge(report)
  const problem = await findObstacle()
  if (problem === undefined) await startUnits(report)
  else console.log(`The units were not started by systemd, because ${problem}.`)
}

/** @param {import('./report.js').Report} report */
async function judge (report) {
  const files = [...SERVICES, 'gatepass-maintain.timer'].map((name) => join(UNITS, name))
  const verified = await tryTool('systemd-analyze', ['verify', ...files])
  report.check(verified.succeeded && verified.output === '', `systemd-analyze verify has nothing to say. ${verified.output}`)
  for (const name of SERVICES) {
    const { succeeded, output } = await tryTool('systemd-analyze', [
      'security', '--offline=true', `--threshold=${MAX_EXPOSURE}`, '--no-pager', join(UNITS, name)
    ])
    const level = /Overall exposure level.*: ([\d.]+ \w+)/.exec(output)?.[1] ?? output
    report.check(succeeded, `systemd-analyze security: the exposure of ${name} is ${level}, at most ${MAX_EXPOSURE / 10}.`)
  }
}

/** @returns {Promise<string | undefined>} why no container can be started; the end of a sentence */
async function findObstacle () {
  if (process.getuid?.() !== 0) return 'that needs root'
  if (findPostgres() === undefined) return 'there is no Postgres server on this machine'
  if (!existsSync('/lib/systemd/systemd')) return 'systemd is not installed'
  if (!(await tryTool('systemd-nspawn', ['--version'])).succeeded) return 'systemd-nspawn is not installed'
  return (await tryTool('unshare', ['--mount', 'true'])).succeeded ? undefined : 'this machine allows no namespaces'
}

/** @param {import('./report.js').Report} report */
async function startUnits (report) {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-systemd-'))
  const postgres = await startPostgres()
  try {
    const databaseUrl = 'postgres://postgres@/postgres?host=/trial/postgres'
    const password = randomBytes(12).toString('hex')
    await mkdir(join(directory, 'root'))
    await mkdir(join(directory, 'trial'))
    await writeFile(join(directory, 'trial.service'), TRIAL_UNIT)
    await writeFile(join(directory, 'gatepass.env'), toLines({
      DATABASE_URL: databaseUrl,
      SECRET_KEYS: randomBytes(32).toString('base64'),
      // All addresses, as behind a proxy on another machine.
      HOST: '0.0.0.0',
      ISSUER: 'https://auth.example.com',
      ADMIN_EMAIL: 'admin@example.com',
      ADMIN_PASSWORD: password
    }), { mode: 0o600 })
    await writeFile(join(directory, 'maintain.env'), toLines({ DATABASE_URL: databaseUrl }), { mode: 0o600 })
    const output = await boot(directory, postgres.directory, { TRIAL_PASSWORD: password })
    const file = join(directory, 'trial/findings.json')
    if (!existsSync(file)) throw new Error(`systemd in the container started nothing: ${output}`)
    /** @type {{ holds: boolean, promise: string }[]} */
    const findings = JSON.parse(await readFile(file, 'utf8'))
    for (const { holds, promise } of findings) report.check(holds, promise)
  } finally {
    await postgres.remove()
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Boots this machine's own files in a container: changes stay in memory, and there is no network. The mounts end with their namespace.
 *
 * @param {string} directory with root, trial, trial.service, gatepass.env and maintain.env
 * @param {string} socketDirectory of Postgres
 * @param {Record<string, string>} environment of the trial
 * @returns {Promise<string>} what its console said
 */
async function boot (directory, socketDirectory, environment) {
  await writeFile(join(directory, 'trial/environment.json'), JSON.stringify(environment))
  const units = '/etc/systemd/system'
  /** @type {[source: string, target: string][]} */
  const readable = [
    [process.execPath, '/usr/bin/node'],
    ...PROGRAM.map((name) => /** @type {[string, string]} */ ([join(ROOT, name), `/opt/gatepass/${name}`])),
    ...SERVICES.map((name) => /** @type {[string, string]} */ ([join(UNITS, name), `${units}/${name}`])),
    [join(directory, 'trial.service'), `${units}/gatepass-trial.service`],
    [join(directory, 'gatepass.env'), '/etc/gatepass/gatepass.env'],
    [join(directory, 'maintain.env'), '/etc/gatepass/maintain.env'],
    [join(ROOT, 'ops/systemd-inside.js'), '/trial/inside.mjs']
  ]
  const nspawn = [
    'systemd-nspawn', '--quiet', '--register=no', '--keep-unit', '--private-network', '--volatile=overlay', '--console=pipe',
    `--machine=gatepass-${process.pid}`, `--directory=${directory}/root`, `--bind=${directory}/trial:/trial`,
    `--bind=${socketDirectory}:/trial/postgres`, ...readable.map(([source, target]) => `--bind-ro=${source}:${target}`),
    '--boot', '--', 'systemd.unit=gatepass-trial.service'
  ]
  await mkdir(join(directory, 'trial/postgres'))
  const mounts = `mount -t tmpfs tmpfs /run && mount --bind / '${directory}/root'`
  const { output } = await tryTool('unshare', ['--mount', 'sh', '-c', `${mounts} && exec "$@"`, 'sh', ...nspawn], BOOT_TIMEOUT_MS)
  return output
}

/**
 * @param {string} program
 * @param {string[]} parameters
 * @param {number} [timeout] in milliseconds
 * @returns {Promise<{ succeeded: boolean, output: string }>}
 */
function tryTool (program, parameters, timeout = 60_000) {
  return runTool(program, parameters, { timeout }).then(
    ({ stdout, stderr }) => ({ succeeded: true, output: (stdout + stderr).trim() }),
    (error) => ({ succeeded: false, output: `${error.stdout ?? ''}${error.stderr ?? error}`.trim() })
  )
}

/** @param {Record<string, string>} settings */
function toLines (settings) {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join('')
}
