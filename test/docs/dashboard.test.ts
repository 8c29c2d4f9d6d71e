import { readFileSync } from 'node:fs'
import t from 'tap'
import { createSamples, findUnknown, groupingsOf, parseSelectors } from '../support/queries.ts'

interface Panel {
  id: number
  type: string
  title: string
  description?: string
  datasource?: { uid: string }
  gridPos: { x: number, y: number, w: number, h: number }
  targets?: Array<{ expr: string, refId: string, datasource: { uid: string } }>
}

interface Dashboard {
  schemaVersion: number
  panels: Panel[]
  templating: { list: Array<{ name: string, definition?: string }> }
}

const dashboard: Dashboard = JSON.parse(readFileSync(new URL('../../dashboards/gatepass.json', import.meta.url), 'utf8'))
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))

const DATA_SOURCE = /^\$\{datasource\}$/

t.test('every query of the dashboard uses existing metrics and labels, and finds samples', async (t) => {
  const samples = await createSamples(t)
  t.ok(queries.length > 20)
  for (const { title, expr } of queries) t.strictSame(findUnknown(expr, samples), [], `${title}: ${expr}`)
})

t.test('every metric of gatepass is on the dashboard', async (t) => {
  const shown = new Set(queries.flatMap(({ expr }) => parseSelectors(expr)).map(({ name }) => name))
  const measured = new Set((await createSamples(t)).map(({ name }) => name))
  t.same([...measured].filter((name) => !shown.has(name)), [])
})

t.test('rates are taken of counters only', async (t) => {
  for (const { expr } of queries) {
    for (const [, of = '', name = ''] of expr.matchAll(/\b(rate|changes)\(([\w:]+)/g)) {
      t.ok(of === 'changes' || /_(total|bucket|sum|count)$/.test(name), `${of} of ${name}`)
    }
    for (const { name } of parseSelectors(expr)) {
      if (/_(total|bucket|sum|count)$/.test(name)) t.ok(expr.includes(`rate(${name}`), `${name} means little without its rate`)
    }
  }
})

t.test('the dashboard can be imported anywhere: it has no data source of its own, and no panels overlap', async (t) => {
  t.ok(dashboard.schemaVersion >= 36)
  t.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  t.same(dashboard.templating.list.map(({ name }) => name), ['datasource', 'instance'])
  const taken = new Set<string>()
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    t.ok(x + w <= 24, title)
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        if (taken.has(`${row} ${column}`)) t.fail(`${title} covers another`)
        taken.add(`${row} ${column}`)
      }
    }
  }
  for (const { title, description, datasource, targets = [] } of panels) {
    t.match(description, /\.$/, `${title} says what to make of it`)
    t.match(datasource?.uid, DATA_SOURCE, title)
    t.ok(targets.every((target) => DATA_SOURCE.test(target.datasource.uid) && target.expr.includes('instance=~"$instance"')), title)
  }
})

t.test('queries are parsed as Prometheus does', async (t) => {
  t.same(parseSelectors('sum by (le, route) (rate(a_total{b="c", d!~"e|f"}[5m])) / on (g) max(h) > bool 2e3 or -1 * i{}'), [
    { name: 'a_total', matchers: [{ label: 'b', operator: '=', value: 'c' }, { label: 'd', operator: '!~', value: 'e|f' }] },
    { name: 'h', matchers: [] },
    { name: 'i', matchers: [] }
  ])
  t.same(groupingsOf('sum by (le, route) (a) / on (g) max without (h) (b)'), ['le', 'route', 'g', 'h'])
})
