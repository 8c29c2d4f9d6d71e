// The step-up check as the guard calls it: found by the options of the route, with the clock of the verifier.
import { randomUUID } from 'node:crypto'
import { createUserFactory, defineRoles } from '../../dist/edge/index.js'
import { StepUpChecks } from '../../dist/edge/guard.js'
import { totalCpu, rotate } from '../harness/compare.js'
import { handleWork } from '../harness/probe.js'

/** @typedef {import('../../dist/edge/index.js').StepUpOptions} StepUpOptions */
/** @typedef {{ checks: StepUpChecks, routes: Array<StepUpOptions | undefined> }} Candidate */

const ROUTES = 100
const USERS = 10_000
const WARM_UP = 1_000_000

const createUser = createUserFactory(defineRoles({ user: ['campaigns:read'] }))
const nowSeconds = Math.floor(Date.now() / 1000)
const users = Array.from({ length: USERS }, () => createUser({
  id: randomUUID(),
  role: 'user',
  sessionId: randomUUID(),
  issuedAt: nowSeconds,
  expiresAt: nowSeconds + 3600,
  authenticatedAt: nowSeconds,
  level: 2
}))

handleWork(work)

/**
 * @param {{ blocks: number, calls: number }} options
 * @returns {Record<string, number>} nanoseconds of CPU for a check, by candidate
 */
function work ({ blocks, calls }) {
  const candidates = Object.entries(createCandidates())
  const spent = new Map(candidates.map(([name]) => [name, 0]))
  for (const [, candidate] of candidates) repeat(candidate, WARM_UP)
  for (let block = 0; block < blocks; block++) {
    for (const [name, candidate] of rotate(candidates, block)) {
      const before = process.cpuUsage()
      repeat(candidate, calls)
      spent.set(name, (spent.get(name) ?? 0) + totalCpu(process.cpuUsage(before)))
    }
  }
  return Object.fromEntries([...spent].map(([name, microseconds]) => [name, microseconds * 1000 / blocks / calls]))
}

/** @returns {Record<string, Candidate>} */
function createCandidates () {
  const asking = () => Array.from({ length: ROUTES }, () => ({ maxAge: 3600, acr: /** @type {const} */ ('aal1') }))
  const silent = Array.from({ length: ROUTES }, () => undefined)
  const ofModule = { maxAge: 1800, acr: /** @type {const} */ ('aal2') }
  return {
    none: { checks: new StepUpChecks(undefined), routes: silent },
    module: { checks: new StepUpChecks(ofModule), routes: silent },
    route: { checks: new StepUpChecks(undefined), routes: asking() },
    both: { checks: new StepUpChecks(ofModule), routes: asking() }
  }
}

/**
 * @param {Candidate} candidate
 * @param {number} times
 */
function repeat ({ checks, routes }, times) {
  for (let index = 0; index < times; index++) {
    const user = users[index % USERS]
    if (user === undefined) throw new RangeError('there are no users')
    const reason = checks.find(routes[index % ROUTES])?.findReason(user, Date.now())
    if (reason !== undefined) throw new Error(reason)
  }
}
