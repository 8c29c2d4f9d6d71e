// A million revoked sessions at an edge: their memory, the time of a lookup, the cost for a guarded request, and the pauses.
import { toEntryPath } from './guarded.js'
import { compareServers, toRatio, collectReferences } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { toBars, figure, ratio, toTable } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { toSpread } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'

/** @typedef {import('./harness/compare.js').Candidate} Candidate */
/** @typedef {import('./workers/deny-list.js').Measurement} Measurement */

export const title = 'A full deny list'
export const description = 'An edge with a million denied sessions, and one that receives a thousand more each second, compared with the ' +
  'bare route; and the deny list alone.'

const ENTRIES = 1_000_000
const PER_SECOND = 1_000
const BUDGET = 1.2
const PAUSE_BUDGET_MS = 20
const RUNS_PER_ROUND = 3

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  /** @type {Measurement[]} */
  const measurements = []
  for (let round = 0; round < plan.rounds; round++) {
    measurements.push(await runWorker('deny-list', { entries: ENTRIES, passes: plan.quick ? 3 : 20 }, { flags: ['--expose-gc'] }))
  }
  const [bare, ...candidates] = createCandidates()
  return present(measurements, bare, candidates, await compareServers({ reference: bare, candidates, plan }))
}

/** @returns {[bare: Candidate, ...others: Candidate[]]} */
function createCandidates () {
  const { environment, mintMany } = createIssuer('ES256')
  const requests = mintMany(100).map((token) => requestWith(token))
  const edge = (/** @type {object} */ options) => ({ entry: toEntryPath('edge'), parameters: [JSON.stringify(options)], environment })
  return [
    { name: 'bare', title: 'the bare route', program: { entry: toEntryPath('bare') }, requests },
    { name: 'empty', title: 'gatepass/edge, nothing denied', program: edge({}), requests, runsPerRound: RUNS_PER_ROUND },
    { name: 'full', title: 'a million sessions denied', program: edge({ denied: ENTRIES }), requests, runsPerRound: RUNS_PER_ROUND },
    {
      name: 'busy',
      title: 'and a thousand more each second',
      program: edge({ denied: ENTRIES, revokedPerSecond: PER_SECOND }),
      requests,
      check: expectLearned,
      runsPerRound: RUNS_PER_ROUND
    }
  ]
}

/** @param {import('./harness/compare.js').Server} server */
async function expectLearned ({ ask }) {
  if (await ask('denied') <= ENTRIES) throw new Error('the edge learned of no revocation')
}

/**
 * @param {Measurement[]} measurements
 * @param {Candidate} bare
 * @param {Candidate[]} candidates
 * @param {Map<string, import('./harness/compare.js').Run[]>} runs
 * @returns {import('./harness/results.js').Findings}
 */
function present (measurements, bare, candidates, runs) {
  const of = (/** @type {string} */ name) => runs.get(name) ?? []
  const bareCpu = toSpread(collectReferences(runs).map(({ cpu }) => cpu))
  const rows = candidates.map(({ name, title }) => ({
    name, title, cpu: toSpread(of(name).map(({ own }) => own.cpu)), ratio: toRatio(of(name), 'cpu')
  }))
  const weighed = (/** @type {keyof Measurement} */ key) => toSpread(measurements.map((measurement) => measurement[key]))
  const list = (/** @type {keyof Measurement} */ key) => figure(weighed(key))
  return {
    tables: [
      toTable(['', 'CPU, µs a request', 'CPU against bare'], [
        [bare.title, figure(bareCpu), '1'], ...rows.map((row) => [row.title, figure(row.cpu), ratio(row.ratio)])
      ]),
      toTable(['The deny list alone, a million entries', ''], [
        ['bytes of an entry', list('bytes')],
        ['ns to find that a session is denied', list('hit')],
        ['ns to find that it is not', list('miss')],
        ['the same in an empty list', list('empty')],
        ['ns to add an entry', list('add')],
        ['longest turn of the event loop while a million come in, ms', list('fillPause')],
        ['longest turn of the event loop while a million are swept, ms', list('sweepPause')]
      ])
    ],
    notes: ['The cost of receiving revocations is part of the CPU of the requests meanwhile.'],
    budgets: rows.filter(({ name }) => name === 'full' || name === 'busy').map((row) => ({
      what: `guarded request, warm, ${row.title}, CPU against the bare route`, atMost: BUDGET, measured: row.ratio, unit: '×'
    })).concat(
      {
        what: 'a million denied sessions swept: longest pause of the event loop',
        atMost: PAUSE_BUDGET_MS,
        measured: weighed('sweepPause'),
        unit: 'ms'
      }
    ),
    chart: {
      title: 'Server CPU for a guarded request',
      unit: ' µs',
      bars: toBars([{ title: bare.title, cpu: bareCpu }, ...rows].map((row) => ({ title: row.title, spread: row.cpu }))),
      limit: { value: BUDGET * bareCpu.median, label: `${BUDGET} × bare` }
    }
  }
}
