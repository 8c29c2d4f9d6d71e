// What a route that asks for a recent proof costs more than another one.
import { toBars, figure, toTable } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { toSpread } from './harness/statistics.js'

/** @typedef {Record<string, number>} Sample nanoseconds for a check, by candidate */

export const title = 'The step-up check'
export const description = 'What the guard does for a route that asks for a recent proof, with the clock, when the token is known: CPU ' +
  'of one process, for a request.'

const BUDGET_NS = 100
const CANDIDATES = {
  none: 'a route that asks for none', module: 'a module that asks for one', route: 'a route that asks for one', both: 'both'
}

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  /** @type {Sample[]} */
  const samples = []
  for (let round = 0; round < rounds; round++) samples.push(await runWorker('step-up', { blocks: quick ? 20 : 100, calls: 100_000 }))
  const rows = Object.entries(CANDIDATES).map(([name, title]) => ({
    name, title, spread: toSpread(samples.map((sample) => sample[name] ?? NaN))
  }))
  return {
    tables: [toTable(['', 'CPU, ns a request'], rows.map(({ title, spread }) => [title, figure(spread)]))],
    notes: ['100 routes and 10,000 users in turn. The loop around the check is counted with it.'],
    budgets: rows.filter(({ name }) => name === 'both').map(({ spread: measured }) => ({
      what: 'the step-up check of a request, with its clock', atMost: BUDGET_NS, measured, unit: 'ns'
    })),
    chart: { title: 'CPU for the step-up check', unit: ' ns', bars: toBars(rows), limit: { value: BUDGET_NS, label: `${BUDGET_NS} ns` } }
  }
}
