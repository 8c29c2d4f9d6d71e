// What a guard costs a request: each way of guarding a route against the same route unguarded.
import { fileURLToPath } from 'node:url'
import { presentSteady, steadyCandidates } from './guarded-steady.js'
import { compareServers, ratioIn, referencesIn } from './harness/compare.js'
import { fill, hasPostgres, startDatabases, uuidOf } from './harness/database.js'
import { requestWith } from './harness/load.js'
import { versionOf } from './harness/machine.js'
import { barsOf, figure, ratio, tableOf } from './harness/present.js'
import { spreadOf } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'
import { WARM_UP, betterAuthRivals, expectRefused, expressRivals } from './rivals/guarded.js'
import { installRivals } from './rivals/installed.js'

/** @typedef {import('./rivals/guarded.js').Rival} Candidate */
/** @typedef {import('./harness/database.js').Databases} Databases */

const WARM_TOKENS = 100
const COLD_TOKENS = 5_000
// So few that a token is forgotten long before it comes again.
const COLD_CACHE = 100
const WARM_CACHE = 10_000
const SESSIONS = 100_000
const WARM_BUDGET = 1.15
// The layout of one process moves it by as much as what is measured here.
const ROUNDS = 5
const BOUTS = 3

export const title = 'A guarded request'
export const against = 'gatepass/edge, its rivals and a session in Postgres, each held against the same Fastify route unguarded: server CPU for a request.'

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  const hasRivals = installRivals()
  const databases = hasPostgres ? await startDatabases() : undefined
  try {
    const [bare, ...others] = tokenCandidates(hasRivals, plan)
    const candidates = [
      ...others,
      ...databases === undefined ? [] : [await sessionCandidate(databases)],
      ...databases === undefined || !hasRivals ? [] : await betterAuthRivals(databases, { sessions: SESSIONS, shown: COLD_TOKENS, cached: WARM_TOKENS })
    ]
    const longer = { ...plan, ...!plan.quick && { rounds: ROUNDS } }
    return present(bare, candidates, await compareServers({ reference: bare, candidates: candidates.map(withRefusals), plan: longer }), hasRivals, plan)
  } finally {
    await databases?.remove()
  }
}

/**
 * @param {Candidate} candidate
 * @returns {Candidate} that is checked to refuse, too
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
 * @param {boolean} hasRivals
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {[bare: Candidate, ...others: Candidate[]]}
 */
function tokenCandidates (hasRivals, plan) {
  const issuer = createIssuer('ES256')
  const { environment, mintMany } = issuer
  // Of another issuer that says it is the same one, and nobody's.
  const refused = [requestWith(createIssuer('ES256').mint()), requestWith('')]
  const warm = mintMany(WARM_TOKENS).map((token) => requestWith(token))
  const cold = mintMany(COLD_TOKENS).map((token) => requestWith(token))
  const server = (/** @type {string} */ name, /** @type {string[]} */ ...parameters) => ({ entry: entryOf(name), parameters, environment })
  return [
    { name: 'bare', title: `the bare route, ${versionOf('fastify')}`, program: server('bare'), requests: warm, refused: [] },
    { name: 'hook', title: 'behind a hook that does nothing', program: server('hook'), requests: warm, refused: [], bouts: BOUTS },
    { name: 'warm', title: 'gatepass/edge, token seen before', program: server('edge', '{}'), requests: warm, refused, check: expectRemembered(1), bouts: BOUTS },
    { name: 'cold', title: 'gatepass/edge, token never seen', program: server('edge', JSON.stringify({ cacheSize: COLD_CACHE })), requests: cold, refused, check: expectRemembered(0) },
    ...steadyCandidates({ issuer, program: server('edge', '{}'), refused, plan }),
    { name: 'jwt-cache', title: `${versionOf('@fastify/jwt')} with its cache, token seen before`, program: server('fastify-jwt', String(WARM_CACHE)), requests: warm, refused },
    { name: 'jwt', title: `${versionOf('@fastify/jwt')} without its cache`, program: server('fastify-jwt'), requests: warm, refused },
    { name: 'jose', title: `${versionOf('jose')} in a hook, remote key set`, program: server('jose'), requests: warm, refused },
    ...hasRivals ? expressRivals({ environment, requests: warm, refused }) : []
  ]
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
    title: `a session in Postgres, ${versionOf('pg')}`,
    program: { entry: entryOf('session'), environment: { DATABASE_URL: url } },
    requests: Array.from({ length: COLD_TOKENS }, (_, index) => requestWith(uuidOf(index * SESSIONS / COLD_TOKENS))),
    refused: [requestWith(uuidOf(SESSIONS))],
    databaseCpu: cpu
  }
}

