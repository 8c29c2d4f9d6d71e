// What the benchmark of logins has found, in tables, notes and budgets.
import { cpus } from 'node:os'
import { rivalVersionOf } from '../rivals/installed.js'
import { versionOf } from './machine.js'
import { barsOf, figure, megabytes, ratio, tableOf } from './present.js'
import { ARGON2 } from './service.js'
import { ratioOf, spreadOf, sumOf } from './statistics.js'

/** @typedef {{ perSecond: number, cpu: number }} Speed logins, and microseconds of the server's CPU for each */
/** @typedef {import('./storm.js').Storm} Storm */

/** @typedef {{ speeds: Record<string, Speed>, full: Storm, spared: Storm }} Sample `full`: hashes take every core that the service has; `spared`: they leave it one */

const THROUGHPUT_BUDGET = 0.95
const BUILD_BUDGET = 1.8
export const NODE_RS = '@node-rs/argon2'

/**
 * @param {Sample[]} samples
 * @param {import('../rivals/login.js').Rival} rival
 * @param {import('./argon2-builds.js').Builds} builds
 * @returns {import('./results.js').Findings}
 */
export function present (samples, rival, { environments }) {
  const storms = { full: samples.map(({ full }) => full), spared: samples.map(({ spared }) => spared) }
  const all = (/** @type {keyof typeof storms} */ which, /** @type {Exclude<keyof Storm, 'statuses'>} */ key) => storms[which].map((storm) => storm[key])
  const speeds = (/** @type {string} */ name, /** @type {keyof Speed} */ key) => samples.map((sample) => sample.speeds[name]?.[key] ?? NaN)
  const throughputOf = (/** @type {string} */ name, /** @type {string} */ reference) => ratioOf(speeds(name, 'perSecond'), speeds(reference, 'perSecond'))
  const row = (/** @type {string} */ title, /** @type {string} */ name, /** @type {string} */ reference) => [
    title, figure(spreadOf(speeds(name, 'perSecond'))), figure(spreadOf(speeds(name, 'cpu').map(milliseconds))),
    ...name === reference ? ['1', '1'] : [ratio(throughputOf(name, reference)), ratio(ratioOf(speeds(name, 'cpu'), speeds(reference, 'cpu')))]
  ]
  const latencyIn = (/** @type {keyof typeof storms} */ which) => ratioOf(all(which, 'stormP99'), all(which, 'idleP99'))
  const answered = (/** @type {string} */ status) => sumOf(storms.full.map(({ statuses }) => statuses[status] ?? 0))
  const others = sumOf(Object.values(storms).flat().flatMap(({ statuses }) => Object.entries(statuses).map(([status, count]) => ['200', '503'].includes(status) ? 0 : count)))
  const isBuilt = environments.native !== undefined
  /** @type {Array<[title: string, name: string]>} */
  const logins = [
    [`a route of ${versionOf('fastify')} with the same hash and the same two statements`, 'route'], ['logins', 'service'],
    ['logins, argon2 ready-made', 'service, ready-made']
  ]
  if (rival !== undefined) logins.push([rival.title, 'rival'])
  return {
    tables: [
      tableOf(['hashes alone', 'a second', 'CPU, ms each', 'throughput', 'CPU'], [
        ...Object.keys(environments).map((name) => row(`${versionOf('argon2')}, ${name}`, name, 'ready-made')),
        ...rival === undefined ? [] : [row(rivalVersionOf(NODE_RS), NODE_RS, 'ready-made')]
      ]),
      tableOf(['logins', 'a second', 'CPU, ms each', 'throughput', 'CPU'], logins.map(([title, name]) => row(title, name, 'route'))),
      ...(/** @type {const} */ (['full', 'spared'])).map((which) => tableOf([which === 'full' ? 'one core, and hashes on it' : `${cpus().length} cores, and hashes on all but one`, 'before', 'in the storm'], [
        ['p99 of GET /me, ms', figure(spreadOf(all(which, 'idleP99'))), `${figure(spreadOf(all(which, 'stormP99')))}: ${ratio(latencyIn(which))}`],
        ['the slowest GET /me, ms', '', figure(spreadOf(all(which, 'stormMost')))],
        ['logins a second', '', figure(spreadOf(all(which, 'stormPerSecond')))],
        ['resident memory of the service, MB', figure(spreadOf(all(which, 'idleBytes').map(megabytes))), `${figure(spreadOf(all(which, 'peakBytes').map(megabytes)))} at most`]
      ]))
    ],
    notes: [
      `Argon2id, ${ARGON2.memoryCost} KiB, ${ARGON2.timeCost} passes, on the one core: one hash at a time, but for better-auth, which leaves it to Node how many. Logins are with argon2 ${isBuilt ? 'built for this processor, those of better-auth too' : 'ready-made, for there is no compiler here'}. GET /me is asked 200 times a second, at an even pace; ${sumOf([...all('full', 'refused'), ...all('spared', 'refused')])} of them were refused.`,
      `Of the logins of the storm on one core ${answered('200').toLocaleString('en')} were good, ${answered('503').toLocaleString('en')} were told to come back (503), ${others.toLocaleString('en')} were answered otherwise. Who is told to come back in two seconds comes after two to four. A core is left free by UV_THREADPOOL_SIZE=${cpus().length}; the load and Postgres need a part of it here.`
    ],
    budgets: [
      { what: 'login throughput, against a bare route with the same hash and the same two statements', atLeast: THROUGHPUT_BUDGET, measured: throughputOf('service', 'route'), unit: '×' },
      ...isBuilt ? [{ what: 'logins a second with argon2 built for this processor, against its ready-made binary', atLeast: BUILD_BUDGET, measured: throughputOf('service', 'service, ready-made'), unit: '×' }] : [],
      { what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, measured: latencyIn('full'), unit: '×' }
    ],
    chart: { title: 'Logins a second', unit: '', bars: barsOf(logins.map(([title, name]) => ({ title: title.replace(/ of \S+ \S+ with/, ' with'), spread: spreadOf(speeds(name, 'perSecond')) }))), limit: { value: THROUGHPUT_BUDGET * spreadOf(speeds('route', 'perSecond')).median, label: `at least ${THROUGHPUT_BUDGET} ×` } }
  }
}

/** @param {number} microseconds */
function milliseconds (microseconds) {
  return microseconds / 1000
}
