// What a run of tests leaves in a log, of tests that fail in every way there is.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { digest } from '../../scripts/tap-digest.js'

const FAILING = `import t from 'tap'
t.test('outer', async (t) => {
  t.equal(1, 1, 'fine')
  await t.test('inner', async (t) => { t.equal('not ok 9 - # Subtest: x', 2, 'one is two') })
  t.test('elsewhere', { skip: 'there is no server' }, async () => {})
})
t.test('throws', async () => { throw new Error('hunter2') })
t.test('todo', { todo: true }, async (t) => { t.equal(1, 2) })
`

t.test('a log has a line for each file, each failure with its details once, and all of them again at the end', async (t) => {
  // A project of its own: tap deletes what it keeps in its project when it starts, and other files of this run write there.
  const directory = t.testdir({
    '.taprc': stringify({ plugin: parse(readFileSync('.taprc', 'utf8')).plugin }),
    'failing.test.js': FAILING,
    'fine.test.js': "import t from 'tap'\nt.equal(1, 1)\n",
    'dying.test.js': "import t from 'tap'\nt.test('dies', async () => { process.exit(3) })\n"
  })
  const files = ['failing', 'fine', 'dying'].map((name) => `${directory}/${name}.test.js`)
  // Not as a part of this run.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(_?TAP|NODE_OPTIONS)/.test(name)))
  const child = spawn(
    process.execPath,
    [resolve('node_modules/.bin/tap'), 'run', '--disable-coverage', '--allow-empty-coverage', '--jobs=1', '--reporter=tap', ...files],
    { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'inherit'] }
  )
  const lines: string[] = []
  await digest(child.stdout, (line) => lines.push(...line.split('\n')))

  const results = lines.filter((line) => /^(not )?ok /.test(line)).map((line) => line.replace(/ - .*\//, ' - ').replace(/\d+ s/, 'n s'))
  t.strictSame(results.map((line) => line.replace(/ok \d/, 'ok n')).sort(), [
    'not ok n of 3 - dying.test.js (n s)', 'not ok n of 3 - failing.test.js (n s)', 'ok n of 3 - fine.test.js (n s)'
  ])
  t.strictSame(results.map((line) => /ok (\d)/.exec(line)?.[1]), ['1', '2', '3'], 'they are counted as they end')
  t.equal(lines.filter((line) => /^ +not ok \d+ - one is two$/.test(line)).length, 1)
  t.equal(lines.filter((line) => /^ +-not ok 9|^ +\+not ok 9/.test(line)).length, 1, 'with its details, once')

  t.equal(lines.at(-1), '0 tests passed, 4 failed, 2 skipped (5 assertions in 3 files).', 'tests are counted, at any depth')
  const summary = lines.indexOf('1 skipped: there is no server')
  t.strictSame(lines.slice(summary, -1).map((line) => line.replace(/^ {2}.*\//, '  ')).sort(), [
    '  dying.test.js > dies > test unfinished', '  failing.test.js > outer > inner > one is two', '  failing.test.js > throws > hunter2',
    '1 skipped: there is no server', 'Failures:'
  ])
})
