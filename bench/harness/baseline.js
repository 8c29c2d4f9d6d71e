// Compares two results: how far their ratios are apart.
import { toText } from './present.js'

/** @typedef {import('./results.js').Result} Result */

/**
 * @typedef {object} Difference `apart`: by what part of the lesser the greater exceeds it
 * @property {string} what
 * @property {number} first
 * @property {number} second
 * @property {number} apart
 */

/**
 * @param {Record<string, Result>} first
 * @param {Record<string, Result>} second
 * @returns {Difference[]} of every ratio in both, the largest first
 */
export function compareResults (first, second) {
  const seconds = new Map(Object.values(second).flatMap(collectRatios))
  return Object.values(first).flatMap(collectRatios).flatMap(([what, value]) => {
    const again = seconds.get(what)
    return again === undefined ? [] : [{ what, first: value, second: again, apart: Math.max(value / again, again / value) - 1 }]
  }).toSorted((a, b) => b.apart - a.apart)
}

/**
 * @param {Difference[]} differences
 * @returns {string} for the terminal
 */
export function describeDifferences (differences) {
  const [largest] = differences
  const percent = (/** @type {number} */ part) => `${(part * 100).toFixed(1)} %`
  const rows = differences.map(({ what, first, second, apart }) => [what, first.toFixed(3), second.toFixed(3), percent(apart)])
  return `${toText({ head: ['ratio', 'first', 'second', 'apart'], rows })}\n\n  ${largest === undefined
? 'No ratio is in both.'
: 'The ' +
    `largest difference is ${percent(largest.apart)}: ${largest.what}.`}`
}

/**
 * Exact medians of the budgets, and the printed ones of the tables.
 *
 * @param {Result} result
 * @returns {Array<[what: string, median: number]>}
 */
function collectRatios ({ name, budgets, tables }) {
  /** @type {Array<[what: string, median: number]>} */
  const found = budgets.filter(({ unit }) => unit === '×').map(({ what, measured }) => [`${name}: ${what}`, measured.median])
  for (const { head, rows } of tables) {
    for (const [title, ...cells] of rows) {
      for (const [column, cell] of cells.entries()) {
        const [, digits] = /([\d.,]+) × \(/.exec(cell) ?? []
        // The head of the first column distinguishes rows of the same title in two tables.
        if (digits !== undefined) {
          found.push([
            [`${name}: ${title}`, head[column + 1], head[0]].filter(Boolean).join(', '), Number(digits.replaceAll(',', ''))
          ])
        }
      }
    }
  }
  return found.filter(([, median]) => median > 0)
}
