// The delay from the response that confirms a revocation to the first rejection, at an edge and at another instance.
import { randomBytes } from 'node:crypto'
import { argon2id, hash } from 'argon2'
import { fill, query, startDatabases } from './harness/database.js'
import { countResponses, requestWith, startLoad } from './harness/load.js'
import { ROOT } from './harness/machine.js'
import { toBars, figure, toTable } from './harness/present.js'
import { startServer } from './harness/processes.js'
import { logIn, PASSWORD, serviceOn } from './harness/service.js'
import { quantile, toSpread } from './harness/statistics.js'

/** @typedef {{ edge: number[], instance: number[] }} Delays milliseconds, one for each run */
/** @typedef {{ sessions: Delays, keys: Delays, perSecond: number }} Sample */

export const title = 'Revocation'
export const description = 'From the response that confirms the end of a session, or the revocation of a signing key, to the first 401 ' +
  'for its token: at an edge in another process under load, and at another instance. The token is sent again and again, so each figure ' +
    'includes a round trip of about a millisecond.'

const ADMIN = 'user0@example.com'
const CHEAP = { ARGON2_MEMORY: '1024', ARGON2_TIME: '1', LOGIN_RATE_PER_MINUTE: '10000', SESSIONS_PER_USER: '10000' }
const LOAD = { connections: 10, perSecond: 1_000 }

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ quick }) {
  const rounds = 3
  const databases = await startDatabases()
  const load = startLoad()
  /** @type {Sample[]} */
  const samples = []
  try {
    const passwordHash = await hash(PASSWORD, { type: argon2id, memoryCost: 1024, timeCost: 2, parallelism: 1 })
    for (let round = 0; round < rounds; round++) {
      console.error(`  round ${round + 1} of ${rounds}`)
      const url = await databases.create(`revocation${round}`)
      await fill(url, { users: 2, sessions: 0, passwordHash })
      await query(url, "update users set role = 'admin' where normalized_email = $1", [ADMIN])
      samples.push(await measureRound(url, load, quick ? { sessions: 30, keys: 5 } : { sessions: 100, keys: 17 }))
    }
  } finally {
    await load.stop()
    await databases.remove()
  }
  return present(samples)
}

/**
 * @param {string} url
 * @param {import('./harness/load.js').LoadGenerator} load
 * @param {{ sessions: number, keys: number }} counts
 * @returns {Promise<Sample>}
 */
async function measureRound (url, load, counts) {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const one = await startServer(serviceOn(url, { ...CHEAP, FEED_TOKEN, ISSUER: '' }))
  const ISSUER = `http://localhost:${new URL(one.address).port}`
  const two = await startServer(serviceOn(url, { ...CHEAP, FEED_TOKEN, ISSUER }))
  const edge = await startServer({ entry: `${ROOT}bench/servers/remote-edge.js`, environment: { ISSUER, FEED_TOKEN } })
  try {
    const serving = { isOver: false, answers: 0, seconds: 0 }
    const loading = serve(load, edge.address, one.address, serving)
    const sessions = await endSessions({ one, two, edge }, counts.sessions)
    serving.isOver = true
    await loading
    const keys = await revokeKeys({ one, two, edge }, counts.keys)
    return { sessions, keys, perSecond: serving.answers / serving.seconds }
  } finally {
    for (const server of [edge, two, one]) await server.stop()
  }
}

/** @typedef {import('./harness/processes.js').Server} Server */
/** @typedef {{ one: Server, two: Server, edge: Server }} System */

/**
 * @param {import('./harness/load.js').LoadGenerator} load
 * @param {string} address
 * @param {string} issuer
 * @param {{ isOver: boolean, answers: number, seconds: number }} serving
 */
async function serve (load, address, issuer, serving) {
  const token = await logIn(issuer, 'user1@example.com')
  while (!serving.isOver) {
    const run = await load.run({
      address, requests: Array.from({ length: LOAD.connections }, () => requestWith(token)), ...LOAD, seconds: 2
    })
    serving.answers += countResponses(run)
    serving.seconds += run.seconds
  }
}

/**
 * @param {System} system
 * @param {number} runs
 */
async function endSessions (system, runs) {
  /** @type {Delays} */
  const delays = { edge: [], instance: [] }
  for (let turn = 0; turn < runs; turn++) {
    const admin = await logIn(system.one.address, ADMIN)
    const token = await logIn(system.two.address, 'user1@example.com')
    await assertAccepted(system, token)
    note(delays, await measureDelays(system, token, () => ask(`${system.one.address}/admin/sessions/${decodeClaims(token).sid}`, admin, {
      method: 'DELETE'
    })))
  }
  return delays
}

