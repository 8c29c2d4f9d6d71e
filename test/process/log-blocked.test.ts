// F28: the service as a process, with a log that nobody reads, or on a full disk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { ask, logIn, refresh } from '../support/client.ts'
import { isInTime } from '../support/patience.ts'
import { freePort } from '../../scripts/free-port.js'
import { QUICK } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const EMAIL = 'ada@example.com'
/** Far more lines than a pipe holds. */
const REQUESTS = 4_000
const AT_ONCE = 50

async function startUnread (t: Test, stdout: 'pipe' | number) {
  const PORT = String(await freePort())
  const env = {
    PATH: process.env.PATH, ...QUICK, PORT, LOG_LEVEL: 'trace', DATA_DIR: t.testdir(), ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD
  }
  const child = spawn(process.execPath, [MAIN, 'serve'], { cwd: tmpdir(), env, stdio: ['ignore', stdout, 'ignore'] })
  const gone = once(child, 'close')
  t.teardown(async () => {
    child.stdout?.resume()
    child.kill('SIGKILL')
    await gone
  })
  child.stdout?.pause()
  const address = `http://localhost:${PORT}`
  await until(async () => (await ask(`${address}/health/ready`).catch(() => undefined))?.status === 200)
  return { child, address }
}

async function assertServes (t: Test, address: string): Promise<void> {
  const { accessToken, refreshToken } = await logIn(address, EMAIL, PASSWORD)
  for (let asked = 0; asked < REQUESTS; asked += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(`${address}/me`, { token: accessToken })))
    if (answers.some(({ status }) => status !== 200)) t.fail(`after ${asked} requests`)
  }
  t.match(await refresh(address, refreshToken), { status: 200 })
  t.match(await logIn(address, EMAIL, PASSWORD), { accessToken: String }, 'threads are left for hashing')
}

async function assertEnds (t: Test, child: ReturnType<typeof spawn>): Promise<void> {
  const startedAt = performance.now()
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.ok(isInTime(performance.now() - startedAt, 5_000), 'the exit does not wait for a reader')
}

t.test('F28: while nobody reads the log, requests are served, and the process ends on a signal', async (t) => {
  const { child, address } = await startUnread(t, 'pipe')
  await assertServes(t, address)
  await assertEnds(t, child)
})

t.test('F28: while the disk of the log is full, requests are served, and the process ends on a signal', {
  skip: !existsSync('/dev/full') && 'there is no /dev/full on this machine'
}, async (t) => {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(fd))
  const { child, address } = await startUnread(t, fd)
  await assertServes(t, address)
  await assertEnds(t, child)
})
