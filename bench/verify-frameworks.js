// The guard of gatepass/verify in Express, Hono and node:http, beside what is usual there; each against the bare route of its framework.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expectRefused, WARM_UP } from './competitors/guarded.js'
import { competitorVersion, ENVIRONMENT } from './competitors/installed.js'
import { expectCacheHits } from './guarded.js'
import { collectReferences, compareServers, toRatio } from './harness/compare.js'
import { requestWith } from './harness/load.js'
import { figure, ratio, toBars, toTable } from './harness/present.js'
import { toSpread } from './harness/statistics.js'
import { createIssuer } from './harness/tokens.js'

/** @typedef {import('./harness/compare.js').Candidate} Candidate */
/** @typedef {import('./harness/compare.js').Run} Run */

const LIVE_TOKENS = 1_000
const COLD_TOKENS = 5_000
// So few that a token is evicted long before it comes again.
const COLD_CACHE = 100
const ENTRY = fileURLToPath(new URL('./competitors/frameworks.js', import.meta.url))

export const title = 'A guarded request without Fastify'
export const description = 'gatepass/verify, express-jwt, express-oauth2-jwt-bearer, hono/jwk and jose, each compared with the same ' +
  'route of its framework unguarded: server CPU for a request.'

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run (plan) {
  const issuer = createIssuer('ES256')
  const keySet = await serveKeySet(issuer.jwk)
  try {
    const results = []
    for (const { bare, candidates } of createFrameworks(issuer, keySet.address, plan)) {
      console.error(`  ${bare.title}`)
      results.push({ bare, candidates, runs: await compareServers({ reference: bare, candidates, plan }) })
    }
    return present(results)
  } finally {
    keySet.close()
  }
}

/**
 * The key set of an issuer is never in the process that verifies, and fetching it costs what it costs.
 *
 * @param {import('../src/contract/index.ts').PublicJwk} jwk
 */
async function serveKeySet (jwk) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' })
    response.end(JSON.stringify({ keys: [jwk] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the key set has no port')
  return {
    address: `http://127.0.0.1:${address.port}/jwks.json`,
    close () {
      server.close()
      server.closeAllConnections()
    }
  }
}

/**
 * @param {ReturnType<typeof createIssuer>} issuer
 * @param {string} keySet its address
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Array<{ bare: Candidate, candidates: Candidate[] }>}
 */
function createFrameworks ({ environment, mintMany }, keySet, { warmUp, slices, slice }) {
  const live = mintMany(LIVE_TOKENS).map((token) => requestWith(token))
  const cold = mintMany(COLD_TOKENS).map((token) => requestWith(token))
  // A token of another issuer with the same name, and none.
  const expectRefusals = expectRefused([requestWith(createIssuer('ES256').mint()), { path: '/campaigns', headers: {} }])
  const again = warmUp + slices * slice
  const program = (/** @type {string[]} */ ...parameters) => ({
    entry: ENTRY, parameters, environment: { ...environment, ...ENVIRONMENT, KEY_SET: keySet }
  })
  return [
    { name: 'node:http', title: 'node:http', others: { jose: competitorVersion('jose') } },
    {
      name: 'express',
      title: competitorVersion('express'),
      others: {
        'express-jwt': `${competitorVersion('express-jwt')}, ${competitorVersion('jwks-rsa')}`,
        'express-oauth2-jwt-bearer': competitorVersion('express-oauth2-jwt-bearer')
      }
    },
    {
      name: 'hono',
      title: `${competitorVersion('hono')}, ${competitorVersion('@hono/node-server')}`,
      others: {
        'hono/jwk, keys': 'hono/jwk with keys',
        'hono/jwk, jwks_uri': 'hono/jwk with jwks_uri, which it fetches for each request'
      }
    }
  ].map(({ name, title, others }) => ({
    bare: { name, title, program: program(name), first: live, requests: live },
    candidates: [
      {
        name: 'warm',
        title: 'gatepass/verify, token seen before',
        program: program(name, 'gatepass'),
        first: live,
        requests: live,
        check: checkAll(expectCacheHits(again / (again + LIVE_TOKENS)), expectRefusals)
      },
      {
        name: 'cold',
        title: 'gatepass/verify, token never seen',
        program: program(name, 'gatepass', String(COLD_CACHE)),
        requests: cold,
        check: checkAll(expectCacheHits(0), expectRefusals)
      },
      ...Object.entries(others).map(([guard, title]) => ({
        name: guard, title, program: program(name, guard), requests: live, warmUp: Math.min(warmUp, WARM_UP), check: expectRefusals
      }))
    ]
  }))
}

/**
 * @param {Array<NonNullable<Candidate['check']>>} checks
 * @returns {NonNullable<Candidate['check']>}
 */
function checkAll (...checks) {
  return async (server) => { for (const check of checks) await check(server) }
}

/**
 * @param {Array<{ bare: Candidate, candidates: Candidate[], runs: Map<string, Run[]> }>} results
 * @returns {import('./harness/results.js').Findings}
 */
function present (results) {
  const frameworks = results.map(({ bare, candidates, runs }) => ({
    title: bare.title,
    cpu: toSpread(collectReferences(runs).map(({ cpu }) => cpu)),
    rows: candidates.map(({ name, title }) => ({
      title,
      cpu: toSpread((runs.get(name) ?? []).map(({ own }) => own.cpu)),
      ratio: toRatio(runs.get(name) ?? [], 'cpu'),
      perSecond: toRatio(runs.get(name) ?? [], 'perSecond')
    }))
  }))
  return {
    tables: frameworks.map(({ title, cpu, rows }) => toTable([title, 'CPU, µs a request', 'CPU against bare', 'throughput against bare'], [
      ['the bare route', figure(cpu), '1', '1'],
      ...rows.map((row) => [row.title, figure(row.cpu), ratio(row.ratio), ratio(row.perSecond)])
    ])),
    notes: [
      `${LIVE_TOKENS.toLocaleString('en')} live tokens, ES256, on 10 connections, no pipelining. Tokens never seen: ` +
        `${COLD_TOKENS.toLocaleString('en')}, with room for ${COLD_CACHE}. The others check every token's signature each time.`,
      'Each as its documentation shows it, with issuer and audience. The key set is served by another process. Every guard was checked ' +
        'to reject a token that somebody else has signed, and a request without one.'
    ],
    budgets: [],
    chart: {
      title: 'Server CPU for a guarded request',
      unit: ' µs',
      bars: toBars(frameworks.flatMap(({ title, cpu, rows }) => [
        { title: `${title}, bare`, spread: cpu },
        ...rows.map((row) => ({ title: `${title}: ${row.title}`, spread: row.cpu }))
      ]))
    }
  }
}
