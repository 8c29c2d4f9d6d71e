import { execFile } from 'node:child_process'
import { cp, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

t.setTimeout(600_000)

const run = promisify(execFile)

/** What a developer has, without what is made from it. */
async function copyProject (t: Test): Promise<string> {
  const directory = t.testdir()
  const parts = [
    'src', 'scripts', 'test/unit/modules/me.test.ts', 'test/support/app.ts', 'test/support/tokens.ts', 'package.json', 'tsconfig.json',
    'eslint.config.js', '.taprc'
  ]
  for (const part of parts) await cp(part, join(directory, part), { recursive: true })
  await symlink(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'))
  return directory
}

t.test('a new module passes lint, types and its test untouched', async (t) => {
  const cwd = await copyProject(t)
  const { stdout } = await run(process.execPath, ['scripts/new-module.js', 'ad-reports'], { cwd })
  t.match(stdout, /await app\.register\(adReports, \{ verifier \}\)/)
  const made = ['src/modules/ad-reports/index.ts', 'test/unit/modules/ad-reports.test.ts']
  for (const path of made) {
    const source = await readFile(join(cwd, path), 'utf8')
    t.match(source, /'\/ad-reports'/)
    t.notMatch(source, /\b(me|Me|onMe|whoAmI|MeSchema|meRoute)\b/, 'nothing is left of where it came from')
  }
  const passes = (...parameters: string[]) => run(process.execPath, parameters, { cwd }).then(
    () => '', ({ stdout, stderr }) => `${stdout}${stderr}`
  )
  t.equal(await passes('node_modules/.bin/eslint', ...made), '')
  t.equal(await passes('node_modules/.bin/tsc', '--noEmit', '--project', '.'), '')
  t.equal(await passes('--import=./scripts/load-tests.js', 'test/unit/modules/ad-reports.test.ts'), '')
})

t.test('a name that cannot be one is refused in a sentence, and nothing is made', async (t) => {
  const cwd = await copyProject(t)
  const table: Array<[name: string, sentence: RegExp]> = [
    ['', /Say the name/], ['Reports', /Say the name/], ['ad_reports', /Say the name/], ['../evil', /Say the name/], ['1st', /Say the name/],
    ['delete', /means something else/], ['edge', /means something else/], ['reply', /means something else/], ['t', /means something else/],
    ['account', /There is src\/modules\/account\/index\.ts already/]
  ]
  for (const [name, sentence] of table) {
    const { code, stderr } = await run(process.execPath, ['scripts/new-module.js', name], { cwd }).then(
      () => ({ code: 0, stderr: '' }), (error) => error
    )
    t.equal(code, 1, name)
    t.match(stderr, sentence, name)
    t.notMatch(stderr, /\n./, 'and nothing more')
  }
})
