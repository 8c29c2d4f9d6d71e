// A bar chart as a small SVG, for light and dark pages.
import { rounded } from './present.js'

/** @typedef {{ label: string, value: number, min: number, max: number }} Bar */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} unit
 * @property {Bar[]} bars
 * @property {{ value: number, label: string }} [limit] a line across the bars
 */

const WIDTH = 840
const LABELS = 390
const VALUES = 90
const ROW = 28
const TOP = 44
const SPAN = WIDTH - LABELS - VALUES

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.bar { fill: #3a7d6b }
.spread { stroke: #24292f; stroke-width: 1.5 }
.limit { stroke: #c0392b; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #4fa890 } .spread { stroke: #e6edf3 } }`

/**
 * @param {Chart} chart
 * @returns {string} SVG
 */
export function drawChart ({ title, unit, bars, limit }) {
  const most = Math.max(...bars.map(({ max }) => max), limit?.value ?? 0)
  const x = (/** @type {number} */ value) => (LABELS + value / most * SPAN).toFixed(1)
  const bottom = TOP + bars.length * ROW
  const height = bottom + (limit === undefined ? 8 : 26)
  const rows = bars.map(({ label, value, min, max }, index) => {
    const middle = TOP + index * ROW + ROW / 2
    return [
      `<text x="${LABELS - 10}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="bar" x="${LABELS}" y="${middle - 9}" width="${(value / most * SPAN).toFixed(1)}" height="18" rx="2"/>`,
      `<line class="spread" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(x(max)) + 8}" y="${middle + 4}">${rounded(value)}${escaped(unit)}</text>`
    ].join('\n')
  })
  const line = limit === undefined
    ? []
    : [`<line class="limit" x1="${x(limit.value)}" x2="${x(limit.value)}" y1="${TOP - 4}" y2="${bottom + 4}"/>`, `<text x="${x(limit.value)}" y="${bottom + 18}" text-anchor="middle">${escaped(limit.label)}</text>`]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="10" y="24">${escaped(title)}</text>`,
    ...rows,
    ...line,
    '</svg>',
    ''
  ].join('\n')
}

/** @param {string} text */
function escaped (text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
