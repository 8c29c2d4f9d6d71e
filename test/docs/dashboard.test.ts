import { readFileSync } from 'node:fs'
import t from 'tap'
import { InvalidCredentialsError } from '../../src/errors.ts'
import { createMeasuredApp, type Sample } from '../unit/http/measured-app.ts'
import { listen, send } from '../support/sockets.ts'

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

/** A metric in a query, with its label matchers. */
interface Selector {
  name: string
  matchers: Array<{ label: string, operator: string, value: string }>
}

const dashboard: Dashboard = JSON.parse(readFileSync(new URL('../../dashboards/gatepass.json', import.meta.url), 'utf8'))
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))

const DATA_SOURCE = /^\$\{datasource\}$/

// Added by Prometheus.
const OUTER_LABELS = ['instance', 'job']

/** The scrape of a service after all events that the dashboard shows. */
async function createSamples (t: Parameters<typeof createMeasuredApp>[0]): Promise<Sample[]> {
  const { service, scrape } = await createMeasuredApp(t)
  for (const route of ['/auth/login', '/auth/refresh']) {
    service.post(route, async ({ query }) => {
      if (JSON.stringify(query) !== '{}') throw new InvalidCredentialsError()
      return {}
    })
  }
  service.get('/broken', () => { throw new Error('no luck') })
  const port = await listen(service)
  for (const url of ['/auth/login', '/auth/login?wrong=1', '/auth/refresh', '/auth/refresh?wrong=1']) {
    await service.inject({ method: 'POST', url })
  }
  await service.inject('/broken')
  await send(port, 'no request\r\n\r\n')
  return scrape()
}

t.test('every query of the dashboard uses existing metrics and labels, and finds samples', async (t) => {
  const samples = await createSamples(t)
  t.ok(queries.length > 20)
  for (const { title, expr } of queries) {
    const selectors = parseSelectors(expr)
    t.ok(selectors.length > 0, `${title}: ${expr}`)
    for (const selector of selectors) {
      t.ok(samples.some((sample) => isSelected(sample, selector)), `${title}: something is found for ${JSON.stringify(selector)}`)
      const known = new Set([
        ...OUTER_LABELS,
        ...samples.filter(({ name }) => name === selector.name).flatMap(({ labels }) => Object.keys(labels))
      ])
      t.same(
        [...selector.matchers.map(({ label }) => label), ...groupingsOf(expr)].filter((label) => !known.has(label)),
        [], `${title}: labels of ${selector.name}`
      )
    }
  }
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

function parseSelectors (expr: string): Selector[] {
  const text = expr.replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ').replace(/\[[^\]]*\]/g, ' ')
  return [...text.matchAll(/(?<![\w:.])([a-z_:][\w:]*)\s*(\{[^}]*\}|\(?)/gi)].flatMap(([, name = '', rest = '']) => {
    if (rest === '(' || ['and', 'or', 'unless', 'bool', 'offset'].includes(name)) return []
    const matchers = [...rest.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)]
      .map(([, label = '', operator = '', value = '']) => ({ label, operator, value }))
    return [{ name, matchers }]
  })
}

function groupingsOf (expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)]
    .flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()))
}

function isSelected ({ name, labels }: Sample, selector: Selector): boolean {
  return name === selector.name && selector.matchers.every(({ label, operator, value }) => {
    if (OUTER_LABELS.includes(label)) return true
    const actual = labels[label] ?? ''
    const isMatch = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(actual) : actual === value
    return operator.startsWith('!') ? !isMatch : isMatch
  })
}