/** @param {string} name */
export function entryOf (name) {
  return fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url))
}

/**
 * @param {number} share of the requests whose token the edge must have remembered, nearly
 * @returns {(server: import('./harness/compare.js').Server) => Promise<void>}
 */
export function expectRemembered (share) {
  return async ({ ask }) => {
    const { remembered, verified } = await ask('counters')
    const actual = remembered / (remembered + verified)
    if (Math.abs(actual - share) > 0.05) throw new Error(`the edge remembered ${actual} of its tokens, not ${share}`)
  }
}

/**
 * @param {Candidate} bare
 * @param {Candidate[]} candidates
 * @param {Map<string, import('./harness/compare.js').Bout[]>} bouts
 * @param {boolean} hasRivals
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {import('./harness/results.js').Findings}
 */
function present (bare, candidates, bouts, hasRivals, plan) {
  const of = (/** @type {string} */ name) => bouts.get(name) ?? []
  const references = referencesIn(bouts)
  const bareCpu = spreadOf(references.map(({ cpu }) => cpu))
  const rows = candidates.map(({ name, title }) => ({
    title,
    cpu: spreadOf(of(name).map(({ own }) => own.cpu)),
    database: spreadOf(of(name).map(({ own }) => own.databaseCpu)),
    ratio: ratioIn(of(name), 'cpu'),
    perSecond: ratioIn(of(name), 'perSecond'),
    isLimited: isLimited(of(name).map(({ own }) => own))
  }))
  const steady = presentSteady(of)
  const star = (/** @type {boolean} */ limited) => limited ? ' *' : ''
  return {
    tables: [tableOf(
      ['', 'CPU, µs a request', 'CPU against bare', 'throughput against bare', 'Postgres, µs a request'],
      [
        [bare.title, figure(bareCpu), '1', `1${star(isLimited(references))}`, ''],
        ...rows.map((row) => [row.title, figure(row.cpu), ratio(row.ratio), ratio(row.perSecond) + star(row.isLimited), row.database.median > 0 ? figure(row.database) : ''])
      ]
    ), ...steady.tables],
    notes: [
      `${WARM_TOKENS} tokens, ES256, on 10 connections, no pipelining; ${SESSIONS.toLocaleString('en')} sessions in the tables. Tokens that the edge never saw: ${COLD_TOKENS.toLocaleString('en')}, with room for ${COLD_CACHE}.`,
      ...steady.notes,
      ...hasRivals ? ['better-auth with Fastify and pg, and the joins that its documentation recommends; its cookie cache lasts an hour here and never has to ask. Every guard was seen to refuse a token that somebody else signed, or a session that there is not.', `Each server is warmed with ${plan.warmUp.toLocaleString('en')} requests, express-jwt and better-auth with ${WARM_UP.toLocaleString('en')}; each has a process of the bare route beside it. There are ${of('warm').length} processes of the edge with tokens seen before, and ${of('cold').length} of the others.`] : ['Express and better-auth are not there: they could not be installed.'],
      ...rows.some((row) => row.isLimited) || isLimited(references) ? ['\\* the load generator was at its limit: the server could have served more.'] : []
    ],
    budgets: [{ what: 'guarded request, warm, CPU against the bare route', atMost: WARM_BUDGET, measured: ratioIn(of('warm'), 'cpu'), unit: '×' }, ...steady.budgets],
    chart: { title: 'Server CPU for a guarded request', unit: ' µs', bars: barsOf([{ title: bare.title, cpu: bareCpu }, ...rows].map((row) => ({ title: row.title, spread: row.cpu }))), limit: { value: WARM_BUDGET * bareCpu.median, label: `${WARM_BUDGET} × bare, for a token seen before` } }
  }
}

/** @param {import('./harness/compare.js').Sample[]} samples */
function isLimited (samples) {
  return Math.min(...samples.map(({ loadShare }) => loadShare)) > 0.9
}
