// Crash signals keep the default action of the operating system.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { QUICK } from '../support/process.ts'
import { until } from '../support/until.ts'

const dist = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))
const CRASH_SIGNALS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGTRAP'] as const

/** A process with the signal handlers of the service only. */
const LISTENER = `
  import { closeOnSignals } from ${JSON.stringify(dist('startup/signals.js'))}
  const log = { info () {}, error () {}, fatal () {} }
  closeOnSignals({ log, delayMs: 1_000, close: async () => {} })
  setInterval(() => {}, 1_000)
  console.log('ready')
`

for (const signal of CRASH_SIGNALS) {
  t.test(`${signal} ends the process with that signal`, async (t) => {
    const { child, ended } = start(t, ['--input-type=module', '--eval', LISTENER], {})
    await once(child.stdout, 'data')
    child.kill(signal)
    t.strictSame(await ended, [null, signal])
  })
}

t.test('a crash signal ends the service', async (t) => {
  const { child, ended } = start(t, [dist('cli/main.js'), 'serve'], { ...QUICK, PORT: String(await freePort()), DATA_DIR: t.testdir() })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { shown += text })
  await until(() => shown.includes('gatepass is at'), 120_000)
  child.kill('SIGSEGV')
  t.strictSame(await ended, [null, 'SIGSEGV'])
})

function start (t: Test, parameters: readonly string[], settings: Record<string, string>) {
  // Without a core dump.
  const child = spawn('sh', ['-c', 'ulimit -c 0; exec "$@"', 'sh', process.execPath, ...parameters], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, ended }
}
