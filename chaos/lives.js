// What people, an admin and a thief do all the while.
import { setTimeout as sleep } from 'node:timers/promises'
import { query } from './faults.js'

/** What a refresh asked for may still be under way so long: a connection, a statement, and a database that hangs meanwhile. */
const UNDER_WAY_MS = 12_000

/**
 * @typedef {import('./person.js').Person} Person
 * @typedef {import('./person.js').Session} Session
 * @typedef {import('./ledger.js').Ledger} Ledger
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./world.js').World} World
 * @typedef {{ world: World, ledger: Ledger, random: Random, isOver: () => boolean }} Life
 */

/**
 * Begins sessions, keeps them, loses answers, races itself, and ends some.
 *
 * @param {Life & { person: Person, sessions: Session[] }} life
 */
export async function live ({ world, ledger, random, isOver, person, sessions }) {
  const { pick, chance } = random

  /** @type {Record<string, (session: Session) => Promise<boolean>>} whether the session is over */
  const doings = {
    show: async (session) => {
      const isRefused = await person.show(session, pick(world.verifiers))
      return isRefused && performance.now() > session.notBefore && await person.refresh(session, pick(world.instances)) === 'over'
    },
    refresh: async (session) => await person.refresh(session, pick(world.instances)) === 'over',
    'give up': async (session) => await person.refresh(session, pick(world.instances), { signal: AbortSignal.timeout(Math.round(random.between(1, 40))) }) === 'over',
    'lose the answer': async (session) => await person.refresh(session, pick(world.instances), { isLost: true }) === 'over',
    race: async (session) => {
      const outcomes = await Promise.all(world.instances.map((instance) => person.refresh(session, instance)))
      return outcomes.includes('over')
    },
    // In the morning the session moves on, and there an answer that is lost counts.
    sleep: async (session) => await sleepThroughTheNight(session, world, ledger) && await doings[pick([...needsPatience])]?.(session) === true,
    'log out': async (session) => session.isPrimary ? false : person.logOut(session, pick(world.instances))
  }
  const needsPatience = new Set(['refresh', 'give up', 'lose the answer', 'race'])

  while (!isOver()) {
    await sleep(random.between(20, 200))
    if (sessions.length === 0 || (sessions.length < 3 && chance(0.15))) {
      const session = await person.logIn(pick(world.instances))
      if (session !== undefined) sessions.push(session)
      else await sleep(200)
      continue
    }
    const session = pick(sessions)
    const name = pick(['show', 'show', 'show', 'sleep', ...Object.keys(doings)])
    if ((name === 'sleep' || needsPatience.has(name)) && performance.now() < session.notBefore) continue
    if (await doings[name]?.(session)) sessions.splice(sessions.indexOf(session), 1)
  }
}

/**
 * Sets the clock of a session back, past every window of the rule; but not while anything it asked for may still be under way.
 *
 * @param {Session} session
 * @param {World} world
 * @param {Ledger} ledger
 * @returns {Promise<boolean>} whether it has
 */
async function sleepThroughTheNight (session, { server }, ledger) {
  if (performance.now() - session.doubtAt < UNDER_WAY_MS) return false
  try {
    await query(server.urlOf(), "update sessions set rotated_at = rotated_at - interval '200 seconds' where id = $1", [session.id])
    ledger.count('a night passed')
    return true
  } catch {
    return false
  }
}

/**
 * Changes people, one at a time.
 *
 * @param {Life & { session: Session, people: Array<{ person: Person, sessions: Session[] }> }} life
 */
export async function administer ({ world, ledger, random, isOver, session, people }) {
  while (!isOver()) {
    await sleep(random.between(50, 300))
    const { person, sessions } = random.pick(people)
    const { path, method = 'PATCH', body, field, value, list } = orderFor(person, sessions, random)
    const token = session.tokens.at(-1)?.accessToken ?? ''
    const change = { value, sentAt: performance.now(), doneAt: Infinity, isAcknowledged: false }
    list?.push(change)
    const fieldChange = field?.begin(value)
    const answer = await world.ask(random.pick(world.instances), `admin ${method}`, path, { method, token, ...(body && { body }) })
    const isAcknowledged = answer !== undefined && answer.status >= 200 && answer.status < 300
    if (answer?.status === 401 || answer?.status === 403) ledger.breach('the admin stays one', { status: answer.status })
    change.doneAt = performance.now()
    change.isAcknowledged = isAcknowledged
    if (fieldChange) field?.end(fieldChange, isAcknowledged)
    if (!isAcknowledged) continue
    ledger.count(`acknowledged: ${Object.keys(body ?? { 'end sessions': 1 })[0]}`)
    for (const session of sessions) person.judge(session)
  }
}

/**
 * @typedef {{ path: string, method?: string, body?: object, field?: any, value: unknown, list?: import('./person.js').Change[] }} Order
 *
 * @param {Person} person
 * @param {Session[]} sessions
 * @param {Random} random
 * @returns {Order}
 */
function orderFor ({ id, state, endings, cuts }, sessions, random) {
  const path = `/admin/users/${id}`
  const role = random.pick(['user', 'advertiser'])
  const password = `another horse battery ${Math.floor(random.next() * 1e9)}`
  const [one] = sessions
  /** @type {Order[]} */
  const orders = [
    { path, body: { role }, field: state.role, value: role, list: cuts },
    { path, body: { disabled: true }, field: state.disabled, value: true, list: endings },
    { path, body: { disabled: false }, field: state.disabled, value: false },
    { path, body: { disabled: false }, field: state.disabled, value: false },
    { path, body: { password }, field: state.password, value: password, list: endings },
    { path: `${path}/sessions`, method: 'DELETE', value: 'end all', list: endings },
    ...(one === undefined ? [] : [{ path: `/admin/sessions/${one.id}`, method: 'DELETE', value: 'end one', list: one.logouts }])
  ]
  return random.pick(orders)
}
