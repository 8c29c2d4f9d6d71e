// What must be so when everything is whole again.
import { setTimeout as sleep } from 'node:timers/promises'
import { verify } from 'argon2'
import { ask } from './ask.js'
import { query } from './faults.js'

const WELL_MS = 60_000

/**
 * @typedef {import('./world.js').World} World
 * @typedef {{ person: import('./person.js').Person, sessions: import('./person.js').Session[], primary: import('./person.js').Session }} Life
 * @typedef {{ world: World, ledger: import('./ledger.js').Ledger, people: Life[] }} CheckOptions
 */

/**
 * Nobody does anything for it: it has to come by itself.
 *
 * @param {World} world
 * @returns {Promise<number>} milliseconds until every instance was ready
 */
export async function untilAllWell ({ instances }) {
  const startedAt = performance.now()
  for (const { name, address } of instances) {
    while ((await ask(`${address}/health/ready`).catch(() => undefined))?.status !== 200) {
      if (performance.now() - startedAt > WELL_MS) throw new Error(`${name} is not ready, though nothing is broken any more`)
      await sleep(50)
    }
  }
  return Math.round(performance.now() - startedAt)
}

/**
 * Every session goes on that nobody has ended, and none that somebody has.
 *
 * @param {CheckOptions} options
 */
export async function checkSessions ({ world, ledger, people }) {
  const [instance] = world.instances
  if (instance === undefined) return
  for (const { person, sessions, primary } of people) {
    for (const session of new Set([...sessions, primary])) {
      const outcome = await refreshInTheEnd(person, session, instance)
      if (outcome === 'nothing') ledger.breach('in the end every session has a definite answer', { email: person.email, session: session.id })
      if (outcome === 'done') ledger.count('sessions that went on')
    }
  }
}

/**
 * @param {import('./person.js').Person} person
 * @param {import('./person.js').Session} session
 * @param {import('./world.js').Program} instance
 */
async function refreshInTheEnd (person, session, instance) {
  for (let attempt = 0; attempt < 5; attempt++) {
    await sleep(Math.max(0, session.notBefore - performance.now()))
    const outcome = await person.refresh(session, instance)
    if (outcome !== 'nothing') return outcome
  }
  return 'nothing'
}

/**
 * What was acknowledged is what is in the database.
 *
 * @param {CheckOptions} options
 */
export async function checkChanges ({ world, ledger, people }) {
  const url = world.server.urlOf()
  for (const { person: { id, email, state } } of people) {
    const [row] = await query(url, 'select role, disabled_at is not null as disabled, password_hash from users where id = $1', [id])
    const isRight = await Promise.all(state.password.possible().map((password) => verify(row.password_hash, password)))
    const lost = [
      ...(/** @type {unknown[]} */ (state.role.possible()).includes(row.role) ? [] : ['role']),
      ...(/** @type {unknown[]} */ (state.disabled.possible()).includes(row.disabled) ? [] : ['disabled']),
      ...(isRight.includes(true) ? [] : ['password'])
    ]
    if (lost.length > 0) ledger.breach('no acknowledged change is lost', { email, lost })
  }
  const [torn] = await query(url, `select count(*)::int as count from sessions where ended_at is not null
    and not exists (select from audit_events where audit_events.user_id = sessions.user_id and type in ('logout', 'session_ended', 'sessions_ended', 'refresh_reuse'))`)
  if (torn.count > 0) ledger.breach('nothing ends without a word in the audit', torn)
  const [{ reused }] = await query(url, "select count(*)::int as reused from audit_events where type = 'refresh_reuse'")
  if (reused > 0) ledger.breach('nobody honest is taken for a thief', { reused })
}
