// A guarded request with a growing number of tokens and denied sessions, and the memory that each of them takes.
import { toEntryPath } from './guarded.js'
import { compareServers, toRatio, collectReferences } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { figure, ratio, rounded, toTable } from './harness/present.js'
import { runWorker } from './harness/processes.js'
import { toSpread } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'

/** @typedef {import('./harness/compare.js').Candidate} Candidate */
/** @typedef {import('./harness/compare.js').Run} Run */
/** @typedef {import('./harness/load.js').Request} Request */
/** @typedef {'tokens' | 'roomy' | 'denied'} Growing */
/** @typedef {Candidate & { of: Growing, amount: number }} Grown */
/** @typedef {{ heapBytes: number, residentBytes: number }} Weight of one */
/** @typedef {{ token: Weight, denied: Weight, recall: { few: number, all: number } }} Measurement see workers/weight.js */

export const title = 'Growth: a guarded request'
export const description = 'gatepass/edge with 1 to 100,000 live tokens, with the default cache and with one that holds all of them, and ' +
  'with up to a million denied sessions, each compared with the bare route; and the memory of a cached token and of a denied session.'

const ROUNDS = 3
const DEFAULT_ROOM = 10_000
const ROOM = 100_000
const FEW = 100
const MOST_DENIED = 1_000_000
const GC_PROBE = new URL('./harness/gc-probe.js', import.meta.url).href
const TITLES = {
  tokens: `live tokens, room for ${DEFAULT_ROOM.toLocaleString('en')} (the default)`,
  roomy: `live tokens, room for ${ROOM.toLocaleString('en')}`,
  denied: 'denied sessions'
}

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  const candidates = createCandidates(plan)
  const reference = {
    name: 'bare', title: 'the bare route', program: { entry: toEntryPath('bare') }, requests: candidates[0]?.requests ?? []
  }
  const runs = await compareServers({ reference, candidates, plan: { ...plan, rounds: ROUNDS } })
  const sizes = plan.quick ? { token: 20_000, denied: 100_000, recall: 30_000 } : { token: 50_000, denied: 1_000_000, recall: 100_000 }
  const work = (/** @type {object} */ parameter) => runWorker('weight', parameter, { flags: ['--expose-gc'] })
  /** @type {Measurement[]} */
  const measurements = []
  for (let round = 0; round < ROUNDS; round++) {
    measurements.push({
      token: await work({ what: 'token', count: sizes.token }),
      denied: await work({ what: 'denied', count: sizes.denied }),
      recall: await work({ what: 'recall', count: sizes.recall })
    })
  }
  return present(candidates, runs, measurements, sizes.recall)
}

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Grown[]}
 */
function createCandidates ({ quick, warmUp, slice }) {
  const most = quick ? 30_000 : 100_000
  const { environment, mintMany } = createIssuer('ES256')
  const pool = mintMany(most).map((token) => requestWith(token))
  const few = pool.slice(0, FEW)
  const edge = (/** @type {object} */ options) => ({
    entry: toEntryPath('edge'), parameters: [JSON.stringify(options)], environment, flags: ['--import', GC_PROBE]
  })
  /** @type {Grown[]} */
  const tokens = [1, FEW, DEFAULT_ROOM, 2 * DEFAULT_ROOM, most].map((amount) => ({
    of: 'tokens', amount, name: `tokens-${amount}`, title: '', program: edge({}), count, ...load(amount)
  }))
  /** @type {Grown[]} */
  const roomy = [most].map((amount) => ({
    of: 'roomy', amount, name: `roomy-${amount}`, title: '', program: edge({ cacheSize: ROOM }), count, ...load(amount)
  }))
  /** @type {Grown[]} */
  const denied = [1_000, 100_000, MOST_DENIED].map((amount) => ({
    of: 'denied', amount, name: `denied-${amount}`, title: '', program: edge({ denied: amount }), count, requests: few
  }))
  return [...tokens, ...roomy, ...denied]

  /**
   * @param {number} amount
   * @returns {Pick<Candidate, 'requests' | 'first'>} few tokens in turn; many each once, and then whichever comes
   */
  function load (amount) {
    if (amount <= FEW) return { requests: Array.from({ length: FEW }, (_, index) => pool[index % amount] ?? requestWith('')) }
    return {
      first: pool.slice(0, amount),
      requests: (turn) => Array.from(
        { length: turn === 0 ? warmUp : slice }, () => pool[Math.floor(Math.random() * amount)] ?? requestWith('')
      )
    }
  }
}

/** @param {import('./harness/compare.js').Server} server */
async function count ({ ask }) {
  const { cacheHits } = await ask('counters')
  const { microseconds } = await ask('garbage')
  return { cacheHits, garbage: microseconds }
}

/**
 * @param {Grown[]} candidates
 * @param {Map<string, Run[]>} runs
 * @param {Measurement[]} measurements
 * @param {number} most
 * @returns {import('./harness/results.js').Findings}
 */
