// Commands while the service has the embedded database open, and on a full disk.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ask, logIn } from '../../support/client.ts'
import { freePort } from '../../../scripts/free-port.js'
import { QUICK, runCommand, startService } from '../../support/process.ts'
import { PASSWORD } from '../../support/password.ts'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const EMAIL = 'ada@example.com'
const ID = '018f0000-0000-7000-8000-000000000000'

t.test('a command beside the running service prints a request to the admin API that does the same, and it works when pasted', async (t) => {
  const settings = { DATA_DIR: `${t.testdir()}/data`, PORT: String(await freePort()), ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD }
  const { address } = await startService(t, settings)
  const { accessToken: TOKEN } = await logIn(address, EMAIL, PASSWORD)
  const advised = async (command: string) => {
    const { code, stdout, stderr } = await runCommand(t, command.split(' '), settings, { stdin: PASSWORD }).ended
    t.strictSame({ code, stdout }, { code: 1, stdout: '' }, command)
    t.match(stderr, /^gatepass: Another process, most likely the service, has the database in [^\n]+ open: stop it first[^\n]*\n$/, command)
    t.notMatch(stderr, /set DATA_DIR|correct horse/, command)
    return / (curl .*)\n$/.exec(stderr)?.[1]
  }
  const paste = (line = '') => execFileSync('sh', ['-c', line.replace('curl', 'curl -s -S -i')], {
    env: { PATH: process.env.PATH, TOKEN }, encoding: 'utf8'
  })
  const table: ReadonlyArray<[command: string, reply: RegExp]> = [
    ['user list', /^HTTP\/1\.1 200 .*ada@example\.com/s],
    ["user create o'neill@example.com", /^HTTP\/1\.1 4\d\d .*password/s],
    ['user invite eve@example.com', /^HTTP\/1\.1 201 .*eve@example\.com/s],
    [`user role ${ID} user`, /^HTTP\/1\.1 404 /], [`session list ${ID}`, /^HTTP\/1\.1 404 /], [`session end ${ID}`, /^HTTP\/1\.1 404 /],
    ['keys list', /^HTTP\/1\.1 200 .*kid/s], ['keys rotate', /^HTTP\/1\.1 200 .*kid/s]
  ]
  for (const [command, reply] of table) t.match(paste(await advised(command)), reply, command)
  t.match(await advised('user disable bob@example.com'), /-X PATCH http:\/\/[^ ]+\/admin\/users\/ID .*'\{"disabled":true\}'/)
  for (const command of ['migrate', 'maintain', 'keys reseal']) t.equal(await advised(command), undefined, `${command} has none`)
  t.match(await ask(`${address}/health/ready`), { status: 200 })
})

t.test('a full disk is reported in one sentence, and the next start succeeds', async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'gatepass-'))
  t.teardown(() => rmSync(disk, { recursive: true }))
  if (!mount(disk, 24)) return t.comment('a small disk cannot be mounted here')
  try {
    const settings = { ...QUICK, DATA_DIR: join(disk, 'data') }
    const sentence =
      /^gatepass: The embedded database in [^\n]+ cannot be opened \([^\n]+\): the disk is full, with \d+ MB left: make room for 64 MB, [^\n]+\.\n$/
    t.match(execute('serve', { ...settings, PORT: '0', LOG_LEVEL: 'fatal' }), { status: 1, stdout: '', stderr: sentence })
    t.match(execute('migrate', settings), { status: 1, stdout: '', stderr: sentence })
    t.ok(mount(disk, 200, 'remount,'))
    t.match(execute('migrate', settings), { status: 0, stdout: 'Nothing to do.\n', stderr: '' })
  } finally {
    execFileSync('umount', [disk])
  }
})

function execute (command: string, settings: Record<string, string>): { status: number | null, stdout: string, stderr: string } {
  return spawnSync(process.execPath, [MAIN, command], { cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, encoding: 'utf8' })
}

function mount (directory: string, megabytes: number, option = ''): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `${option}size=${megabytes}m,mode=700`, 'tmpfs', directory]).status === 0
}
