// Postgres stops or hangs: what needs no database goes on behind the proxies, and the rest says so itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { createVerifier, defineRoles, Rejection } from 'gatepass/verify'
import { hang } from '../chaos/faults.js'
import { ADMIN, FEED_TOKEN, Follower, logIn, send, startPair } from './pair.js'

/** @typedef {import('./report.js').Report} Report */
/** @typedef {import('./pair.js').Pair} Pair */
/** @typedef {{ access_token: string, refresh_token: string }} Tokens */
/** @typedef {{ name: string, path: string, method?: string, token?: string, body?: object, expected: RegExp }} Request */

/** After so long an instance does not trust what it has read, and the feed ends. */
const STALE_SECONDS = 10
const BACK_SECONDS = 10

/**
 * Each begins an outage and returns what ends it.
 *
 * @satisfies {Record<string, (postgres: Pair['postgres']) => Promise<() => void | Promise<void>>>}
 */
const OUTAGES = {
  async stopped (/** @type {Pair['postgres']} */ postgres) {
    await postgres.stop('fast')
    return () => postgres.start()
  },
  hung: hang
}
const KINDS = /** @type {const} */ (['stopped', 'hung'])
const QUICK_KINDS = /** @type {const} */ (['stopped'])

const UNAVAILABLE = /^503 credential_store_unavailable, Retry-After \d+$/

/** @param {{ quick: boolean, report: Report }} options */
export async function run ({ quick, report }) {
  const pair = await startPair()
  const edge = createVerifier({
    issuer: pair.issuer, audience: 'api', roles: defineRoles({ admin: ['account:read'] }), revocations: { token: FEED_TOKEN }
  })
  const followers = Object.entries(pair.proxies).map(([name, address]) => ({ name, follower: new Follower(address) }))
  try {
    await edge.ready()
    const trial = { pair, report, check: createEdgeCheck(edge), followers }
    for (const kind of quick ? QUICK_KINDS : KINDS) {
      const seconds = STALE_SECONDS + (quick ? 3 : 20)
      const tokens = await prepare(trial)
      const end = await OUTAGES[kind](pair.postgres)
      try {
        await tryOutage(trial, tokens, { kind, seconds })
      } finally {
        await end()
      }
      await tryReturn(trial, tokens)
    }
  } finally {
    for (const { follower } of followers) await follower.stop()
    await edge.close()
    await pair.stop()
  }
}

/**
 * @typedef {{
 *   pair: Pair, report: Report, check: (token: string) => number, followers: Array<{ name: string, follower: Follower }>
 * }} Trial
 */

/**
 * @param {import('gatepass/verify').RemoteVerifier} edge
 * @returns {(token: string) => number} 200, or the status of the rejection
 */
function createEdgeCheck (edge) {
  const guard = edge.guard({ allow: 'account:read' })
  return (token) => {
    try {
      guard(new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }))
      return 200
    } catch (error) {
      if (error instanceof Rejection) return error.status
      throw error
    }
  }
}

/**
 * Logs in twice, and ends one of the sessions, which the edge and both instances learn.
 *
 * @param {Trial} trial
 * @returns {Promise<{ active: Tokens, ended: Tokens }>}
 */
async function prepare ({ pair, check, followers }) {
  const { HAProxy: address } = pair.proxies
  const [active, ended] = [await logIn(address), await logIn(address)]
  await send(`${address}/auth/logout`, { method: 'POST', body: { refresh_token: ended.refresh_token } })
  while (check(ended.access_token) !== 401 || !followers.every(({ follower }) => follower.isOpen)) await sleep(20)
  for (const { address } of pair.instances) {
    while ((await send(`${address}/me`, { token: ended.access_token })).status !== 401) await sleep(20)
  }
  return { active, ended }
}

/**
 * @param {Trial} trial
 * @param {{ active: Tokens, ended: Tokens }} tokens
 * @param {{ kind: string, seconds: number }} options
 */
