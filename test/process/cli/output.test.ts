// Failed output: a reader that closes the pipe, and a full disk; and the checks of versions.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { onPostgres } from '../../support/database.ts'
import { postgresSettings, QUICK, runCommand } from '../../support/process.ts'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8'))

onPostgres(t, 'a closed pipe ends a command quietly, as SIGPIPE does; for an unseen password it is an error', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ...QUICK }
  for (const command of ['user list --limit 1000', 'user list --json', 'openapi']) {
    t.strictSame(await runUnread(t, command, settings), { code: 141, stderr: '' }, command)
  }
  const unseen = await runUnread(t, 'user create ada@example.com', settings)
  t.match(unseen, {
    code: 1, stderr: /^gatepass: The command succeeded, but its result could not be written to standard output \(write EPIPE\)\.\n$/
  })
  t.match(await database.kysely.selectFrom('users').select('email').execute(), [{ email: 'ada@example.com' }])
})

t.test('a full disk is reported in one sentence', {
  skip: !existsSync('/dev/full') && 'there is no /dev/full on this machine'
}, async (t) => {
  for (const command of ['openapi', '--help', '--version', 'user --help']) {
    const { code, stderr } = await runShell(t, `exec "$@" ${command} > /dev/full`)
    t.match(stderr, /^gatepass: [^\n]*ENOSPC[^\n]*\.\n$/, command)
    t.equal(code, 1, command)
  }
  t.equal((await runShell(t, 'exec "$@" nonsense 2> /dev/full')).code, 1)
})

t.test('--version prints the version of gatepass', async (t) => {
  t.strictSame(await runCommand(t, ['--version'], {}).ended, { code: 0, signal: null, stdout: `gatepass ${version}\n`, stderr: '' })
})

t.test('a Node.js that is too old is reported in one sentence, before anything is imported', async (t) => {
  // An old one may not be installed: this one pretends to be old.
  const pretend = (found: string) => `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '${found}' })`
  const floor = engines.node.replace('>=', '')
  for (const script of [MAIN, fileURLToPath(new URL('../../../scripts/check-node.cjs', import.meta.url))]) {
    for (const [found, isRefused] of [
      ['18.20.8', true], ['20.18.3', true], ['8.17.0', true], ['20.19.0', false], ['22.0.0', false], ['100.1.0', false]
    ] as const) {
      const { code, stderr } = await runShell(t, `exec "$0" --import "$PRETEND" "${script}" --help > /dev/null`, {
        PRETEND: pretend(found)
      })
      const expected = isRefused
        ? { code: 1, stderr: `gatepass: Node.js ${found} is too old: ${floor} or later is needed.\n` }
        : {
            code: 0, stderr: ''
          }
      t.strictSame({ code, stderr }, expected, `${script} ${found}`)
    }
  }
  const source = readFileSync('src/cli/main.ts', 'utf8')
  t.notMatch(source, /^import [^(]|await import/m, 'an old one would parse these first')
})

/** Closes the reading end of its standard output before it can write. */
async function runUnread (t: Test, command: string, settings: Record<string, string>): Promise<{ code: number | null, stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...command.split(' ')], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'pipe', 'pipe']
  })
  child.stdout.destroy()
  return ended(t, child)
}

async function runShell (t: Test, line: string, settings: Record<string, string> = {}): Promise<{ code: number | null, stderr: string }> {
  return ended(t, spawn('sh', ['-c', line, process.execPath, process.execPath, MAIN], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'ignore', 'pipe']
  }))
}

async function ended (t: Test, child: ReturnType<typeof spawn>): Promise<{ code: number | null, stderr: string }> {
  t.teardown(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => { stderr += text })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })))
}
