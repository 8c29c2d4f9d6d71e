// A million revoked sessions at an edge: their weight, a look-up, what they cost a guarded request, and how long anybody waits.
import { entryOf } from './guarded.js'
import { compareServers, ratioIn, referencesIn } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { barsOf, figure, ratio, tableOf } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { spreadOf } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'

/** @typedef {import('./harness/compare.js').Candidate} Candidate */
/** @typedef {Record<'bytes' | 'empty' | 'hit' | 'miss' | 'add' | 'fillPause' | 'sweepPause', number>} Weighing see workers/deny-list.js */

export const title = 'A full deny list'
export const against = 'An edge that denies a million sessions, and one that learns of a thousand more each second, held against the bare route; and the list by itself.'

const ENTRIES = 1_000_000
const PER_SECOND = 1_000
const BUDGET = 1.2
const PAUSE_BUDGET_MS = 20
const BOUTS = 3

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  /** @type {Weighing[]} */
  const weighings = []
  for (let round = 0; round < plan.rounds; round++) {
    weighings.push(await runWorker('deny-list', { entries: ENTRIES, passes: plan.quick ? 3 : 20 }, { flags: ['--expose-gc'] }))
  }
  const [bare, ...candidates] = candidatesOf()
  return present(weighings, bare, candidates, await compareServers({ reference: bare, candidates, plan }))
}

/** @returns {[bare: Candidate, ...others: Candidate[]]} */
function candidatesOf () {
  const { environment, mintMany } = createIssuer('ES256')
  const requests = mintMany(100).map((token) => requestWith(token))
  const edge = (/** @type {object} */ options) => ({ entry: entryOf('edge'), parameters: [JSON.stringify(options)], environment })
  return [
    { name: 'bare', title: 'the bare route', program: { entry: entryOf('bare') }, requests },
    { name: 'empty', title: 'gatepass/edge, nothing denied', program: edge({}), requests, bouts: BOUTS },
    { name: 'full', title: 'a million sessions denied', program: edge({ denied: ENTRIES }), requests, bouts: BOUTS },
    { name: 'busy', title: 'and a thousand more each second', program: edge({ denied: ENTRIES, revokedPerSecond: PER_SECOND }), requests, check: expectLearned, bouts: BOUTS }
  ]
}

/** @param {import('./harness/compare.js').Server} server */
async function expectLearned ({ ask }) {
  if (await ask('denied') <= ENTRIES) throw new Error('the edge learned of no revocation')
}

/**
 * @param {Weighing[]} weighings
 * @param {Candidate} bare
 * @param {Candidate[]} candidates
 * @param {Map<string, import('./harness/compare.js').Bout[]>} bouts
 * @returns {import('./harness/results.js').Findings}
 */
function present (weighings, bare, candidates, bouts) {
  const of = (/** @type {string} */ name) => bouts.get(name) ?? []
  const bareCpu = spreadOf(referencesIn(bouts).map(({ cpu }) => cpu))
  const rows = candidates.map(({ name, title }) => ({ name, title, cpu: spreadOf(of(name).map(({ own }) => own.cpu)), ratio: ratioIn(of(name), 'cpu') }))
  const weighed = (/** @type {keyof Weighing} */ key) => spreadOf(weighings.map((weighing) => weighing[key]))
  const list = (/** @type {keyof Weighing} */ key) => figure(weighed(key))
  return {
    tables: [
      tableOf(['', 'CPU, µs a request', 'CPU against bare'], [[bare.title, figure(bareCpu), '1'], ...rows.map((row) => [row.title, figure(row.cpu), ratio(row.ratio)])]),
      tableOf(['The list by itself, a million entries', ''], [
        ['bytes of an entry', list('bytes')],
        ['ns to find that a session is denied', list('hit')],
        ['ns to find that it is not', list('miss')],
        ['the same in an empty list', list('empty')],
        ['ns to add an entry', list('add')],
        ['longest turn of the event loop while a million come in, ms', list('fillPause')],
        ['longest turn of the event loop while a million are swept, ms', list('sweepPause')]
      ])
    ],
    notes: ['The cost of learning is in the CPU of the requests that are served meanwhile.'],
    budgets: rows.filter(({ name }) => name === 'full' || name === 'busy').map((row) => ({ what: `guarded request, warm, ${row.title}, CPU against the bare route`, atMost: BUDGET, measured: row.ratio, unit: '×' })).concat(
      { what: 'a million denied sessions swept: longest pause of the event loop', atMost: PAUSE_BUDGET_MS, measured: weighed('sweepPause'), unit: 'ms' }
    ),
    chart: { title: 'Server CPU for a guarded request', unit: ' µs', bars: barsOf([{ title: bare.title, cpu: bareCpu }, ...rows].map((row) => ({ title: row.title, spread: row.cpu }))), limit: { value: BUDGET * bareCpu.median, label: `${BUDGET} × bare` } }
  }
}
