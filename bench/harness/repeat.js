// Two runs held against each other: how far their ratios are apart.
import { toText } from './present.js'

/** @typedef {import('./results.js').Result} Result */

/** @typedef {{ what: string, first: number, second: number, apart: number }} Difference `apart`: by what part of the lesser the greater exceeds it */

/**
 * @param {Record<string, Result>} first
 * @param {Record<string, Result>} second
 * @returns {Difference[]} of every ratio that is in both, the largest first
 */
export function differencesOf (first, second) {
  const seconds = new Map(Object.values(second).flatMap(ratiosOf))
  return Object.values(first).flatMap(ratiosOf).flatMap(([what, value]) => {
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
  return `${toText({ head: ['ratio', 'first', 'second', 'apart'], rows })}\n\n  ${largest === undefined ? 'There is no ratio that is in both.' : `The largest difference is ${percent(largest.apart)}: ${largest.what}.`}`
}

/**
 * Of budgets exactly, of what is in tables only as it is printed.
 *
 * @param {Result} result
 * @returns {Array<[what: string, median: number]>}
 */
function ratiosOf ({ name, budgets, tables }) {
  /** @type {Array<[what: string, median: number]>} */
  const found = budgets.filter(({ unit }) => unit === '×').map(({ what, measured }) => [`${name}: ${what}`, measured.median])
  for (const { head, rows } of tables) {
    for (const [title, ...cells] of rows) {
      for (const [column, cell] of cells.entries()) {
        const [, digits] = /([\d.,]+) × \(/.exec(cell) ?? []
        // What a table is about tells rows of the same title apart.
        if (digits !== undefined) found.push([[`${name}: ${title}`, head[column + 1], head[0]].filter(Boolean).join(', '), Number(digits.replaceAll(',', ''))])
      }
    }
  }
  return found.filter(([, median]) => median > 0)
}
