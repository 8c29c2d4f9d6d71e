// `gatepass init`: what it writes installs, compiles, passes its tests and starts.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, readdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { QUICK, runCommand } from '../support/process.ts'
import { until } from '../support/until.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const ROOT = process.cwd()

/** Its packages are those of this project, and gatepass is this project. */
async function init (t: Test, name: string): Promise<string> {
  const directory = join(t.testdir(), name)
  const { code, stdout } = await runCommand(t, ['init', directory], {}).ended
  t.equal(code, 0)
  t.match(stdout, /^Made .*\nNext: cd .* && npm install && npm start\n$/)
  for (const [name, target] of [
    ['gatepass', ROOT], ...['typebox', 'typescript', '@types/node'].map((name) => [name, join(ROOT, 'node_modules', name)])
  ] as Array<[string, string]>) {
    const link = join(directory, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link)
  }
  return directory
}

t.test('its repository compiles, passes its tests and serves', async (t) => {
  const cwd = await init(t, 'ad-api')
  t.match(JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')), { name: 'ad-api', dependencies: { gatepass: /^\^\d/ } })
  t.ok((await readdir(cwd)).includes('.gitignore'))
  const env = { PATH: process.env.PATH, HOME: cwd }
  await run('node_modules/typescript/bin/tsc', { cwd, env })
  await run(process.execPath, ['--test', 'dist/test'], { cwd, env })

  t.match(compileWith(cwd, 'reports:write', 'reports:wirte'), /"reports:wirte"' is not assignable/, 'a misspelled capability')
  t.match(compileWith(cwd, 'isAdmin', 'isAdmim'), /'isAdmim' does not exist/, 'a misspelled role')

  const port = await freePort()
  const settings = { ...QUICK, PORT: String(port), ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }
  const child = spawn(process.execPath, ['dist/src/main.js', 'serve'], { cwd, env: { ...env, ...settings } })
  t.teardown(() => { child.kill('SIGKILL') })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  await until(() => output.includes('gatepass is at ') || child.exitCode !== null)
  const address = `http://127.0.0.1:${port}`
  const { accessToken: token } = await logIn(address, 'root@example.com', PASSWORD)
  t.match(await ask(`${address}/api/notes`, { method: 'POST', token, body: { text: 'Buy milk.' } }), { status: 201 })
  t.match(await ask(`${address}/api/reports`, { method: 'POST', token, body: { month: '2001-01', total: 1 } }), { status: 202 })
  child.kill('SIGTERM')
  await once(child, 'close')
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

/** @returns what the compiler says once a text in the module of reports is another one */
function compileWith (directory: string, from: string, to: string): string {
  const { config } = ts.readConfigFile(join(directory, 'tsconfig.json'), ts.sys.readFile)
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, directory)
  const host = ts.createCompilerHost(options)
  const original = host.getSourceFile
  host.getSourceFile = (file, ...rest) => {
    const source = original.call(host, file, ...rest)
    if (source === undefined || !file.endsWith('/src/modules/reports.ts')) return source
    return ts.createSourceFile(file, source.text.replaceAll(from, to), rest[0], true)
  }
  const errors = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, { ...options, noEmit: true }, host))
  return errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('\n')
}
