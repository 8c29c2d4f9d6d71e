// A password that is piped into a command: decoded as when it is typed elsewhere, or refused, and never ignored.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { onPostgres } from '../../support/database.ts'
import { postgresSettings, QUICK, runCommand } from '../../support/process.ts'
import { createService } from '../../support/service.ts'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const PASSWORD = 'fünf Esel trinken Tee'
const NOT_UTF8 = 'gatepass: Standard input is not UTF-8 text: send the password as UTF-8.\n'

onPostgres(t, 'a piped password works at the login, from any editor, with and without --password-stdin', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ...QUICK }
  const { app } = await createService(t, database)
  const fits = async (email: string, password: string) =>
    (await app.inject({ method: 'POST', url: '/auth/login', body: { email, password } })).statusCode === 200
  const table: ReadonlyArray<[bytes: string, options: string[]]> = [
    [PASSWORD, []], [`${PASSWORD}\n`, ['--password-stdin']], [`${PASSWORD}\r\n`, []],
    [`\uFEFF${PASSWORD}\r\n`, ['--password-stdin']], [`\uFEFF${PASSWORD}`, []]
  ]
  for (const [index, [bytes, options]] of table.entries()) {
    const email = `ada${index}@example.com`
    const { code, stdout, stderr } = await runCommand(
      t, ['user', 'create', email, '--json', ...options], settings, { stdin: Buffer.from(bytes) }
    ).ended
    t.strictSame({ code, stderr, shown: JSON.parse(stdout).password }, { code: 0, stderr: '', shown: undefined }, JSON.stringify(bytes))
    t.ok(await fits(email, PASSWORD), JSON.stringify(bytes))
  }
  const changed = await runCommand(t, ['user', 'password', 'ada0@example.com'], settings, { stdin: 'five donkeys drink tea' }).ended
  t.notMatch(changed.stdout, /password:/)
  t.ok(await fits('ada0@example.com', 'five donkeys drink tea'))

  const file = join(t.testdir({ password: 'from a file, not a pipe\n' }), 'password')
  t.match(await create(t, 'bob@example.com', openSync(file, 'r'), settings), { code: 0 })
  t.ok(await fits('bob@example.com', 'from a file, not a pipe'))
  t.match(
    await create(t, 'eve@example.com', 'ignore', settings),
    { code: 0, stdout: /^password: [\w-]{24}$/m }, 'a password is generated where standard input is /dev/null'
  )
})

t.test('input that cannot be a password is refused before the database is opened', async (t) => {
  const utf16 = Buffer.from(`\uFEFF${PASSWORD}\r\n`, 'utf16le')
  const severalLines = 'gatepass: Standard input has more than one line: a password is one line.\n'
  const none = 'gatepass: There is no password on standard input.\n'
  const table: ReadonlyArray<[name: string, bytes: Buffer, sentence: string]> = [
    ['Latin-1', Buffer.from(`${PASSWORD}\n`, 'latin1'), NOT_UTF8], ['UTF-16', utf16, NOT_UTF8],
    ['UTF-16 without a mark', Buffer.from('five donkeys', 'utf16le'), NOT_UTF8],
    ['two lines', Buffer.from('one\ntwo\n'), severalLines], ['a blank line after it', Buffer.from('one\n\n'), severalLines],
    ['old line ends', Buffer.from('one\rtwo\r'), severalLines],
    ['a line end', Buffer.from('\n'), none], ['a byte order mark', Buffer.from('\uFEFF'), none]
  ]
  for (const [name, stdin, stderr] of table) {
    for (const options of [[], ['--password-stdin']]) {
      const ended = await runCommand(t, ['user', 'create', 'ada@example.com', ...options], {}, { stdin }).ended
      t.strictSame(ended, { code: 1, signal: null, stdout: '', stderr }, `${name} ${options.join()}`)
    }
  }
})

t.test('a pipe that stays open and empty is an error after some seconds', async (t) => {
  const { code, stderr } = await create(t, 'ada@example.com', 'pipe', {})
  t.match(
    stderr,
    /^gatepass: Standard input is open but empty: add --password-stdin to wait for a password, or "< \/dev\/null" to generate one\.\n$/
  )
  t.equal(code, 1)
})

async function create (
  t: Test, email: string, stdin: number | 'pipe' | 'ignore', settings: Record<string, string>
): Promise<{ code: number, stdout: string, stderr: string }> {
  const child = spawn(process.execPath, [MAIN, 'user', 'create', email], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: [stdin, 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text) => { output.stdout += text })
  child.stderr?.setEncoding('utf8').on('data', (text) => { output.stderr += text })
  const [code] = await once(child, 'close')
  return { code, ...output }
}
