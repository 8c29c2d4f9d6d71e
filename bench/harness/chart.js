// Bars and lines as a small SVG, for light and dark pages.
import { drawLines } from './line-chart.js'
import { rounded } from './present.js'
import { toSvg, escape, text } from './svg.js'

/** @typedef {{ label: string, value: number, min: number, max: number }} Bar */

/**
 * @typedef {object} BarChart
 * @property {string} title
 * @property {string} unit
 * @property {Bar[]} bars
 * @property {{ value: number, label: string }} [limit] a line across the bars
 */

/** @typedef {BarChart | import('./line-chart.js').LineChart} Chart */

const WIDTH = 840
const LABELS = 390
const VALUES = 90
const ROW = 28
const TOP = 44
const SPAN = WIDTH - LABELS - VALUES

const STYLE = `.bar { fill: #3a7d6b }
.spread { stroke: #24292f; stroke-width: 1.5 }
.limit { stroke: #c0392b; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { .bar { fill: #4fa890 } .spread { stroke: #e6edf3 } }`

/**
 * @param {Chart} chart
 * @returns {string} SVG
 */
export function drawChart (chart) {
  return 'lines' in chart ? drawLines(chart) : drawBars(chart)
}

/** @param {BarChart} chart */
function drawBars ({ title, unit, bars, limit }) {
  const most = Math.max(...bars.map(({ max }) => max), limit?.value ?? 0)
  const x = (/** @type {number} */ value) => (LABELS + value / most * SPAN).toFixed(1)
  const bottom = TOP + bars.length * ROW
  const rows = bars.map(({ label, value, min, max }, index) => {
    const middle = TOP + index * ROW + ROW / 2
    return [
      text(LABELS - 10, middle + 4, label, 'end'),
      `<rect class="bar" x="${LABELS}" y="${middle - 9}" width="${(value / most * SPAN).toFixed(1)}" height="18" rx="2"/>`,
      `<line class="spread" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(x(max)) + 8}" y="${middle + 4}">${rounded(value)}${escape(unit)}</text>`
    ].join('\n')
  })
  const line = limit === undefined
    ? []
    : [
      `<line class="limit" x1="${x(limit.value)}" x2="${x(limit.value)}" y1="${TOP - 4}" y2="${bottom + 4}"/>`,
      text(x(limit.value), bottom + 18, limit.label, 'middle')
      ]
  return toSvg({ title, width: WIDTH, height: bottom + (limit === undefined ? 8 : 26), style: STYLE, parts: [...rows, ...line] })
}
