import { execFile } from 'node:child_process'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

t.setTimeout(600_000)

const run = promisify(execFile)

/** What a developer has, without what is made from it. */
async function copyProject (t: Test): Promise<string> {
  const directory = t.testdir()
  const parts = [
    'src', 'scripts', 'test/support/app.ts', 'test/support/tokens.ts', 'package.json', 'tsconfig.json', 'eslint.config.js', '.taprc'
  ]
  for (const part of parts) await cp(part, join(directory, part), { recursive: true })
  await symlink(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'))
  return directory
}

t.test('new modules are registered, and pass lint, types and their tests untouched', async (t) => {
  const cwd = await copyProject(t)
  const newModule = async (name: string) => (await run(process.execPath, ['scripts/new-module.js', name], { cwd })).stdout
  t.match(await newModule('ad-reports'), /Registered in src\/app\.ts\.[^]*add\ncreateAdReports and listAdReports\.\n$/)
  await newModule('a-name-that-is-this-long')
  const made = ['src/modules/ad-reports/index.ts', 'test/unit/modules/ad-reports.test.ts']
  const changed = ['src/app.ts', 'src/contract/roles.ts', 'src/errors.ts']
  const others = ['src/modules/a-name-that-is-this-long/index.ts', 'test/unit/modules/a-name-that-is-this-long.test.ts']
  for (const path of [...made, ...others]) t.notMatch(await readFile(join(cwd, path), 'utf8'), /\$/, 'every name is filled in')
  t.match(await readFile(join(cwd, 'src/app.ts'), 'utf8'), /\n {2}await app\.register\(adReports, \{ verifier \}\)\n/)

  const passes = (...parameters: string[]) => run(process.execPath, parameters, { cwd }).then(
    () => '', ({ stdout, stderr }) => `${stdout}${stderr}`
  )
  t.equal(await passes('node_modules/.bin/eslint', ...made, ...others, ...changed), '')
  t.equal(await passes('node_modules/typescript-native/bin/tsc', '--noEmit', '--project', '.'), '')
  for (const test of [made[1], others[1]]) t.equal(await passes('--import=./scripts/load-tests.js', String(test)), '')
  // The whole service: the module is there, and asks who it is.
  await writeFile(join(cwd, 'ask.test.ts'), `
    import t from 'tap'
    import { createTestService } from './src/testing.ts'

    const service = await createTestService()
    const url = '/ad-reports'
    const { headers } = await service.createUser('admin')
    const send = (own) => service.app.inject({ method: 'POST', url, headers: own, payload: { title: 'One', amount: 1 } })
    const statuses = [(await send({})).statusCode, (await send(headers)).statusCode]
    await service.close()
    t.strictSame(statuses, [401, 201])
  `)
  await cp('migrations', join(cwd, 'migrations'), { recursive: true })
  t.equal(await passes('--import=./scripts/load-tests.js', 'ask.test.ts'), '')
})

t.test('a name that cannot be one is refused in a sentence, and nothing is made', async (t) => {
  const cwd = await copyProject(t)
  const table: Array<[name: string, sentence: RegExp]> = [
    ['', /Say the name/], ['Reports', /Say the name/], ['ad_reports', /Say the name/], ['../evil', /Say the name/], ['1st', /Say the name/],
    ['a-name-that-is-longer-than-it', /Say the name/], ['delete', /means something else/], ['edge', /means something else/],
    ['reply', /means something else/], ['t', /means something else/], ['config', /means something else/],
    ['account', /means something else/]
  ]
  for (const [name, sentence] of table) {
    const { code, stderr } = await run(process.execPath, ['scripts/new-module.js', name], { cwd }).then(
      () => ({ code: 0, stderr: '' }), (error) => error
    )
    t.equal(code, 1, name)
    t.match(stderr, sentence, name)
    t.notMatch(stderr, /\n./, 'and nothing more')
  }
  for (const file of ['src/app.ts', 'src/errors.ts']) t.equal(await readFile(join(cwd, file), 'utf8'), await readFile(file, 'utf8'), file)
})

t.test('a module is made once, and not where its place cannot be found', async (t) => {
  const cwd = await copyProject(t)
  const newModule = (name: string) => run(process.execPath, ['scripts/new-module.js', name], { cwd }).then(
    () => 'made', ({ stderr }) => String(stderr)
  )
  const app = await readFile(join(cwd, 'src/app.ts'), 'utf8')
  await writeFile(join(cwd, 'src/app.ts'), app.replace('app.register(admin, ', 'app.register(admins, '))
  t.equal(await newModule('reports'), 'src/app.ts has no place for a new module any more: mend scripts/new-module.js.\n')
  await writeFile(join(cwd, 'src/app.ts'), app)
  t.equal(await newModule('reports'), 'made', 'nothing was left of the first attempt')
  await writeFile(join(cwd, 'src/app.ts'), app)
  t.equal(await newModule('reports'), 'There is src/modules/reports/index.ts already.\n')
})
