// A fault of the processor, or an abort: what the operating system does about it is left to it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ask } from './support/client.ts'
import { freePort, QUICK } from './support/process.ts'
import { until } from './support/until.ts'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

for (const signal of ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGTRAP'] as const) {
  t.test(`${signal} ends the process, as that signal`, async (t) => {
    const PORT = String(await freePort())
    const env = { PATH: process.env.PATH, ...QUICK, PORT, DATA_DIR: t.testdir(), ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: 'correct horse battery staple' }
    // No file of its memory is left behind.
    const child = spawn('sh', ['-c', 'ulimit -c 0; exec "$@"', 'sh', process.execPath, MAIN, 'serve'], { cwd: tmpdir(), env, stdio: 'ignore' })
    const ended = once(child, 'exit')
    t.teardown(async () => {
      child.kill('SIGKILL')
      await ended
    })
    await until(async () => (await ask(`http://localhost:${PORT}/health/ready`).catch(() => undefined))?.status === 200)
    child.kill(signal)
    t.strictSame(await ended, [null, signal])
  })
}
