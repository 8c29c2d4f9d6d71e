// Stores the findings as data, and renders the page and the charts from it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawChart } from './chart.js'
import { figure, toMarkdown, toText } from './present.js'
import { CHECKED_BY_TESTS, BUDGETS } from './budgets.js'

/** @typedef {{ head: string[], rows: string[][] }} Table */

/**
 * @typedef {object} Budget a limit, `atMost` or `atLeast`, and what was measured
 * @property {string} what
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {import('./statistics.js').Spread} measured its median counts
 * @property {string} unit
 */

/** @typedef {{ tables: Table[], notes: string[], budgets: Budget[], chart: import('./chart.js').Chart }} Findings */

/** @typedef {{ date: string, commit: string, node: string, machine: string, seconds: number }} Source of the figures */

/** @typedef {Findings & { name: string, title: string, description: string, source: Source }} Result */

const DATA = fileURLToPath(new URL('../results.json', import.meta.url))
const PAGE = fileURLToPath(new URL('../results.md', import.meta.url))
const CHARTS = fileURLToPath(new URL('../charts', import.meta.url))

const HEAD = ['Budget', 'limit', 'measured', '']

const INTRODUCTION = `# Measured

Written by \`npm run bench\`; \`npm run bench -- NAME\` runs one again. Each figure is the median over several processes, with the minimum
and the maximum in brackets; a ratio is between two processes that were measured in turns. CPU is the server's own, user and system time.
\`npm run bench -- --baseline FILE\` compares these figures with an earlier results.json.
`

/**
 * @param {Result} result
 * @returns {string} for the terminal
 */
export function describe ({ title, description, tables, budgets, notes, source }) {
  return [
    `\n${title}\n${description}`,
    ...tables.map(toText),
    ...budgets.length > 0 ? [toText(toBudgetTable(budgets))] : [],
    ...notes.map((note) => `  ${note}`),
    `  ${describeSource(source)}`
  ].join('\n\n')
}

/**
 * Writes a result in place of an earlier one of its name.
 *
 * @param {Result} result
 * @param {readonly string[]} order the names of all benchmarks
 */
export function saveResult (result, order) {
  const all = { ...readResults(), [result.name]: result }
  const results = order.flatMap((name) => all[name] ?? [])
  writeFileSync(DATA, `${JSON.stringify(Object.fromEntries(results.map((each) => [each.name, each])), null, 2)}\n`)
  render()
}

/** Writes the page and the charts again. */
export function render () {
  const results = Object.values(readResults())
  mkdirSync(CHARTS, { recursive: true })
  for (const { name, chart } of results) writeFileSync(`${CHARTS}/${name}.svg`, drawChart(chart))
  writeFileSync(PAGE, toPage(results))
}

/**
 * @param {Result[]} results in their order
 * @returns {string} the page, as Markdown
 */
export function toPage (results) {
  return [INTRODUCTION, '## Budgets\n', toMarkdown(toSummaryTable(results)), ...results.map(toSection), ''].join('\n')
}

/** @returns {Record<string, Result>} by name, in the order of the benchmarks */
export function readResults () {
  return existsSync(DATA) ? JSON.parse(readFileSync(DATA, 'utf8')) : {}
}

/** @param {Result} result */
function toSection ({ name, title, description, tables, notes, source }) {
  return [
    `\n## ${title}\n`,
    `${description}\n`,
    `![${title}](charts/${name}.svg)\n`,
    ...tables.map((table) => `${toMarkdown(table)}\n`),
    ...notes.map((note) => `${note}\n`),
    `*${describeSource(source)}*`
  ].join('\n')
}

/** @param {Source} source */
function describeSource ({ date, commit, node, machine, seconds }) {
  return `${date}, commit ${commit}, Node ${node}, ${machine}; took ${seconds} s`
}

/**
 * @param {Budget[]} budgets
 * @returns {Table}
 */
function toBudgetTable (budgets) {
  return { head: HEAD, rows: budgets.map(toRow) }
}

/**
 * @param {Result[]} results
 * @returns {Table} all budgets, also those of benchmarks that have not been run
 */
function toSummaryTable (results) {
  const missing = BUDGETS.filter(({ by }) => results.every(({ name }) => name !== by))
  return {
    head: HEAD,
    rows: [
      ...CHECKED_BY_TESTS,
      ...results.flatMap(({ budgets }) => budgets).map(toRow),
      ...missing.map((budget) => [budget.what, describeLimit(budget), 'not run', '–'])
    ]
  }
}

/** @param {Budget} budget */
function toRow (budget) {
  const { what, atMost, atLeast, measured, unit } = budget
  const isMet = atMost === undefined ? measured.median >= (atLeast ?? 0) : measured.median <= atMost
  return [what, describeLimit(budget), figure(measured, ` ${unit}`), isMet ? '✓ met' : '✗ missed']
}

/** @param {Omit<Budget, 'measured'>} budget */
function describeLimit ({ atMost, atLeast, unit }) {
  return atMost === undefined ? `at least ${atLeast} ${unit}` : `at most ${atMost} ${unit}`
}
