// Runs in the container of `npm run ops -- systemd`, as root: starts the units, uses the service, and writes down what was found.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const NODE = '/usr/bin/node'
const MAIN = '/opt/gatepass/dist/cli/main.js'
const READY_TIMEOUT_MS = 30_000
const ADDRESS = 'http://127.0.0.1:3000'
/** As docs/deploying.md runs commands: with the settings of the service, as its user. */
const AS_SERVICE = ['User=gatepass', 'DynamicUser=yes', 'EnvironmentFile=/etc/gatepass/gatepass.env']

const { TRIAL_PASSWORD: password } = JSON.parse(readFileSync('/trial/environment.json', 'utf8'))
/** @type {{ holds: boolean, promise: string }[]} */
const findings = []

try {
  await tryUnits()
} catch (error) {
  const journal = tryCommand('journalctl', '--no-pager', '--lines=20').output
  check(false, `The trial ends: ${error instanceof Error ? error.stack : error}. ${journal}`)
}
writeFileSync('/trial/findings.json', JSON.stringify(findings))

async function tryUnits () {
  const migrated = tryCommand(...asService(NODE, MAIN, 'migrate'))
  check(migrated.succeeded, `systemd-run migrates the database with the settings of the service. ${sayUnless(migrated)}`)
  const started = tryCommand('systemctl', 'start', 'gatepass.service')
  check(started.succeeded, `systemctl starts gatepass.service. ${sayUnless(started)}`)
  const status = await waitUntilReady()
  check(status === 200, `/health/ready says ${status}, as the unit confines the service.`)
  const login = await fetch(`${ADDRESS}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@example.com', password })
  })
  check(login.status === 200, `A login, which hashes in threads of its own, says ${login.status}.`)
  checkConfinement(show('MainPID'))
  const users = tryCommand(...asService(NODE, MAIN, 'user', 'list'))
  check(users.output.includes('admin@example.com'), `systemd-run runs gatepass user list. ${sayUnless(users)}`)
  const maintained = tryCommand('systemctl', 'start', 'gatepass-maintain.service')
  check(maintained.succeeded, `systemctl starts gatepass-maintain.service, which ends well. ${sayUnless(maintained)}`)
  const [allowed, denied] = ['no', 'yes'].map((value) => {
    return tryCommand('systemd-run', '--wait', '--quiet', `--property=MemoryDenyWriteExecute=${value}`, NODE, '--eval', '0')
  })
  const differs = allowed?.succeeded === true && denied?.succeeded === false
  check(differs, 'With MemoryDenyWriteExecute=yes Node.js does not start; with "no" it does.')

  process.kill(Number(show('MainPID')), 'SIGKILL')
  await sleep(100)
  check(await waitUntilReady() === 200, 'A killed service is started again, and is ready.')
  const stoppedAt = performance.now()
  tryCommand('systemctl', 'stop', 'gatepass.service')
  const seconds = ((performance.now() - stoppedAt) / 1000).toFixed(1)
  const result = `${show('Result')}, exit code ${show('ExecMainStatus')}`
  check(result === 'success, exit code 0', `systemctl stop ends it in order, after ${seconds} s: ${result}.`)
}

/** @param {string} pid of the service */
function checkConfinement (pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (/** @type {string} */ name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? ''
  const uid = read('Uid')
  check(Number(uid) >= 61_184 && Number(uid) <= 65_519, `It runs as user ${uid}, which systemd made for it.`)
  const rights = ['CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name} ${read(name)}`).join(', ')
  check(!/[1-9a-f]{1}/.test(rights.replaceAll(/Cap\w+/g, '')), `It has no capabilities: ${rights}.`)
  const confined = `NoNewPrivs ${read('NoNewPrivs')}, Seccomp ${read('Seccomp')}`
  check(confined === 'NoNewPrivs 1, Seccomp 2', `It gains no privileges, and system calls are filtered: ${confined}.`)
  // Its view of the file system, which is what refuses even root.
  const view = ['nsenter', `--target=${pid}`, '--mount']
  const written = ['/opt', '/etc', '/usr', '/root'].filter((path) => tryCommand(...view, 'touch', `${path}/x`).succeeded)
  check(written.length === 0, `In its view of the file system nothing can be written, not even by root. ${written.join(' ')}`)
  const within = [...view, 'setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
  check(tryCommand(...within, 'touch', '/var/lib/gatepass/x').succeeded, 'It can write into /var/lib/gatepass.')
  check(!tryCommand(...within, 'cat', '/etc/gatepass/gatepass.env').succeeded, 'It cannot read /etc/gatepass/gatepass.env.')
}

/** @returns {Promise<number | string>} the status, or why there is none */
async function waitUntilReady () {
  const until = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    const status = await fetch(`${ADDRESS}/health/ready`).then((response) => response.status, (error) => String(error.cause ?? error))
    if (status === 200 || performance.now() > until) return status
    await sleep(100)
  }
}

/** @param {...string} command */
function asService (...command) {
  return ['systemd-run', '--wait', '--pipe', '--quiet', '--collect', ...AS_SERVICE.map((line) => `--property=${line}`), ...command]
}

/** @param {string} property of gatepass.service */
function show (property) {
  return tryCommand('systemctl', 'show', '--value', `--property=${property}`, 'gatepass.service').output
}

/**
 * @param {...string} command
 * @returns {{ succeeded: boolean, output: string }}
 */
function tryCommand (...command) {
  const [program = '', ...parameters] = command
  try {
    return { succeeded: true, output: execFileSync(program, parameters, { encoding: 'utf8', stdio: 'pipe', timeout: 60_000 }).trim() }
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    return { succeeded: false, output: `${stdout ?? ''}${stderr ?? error}`.trim() }
  }
}

/** @param {{ succeeded: boolean, output: string }} result */
function sayUnless ({ succeeded, output }) {
  return succeeded ? '' : output
}

/**
 * @param {boolean} holds
 * @param {string} promise
 */
function check (holds, promise) {
  findings.push({ holds, promise: promise.trim() })
}