/**
 * @param {System} system
 * @param {number} runs
 */
async function revokeKeys (system, runs) {
  /** @type {Delays} */
  const delays = { edge: [], instance: [] }
  for (let turn = 0; turn < runs; turn++) {
    const admin = await logIn(system.one.address, ADMIN)
    const token = await logIn(system.two.address, 'user1@example.com')
    await assertAccepted(system, token)
    const compromised = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
    note(delays, await measureDelays(system, token, () => ask(`${system.one.address}/admin/keys/rotate`, admin, {
      method: 'POST', body: JSON.stringify({ compromised }), headers: { 'content-type': 'application/json' }
    })))
  }
  return delays
}

/**
 * @param {Delays} delays
 * @param {{ edge: number, instance: number }} delay
 */
function note (delays, delay) {
  delays.edge.push(delay.edge)
  delays.instance.push(delay.instance)
}

/**
 * @param {System} system
 * @param {string} token
 * @param {() => Promise<number>} revoke
 */
async function measureDelays ({ two, edge }, token, revoke) {
  const status = await revoke()
  if (status >= 300) throw new Error(`it was not revoked: ${status}`)
  const respondedAt = performance.now()
  const [atEdge, atInstance] = await Promise.all([
    untilRefused(`${edge.address}/campaigns`, token), untilRefused(`${two.address}/me`, token)
  ])
  return { edge: atEdge - respondedAt, instance: atInstance - respondedAt }
}

/**
 * @param {string} url
 * @param {string} token
 */
async function untilRefused (url, token) {
  while (await ask(url, token) !== 401);
  return performance.now()
}

/**
 * @param {System} system
 * @param {string} token
 */
async function assertAccepted ({ two, edge }, token) {
  for (const url of [`${edge.address}/campaigns`, `${two.address}/me`]) {
    const status = await ask(url, token)
    if (status !== 200) throw new Error(`a good token was answered ${status} at ${url}`)
  }
}

/**
 * @param {string} url
 * @param {string} token
 * @param {RequestInit} [init]
 * @returns {Promise<number>} its status
 */
async function ask (url, token, init = {}) {
  const reply = await fetch(url, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
  await reply.arrayBuffer()
  return reply.status
}

/** @param {string} token */
function decodeClaims (token) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/**
 * @param {Sample[]} samples
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples) {
  // The p99 of all rounds together, with the best and the worst round's.
  const p99 = (/** @type {'sessions' | 'keys'} */ what, /** @type {'edge' | 'instance'} */ where) => ({
    ...toSpread(samples.map((sample) => quantile(sample[what][where], 0.99))),
    median: quantile(samples.flatMap((sample) => sample[what][where]), 0.99)
  })
  const median = (/** @type {'sessions' | 'keys'} */ what, /** @type {'edge' | 'instance'} */ where) =>
    toSpread(samples.map((sample) => quantile(sample[what][where], 0.5)))
  const row = (/** @type {string} */ name, /** @type {'sessions' | 'keys'} */ what, /** @type {'edge' | 'instance'} */ where) => [
    name, figure(median(what, where)), figure(p99(what, where))
  ]
  return {
    tables: [toTable(['milliseconds to the first refusal', 'median', 'p99'], [
      row('a session ended, at the edge', 'sessions', 'edge'),
      row('a session ended, at another instance', 'sessions', 'instance'),
      row('a key revoked, at the edge', 'keys', 'edge'),
      row('a key revoked, at another instance', 'keys', 'instance')
    ])],
    notes: [`${samples[0]?.sessions.edge.length} sessions and ${samples[0]?.keys.edge.length} keys a round, and three rounds; the ` +
      'response to the second revocation of a key in a row waits two seconds, until every verifier has the successor. The edge served ' +
        `${figure(toSpread(samples.map(({ perSecond }) => perSecond)))} requests a second while sessions ended.`],
    budgets: [
      { what: 'session ended: p99 to the refusal at an edge under load', atMost: 50, measured: p99('sessions', 'edge'), unit: 'ms' },
      { what: 'key revoked: p99 to the refusal at an edge', atMost: 100, measured: p99('keys', 'edge'), unit: 'ms' }
    ],
    chart: {
      title: 'p99 to the first refusal',
      unit: 'ms',
      bars: toBars([
        { title: 'session ended, edge', spread: p99('sessions', 'edge') },
        { title: 'session ended, other instance', spread: p99('sessions', 'instance') },
        { title: 'key revoked, edge', spread: p99('keys', 'edge') },
        { title: 'key revoked, other instance', spread: p99('keys', 'instance') }
      ])
    }
  }
}
