// A guarded request in the steady state: each client replaces its token after a few uses, and the cache is full of old tokens.
import { toRatio } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { figure, ratio, toTable } from './harness/present.js'
import { toSpread } from './harness/statistics.js'
import { createSession } from './harness/tokens.js'

/** @typedef {import('./competitors/guarded.js').Competitor} Candidate */
/** @typedef {import('./harness/compare.js').Run} Run */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {import('./harness/statistics.js').Spread} Spread */

const CLIENTS = [100, 1_000, 5_000, 9_000]
/** Room for tokens. */
const CACHE = 10_000
const USES = 4
const UNAVOIDABLE = 1 / USES
const MISS_BUDGET = 1.05
const CPU_BUDGET = 1.1

/**
 * @param {object} options
 * @param {ReturnType<typeof import('./harness/tokens.js').createIssuer>} options.issuer
 * @param {import('./harness/processes.js').Program} options.program a server with `gatepass/edge` as it comes
 * @param {Request[]} options.refused
 * @param {import('./harness/plan.js').Plan} options.plan
 * @returns {Candidate[]}
 */
export function steadyCandidates ({ issuer: { mint, mintMany }, program, refused, plan: { warmUp, slice } }) {
  const old = mintMany(CACHE).map((token) => requestWith(token))
  return CLIENTS.map((clients) => {
    let next = createTurnover(clients, mint)
    return {
      name: toName(clients),
      title: `gatepass/edge, ${clients.toLocaleString('en')} clients, tokens replaced after ${USES} uses`,
      program,
      first: old,
      requests (turn) {
        if (turn > 0) return Array.from({ length: slice }, next)
        // Turn 0 is the warm-up of another process.
        next = createTurnover(clients, mint)
        return Array.from({ length: warmUp }, next)
      },
      refused,
      count: async ({ ask }) => {
        const { cacheHits, verified } = await ask('counters')
        return { cacheHits, verified }
      }
    }
  })
}

/**
 * @param {number} clients come in turn; each shows a token four times, then the next one of its session
 * @param {ReturnType<typeof import('./harness/tokens.js').createIssuer>['mint']} mint
 * @returns {() => Request} the next that comes
 */
function createTurnover (clients, mint) {
  // The clients replace their tokens at different times.
  const states = Array.from({ length: clients }, (_, index) => ({ session: createSession(), uses: index % USES, request: requestWith('') }))
  for (const state of states) state.request = requestWith(mint(state.session))
  let turn = 0
  return () => {
    const state = states[turn++ % clients]
    if (state === undefined) throw new RangeError('there are no clients')
    if (state.uses++ === USES) {
      state.request = requestWith(mint(state.session))
      state.uses = 1
    }
    return state.request
  }
}

/**
 * @param {(name: string) => Run[]} of
 * @returns {Pick<import('./harness/results.js').Findings, 'tables' | 'notes' | 'budgets'>}
 */
export function presentSteady (of) {
  const warm = toRatio(of('warm'), 'cpu').median
  const cold = toRatio(of('cold'), 'cpu').median
  // The cost of a warm cache plus the unavoidable misses.
  const expected = warm + UNAVOIDABLE * (cold - warm)
  const found = CLIENTS.map((clients) => {
    const runs = of(toName(clients))
    return {
      clients: clients.toLocaleString('en'),
      misses: toSpread(runs.map(({ own: { counts } }) => toMissRate(counts))),
      cpu: toRatio(runs, 'cpu')
    }
  })
  return {
    tables: [toTable(
      ['the steady state: clients', 'misses', 'against the unavoidable', 'CPU against bare', 'against a fresh cache and those misses'],
      found.map(({ clients, misses, cpu }) => [
        clients, figure(scaled(misses, 100), ' %'), ratio(scaled(misses, 1 / UNAVOIDABLE)), ratio(cpu), ratio(scaled(cpu, 1 / expected))
      ])
    )],
    notes: [`In the steady state clients come in turn, each sends a token ${USES} times and then a new one, so ${100 * UNAVOIDABLE} % of ` +
      `the requests need a signature check. The cache, with room for ${CACHE.toLocaleString('en')}, is full of tokens that are not used ` +
        'again when it begins.'],
    budgets: found.flatMap(({ clients, misses, cpu }) => [
      {
        what: `misses in the steady state of ${clients} clients, against the unavoidable`,
        atMost: MISS_BUDGET,
        measured: scaled(misses, 1 / UNAVOIDABLE),
        unit: '×'
      },
      {
        what: `CPU in the steady state of ${clients} clients, against a fresh cache and those misses`,
        atMost: CPU_BUDGET,
        measured: scaled(cpu, 1 / expected),
        unit: '×'
      }
    ])
  }
}

/** @param {number} clients */
function toName (clients) {
  return `steady-${clients}`
}

/** @param {Record<string, number>} counts */
function toMissRate ({ cacheHits = 0, verified = 0 }) {
  return verified / (cacheHits + verified)
}

/**
 * @param {Spread} spread
 * @param {number} by
 * @returns {Spread}
 */
function scaled ({ min, median, max }, by) {
  return { min: min * by, median: median * by, max: max * by }
}
