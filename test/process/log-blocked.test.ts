// F28: the service as a process, whose log goes where nobody reads it, or to a disk that is full.
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

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery staple'
/** Far more lines than a pipe holds. */
const REQUESTS = 4_000
const AT_ONCE = 50

async function startUnread (t: Test, stdout: 'pipe' | number) {
  const PORT = String(await freePort())
  const env = { PATH: process.env.PATH, ...QUICK, PORT, LOG_LEVEL: 'trace', DATA_DIR: t.testdir(), ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD }
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
  t.ok(isInTime(performance.now() - startedAt, 5_000), 'it waits for no reader when it ends')
}

t.test('F28: while nobody reads the log, requests go on, and the process ends when it is told to', async (t) => {
  const { child, address } = await startUnread(t, 'pipe')
  await assertServes(t, address)
  await assertEnds(t, child)
})

t.test('F28: while the disk of the log is full, requests go on, and the process ends when it is told to', { skip: !existsSync('/dev/full') && 'there is no /dev/full on this machine' }, async (t) => {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(fd))
  const { child, address } = await startUnread(t, fd)
  await assertServes(t, address)
  await assertEnds(t, child)
})
