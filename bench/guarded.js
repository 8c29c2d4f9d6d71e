// The cost of a guard: each way of guarding a route, compared with the same route unguarded.
import { fileURLToPath } from 'node:url'
import { presentProcesses } from './guarded-processes.js'
import { presentSteady, steadyCandidates } from './guarded-steady.js'
import { compareServers, toRatio, collectReferences } from './harness/compare.js'
import { fill, hasPostgres, startDatabases, toUuid } from './harness/database.js'
import { requestWith } from './harness/load.js'
import { packageVersion } from './harness/machine.js'
import { toBars, figure, ratio, toTable } from './harness/present.js'
import { toSpread } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'
import { WARM_UP, createBetterAuthCompetitors, expectRefused, createExpressCompetitors } from './competitors/guarded.js'

/** @typedef {import('./competitors/guarded.js').Competitor} Candidate */
/** @typedef {import('./harness/database.js').Databases} Databases */

const WARM_TOKENS = 100
// From one client to as many as the cache has room for.
const LIVE_TOKENS = [1, 1_000, 10_000]
const COLD_TOKENS = 5_000
// So few that a token is evicted long before it comes again.
const COLD_CACHE = 100
const WARM_CACHE = 10_000
const SESSIONS = 100_000
const WARM_BUDGET = 1.15
// The memory layout of one process, and whether its ticks are slow, change the figure by as much as the guard does.
const ROUNDS = 5
const RUNS_PER_ROUND = 3

export const title = 'A guarded request'
export const description = 'gatepass/edge, its competitors and a session in Postgres, each compared with the same Fastify route ' +
  'unguarded: server CPU for a request.'

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  const databases = hasPostgres ? await startDatabases() : undefined
  try {
    const [bare, ...others] = tokenCandidates(plan)
    const candidates = [
      ...others,
      ...databases === undefined ? [] : [await sessionCandidate(databases)],
      ...databases === undefined
        ? []
        : await createBetterAuthCompetitors(databases, {
          sessions: SESSIONS, shown: COLD_TOKENS, cached: WARM_TOKENS
        })
    ]
    const longer = { ...plan, ...!plan.quick && { rounds: ROUNDS } }
    return present(
      bare, candidates, await compareServers({ reference: bare, candidates: candidates.map(withRefusals), plan: longer }), plan
    )
  } finally {
    await databases?.remove()
  }
}

/**
 * @param {Candidate} candidate
 * @returns {Candidate} that is also checked to reject bad tokens
 */
function withRefusals (candidate) {
  const { refused, check = async () => {} } = candidate
  return {
    ...candidate,
    async check (server) {
      await check(server)
      await expectRefused(refused)(server)
    }
  }
}

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {[bare: Candidate, ...others: Candidate[]]}
 */
function tokenCandidates (plan) {
  const issuer = createIssuer('ES256')
  const { environment, mintMany } = issuer
  // A token of another issuer with the same name, and an empty one.
  const refused = [requestWith(createIssuer('ES256').mint()), requestWith('')]
  const warm = mintMany(WARM_TOKENS).map((token) => requestWith(token))
  const live = mintMany(Math.max(...LIVE_TOKENS)).map((token) => requestWith(token))
  const cold = mintMany(COLD_TOKENS).map((token) => requestWith(token))
  const server = (/** @type {string} */ name, /** @type {string[]} */ ...parameters) => ({
    entry: toEntryPath(name), parameters, environment
  })
  return [
    { name: 'bare', title: `the bare route, ${packageVersion('fastify')}`, program: server('bare'), requests: warm, refused: [] },
    {
      name: 'hook',
      title: 'behind a hook that does nothing',
      program: server('hook'),
      requests: warm,
      refused: [],
      runsPerRound: RUNS_PER_ROUND
    },
    {
      name: 'warm',
      title: `gatepass/edge, token seen before, ${WARM_TOKENS} live`,
      program: server('edge', '{}'),
      requests: warm,
      refused,
      check: expectCacheHits(1),
      runsPerRound: RUNS_PER_ROUND
    },
    ...LIVE_TOKENS.map((amount) => ({
      name: `warm-${amount}`,
      title: `gatepass/edge, token seen before, ${amount.toLocaleString('en')} live`,
      program: server('edge', '{}'),
      ...loadLive(live.slice(0, amount), plan),
      refused
    })),
    {
      name: 'cold',
      title: 'gatepass/edge, token never seen',
      program: server('edge', JSON.stringify({ cacheSize: COLD_CACHE })),
      requests: cold,
      refused,
      check: expectCacheHits(0)
    },
    ...steadyCandidates({ issuer, program: server('edge', '{}'), refused, plan }),
    {
      name: 'jwt-cache',
      title: `${packageVersion('@fastify/jwt')} with its cache, token seen before`,
      program: server('fastify-jwt', String(WARM_CACHE)),
      requests: warm,
      refused
    },
    { name: 'jwt', title: `${packageVersion('@fastify/jwt')} without its cache`, program: server('fastify-jwt'), requests: warm, refused },
    { name: 'jose', title: `${packageVersion('jose')} in a hook, remote key set`, program: server('jose'), requests: warm, refused },
    ...createExpressCompetitors({ environment, requests: warm, refused })
  ]
}

/**
 * @param {import('./harness/load.js').Request[]} live
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Pick<Candidate, 'first' | 'requests' | 'check'>} many each once; then whichever comes
 */
