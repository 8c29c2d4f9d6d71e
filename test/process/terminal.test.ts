// The service in a terminal that closes, like a window or an ssh connection. script(1) makes a real pseudo-terminal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { ask, logIn } from '../support/client.ts'
import { freePort } from '../../scripts/free-port.js'
import { QUICK } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const EMAIL = 'ada@example.com'
const CLOSE_WITHIN_MS = 9_500
const needsTerminal = {
  skip: !existsSync('/usr/bin/script')
    ? 'there is no script(1) of util-linux on this machine'
    : !existsSync('/proc/self/stat') && 'there is no /proc on this machine'
}

/**
 * Runs a shell command in a terminal, and waits until the service that it starts is ready.
 *
 * @param line a shell command; `$GATEPASS` starts the service
 */
async function startInTerminal (t: Test, line: string, settings: Record<string, string> = {}) {
  const port = String(await freePort())
  const directory = t.testdir()
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    GATEPASS: `${process.execPath} ${MAIN} serve`,
    ...QUICK,
    PORT: port,
    DATA_DIR: `${directory}/data`,
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    ...settings
  }
  const terminal = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], { env, cwd: directory })
  let shown = ''
  terminal.stdout.setEncoding('utf8').on('data', (text) => { shown += text })
  const gone = once(terminal, 'close')
  let pid = 0
  t.teardown(async () => {
    terminal.kill('SIGKILL')
    if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL')
    await gone
  })
  const address = `http://localhost:${port}`
  await until(async () => (await ask(`${address}/health/ready`).catch(() => undefined))?.status === 200, 120_000)
  pid = Number(/^pid (\d+)\r$/m.exec(shown)?.[1])
  return {
    address,
    pid,
    directory,
    async closeWindow () {
      terminal.kill('SIGKILL')
      await gone
    }
  }
}

/** Forwards SIGHUP, as a shell does to its jobs, and records how the service ended. */
const KEPT = '$GATEPASS & echo pid $!; trap "kill -HUP $!" HUP; wait $! || wait $!; echo $? > code'

/** Share of a core above which a process spins: an idle or closing one uses less. */
const BUSY = 0.5

t.test('closing the terminal closes the service gracefully, and without a busy loop', needsTerminal, async (t) => {
  const service = await startInTerminal(t, KEPT, { ARGON2_MEMORY: '262144', ARGON2_TIME: '3' })
  const inFlight = logIn(service.address, EMAIL, PASSWORD)
  await until(() => cpuSeconds(service.pid) > 0)
  await sleep(100)
  await service.closeWindow()
  t.type((await inFlight).accessToken, 'string', 'requests in flight get responses')
  const startedAt = performance.now()
  const cpu = cpuSeconds(service.pid)
  let used = 0
  await until(() => {
    if (!isAlive(service.pid)) return true
    used = Math.max(used, cpuSeconds(service.pid) - cpu)
    return false
  }, CLOSE_WITHIN_MS + 50_000)
  t.ok(used <= 1 + BUSY * (performance.now() - startedAt) / 1000, `it does not spin: ${used} s of CPU`)
  t.equal(await codeOf(service), '0')
  t.notOk(existsSync(`${service.directory}/data/lock`), 'the database was closed')
})

t.test('with nohup, the service continues', needsTerminal, async (t) => {
  const service = await startInTerminal(t, 'nohup $GATEPASS & echo pid $!; wait')
  await service.closeWindow()
  await assertLives(t, service)
  const log = readFileSync(`${service.directory}/nohup.out`, 'utf8')
  t.match(log, /"event":"hangup_ignored"/)
  t.match(log, /"signal":"SIGTERM".*"msg":"closing"/)
})

t.test('in the background, the service survives its terminal, serves, and closes on a signal', needsTerminal, async (t) => {
  const service = await startInTerminal(t, `setsid sh -c '${KEPT}' & sleep 1000`, { LOG_LEVEL: 'trace' })
  await service.closeWindow()
  await assertLives(t, service)
  t.equal(await codeOf(service), '0', 'a normal exit, no abort of Node')
})

async function assertLives (t: Test, { address, pid }: { address: string, pid: number }): Promise<void> {
  await sleep(500)
  const [startedAt, cpu] = [performance.now(), cpuSeconds(pid)]
  await sleep(2_000)
  const share = (cpuSeconds(pid) - cpu) / ((performance.now() - startedAt) / 1000)
  t.ok(share < BUSY, `it is idle: ${share} of a core`)
  for (let asked = 0; asked < 20; asked++) t.equal((await ask(`${address}/health/ready`)).status, 200)
  const { accessToken } = await logIn(address, EMAIL, PASSWORD)
  t.match(await ask(`${address}/me`, { token: accessToken }), { status: 200 })
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), CLOSE_WITHIN_MS + 50_000)
}

async function codeOf ({ directory }: { directory: string }): Promise<string> {
  const file = `${directory}/code`
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '')
  return readFileSync(file, 'utf8').trim()
}

/** A zombie counts as ended. */
function isAlive (pid: number): boolean {
  return !['Z', undefined].includes(statOf(pid)?.[0])
}

/** User and system time, in seconds; the kernel counts in hundredths. */
function cpuSeconds (pid: number): number {
  const fields = statOf(pid)
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / 100
}

/** The fields after the name in /proc/PID/stat. */
function statOf (pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ')
  } catch {
    return undefined
  }
}
