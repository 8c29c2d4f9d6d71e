// What a run of tests leaves in a log, of tests that fail in every way there is.
import { relative } from 'node:path'
import t from 'tap'
import { runTests } from '../../scripts/run-tests.js'
import { toGroups } from '../../scripts/test-groups.js'

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
  const directory = t.testdir({
    'failing.test.js': FAILING,
    'fine.test.js': "import t from 'tap'\nt.equal(1, 1)\n",
    'dying.test.js': "import t from 'tap'\nt.test('dies', async () => { process.exit(3) })\n",
    'killed.test.js': "import t from 'tap'\nt.equal(1, 1)\nprocess.kill(process.pid, 'SIGKILL')\n"
  })
  const files = ['failing', 'fine', 'dying', 'killed'].map((name) => `${directory}/${name}.test.js`)
  const lines: string[] = []
  t.equal(await runTests(files, {}, (line) => lines.push(...line.split('\n'))), 1)
  t.equal(await runTests(files.slice(1, 2), {}, () => {}), 0)

  const results = lines.filter((line) => /^(not )?ok /.test(line)).map((line) => line.replace(/ - .*\//, ' - ').replace(/\d+ s/, 'n s'))
  t.strictSame(results.map((line) => line.replace(/ok \d/, 'ok n')).sort(), [
    'not ok n of 4 - dying.test.js (n s)', 'not ok n of 4 - failing.test.js (n s)', 'not ok n of 4 - killed.test.js (n s)',
    'ok n of 4 - fine.test.js (n s)'
  ])
  t.strictSame(results.map((line) => /ok (\d)/.exec(line)?.[1]), ['1', '2', '3', '4'], 'they are counted as they end')
  t.equal(lines.filter((line) => /^ +not ok \d+ - one is two$/.test(line)).length, 1)
  t.equal(lines.filter((line) => /^ +-not ok 9|^ +\+not ok 9/.test(line)).length, 1, 'with its details, once')

  t.equal(lines.at(-1), '0 tests passed, 5 failed, 2 skipped (6 assertions in 4 files).', 'tests are counted, at any depth')
  const summary = lines.indexOf('1 skipped: there is no server')
  t.strictSame(lines.slice(summary, -1).map((line) => line.replace(/^ {2}.*\//, '  ')).sort(), [
    '  dying.test.js > dies > test unfinished', '  failing.test.js > outer > inner > one is two', '  failing.test.js > throws > hunter2',
    '  killed.test.js', '1 skipped: there is no server', 'Failures:'
  ])
})

t.test('files that share a process have lines and failures of their own, and one that ends it does not stop the others', async (t) => {
  const passing = "import t from 'tap'\nt.test('passes', async (t) => { t.equal(1, 1) })\n"
  const directory = t.testdir({
    test: {
      unit: {
        'first.test.js': passing,
        'failing.test.js': FAILING,
        'broken.test.js': "import 'no-such-package'\n",
        'dying.test.js': "import t from 'tap'\nt.test('dies', async () => { process.exit(3) })\n",
        'last.test.js': `${passing}t.test('alone', async (t) => { t.match(process.argv[1], /(dying|last).test.js$/) })\n`,
        'empty.test.js': '',
        'patient.test.js': `${passing}t.setTimeout(5000)\n`
      }
    }
  })
  const files = ['first', 'failing', 'broken', 'dying', 'last', 'empty', 'patient'].map((name) => `${directory}/test/unit/${name}.test.js`)
  t.strictSame(toGroups(files.map((file) => relative('.', file))).map(({ length }) => length), [6, 1])
  const lines: string[] = []
  t.equal(await runTests(files, {}, (line) => lines.push(...line.split('\n'))), 1)
  t.strictSame(lines.filter((line) => /^(not )?ok /.test(line)).map((line) => line.replace(/ok \d of 7 - .*\/|\.test.*/g, '')).sort(), [
    'empty', 'first', 'last', 'not broken', 'not dying', 'not failing', 'patient'
  ])
  t.equal(lines.at(-1), '4 tests passed, 5 failed, 2 skipped (9 assertions in 7 files).')
  const summary = lines.slice(lines.indexOf('Failures:') + 1, -1)
    .map((line) => line.replace(/ (package '|queue: ).*/, '').replace(/^ {2}.*\//, ''))
  t.strictSame(summary.sort(), [
    'broken.test.js > the file can be loaded > Cannot find', 'dying.test.js > child test left in', 'dying.test.js > dies > test unfinished',
    'failing.test.js > outer > inner > one is two', 'failing.test.js > throws > hunter2'
  ])
})
