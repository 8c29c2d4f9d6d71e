// Formats figures and tables.

/** @typedef {import('./statistics.js').Spread} Spread */

const DIGITS = 3

/**
 * @param {number} value
 * @returns {string} three digits that say something, and a comma between the thousands
 */
export function rounded (value) {
  if (!Number.isFinite(value)) return 'not measured'
  const magnitude = value === 0 ? DIGITS - 1 : Math.floor(Math.log10(Math.abs(Number(value.toPrecision(DIGITS)))))
  const decimals = Math.min(Math.max(0, DIGITS - 1 - magnitude), DIGITS)
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** @param {Spread} spread @returns {string} the median, and how far the others are from it */
export function figure ({ min, median, max }, unit = '') {
  return `${rounded(median)}${unit} (${rounded(min)} to ${rounded(max)})`
}

/** @param {Spread} spread */
export function ratio (spread) {
  return figure(spread, ' ×')
}

/** @param {number} bytes */
export function megabytes (bytes) {
  return bytes / 1e6
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {import('./results.js').Table}
 */
export function toTable (head, rows) {
  return { head, rows }
}

/**
 * @param {Array<{ title: string, spread: Spread }>} rows
 * @returns {import('./chart.js').Bar[]}
 */
export function toBars (rows) {
  return rows.map(({ title, spread: { min, median, max } }) => ({ label: title, value: median, min, max }))
}

/**
 * @param {import('./results.js').Table} table
 * @returns {string} as a terminal shows it
 */
export function toText ({ head, rows }) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (/** @type {string[]} */ row) => '  ' + row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ').trimEnd()
  return [head, widths.map((width) => '─'.repeat(width)), ...rows].map(line).join('\n')
}

/**
 * @param {import('./results.js').Table} table
 * @returns {string}
 */
export function toMarkdown ({ head, rows }) {
  const line = (/** @type {string[]} */ row) => `| ${row.join(' | ')} |`
  return [line(head), line(head.map((_, column) => column === 0 ? '---' : '---:')), ...rows.map(line)].join('\n')
}
