// A guarded request, by process: the ratio to the bare route, and how many processes have slow ticks.
import { rounded, toTable } from './harness/present.js'
import { quantile } from './harness/statistics.js'

/** @typedef {import('./harness/compare.js').Run} Run */
/** @typedef {import('./harness/compare.js').Sample} Sample */

// Against the quickest: a slow process takes some five times as long for a tick, see docs/performance.md.
const SLOW = 3
const HEAD = [
  'CPU against bare, by process', 'processes', 'least', 'lower quartile', 'median', 'upper quartile', 'most', 'slow ticks',
  'slow ticks of bare'
]

/**
 * @param {Array<{ title: string, runs: Run[] }>} candidates
 * @returns {import('./harness/results.js').Table}
 */
export function presentProcesses (candidates) {
  const ticks = candidates.flatMap(({ runs }) => runs).flatMap(({ own, reference }) => [own.tick, reference.tick])
  const limit = SLOW * Math.min(...ticks)
  const countSlow = (/** @type {Sample[]} */ samples) => String(samples.filter(({ tick }) => tick > limit).length)
  return toTable(HEAD, candidates.map(({ title, runs }) => {
    const ratios = runs.map(({ own, reference }) => own.cpu / reference.cpu)
    return [
      title,
      String(runs.length),
      ...[0, 0.25, 0.5, 0.75, 1].map((part) => rounded(quantile(ratios, part))),
      countSlow(runs.map(({ own }) => own)),
      countSlow(runs.map(({ reference }) => reference))
    ]
  }))
}
