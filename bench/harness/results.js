// What was found, kept as data; the page and the charts are made from it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawChart } from './chart.js'
import { figure, toMarkdown, toText } from './present.js'
import { HELD_BY_TESTS, PROMISES } from './promises.js'

/** @typedef {{ head: string[], rows: string[][] }} Table */

/**
 * @typedef {object} Budget a promise, with what was measured; `atMost` or `atLeast` is its limit
 * @property {string} what
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {import('./statistics.js').Spread} measured its median counts
 * @property {string} unit
 */

/** @typedef {{ tables: Table[], notes: string[], budgets: Budget[], chart: import('./chart.js').Chart }} Findings */

/** @typedef {Findings & { name: string, title: string, against: string, taken: { on: string, commit: string, node: string, machine: string, seconds: number } }} Result */

const DATA = fileURLToPath(new URL('../results.json', import.meta.url))
const PAGE = fileURLToPath(new URL('../results.md', import.meta.url))
const CHARTS = fileURLToPath(new URL('../charts', import.meta.url))

const HEAD = ['Budget', 'limit', 'measured', '']

const INTRODUCTION = `# Measured

Written by \`npm run bench\`; \`npm run bench -- NAME\` runs one again. Each figure is the median over several processes, with the least
and the most of them in brackets; ratios are between what took turns beside each other, in processes of their own. CPU is the server's own,
user and system time. \`npm run bench -- --against FILE\` holds what stands here against an earlier results.json.
`

/**
 * @param {Result} result
 * @returns {string} for the terminal
 */
export function describe ({ title, against, tables, budgets, notes, taken }) {
  return [
    `\n${title}\n${against}`,
    ...tables.map(toText),
    ...budgets.length > 0 ? [toText(tableOfBudgets(budgets))] : [],
    ...notes.map((note) => `  ${note}`),
    `  ${sourceOf(taken)}`
  ].join('\n\n')
}

/**
 * Keeps a result in place of an earlier one of its name.
 *
 * @param {Result} result
 * @param {readonly string[]} order the names of all benchmarks
 */
export function keep (result, order) {
  const all = { ...kept(), [result.name]: result }
  const results = order.flatMap((name) => all[name] ?? [])
  writeFileSync(DATA, `${JSON.stringify(Object.fromEntries(results.map((each) => [each.name, each])), null, 2)}\n`)
  render()
}

/** Writes the page and the charts of what has been kept. */
export function render () {
  const results = Object.values(kept())
  mkdirSync(CHARTS, { recursive: true })
  for (const { name, chart } of results) writeFileSync(`${CHARTS}/${name}.svg`, drawChart(chart))
  writeFileSync(PAGE, pageOf(results))
}

/**
 * @param {Result[]} results in their order
 * @returns {string} the page, as Markdown
 */
export function pageOf (results) {
  return [INTRODUCTION, '## Budgets\n', toMarkdown(tableOfPromises(results)), ...results.map(sectionOf), ''].join('\n')
}

/** @returns {Record<string, Result>} by name, in the order of the benchmarks */
export function kept () {
  return existsSync(DATA) ? JSON.parse(readFileSync(DATA, 'utf8')) : {}
}

/** @param {Result} result */
function sectionOf ({ name, title, against, tables, notes, taken }) {
  return [`\n## ${title}\n`, `${against}\n`, `![${title}](charts/${name}.svg)\n`, ...tables.map((table) => `${toMarkdown(table)}\n`), ...notes.map((note) => `${note}\n`), `*${sourceOf(taken)}*`].join('\n')
}

/** @param {Result['taken']} taken */
function sourceOf ({ on, commit, node, machine, seconds }) {
  return `${on}, commit ${commit}, Node ${node}, ${machine}; took ${seconds} s`
}

/**
 * @param {Budget[]} budgets
 * @returns {Table}
 */
function tableOfBudgets (budgets) {
  return { head: HEAD, rows: budgets.map(rowOf) }
}

/**
 * @param {Result[]} results
 * @returns {Table} all promises, also those of benchmarks that have not been run
 */
function tableOfPromises (results) {
  const missing = PROMISES.filter(({ by }) => results.every(({ name }) => name !== by))
  return {
    head: HEAD,
    rows: [...HELD_BY_TESTS, ...results.flatMap(({ budgets }) => budgets).map(rowOf), ...missing.map((promise) => [promise.what, limitOf(promise), 'not run', '–'])]
  }
}

/** @param {Budget} budget */
function rowOf (budget) {
  const { what, atMost, atLeast, measured, unit } = budget
  const isMet = atMost === undefined ? measured.median >= (atLeast ?? 0) : measured.median <= atMost
  return [what, limitOf(budget), figure(measured, ` ${unit}`), isMet ? '✓ met' : '✗ missed']
}

/** @param {Omit<Budget, 'measured'>} budget */
function limitOf ({ atMost, atLeast, unit }) {
  return atMost === undefined ? `at least ${atLeast} ${unit}` : `at most ${atMost} ${unit}`
}
