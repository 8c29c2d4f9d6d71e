// A run: clients and an admin act while faults happen; then the invariants are checked.
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from 'argon2'
import { v7 as uuidv7 } from 'uuid'
import { Attacker } from './attacker.js'
import { checkChanges, checkSessions, waitUntilReady } from './checks.js'
import { createEnvironment } from './environment.js'
import { breakDatabase, breakInstances, query } from './faults.js'
import { HonestClient } from './honest-client.js'
import { Invariants } from './invariants.js'
import { createRandom } from './random.js'
import { runAdmin, runClient } from './scenario.js'

const PASSWORD = 'correct horse battery staple'
/** Users whom the admin does not change. */
const UNCHANGED_USERS = 8
const CHANGED_USERS = 5
const FINAL_TIMEOUT_MS = 30_000

/**
 * @typedef {object} ChaosResult
 * @property {import('./invariants.js').Violation[]} violations
 * @property {Record<string, number>} counts
 * @property {number} recoveryMs until every instance was ready, after the last fault
 * @property {number} revokedTokens
 */

/**
 * @param {{ seconds: number, seed: number }} options how long faults happen; the seed decides which, and when
 * @returns {Promise<ChaosResult>}
 */
export async function runChaos ({ seconds, seed }) {
  const invariants = new Invariants()
  const random = createRandom(seed)
  const environment = await createEnvironment({ invariants })
  let faults = 0
  let changedAt = performance.now()
  const faultFreeSince = () => faults > 0 ? Infinity : changedAt
  const attacker = new Attacker({ environment, invariants, random: random.fork('attacker'), faultFreeSince })

  /**
   * Creates a user, and logs it in.
   *
   * @param {string} name
   * @param {string} role
   * @param {{ isPermanent: boolean }} options
   */
  async function createUser (name, role, { isPermanent }) {
    const id = uuidv7()
    const email = `${name}@example.com`
    const passwordHash = await hash(PASSWORD, { memoryCost: 1024, timeCost: 1, parallelism: 1 })
    const sql = 'insert into users (id, email, normalized_email, password_hash, role) values ($1, $2, $2, $3, $4)'
    await query(environment.postgres.databaseUrl(), sql, [id, email, passwordHash, role])
    const onRevoked = attacker.add.bind(attacker)
    const client = new HonestClient({ environment, invariants, onRevoked, id, email, password: PASSWORD, role })
    const [instance] = environment.instances
    const session = instance && await client.logIn(instance)
    if (session === undefined) throw new Error('login failed before the first fault')
    session.isPermanent = isPermanent
    return { client, sessions: [session], first: session }
  }

  /**
   * @param {number} count
   * @param {string} name
   * @param {{ isPermanent: boolean }} options
   */
  function createUsers (count, name, options) {
    return Promise.all(Array.from({ length: count }, (_, index) => createUser(`${name}${index}`, 'advertiser', options)))
  }

  try {
    await environment.start()
    const admin = await createUser('admin', 'admin', { isPermanent: true })
    const unchanged = await createUsers(UNCHANGED_USERS, 'unchanged', { isPermanent: true })
    const changed = await createUsers(CHANGED_USERS, 'changed', { isPermanent: false })
    const users = [admin, ...unchanged, ...changed]

    let endsAt = performance.now() + seconds * 1000
    const isOver = () => performance.now() > endsAt
    const onFault = (/** @type {'begin' | 'end'} */ phase) => {
      faults += phase === 'begin' ? 1 : -1
      changedAt = performance.now()
    }
    const common = { environment, invariants, isOver }
    const actors = [
      breakDatabase({ ...common, random: random.fork('database'), onFault }),
      breakInstances({ ...common, random: random.fork('instances'), onFault }),
      runAdmin({ ...common, random: random.fork('admin'), session: admin.first, users: changed }),
      attacker.run(isOver),
      ...users.map(({ client, sessions }) => runClient({ ...common, random: random.fork(client.email), client, sessions }))
    ]
    try {
      await Promise.all(actors)
    } finally {
      endsAt = 0
      await Promise.allSettled(actors)
    }

    const recoveryMs = await waitUntilReady(environment)
    await checkSessions({ environment, invariants, users })
    await checkChanges({ environment, invariants, users: changed })
    // Every revocation reaches every verifier in the end, also those that the attacker has not tried.
    for (const end = performance.now() + FINAL_TIMEOUT_MS; await attacker.tryAll() > 0 && performance.now() < end;) await sleep(500)
    if (await attacker.tryAll() > 0) invariants.violate('no revoked token is accepted', { when: 'at the end' })
    return { violations: invariants.violations, counts: invariants.counts, recoveryMs, revokedTokens: attacker.stolenTokens.length }
  } finally {
    await environment.close()
  }
}
