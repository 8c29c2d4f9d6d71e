// What the clients and the admin do while faults happen.
import { setTimeout as sleep } from 'node:timers/promises'
import { query } from './faults.js'
import { createChange, finishChange } from './uncertain-value.js'

/** A refresh may still be in progress so long: waiting for a connection, for its statement, or for a database that is hung. */
const MAX_REFRESH_MS = 12_000

/**
 * @typedef {import('./honest-client.js').HonestClient} HonestClient
 * @typedef {import('./honest-client.js').Session} Session
 * @typedef {import('./invariants.js').Invariants} Invariants
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./environment.js').Environment} Environment
 * @typedef {{ environment: Environment, invariants: Invariants, random: Random, isOver: () => boolean }} ActorOptions
 */

/**
 * A client logs in, uses its sessions, loses responses, races itself, and logs out.
 *
 * @param {ActorOptions & { client: HonestClient, sessions: Session[] }} options
 */
export async function runClient ({ environment, invariants, random, isOver, client, sessions }) {
  const { pick, chance } = random
  const { instances, verifiers } = environment

  /** @type {Record<string, (session: Session) => Promise<boolean>>} each returns whether the session has ended */
  const actions = {
    'use token': async (session) => {
      const isRejected = await client.useToken(session, pick(verifiers))
      return isRejected && performance.now() > session.retryAt && await client.refresh(session, pick(instances)) === 'ended'
    },
    refresh: async (session) => await client.refresh(session, pick(instances)) === 'ended',
    'abort a refresh': async (session) => {
      const instance = pick(instances)
      const signal = AbortSignal.timeout(Math.round(random.between(1, 40)))
      return await client.refresh(session, instance, { signal }) === 'ended'
    },
    'lose the response': async (session) => await client.refresh(session, pick(instances), { isResponseLost: true }) === 'ended',
    race: async (session) => {
      const outcomes = await Promise.all(instances.map((instance) => client.refresh(session, instance)))
      return outcomes.includes('ended')
    },
    // After a pause, the session rotates: only then does a lost response matter.
    pause: async (session) => {
      if (!await agePastGrace(session, environment, invariants)) return false
      return await actions[pick([...refreshing])]?.(session) === true
    },
    'log out': async (session) => session.isPermanent ? false : client.logOut(session, pick(instances))
  }
  const refreshing = new Set(['refresh', 'abort a refresh', 'lose the response', 'race'])

  while (!isOver()) {
    await sleep(random.between(20, 200))
    if (sessions.length === 0 || (sessions.length < 3 && chance(0.15))) {
      const session = await client.logIn(pick(instances))
      if (session !== undefined) sessions.push(session)
      else await sleep(200)
      continue
    }
    const session = pick(sessions)
    const name = pick(['use token', 'use token', 'use token', 'pause', ...Object.keys(actions)])
    if ((name === 'pause' || refreshing.has(name)) && performance.now() < session.retryAt) continue
    if (await actions[name]?.(session)) sessions.splice(sessions.indexOf(session), 1)
  }
}

/**
 * Sets the time of the last rotation back, past every window of the rotation policy. Not while a refresh may still be in progress.
 *
 * @param {Session} session
 * @param {Environment} environment
 * @param {Invariants} invariants
 * @returns {Promise<boolean>} whether it was set back
 */
async function agePastGrace (session, { postgres }, invariants) {
  if (performance.now() - session.uncertainSince < MAX_REFRESH_MS) return false
  try {
    const sql = "update sessions set rotated_at = rotated_at - interval '200 seconds' where id = $1"
    await query(postgres.databaseUrl(), sql, [session.id])
    invariants.count('session aged')
    return true
  } catch {
    return false
  }
}

/**
 * An admin changes users, one after the other.
 *
 * @param {ActorOptions & { session: Session, users: Array<{ client: HonestClient, sessions: Session[] }> }} options
 */
export async function runAdmin ({ environment, invariants, random, isOver, session, users }) {
  while (!isOver()) {
    await sleep(random.between(50, 300))
    const { client, sessions } = random.pick(users)
    const { path, method = 'PATCH', body, field, value, list } = pickRequest(client, sessions, random)
    const token = session.tokens.at(-1)?.accessToken ?? ''
    const change = createChange(value, { mayBeSame: field?.possibleValues.includes(value) ?? false })
    list?.push(change)
    field?.begin(change)
    const options = { method, token, ...(body && { body }) }
    const response = await environment.request(random.pick(environment.instances), `admin ${method}`, path, options)
    const isAcknowledged = response !== undefined && response.status >= 200 && response.status < 300
    if (response?.status === 401 || response?.status === 403) invariants.violate('the admin is never rejected', { status: response.status })
    finishChange(change, isAcknowledged)
    field?.finish(change)
    if (!isAcknowledged) continue
    invariants.count(`acknowledged: ${Object.keys(body ?? { 'end sessions': 1 })[0]}`)
    for (const session of sessions) client.reportRevoked(session)
  }
}

/**
 * @typedef {object} AdminRequest
 * @property {string} path
 * @property {string} [method]
 * @property {object} [body]
 * @property {import('./uncertain-value.js').UncertainValue<any>} [field] that it changes
 * @property {unknown} value of the change
 * @property {import('./honest-client.js').Change[]} [list] of changes with the same effect on sessions or tokens
 */

/**
 * @param {HonestClient} client
 * @param {Session[]} sessions
 * @param {Random} random
 * @returns {AdminRequest}
 */
function pickRequest ({ id, state, endings, notBeforeChanges }, sessions, random) {
  const path = `/admin/users/${id}`
  const role = random.pick(['user', 'advertiser'])
  const password = `another horse battery ${Math.floor(random.next() * 1e9)}`
  const [session] = sessions
  /** @type {AdminRequest[]} */
  const requests = [
    { path, body: { role }, field: state.role, value: role, list: notBeforeChanges },
    { path, body: { disabled: true }, field: state.disabled, value: true, list: endings },
    { path, body: { disabled: false }, field: state.disabled, value: false },
    { path, body: { disabled: false }, field: state.disabled, value: false },
    { path, body: { password }, field: state.password, value: password, list: endings },
    { path: `${path}/sessions`, method: 'DELETE', value: 'end all', list: endings },
    ...(session === undefined ? [] : [{ path: `/admin/sessions/${session.id}`, method: 'DELETE', value: 'end one', list: session.endings }])
  ]
  return random.pick(requests)
}
