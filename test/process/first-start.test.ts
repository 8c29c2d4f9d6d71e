// The first start as a process: whatever fails, there is never an admin whose password nobody has seen.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { logIn } from '../support/client.ts'
import { QUICK, runCommand, startService } from '../support/process.ts'
import { PASSWORD } from '../support/password.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const SHOWN = /password {2}(\S+) {3}\(shown this once\)/

/** Held by another process. */
async function takePort (t: Test): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return String(port)
}

t.test('a port in use, of the service or of its metrics, is reported in one sentence, and the next start prints the admin', async (t) => {
  const DATA_DIR = `${t.testdir()}/data`
  const taken = await takePort(t)
  const PORT = await takePort(t)
  const settings = { ...QUICK, DATA_DIR, LOG_LEVEL: 'fatal' }
  const [first, metrics] = [
    await runCommand(t, ['serve'], { ...settings, PORT: taken }).ended,
    await runCommand(t, ['serve'], { ...settings, PORT, METRICS_PORT: taken }).ended
  ]
  t.strictSame(first, {
    code: 1, signal: null, stdout: '', stderr: `gatepass: 127.0.0.1:${taken} is in use: stop what uses it, or set PORT.\n`
  })
  t.strictSame(metrics, {
    code: 1, signal: null, stdout: '', stderr: `gatepass: 127.0.0.1:${taken} is in use: stop what uses it, or set METRICS_PORT.\n`
  })

  const second = await startService(t, { DATA_DIR })
  const [, password = ''] = SHOWN.exec(second.stdout()) ?? []
  t.type((await logIn(second.address, 'admin@example.com', password)).accessToken, 'string')
  t.match(
    await runCommand(t, ['user', 'password', 'admin@example.com'], { DATA_DIR }).ended,
    { code: 1, stderr: /^gatepass: Another process, most likely the service, has the database [^\n]+ open: stop it first/ },
    'so it has to be stopped, as is said'
  )
  await second.stop()

  const [, command = ''] = /stop the service and run "npx gatepass (.*)"/.exec((await startAndStop(t, DATA_DIR)) ?? '') ?? []
  t.equal(command, 'user password admin@example.com')
  const renewed = await runCommand(t, command.split(' '), { ...QUICK, DATA_DIR }).ended
  const [, next = ''] = /^password: (\S+)$/m.exec(renewed.stdout) ?? []
  const last = await startService(t, { DATA_DIR })
  t.type((await logIn(last.address, 'admin@example.com', next)).accessToken, 'string')
  t.notMatch(last.stdout(), SHOWN)
})

async function startAndStop (t: Test, DATA_DIR: string): Promise<string> {
  const service = await startService(t, { DATA_DIR })
  return (await service.stop()).stdout
}

t.test('where nobody can see the password, no admin is created, and one sentence says so', {
  skip: !existsSync('/dev/full') && 'there is no /dev/full on this machine'
}, async (t) => {
  const DATA_DIR = `${t.testdir()}/data`
  const PORT = '0'
  for (const [redirection, reason] of [
    ['> /dev/full', /ENOSPC/], ['> /dev/null', /it is \/dev\/null/], ['>&-', /it is \/dev\/null/]
  ] as const) {
    const { code, stderr } = await runShell(t, `exec "$@" ${redirection}`, { ...QUICK, DATA_DIR, PORT })
    t.match(
      stderr,
      /^gatepass: The password of the first admin could not be shown on standard output \([^\n]+\), so no admin was created: [^\n]+\.\n$/,
      redirection
    )
    t.match(stderr, reason, redirection)
    t.equal(code, 1, redirection)
  }
  const [, password = ''] = SHOWN.exec(await startAndStop(t, DATA_DIR)) ?? []
  t.match(password, /^[\w-]{24}$/)
})

t.test('an invalid admin is reported with the names of settings, and an unknown HOST is not taken for the database\'s host', async (t) => {
  const DATA_DIR = `${t.testdir()}/data`
  const table: Array<[settings: Record<string, string>, sentence: RegExp]> = [
    [
      { ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: 'changeme' },
      /^gatepass: ADMIN_PASSWORD is one of the most common passwords: set another one\.\n$/
    ],
    [
      { ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: 'short' },
      /^gatepass: ADMIN_PASSWORD must have at least 8 characters: set another one\.\n$/
    ],
    [{ ADMIN_EMAIL: 'ada', ADMIN_PASSWORD: PASSWORD }, /^gatepass: ADMIN_EMAIL must be an e-mail address/],
    [{ HOST: 'nowhere.invalid' }, /^gatepass: HOST is "nowhere\.invalid", which has no address\.\n$/]
  ]
  for (const [settings, sentence] of table) {
    const { code, stderr } = await runCommand(t, ['serve'], { ...QUICK, DATA_DIR, PORT: '0', LOG_LEVEL: 'fatal', ...settings }).ended
    t.match(stderr, sentence)
    t.equal(code, 1)
  }
})

function runShell (t: Test, line: string, settings: Record<string, string>): Promise<{ code: number | null, stderr: string }> {
  const child = spawn('sh', ['-c', line, 'sh', process.execPath, MAIN, 'serve'], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'pipe', 'pipe']
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text })
  const ended = new Promise<{ code: number | null, stderr: string }>((resolve) => child.once('close', (code) => resolve({ code, stderr })))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return ended
}