function present (candidates, runs, measurements, most) {
  const of = (/** @type {string} */ name) => runs.get(name) ?? []
  const counted = (/** @type {string} */ name, /** @type {'cacheHits' | 'garbage'} */ key) => toSpread(of(name)
    .map(({ own }) => own.counts[key] ?? NaN))
  const row = (/** @type {Grown} */ { of: growing, amount, name }) => [
    `${TITLES[growing]}: ${amount.toLocaleString('en')}`, figure(toSpread(of(name).map(({ own }) => own.cpu))), ratio(toRatio(
      of(name), 'cpu'
    )), `${rounded(counted(name, 'cacheHits').median * 100)} %`, figure(counted(name, 'garbage'))
  ]
  const points = (/** @type {Grown[]} */ grown) => grown.map(({ amount, name }) => ({ amount, spread: toRatio(of(name), 'cpu') }))
    .map(({ amount, spread: { min, median, max } }) => ({ x: amount, value: median, min, max }))
  const line = (/** @type {Growing} */ what) => candidates.filter((candidate) => candidate.of === what)
  const few = candidates.filter(({ name }) => name === `tokens-${FEW}`)
  // While every token fits, the size of the cache does not matter.
  const fitting = candidates.filter(({ of: what, amount }) => what === 'tokens' && amount <= DEFAULT_ROOM)
  const weight = (/** @type {'token' | 'denied'} */ what) => (/** @type {const} */ (['residentBytes', 'heapBytes'])).map((key) =>
    figure(toSpread(measurements.map((measurement) => measurement[what][key]))))
  const recall = (/** @type {'few' | 'all'} */ among) => toSpread(measurements.map((measurement) => measurement.recall[among]))
  return {
    tables: [
      toTable(['', 'CPU, µs a request', 'CPU against bare', 'cache hits', 'collecting garbage, µs by the clock'], [
        ['the bare route', figure(toSpread(collectReferences(runs).map(({ cpu }) => cpu))), '1', '', ''], ...candidates.map(row)
      ]),
      toTable(['bytes of each', 'resident', 'on the heap'], [
        ['a cached token', ...weight('token')], ['a denied session', ...weight('denied')]
      ]),
      toTable(['a cache hit', 'CPU, ns'], [
        [`one of ${FEW}`, figure(recall('few'))], [`one of ${most.toLocaleString('en')}`, figure(recall('all'))]
      ])
    ],
    notes: createNotes({
      cacheHits: counted(`tokens-${2 * DEFAULT_ROOM}`, 'cacheHits').median,
      among: most,
      bytes: toSpread(measurements.map(({ token }) => token.heapBytes)).median,
      recall: { few: recall('few').median, all: recall('all').median },
      garbage: { none: counted(`tokens-${FEW}`, 'garbage').median, denied: counted(`denied-${MOST_DENIED}`, 'garbage').median }
    }),
    budgets: [],
    chart: {
      title: 'Server CPU for a guarded request',
      unit: '× the bare route',
      across: 'live tokens, or denied sessions',
      lines: [
        { label: TITLES.tokens, points: points(line('tokens')) },
        { label: TITLES.roomy, points: points([...fitting, ...line('roomy')]) },
        {
          label: `${TITLES.denied}, ${FEW} live tokens`,
          points: points(few).map((point) => ({ ...point, x: 0 })).concat(points(line('denied')))
        }
      ]
    }
  }
}

/**
 * Explains the bends in the curves.
 *
 * @param {object} found
 * @param {number} found.cacheHits
 * @param {number} found.among
 * @param {number} found.bytes
 * @param {{ few: number, all: number }} found.recall
 * @param {{ none: number, denied: number }} found.garbage
 */
function createNotes ({ cacheHits, among, bytes, recall, garbage }) {
  return [
    'Many tokens come in random order.',
    `With the default, the curve bends past ${DEFAULT_ROOM.toLocaleString('en')} tokens, which is the size of the cache: with ` +
      `${(2 * DEFAULT_ROOM).toLocaleString('en')} tokens ${rounded(cacheHits * 100)} % of the requests hit the cache; the others need a ` +
        'signature check. Set `cacheSize` to the number of tokens that are live at a time.',
    `With a cache for all of them, the rest is memory: ${among.toLocaleString('en')} tokens take ${rounded(bytes * among / 1e6)} MB, ` +
      `more than the processor's caches hold, so that a hit takes ${rounded(recall.all)} ns rather than ${rounded(recall.few)}. Denied ` +
        `sessions cost one lookup, however many there are; garbage collections, which visit every entry, take ${rounded(garbage.denied)} ` +
          `µs of a request with ${MOST_DENIED.toLocaleString('en')} of them, and ${rounded(garbage.none)} µs with none.`
  ]
}
