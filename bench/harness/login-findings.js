// Presents the login benchmark: tables, notes and budgets.
import { cpus } from 'node:os'
import { competitorVersion } from '../competitors/installed.js'
import { packageVersion } from './machine.js'
import { toBars, figure, megabytes, ratio, toTable } from './present.js'
import { ARGON2 } from './service.js'
import { toRatioSpread, toSpread, sum } from './statistics.js'

/** @typedef {{ perSecond: number, cpu: number }} Speed logins, and microseconds of the server's CPU for each */
/** @typedef {import('./storm.js').Storm} Storm */

/**
 * @typedef {object} Sample
 * @property {Record<string, Speed>} speeds
 * @property {Storm} full hashes take every core of the service
 * @property {Storm} spared hashes leave one core free
 */

const THROUGHPUT_BUDGET = 0.95
const BUILD_BUDGET = 1.8
export const NODE_RS = '@node-rs/argon2'

/**
 * @param {Sample[]} samples
 * @param {import('../competitors/login.js').Competitor} competitor
 * @param {import('./argon2-builds.js').Builds} builds
 * @returns {import('./results.js').Findings}
 */
export function present (samples, competitor, { environments }) {
  const storms = { full: samples.map(({ full }) => full), spared: samples.map(({ spared }) => spared) }
  const all = (/** @type {keyof typeof storms} */ which, /** @type {Exclude<keyof Storm, 'statuses'>} */ key) =>
    storms[which].map((storm) => storm[key])
  const speeds = (/** @type {string} */ name, /** @type {keyof Speed} */ key) => samples.map((sample) => sample.speeds[name]?.[key] ?? NaN)
  const toThroughput = (/** @type {string} */ name, /** @type {string} */ reference) => toRatioSpread(
    speeds(name, 'perSecond'), speeds(reference, 'perSecond')
  )
  const row = (/** @type {string} */ title, /** @type {string} */ name, /** @type {string} */ reference) => [
    title, figure(toSpread(speeds(name, 'perSecond'))), figure(toSpread(speeds(name, 'cpu').map(milliseconds))),
    ...name === reference
      ? ['1', '1']
      : [
          ratio(toThroughput(name, reference)), ratio(toRatioSpread(speeds(name, 'cpu'), speeds(reference, 'cpu')))
        ]
  ]
  const latencyIn = (/** @type {keyof typeof storms} */ which) => toRatioSpread(all(which, 'stormP99'), all(which, 'idleP99'))
  const answered = (/** @type {string} */ status) => sum(storms.full.map(({ statuses }) => statuses[status] ?? 0))
  const others = sum(Object.values(storms).flat()
    .flatMap(({ statuses }) => Object.entries(statuses).map(([status, count]) => ['200', '503'].includes(status) ? 0 : count)))
  const isBuilt = environments.native !== undefined
  /** @type {Array<[title: string, name: string]>} */
  const logins = [
    [`a route of ${packageVersion('fastify')} with the same hash and the same two statements`, 'route'], ['logins', 'service'],
    ['logins, argon2 ready-made', 'service, ready-made'],
    [competitor.title, 'competitor']
  ]
  return {
    tables: [
      toTable(['hashes alone', 'a second', 'CPU, ms each', 'throughput', 'CPU'], [
        ...Object.keys(environments).map((name) => row(`${packageVersion('argon2')}, ${name}`, name, 'ready-made')),
        row(competitorVersion(NODE_RS), NODE_RS, 'ready-made')
      ]),
      toTable(['logins', 'a second', 'CPU, ms each', 'throughput', 'CPU'], logins.map(([title, name]) => row(title, name, 'route'))),
      ...(/** @type {const} */ (['full', 'spared'])).map((which) => toTable([
        which === 'full' ? 'one core, and hashes on it' : `${cpus().length} cores, and hashes on all but one`, 'before', 'in the storm'
      ], [
        [
          'p99 of GET /me, ms', figure(toSpread(all(which, 'idleP99'))),
          `${figure(toSpread(all(which, 'stormP99')))}: ${ratio(latencyIn(which))}`
        ],
        ['the slowest GET /me, ms', '', figure(toSpread(all(which, 'stormMax')))],
        ['logins a second', '', figure(toSpread(all(which, 'stormPerSecond')))],
        [
          'resident memory of the service, MB', figure(toSpread(all(which, 'idleBytes').map(megabytes))),
          `${figure(toSpread(all(which, 'peakBytes').map(megabytes)))} at most`
        ]
      ]))
    ],
    notes: [
      `Argon2id, ${ARGON2.memoryCost} KiB, ${ARGON2.timeCost} passes, on the one core: one hash at a time, except for better-auth, where ` +
        'Node decides how many. Logins are with argon2 ' +
          `${isBuilt ? 'built for this processor, those of better-auth too' : 'ready-made, for there is no compiler here'}. GET /me is ` +
            `sent 200 times a second, at an even pace; ${sum([...all('full', 'refused'), ...all('spared', 'refused')])} of ` +
              'them were rejected.',
      `Of the logins of the storm on one core ${answered('200').toLocaleString('en')} succeeded, ${answered('503').toLocaleString('en')} ` +
        `got 503 with Retry-After, ${others.toLocaleString('en')} got another status. A client that has to wait two seconds comes back ` +
          `after two to four. A core is left free by UV_THREADPOOL_SIZE=${cpus().length}; the load and Postgres need a part of it here.`
    ],
    budgets: [
      {
        what: 'login throughput, against a bare route with the same hash and the same two statements',
        atLeast: THROUGHPUT_BUDGET,
        measured: toThroughput('service', 'route'),
        unit: '×'
      },
      ...isBuilt
        ? [{
            what: 'logins a second with argon2 built for this processor, against its ready-made binary',
            atLeast: BUILD_BUDGET,
            measured: toThroughput('service', 'service, ready-made'),
            unit: '×'
          }]
        : [],
      { what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, measured: latencyIn('full'), unit: '×' }
    ],
    chart: {
      title: 'Logins a second',
      unit: '',
      bars: toBars(logins.map(([title, name]) => ({
        title: title.replace(/ of \S+ \S+ with/, ' with'), spread: toSpread(speeds(name, 'perSecond'))
      }))),
      limit: { value: THROUGHPUT_BUDGET * toSpread(speeds('route', 'perSecond')).median, label: `at least ${THROUGHPUT_BUDGET} ×` }
    }
  }
}

/** @param {number} microseconds */
function milliseconds (microseconds) {
  return microseconds / 1000
}
