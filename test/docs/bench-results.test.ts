// What docs/performance.md says was measured is what was measured.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { drawChart } from '../../bench/harness/chart.js'
import { BUDGETS } from '../../bench/harness/budgets.js'
import { compareResults } from '../../bench/harness/baseline.js'
import { toPage, type Result } from '../../bench/harness/results.js'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
const results: Record<string, Result> = JSON.parse(await read('bench/results.json'))
const page = await read('bench/results.md')
const [, measured = ''] = /^## Measured\n([^]*?)(?=^## |$(?![^]))/m.exec(await read('docs/performance.md')) ?? []
const linked = [...measured.matchAll(/\(\.\.\/bench\/charts\/([\w-]+)\.svg\)/g)].map(([, name = '']) => name)

t.test('the document shows the chart of every benchmark that was run', async (t) => {
  t.strictSame(Object.keys(results).filter((name) => !linked.includes(name)), [])
})

t.test('every chart that it shows exists and is drawn from its data', async (t) => {
  for (const name of linked) {
    const path = `bench/charts/${name}.svg`
    t.ok(existsSync(new URL(`../../${path}`, import.meta.url)), path)
    const result = results[name]
    t.ok(result, name)
    if (result !== undefined) t.equal(await read(path), drawChart(result.chart), path)
  }
})

t.test('every number in that section stands in bench/results.md', async (t) => {
  const text = measured.replace(/`[^`]*`/g, '').replace(/\]\([^)]*\)/g, ']')
  const known = new Set(numbersIn(page))
  for (const number of numbersIn(text)) t.ok(known.has(number), number)
})

t.test('bench/results.md is what bench/results.json renders to', async (t) => {
  t.equal(page, toPage(Object.values(results)))
})

t.test('the table of budgets names every one, also where nothing has been measured', async (t) => {
  const empty = toPage([])
  for (const { what } of BUDGETS) {
    t.match(
      empty, new RegExp(`^\\| ${escaped(what)} \\| at (most|least) [\\d.]+ \\S+ \\| not run \\| – \\|$`, 'm'), what
    )
  }
  for (const test of ['test/service/round-trips.test.ts', 'test/tooling/packages.test.ts']) {
    t.ok(
      existsSync(new URL(`../../${test}`, import.meta.url)) && empty.includes(test), test
    )
  }
})

t.test('a benchmark that was run has measured what is promised, against the same limit', async (t) => {
  for (const { by, ...promise } of BUDGETS) {
    const result = results[by]
    if (result !== undefined) t.match(result.budgets.find(({ what }) => what === promise.what), promise, promise.what)
  }
})

t.test('two runs are as far apart as their ratios', async (t) => {
  const resultOf = (exact: number, printed: string) => ({
    x: {
      name: 'x',
      title: 'X',
      description: '',
      tables: [
        { head: ['', 'µs', 'against bare'], rows: [['it', '5.00 (4.00 to 6.00)', printed], ['bare', '4.00 (4.00 to 4.00)', '1']] },
        { head: ['on two cores', 'µs', 'against bare'], rows: [['it', '5.00 (4.00 to 6.00)', '1.10 × (1 to 2)']] }
      ],
      notes: [],
      budgets: [{ what: 'speed', atLeast: 1, measured: { min: 1, median: exact, max: 9 }, unit: '×' }, {
        what: 'time', atMost: 1, measured: { min: 1, median: exact, max: 9 }, unit: 'ms'
      }],
      chart: { title: '', unit: '', bars: [] },
      source: { date: '', commit: '', node: '', machine: '', seconds: 0 }
    }
  })
  t.match(compareResults(resultOf(2, '1,024 × (1.10 to 1,300)'), resultOf(1.6, '1,152 × (1.10 to 1,300)')), [
    { what: 'x: speed', first: 2, second: 1.6, apart: 0.25 },
    { what: 'x: it, against bare', first: 1024, second: 1152, apart: 0.125 },
    { what: 'x: it, against bare, on two cores', first: 1.1, second: 1.1, apart: 0 }
  ])
  t.strictSame(compareResults(resultOf(2, '1.20 × (1 to 2)'), {}), [])
})

function numbersIn (text: string): string[] {
  return text.match(/(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])/g) ?? []
}

function escaped (text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
