// A token that is not in the edge's cache: all checks, compared with the signature check alone.
import { packageVersion } from './harness/machine.js'
import { toBars, figure, ratio, toTable } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { toRatioSpread, toSpread } from './harness/statistics.js'

/** @typedef {import('./harness/tokens.js').Algorithm} Algorithm */
/** @typedef {Record<string, number>} Sample microseconds for a call, by candidate */

export const title = 'A token never seen before'
export const description = 'The verifier of gatepass/edge with an empty cache, fast-jwt and jose, each compared with raw crypto.verify ' +
  'of the same signatures: CPU of one process, for a token.'

/** @type {Record<Algorithm, number>} */
const BUDGETS = { ES256: 1.2, EdDSA: 1.2, RS256: 1.4 }
const ALGORITHMS = /** @type {Algorithm[]} */ (Object.keys(BUDGETS))

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, quick }) {
  const work = quick ? { blocks: 8, calls: 250 } : { blocks: 40, calls: 500 }
  const samples = Object.fromEntries(ALGORITHMS.map((alg) => [alg, /** @type {Sample[]} */ ([])]))
  for (let round = 0; round < rounds; round++) {
    for (const alg of ALGORITHMS) samples[alg]?.push(await runWorker('verify', { alg, ...work }))
  }
  return present(samples)
}

/** @param {Record<string, Sample[]>} samples by algorithm, one for each process */
function present (samples) {
  const candidates = {
    raw: 'raw crypto.verify', edge: 'gatepass/edge, all checks', fastJwt: packageVersion('fast-jwt'), jose: packageVersion('jose')
  }
  const rows = ALGORITHMS.flatMap((alg) => Object.entries(candidates).map(([name, title]) => ({
    alg,
    name,
    title: `${alg}: ${title}`,
    cpu: toSpread(of(alg, name)),
    ratio: toRatioSpread(of(alg, name), of(alg, 'raw'))
  })))
  return {
    tables: [
      toTable(['', 'CPU, µs a token', 'against raw'], rows.map(({ title, cpu, ratio: against }) => [title, figure(cpu), ratio(against)]))
    ],
    notes: ['RS256 with a key of 2,048 bits. All four take turns in each process.'],
    budgets: rows.filter(({ name }) => name === 'edge').map(({ alg, ratio: measured }) => ({
      what: `cold token, ${alg}, against raw crypto.verify`, atMost: BUDGETS[alg], measured, unit: '×'
    })),
    chart: {
      title: 'CPU for a token never seen before',
      unit: ' µs',
      bars: toBars(rows.map(({ title, cpu }) => ({ title, spread: cpu })))
    }
  }

  /**
   * @param {Algorithm} alg
   * @param {string} name
   */
  function of (alg, name) {
    return (samples[alg] ?? []).map((sample) => sample[name] ?? NaN)
  }
}
