// A guarded request as tokens and denied sessions become many, and what each of them weighs.
import { entryOf } from './guarded.js'
import { compareServers } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { figure, ratio, rounded, tableOf } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { ratioOf, spreadOf } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'

/** @typedef {import('./harness/compare.js').Candidate} Candidate */
/** @typedef {import('./harness/compare.js').Sample} Sample */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {'tokens' | 'roomy' | 'denied'} Growing */
/** @typedef {Candidate & { of: Growing, amount: number }} Grown */
/** @typedef {{ heapBytes: number, residentBytes: number }} Weight of one */

export const title = 'Growth: a guarded request'
export const against = 'gatepass/edge with 1 to 100,000 live tokens, as it comes and with room for all of them, and with up to a million sessions denied, each held against the bare route; and what a remembered token and a denied session weigh.'

const ROUNDS = 3
const DEFAULT_ROOM = 10_000
// Of the least used half nothing is kept, so this is room for all in whatever order they come.
const ROOM = 200_000
const FEW = 100
const GARBAGE = new URL('./harness/gc-probe.js', import.meta.url).href
const TITLES = { tokens: `live tokens, room for ${DEFAULT_ROOM.toLocaleString('en')} (the default)`, roomy: `live tokens, room for ${ROOM.toLocaleString('en')}`, denied: 'denied sessions' }

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  const shorter = { ...plan, rounds: ROUNDS, ...!plan.quick && { warmUp: 30_000, slices: 4, slice: 15_000 } }
  const candidates = candidatesOf(shorter)
  const bare = { name: 'bare', title: 'the bare route', program: { entry: entryOf('bare') }, requests: candidates[0]?.requests ?? [] }
  const samples = await compareServers({ candidates: [bare, ...candidates], plan: shorter })
  /** @type {Record<'token' | 'denied', Weight[]>} */
  const weights = { token: [], denied: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const what of /** @type {const} */ (['token', 'denied'])) {
      weights[what].push(await runWorker('weight', { what, count: plan.quick ? 20_000 : what === 'token' ? 100_000 : 1_000_000 }, { flags: ['--expose-gc'] }))
    }
  }
  return present(candidates, samples, weights)
}

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Grown[]}
 */
function candidatesOf ({ quick, slice }) {
  const most = quick ? 20_000 : 100_000
  const { environment, mintMany } = createIssuer('ES256')
  const pool = mintMany(most).map((token) => requestWith(token))
  const few = pool.slice(0, FEW)
  const edge = (/** @type {object} */ options) => ({ entry: entryOf('edge'), parameters: [JSON.stringify(options)], environment, flags: ['--import', GARBAGE] })
  /** @type {Grown[]} */
  const tokens = [1, FEW, DEFAULT_ROOM, most].map((amount) => ({ of: 'tokens', amount, name: `tokens-${amount}`, title: '', program: edge({}), count, ...load(amount) }))
  /** @type {Grown[]} */
  const roomy = [DEFAULT_ROOM, most].map((amount) => ({ of: 'roomy', amount, name: `roomy-${amount}`, title: '', program: edge({ cacheSize: ROOM }), count, ...load(amount) }))
  /** @type {Grown[]} */
  const denied = [1_000, 100_000, 1_000_000].map((amount) => ({ of: 'denied', amount, name: `denied-${amount}`, title: '', program: edge({ denied: amount }), count, requests: few }))
  return [...tokens, ...roomy, ...denied]

  /**
   * @param {number} amount
   * @returns {Pick<Candidate, 'requests' | 'first'>} few tokens in turn; many each once, and then whichever comes
   */
  function load (amount) {
    if (amount <= FEW) return { requests: Array.from({ length: FEW }, (_, index) => pool[index % amount] ?? requestWith('')) }
    return { first: pool.slice(0, amount), requests: () => Array.from({ length: slice }, () => pool[Math.floor(Math.random() * amount)] ?? requestWith('')) }
  }
}

/** @param {import('./harness/compare.js').Server} server */
async function count ({ ask }) {
  const { remembered } = await ask('counters')
  const { microseconds } = await ask('garbage')
  return { remembered, garbage: microseconds }
}

/**
 * @param {Grown[]} candidates
 * @param {Map<string, Sample[]>} samples
 * @param {Record<'token' | 'denied', Weight[]>} weights
 * @returns {import('./harness/results.js').Findings}
 */
function present (candidates, samples, weights) {
  const of = (/** @type {string} */ name) => samples.get(name) ?? []
  const cpu = (/** @type {string} */ name) => of(name).map((sample) => sample.cpu)
  const counted = (/** @type {string} */ name, /** @type {'remembered' | 'garbage'} */ key) => spreadOf(of(name).map(({ counts }) => counts[key] ?? NaN))
  const ratioTo = (/** @type {string} */ name) => ratioOf(cpu(name), cpu('bare'))
  const row = (/** @type {Grown} */ { of: growing, amount, name }) => [
    `${amount.toLocaleString('en')} ${TITLES[growing]}`, figure(spreadOf(cpu(name))), ratio(ratioTo(name)), `${rounded(counted(name, 'remembered').median * 100)} %`, figure(counted(name, 'garbage'))
  ]
  const points = (/** @type {Grown[]} */ grown) => grown.map(({ amount, name }) => ({ amount, spread: ratioTo(name) })).map(({ amount, spread: { min, median, max } }) => ({ x: amount, value: median, min, max }))
  const line = (/** @type {Growing} */ what) => candidates.filter((candidate) => candidate.of === what)
  const few = candidates.filter(({ name }) => name === `tokens-${FEW}`)
  const weight = (/** @type {'token' | 'denied'} */ what) => [figure(spreadOf(weights[what].map(({ residentBytes }) => residentBytes))), figure(spreadOf(weights[what].map(({ heapBytes }) => heapBytes)))]
  return {
    tables: [
      tableOf(['', 'CPU, µs a request', 'CPU against bare', 'tokens remembered', 'of it collecting garbage, µs'], [['the bare route', figure(spreadOf(cpu('bare'))), '1', '', ''], ...candidates.map(row)]),
      tableOf(['bytes of each', 'resident', 'on the heap'], [['a remembered token', ...weight('token')], ['a denied session', ...weight('denied')]])
    ],
    notes: [],
    budgets: [],
    chart: {
      title: 'Server CPU for a guarded request',
      unit: '× the bare route',
      across: 'live tokens, or denied sessions',
      lines: [
        { label: TITLES.tokens, points: points(line('tokens')) },
        { label: TITLES.roomy, points: points([...few, ...line('roomy')]) },
        { label: `${TITLES.denied}, ${FEW} live tokens`, points: points(few).map((point) => ({ ...point, x: 0 })).concat(points(line('denied'))) }
      ]
    }
  }
}
