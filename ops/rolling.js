// Instances are restarted one after the other, under load: no request fails.
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVerifier, defineRoles } from 'gatepass/verify'
import { ADMIN, DELAY_SECONDS, FEED_TOKEN, Follower, logIn, send, startPair } from './pair.js'

/** @typedef {import('./report.js').Report} Report */
/** @typedef {{ count: number, failures: string[] }} Tally */
/** @typedef {{ access_token: string, refresh_token: string }} Tokens */

const CLOSE_SECONDS = 9.5
/** Until a proxy has noticed that an instance is ready again. */
const SETTLE_MS = 3_000
const CLIENTS = 8
/** Heartbeats come every three seconds. */
const MAX_AGE_SECONDS = 10

/** @param {{ quick: boolean, report: Report }} options */
export async function run ({ quick, report }) {
  const pair = await startPair()
  try {
    const { requests, perSecond, rounds } = quick
      ? { requests: 1_500, perSecond: 60, rounds: 1 }
      : { requests: 30_000, perSecond: 300, rounds: 3 }
    const edge = createVerifier({
      issuer: pair.issuer, audience: 'api', roles: defineRoles({ admin: ['account:read'] }), revocations: { token: FEED_TOKEN }
    })
    await edge.ready()
    const age = watchAge(edge)
    const followers = Object.entries(pair.proxies).map(([name, address]) => ({ name, follower: new Follower(address) }))
    const restarting = restartAll(pair, { rounds, report })
    const loads = Object.entries(pair.proxies).map(async ([name, address]) => {
      const { count, failures } = await loadUntil({ address, requests, perSecond, isOver: restarting })
      for (const failure of failures) console.log(`${name}: ${failure}`)
      report.check(failures.length === 0, `${name}: ${failures.length} of ${count} requests failed`)
    })
    await Promise.all([restarting, ...loads])
    for (const { name, follower } of followers) {
      await follower.stop()
      const { ends, failures, longestGapMs } = follower
      const gap = `${(longestGapMs / 1000).toFixed(1)} s without a stream at most`
      const held = ends > 0 && failures.length === 0
      report.check(held, `${name}: ${ends} streams of the feed ended in order, with ${gap}; failed: ${failures.join(', ') || 'none'}`)
    }
    const oldestSeconds = age.stop()
    report.check(oldestSeconds <= MAX_AGE_SECONDS, `an edge was ${oldestSeconds} s behind at most`)
    await edge.close()
  } finally {
    await pair.stop()
  }
}

/**
 * @param {import('./pair.js').Pair} pair
 * @param {{ rounds: number, report: Report }} options
 */
async function restartAll ({ instances }, { rounds, report }) {
  for (let round = 1; round <= rounds; round++) {
    for (const [index, instance] of instances.entries()) {
      await sleep(SETTLE_MS)
      const startedAt = performance.now()
      const code = await instance.stop('SIGTERM')
      const seconds = (performance.now() - startedAt) / 1000
      const isInTime = seconds >= DELAY_SECONDS && seconds < DELAY_SECONDS + CLOSE_SECONDS
      report.check(code === 0 && isInTime, `instance ${index + 1} ended ${seconds.toFixed(1)} s after SIGTERM, with exit code ${code}`)
      await instance.start()
    }
  }
  await sleep(SETTLE_MS)
}

/** @param {{ health (): { feedAgeSeconds: number | undefined } }} edge */
function watchAge (edge) {
  let oldestSeconds = 0
  const timer = setInterval(() => { oldestSeconds = Math.max(oldestSeconds, edge.health().feedAgeSeconds ?? Infinity) }, 100)
  return {
    stop () {
      clearInterval(timer)
      return oldestSeconds
    }
  }
}

/**
 * Sends requests at a steady rate, until there were so many and `isOver` has resolved.
 *
 * @param {{ address: string, requests: number, perSecond: number, isOver: Promise<void> }} options
 * @returns {Promise<Tally>}
 */
async function loadUntil ({ address, requests, perSecond, isOver }) {
  const tally = { count: 0, failures: /** @type {string[]} */ ([]) }
  const over = { isDone: false }
  isOver.finally(() => { over.isDone = true }).catch(() => {})
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: CLIENTS }, runClient))
  return tally

  async function runClient () {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const nextStep = createSteps(await logIn(address))
    for (let number = 0; !over.isDone || tally.count < requests; number++) {
      await sleep(startedAt + tally.count / perSecond * 1000 - performance.now())
      tally.count++
      const { expected, onBody, path, ...options } = nextStep(number)
      try {
        const { status, body } = await send(`${address}${path}`, { ...options, agent })
        if (status === expected) onBody?.(body)
        else tally.failures.push(`${options.method ?? 'GET'} ${path}: ${status} ${body}`)
      } catch (error) {
        tally.failures.push(`${options.method ?? 'GET'} ${path}: ${error}`)
      }
    }
    agent.destroy()
  }
}

/**
 * The requests of one client, most of which need no database.
 *
 * @typedef {{
 *   path: string, expected: number, method?: string, token?: string, body?: object, onBody?: (body: string) => void
 * }} Step
 * @param {Tokens} tokens
 * @returns {(number: number) => Step}
 */
function createSteps (tokens) {
  let current = tokens
  const keep = (/** @type {string} */ body) => { current = JSON.parse(body) }
  /** @type {Array<() => Step>} */
  const steps = [
    () => ({ path: '/me', expected: 200, token: current.access_token }),
    () => ({ path: '/auth/check', expected: 204, token: current.access_token }),
    () => ({ path: '/.well-known/jwks.json', expected: 200 }),
    () => ({ path: '/auth/refresh', expected: 200, method: 'POST', body: { refresh_token: current.refresh_token }, onBody: keep }),
    () => ({ path: '/.well-known/oauth-authorization-server', expected: 200 }),
    () => ({ path: '/account', expected: 200, token: current.access_token }),
    () => ({ path: '/auth/logout', expected: 204, method: 'POST', body: { refresh_token: current.refresh_token } }),
    () => ({ path: '/auth/login', expected: 200, method: 'POST', body: ADMIN, onBody: keep })
  ]
  return (number) => /** @type {() => Step} */ (steps[number % steps.length])()
}
