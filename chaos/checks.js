// What must hold at the end, when there are no faults any more.
import { setTimeout as sleep } from 'node:timers/promises'
import { verify } from 'argon2'
import { query } from './faults.js'
import { sendRequest } from './request.js'

const RECOVERY_TIMEOUT_MS = 60_000
const MAX_REFRESHES = 5

/**
 * @typedef {import('./environment.js').Environment} Environment
 * @typedef {import('./honest-client.js').HonestClient} HonestClient
 * @typedef {import('./honest-client.js').Session} Session
 * @typedef {{ client: HonestClient, sessions: Session[], first: Session }} User
 * @typedef {{ environment: Environment, invariants: import('./invariants.js').Invariants, users: User[] }} CheckOptions
 */

/**
 * Waits until every instance is ready. They have to recover by themselves.
 *
 * @param {Environment} environment
 * @returns {Promise<number>} milliseconds
 * @throws after a minute
 */
export async function waitUntilReady ({ instances }) {
  const startedAt = performance.now()
  for (const { name, address } of instances) {
    while ((await sendRequest(`${address}/health/ready?strict`).catch(() => undefined))?.status !== 200) {
      if (performance.now() - startedAt > RECOVERY_TIMEOUT_MS) throw new Error(`${name} is not ready, though there is no fault any more`)
      await sleep(50)
    }
  }
  return Math.round(performance.now() - startedAt)
}

/**
 * A session can be refreshed if and only if nobody has ended it.
 *
 * @param {CheckOptions} options
 */
export async function checkSessions ({ environment, invariants, users }) {
  const [instance] = environment.instances
  if (instance === undefined) return
  for (const { client, sessions, first } of users) {
    for (const session of new Set([...sessions, first])) {
      const outcome = await refreshRepeatedly(client, session, instance)
      const details = { email: client.email, session: session.id }
      if (outcome === 'unknown') invariants.violate('at the end, every refresh has a definite response', details)
      if (outcome === 'refreshed') invariants.count('sessions refreshed at the end')
    }
  }
}

/**
 * @param {HonestClient} client
 * @param {Session} session
 * @param {import('./environment.js').ServerProcess} instance
 */
async function refreshRepeatedly (client, session, instance) {
  for (let attempt = 0; attempt < MAX_REFRESHES; attempt++) {
    await sleep(Math.max(0, session.retryAt - performance.now()))
    const outcome = await client.refresh(session, instance)
    if (outcome !== 'unknown') return outcome
  }
  return 'unknown'
}

/**
 * The database holds every acknowledged change.
 *
 * @param {CheckOptions} options
 */
export async function checkChanges ({ environment, invariants, users }) {
  const url = environment.postgres.databaseUrl()
  for (const { client: { id, email, state } } of users) {
    const sql = 'select role, disabled_at is not null as disabled, password_hash from users where id = $1'
    const [row] = await query(url, sql, [id])
    const matches = await Promise.all(state.password.possibleValues.map((password) => verify(row.password_hash, password)))
    const lost = [
      ...(state.role.possibleValues.includes(row.role) ? [] : ['role']),
      ...(state.disabled.possibleValues.includes(row.disabled) ? [] : ['disabled']),
      ...(matches.includes(true) ? [] : ['password'])
    ]
    if (lost.length > 0) invariants.violate('no acknowledged change is lost', { email, lost })
  }
  const [unaudited] = await query(url, `select count(*)::int as count from sessions where ended_at is not null and not exists (
    select from audit_events where audit_events.user_id = sessions.user_id
      and type in ('logout', 'session_ended', 'sessions_ended', 'refresh_reuse'))`)
  if (unaudited.count > 0) invariants.violate('every end of a session is in the audit log', unaudited)
  const [{ reused }] = await query(url, "select count(*)::int as reused from audit_events where type = 'refresh_reuse'")
  if (reused > 0) invariants.violate('no honest client is taken for a thief', { reused })
}