async function tryOutage ({ pair, report, check, followers }, { active, ended }, { kind, seconds }) {
  const downAt = performance.now()
  const before = followers.map(({ follower }) => follower.ends)
  /** @type {Request[]} */
  const requests = [
    { name: 'GET /me', path: '/me', token: active.access_token, expected: /^200$/ },
    { name: 'GET /me of an ended session', path: '/me', token: ended.access_token, expected: /^401 invalid_token$/ },
    { name: 'GET /auth/check', path: '/auth/check', token: active.access_token, expected: /^204$/ },
    { name: 'the key set', path: '/.well-known/jwks.json', expected: /^200$/ },
    { name: 'the metadata', path: '/.well-known/oauth-authorization-server', expected: /^200$/ },
    { name: 'POST /auth/login', path: '/auth/login', method: 'POST', body: ADMIN, expected: UNAVAILABLE },
    {
      name: 'POST /auth/refresh',
      path: '/auth/refresh',
      method: 'POST',
      body: { refresh_token: active.refresh_token },
      expected: UNAVAILABLE
    }
  ]
  /** @type {Request[]} */
  const probes = [
    { name: 'a probe of /health/live', path: '/health/live', expected: /^200$/ },
    { name: 'a probe of /health/ready', path: '/health/ready', expected: /^200 .*"database":"down"/ },
    { name: 'an alarm at /health/ready?strict', path: '/health/ready?strict', expected: /^503 not_ready, Retry-After \d+$/ }
  ]
  const seen = new Sightings()
  /** @param {string} name @param {RegExp} expected @param {() => string | Promise<string>} find */
  const watch = async (name, expected, find) => {
    while (performance.now() - downAt < seconds * 1000) {
      seen.add(name, expected, await find())
      await sleep(200)
    }
  }
  /** @param {Array<{ name: string, address: string }>} places @param {Request[]} requests */
  const watchAll = (places, requests) => places.flatMap(({ name, address }) => requests.map((request) => {
    return watch(`${request.name} ${name}`, request.expected, () => ask(address, request))
  }))
  // The result of a check is kept for a second.
  await sleep(1_500)
  await Promise.all([
    ...watchAll(Object.entries(pair.proxies).map(([name, address]) => ({ name: `through ${name}`, address })), requests),
    ...watchAll(pair.instances.map(({ address }, index) => ({ name: `of instance ${index + 1}`, address })), probes),
    watch('a token at an edge', /^200$/, () => String(check(active.access_token))),
    watch('a token of an ended session at an edge', /^401$/, () => String(check(ended.access_token)))
  ])
  seen.report(report, `in ${seconds} s with Postgres ${kind}`)

  for (const [name, address] of Object.entries(pair.proxies)) {
    for (const accept of ['text/event-stream', 'application/json']) {
      const found = await ask(address, { path: '/revocations', token: FEED_TOKEN, accept })
      report.check(/^503 not_ready, Retry-After \d+$/.test(found), `the feed through ${name} as ${accept}: ${found}`)
    }
  }
  for (const [index, { name, follower }] of followers.entries()) {
    // Twice, if the second instance has read the revocations a moment later than the first.
    const hasEnded = follower.ends > (before[index] ?? 0) && !follower.isOpen
    report.check(hasEnded, `the stream through ${name} has ended in order, and cannot be opened again`)
  }
}

/**
 * @param {Trial} trial
 * @param {{ active: Tokens, ended: Tokens }} tokens
 */
async function tryReturn ({ pair, report, check, followers }, { active, ended }) {
  const backAt = performance.now()
  const seconds = () => (performance.now() - backAt) / 1000
  for (const [name, address] of Object.entries(pair.proxies)) {
    const body = { refresh_token: active.refresh_token }
    let found = ''
    while (found !== '200' && seconds() < BACK_SECONDS) {
      found = await ask(address, { path: '/auth/refresh', method: 'POST', body })
      await sleep(50)
    }
    report.check(found === '200', `a refresh through ${name}: ${found}, ${seconds().toFixed(1)} s after Postgres was back`)
  }
  const isWhole = async () => {
    const strict = await Promise.all(pair.instances.map(({ address }) => ask(address, { path: '/health/ready?strict' })))
    return strict.every((found) => found === '200') && followers.every(({ follower }) => follower.isOpen)
  }
  while (!await isWhole() && seconds() < BACK_SECONDS) await sleep(50)
  report.check(await isWhole(), `/health/ready?strict is 200, and the streams are open again, after ${seconds().toFixed(1)} s`)
  report.check(check(active.access_token) === 200 && check(ended.access_token) === 401, 'the edge has forgotten nothing')
}

/**
 * @param {string} address
 * @param {{ path: string, method?: string, token?: string, body?: object, accept?: string }} request
 * @returns {Promise<string>} the status; of an error its code, too, unless it is a page of the proxy
 */
async function ask (address, { path, ...options }) {
  const { status, headers, body } = await send(`${address}${path}`, options)
  if (status < 400) return path === '/health/ready' ? `${status} ${body}` : String(status)
  if (headers['content-type']?.startsWith('application/problem+json') !== true) return `${status}, a page of the proxy`
  const retry = headers['retry-after'] === undefined ? '' : `, Retry-After ${headers['retry-after']}`
  return `${status} ${JSON.parse(body).code}${retry}`
}

/** What was seen of each request, however often. */
class Sightings {
  /** @type {Map<string, { count: number, found: Set<string>, unexpected: number }>} */
  #entries = new Map()

  /**
   * @param {string} name
   * @param {RegExp} expected
   * @param {string} found
   */
  add (name, expected, found) {
    const entry = this.#entries.get(name) ?? { count: 0, found: new Set(), unexpected: 0 }
    entry.count++
    entry.found.add(found)
    if (!expected.test(found)) entry.unexpected++
    this.#entries.set(name, entry)
  }

  /**
   * @param {Report} report
   * @param {string} when
   */
  report (report, when) {
    for (const [name, { count, found, unexpected }] of this.#entries) {
      const others = unexpected === 0 ? '' : ` (${unexpected} times not as it should be)`
      report.check(unexpected === 0, `${name}, ${count} times ${when}: ${[...found].join('; ')}${others}`)
    }
  }
}
