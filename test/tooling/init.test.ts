// `gatepass init`. That what it writes installs, compiles, passes its tests and serves is shown by test/docs/first-hour.test.ts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { ask } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { QUICK, runCommand } from '../support/process.ts'
import { until } from '../support/until.ts'

t.setTimeout(600_000)

const ROOT = process.cwd()

/** Its packages are those of this project, and gatepass is this project. */
async function init (t: Test, name: string): Promise<string> {
  const directory = join(t.testdir(), name)
  const { code, stdout } = await runCommand(t, ['init', directory], {}).ended
  t.equal(code, 0)
  t.match(stdout, /^Made .*\nNext: cd .* && npm install && npm start\n$/)
  for (const [name, target] of [
    ['gatepass', ROOT], ['typescript', join(ROOT, 'node_modules/typescript-native')],
    ...['typebox', '@types/node'].map((name) => [name, join(ROOT, 'node_modules', name)])
  ] as Array<[string, string]>) {
    const link = join(directory, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link)
  }
  return directory
}

t.test('its versions are those of this project, and its settings exist', async (t) => {
  const cwd = await init(t, 'ad-api')
  const read = async (...path: [string, ...string[]]) => JSON.parse(await readFile(join(...path), 'utf8'))
  const [own, { version, dependencies, devDependencies }] = [await read(cwd, 'package.json'), await read('package.json')]
  t.equal(own.name, 'ad-api')
  const typescript = devDependencies['typescript-native'].replace('npm:typescript@', '')
  const versions: Record<string, string> = { gatepass: version, ...dependencies, ...devDependencies, typescript }
  for (const [name, range] of Object.entries({ ...own.dependencies, ...own.devDependencies })) t.equal(range, `^${versions[name]}`, name)
  t.match(own.scripts.test, / --test dist\/test\/\*\.test\.js$/, 'files: Node.js 22 and later take no directory')
  t.match(await readFile(join(cwd, 'README.md'), 'utf8'), /^# ad-api\n/)
  t.match(await readFile(join(cwd, '.gitignore'), 'utf8'), /^\.env$/m)
  const listSettings = (text: string): string[] => [...text.match(/^[A-Z_]+=.*$/gm) ?? []]
  const settings = listSettings(await readFile(join(cwd, '.env.example'), 'utf8'))
  t.ok(settings.length > 5)
  const all = listSettings(await readFile('.env.example', 'utf8'))
  t.strictSame(settings.filter((setting) => !all.includes(setting)), [], 'with the same values')
})

t.test('npm run dev starts the service again when a file has changed, and stops all of it', async (t) => {
  const cwd = await init(t, 'ad-api')
  const port = await freePort()
  const settings = { ...QUICK, PORT: String(port), ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }
  const child = spawn('npm', ['run', 'dev'], { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...settings }, detached: true })
  const closed = once(child, 'close')
  const stop = (signal: NodeJS.Signals) => {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (child.pid !== undefined && !hasEnded) process.kill(-child.pid, signal)
  }
  t.teardown(() => stop('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  const starts = (count: number) => until(() => {
    if (child.exitCode !== null) throw new Error(output)
    return output.split('gatepass is at ').length > count
  }, 60_000)
  await starts(1)
  const statusOf = async (path: string) => (await ask(`http://127.0.0.1:${port}${path}`)).status
  t.strictSame([await statusOf('/api/notes'), await statusOf('/v2/notes')], [401, 404])
  const file = join(cwd, 'src/service.ts')
  await writeFile(file, (await readFile(file, 'utf8')).replace("'/api'", "'/v2'"))
  await starts(2)
  t.strictSame([await statusOf('/api/notes'), await statusOf('/v2/notes')], [404, 401])
  stop('SIGINT')
  await closed
  // The compiler may have read the file while it was half written: then it has compiled once more.
  t.equal(output.match(/Found \d+ errors?/g)?.at(-1), 'Found 0 errors')
})

t.test('a directory that is not empty, or whose name cannot be that of a package, is refused', async (t) => {
  const directory = t.testdir({ full: { file: '' } })
  for (const [name, sentence] of [
    ['full', /full is not empty: name a new directory\.\n$/], ['My API', /^gatepass: "My API" is no name of a package/]
  ] as const) {
    t.match(await runCommand(t, ['init', join(directory, name)], {}).ended, { code: 1, stderr: sentence })
  }
  t.strictSame(await readdir(directory), ['full'])
})
