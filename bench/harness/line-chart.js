// A line chart with a logarithmic x axis: how a cost grows with a quantity.
import { rounded } from './present.js'
import { toSvg, text } from './svg.js'

/** @typedef {{ x: number, value: number, min: number, max: number }} Point */

/** @typedef {{ label: string, points: Point[] }} Line */

/**
 * @typedef {object} LineChart
 * @property {string} title
 * @property {string} unit of the values
 * @property {string} across the quantity on the x axis
 * @property {Line[]} lines at most one for each colour
 * @property {{ value: number, label: string }} [limit] a line across
 */

const WIDTH = 840
const LEFT = 64
const RIGHT = 24
const TOP = 48
const HEIGHT = 260
const SPAN = WIDTH - LEFT - RIGHT
const LEGEND_ROW = 20
const GAP = 24
const LABEL_WIDTH = 50

const LIGHT = ['#3a7d6b', '#b5651d', '#4a6fb5', '#8e4a9e']
const DARK = ['#4fa890', '#e0995a', '#82a5e8', '#c98ad8']

const STYLE = `.grid { stroke: #d0d7de } .line { fill: none; stroke-width: 2 } .spread { stroke-width: 1.5 }
.limit { stroke: #c0392b; stroke-dasharray: 4 3 }
${toColourRules(LIGHT)}
@media (prefers-color-scheme: dark) { .grid { stroke: #3d444d } ${toColourRules(DARK)} }`

/**
 * @param {LineChart} chart
 * @returns {string} SVG
 */
export function drawLines ({ title, unit, across, lines, limit }) {
  const points = lines.flatMap((line) => line.points)
  const ticks = createTicks(Math.max(...points.map(({ max }) => max), limit?.value ?? 0))
  const most = ticks.at(-1) ?? 1
  const bottom = TOP + HEIGHT
  const toPosition = createScale(points.map(({ x }) => x))
  const x = (/** @type {number} */ amount) => (LEFT + toPosition(amount) * SPAN).toFixed(1)
  const y = (/** @type {number} */ value) => (bottom - value / most * HEIGHT).toFixed(1)
  const rows = ticks.flatMap((tick) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>`,
    text(LEFT - 8, Number(y(tick)) + 4, rounded(tick), 'end')
  ])
  const amounts = [...new Set(points.map((point) => point.x))].toSorted((a, b) => a - b)
  // Of two labels that would overlap, the greater one is shown.
  const written = amounts.filter((amount, index) => (toPosition(amounts[index + 1] ?? Infinity) - toPosition(amount)) * SPAN > LABEL_WIDTH)
  const columns = written.map((amount) => text(
    x(amount), bottom + 20, amount.toLocaleString('en'), toPosition(amount) > 0.95 ? 'end' : 'middle'
  ))
  const legendTop = bottom + 40 + GAP
  const curves = lines.flatMap(({ label, points }, index) => [
    `<polyline class="line stroke${index}" points="${points.map((point) => `${x(point.x)},${y(point.value)}`).join(' ')}"/>`,
    ...points.flatMap((point) => [
      `<line class="spread stroke${index}" x1="${x(point.x)}" x2="${x(point.x)}" y1="${y(point.min)}" y2="${y(point.max)}"/>`,
      `<circle class="fill${index}" cx="${x(point.x)}" cy="${y(point.value)}" r="4"/>`
    ]),
    `<rect class="fill${index}" x="${LEFT}" y="${legendTop + index * LEGEND_ROW - 10}" width="12" height="12" rx="2"/>`,
    text(LEFT + 20, legendTop + index * LEGEND_ROW, label, 'start')
  ])
  const line = limit === undefined
    ? []
    : [
    `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(limit.value)}" y2="${y(limit.value)}"/>`,
    text(LEFT + 8, Number(y(limit.value)) - 6, limit.label, 'start')
      ]
  return toSvg({
    title: `${title}, ${unit}`,
    width: WIDTH,
    height: legendTop + lines.length * LEGEND_ROW - GAP / 2,
    style: STYLE,
    parts: [...rows, ...columns, text(LEFT + SPAN / 2, bottom + 40, across, 'middle'), ...line, ...curves]
  })
}

/**
 * @param {number[]} amounts 0 has a place of its own, a step before the least of the others
 * @returns {(amount: number) => number} from 0 to 1
 */
function createScale (amounts) {
  const logs = amounts.filter((amount) => amount > 0).map(Math.log10)
  const least = Math.min(...logs)
  const first = amounts.includes(0) ? least - 1 : least
  const span = Math.max(...logs) - first || 1
  return (amount) => amount === 0 ? 0 : (Math.log10(amount) - first) / span
}

/**
 * @param {number} most
 * @returns {number[]} from 0 in round steps, the last of them not below `most`
 */
function createTicks (most) {
  const power = 10 ** Math.floor(Math.log10(most / 4))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step * 5 >= most) ?? most
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step)
}

/** @param {string[]} colours */
function toColourRules (colours) {
  return colours.map((colour, index) => `.stroke${index} { stroke: ${colour} } .fill${index} { fill: ${colour} }`).join(' ')
}