function loadLive (live, { warmUp, slices, slice }) {
  const any = () => live[Math.floor(Math.random() * live.length)] ?? requestWith('')
  const again = warmUp + slices * slice
  return {
    // The load generator sends at least one on each of its connections.
    ...live.length > WARM_TOKENS && { first: live },
    requests: (turn) => Array.from({ length: turn === 0 ? warmUp : slice }, any),
    check: expectCacheHits(again / (again + live.length))
  }
}

/**
 * @param {Databases} databases
 * @returns {Promise<Candidate>}
 */
async function sessionCandidate ({ create, cpu }) {
  const url = await create('sessions')
  await fill(url, { users: SESSIONS / 10, sessions: SESSIONS })
  return {
    name: 'session',
    title: `a session in Postgres, ${packageVersion('pg')}`,
    program: { entry: toEntryPath('session'), environment: { DATABASE_URL: url } },
    requests: Array.from({ length: COLD_TOKENS }, (_, index) => requestWith(toUuid(index * SESSIONS / COLD_TOKENS))),
    refused: [requestWith(toUuid(SESSIONS))],
    databaseCpu: cpu
  }
}

/** @param {string} name */
export function toEntryPath (name) {
  return fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url))
}

/**
 * @param {number} share of the requests whose token was in the cache, approximately
 * @returns {(server: import('./harness/compare.js').Server) => Promise<void>}
 */
export function expectCacheHits (share) {
  return async ({ ask }) => {
    const { cacheHits, verified } = await ask('counters')
    const actual = cacheHits / (cacheHits + verified)
    if (Math.abs(actual - share) > 0.05) throw new Error(`${actual} of the tokens were in the cache of the edge, not ${share}`)
  }
}

/**
 * @param {Candidate} bare
 * @param {Candidate[]} candidates
 * @param {Map<string, import('./harness/compare.js').Run[]>} runs
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {import('./harness/results.js').Findings}
 */
function present (bare, candidates, runs, plan) {
  const of = (/** @type {string} */ name) => runs.get(name) ?? []
  const references = collectReferences(runs)
  const bareCpu = toSpread(references.map(({ cpu }) => cpu))
  const rows = candidates.map(({ name, title }) => ({
    title,
    cpu: toSpread(of(name).map(({ own }) => own.cpu)),
    database: toSpread(of(name).map(({ own }) => own.databaseCpu)),
    ratio: toRatio(of(name), 'cpu'),
    perSecond: toRatio(of(name), 'perSecond'),
    isLimited: isLimited(of(name).map(({ own }) => own))
  }))
  const steady = presentSteady(of)
  const byProcess = candidates.filter(({ runsPerRound = 1 }) => runsPerRound > 1).map(({ name, title }) => ({ title, runs: of(name) }))
  const star = (/** @type {boolean} */ limited) => limited ? ' *' : ''
  return {
    tables: [toTable(
      ['', 'CPU, µs a request', 'CPU against bare', 'throughput against bare', 'Postgres, µs a request'],
      [
        [bare.title, figure(bareCpu), '1', `1${star(isLimited(references))}`, ''],
        ...rows.map((row) => [
          row.title, figure(row.cpu), ratio(row.ratio), ratio(row.perSecond) + star(row.isLimited),
          row.database.median > 0 ? figure(row.database) : ''
        ])
      ]
    ), presentProcesses(byProcess), ...steady.tables],
    notes: [
      `${WARM_TOKENS} tokens, ES256, on 10 connections, no pipelining; ${SESSIONS.toLocaleString('en')} sessions in the tables. Tokens ` +
        `that the edge never saw: ${COLD_TOKENS.toLocaleString('en')}, with room for ${COLD_CACHE}. Where another number of tokens is ` +
          'live, they come in random order.',
      'Slow ticks: `process.nextTick` takes at least three times as long as in the quickest process; docs/performance.md says why.',
      ...steady.notes,
      'better-auth with Fastify and pg, and the joins that its documentation recommends; its cookie cache lasts an hour here and never ' +
        'asks the database. Every guard was checked to reject a token that somebody else has signed, or a session that does not exist.',
      `Each server is warmed with ${plan.warmUp.toLocaleString('en')} requests, express-jwt and better-auth with ` +
        `${WARM_UP.toLocaleString('en')}; each is measured in turns with a process of the bare route. There are ${of('warm').length} ` +
          `processes of the edge with tokens seen before, and ${of('cold').length} of the others.`,
      ...rows.some((row) => row.isLimited) || isLimited(references)
        ? ['\\* limited by the load generator: the server could have served more.']
        : []
    ],
    budgets: [
      { what: 'guarded request, warm, CPU against the bare route', atMost: WARM_BUDGET, measured: toRatio(of('warm'), 'cpu'), unit: '×' },
      ...steady.budgets
    ],
    chart: {
      title: 'Server CPU for a guarded request',
      unit: ' µs',
      bars: toBars([{ title: bare.title, cpu: bareCpu }, ...rows].map((row) => ({ title: row.title, spread: row.cpu }))),
      limit: { value: WARM_BUDGET * bareCpu.median, label: `${WARM_BUDGET} × bare, for a token seen before` }
    }
  }
}

/** @param {import('./harness/compare.js').Sample[]} samples */
function isLimited (samples) {
  return Math.min(...samples.map(({ loadShare }) => loadShare)) > 0.9
}
