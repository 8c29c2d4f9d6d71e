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
  const exact = budgets.filter(({ unit }) => unit === '×').map(({ what, measured }) => /** @type {[string, number]} */ ([`${name}: ${what}`, measured.median]))
  const printed = tables.flatMap(({ head, rows }) => rows.flatMap(([title, ...cells]) => cells.flatMap((cell, column) => {
    const [, digits] = /([\d.,]+) × \(/.exec(cell) ?? []
    return digits === undefined ? [] : [([`${name}: ${title}, ${head[column + 1]}`, Number(digits.replaceAll(',', ''))])]
  })))
  return [...exact, ...printed].filter(([, median]) => median > 0)
}
