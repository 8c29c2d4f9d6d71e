// A run: people live, everything breaks, and in the end it is counted what was promised.
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from 'argon2'
import { v7 as uuidv7 } from 'uuid'
import { checkChanges, checkSessions, untilAllWell } from './checks.js'
import { breakDatabase, breakInstances, query } from './faults.js'
import { createLedger } from './ledger.js'
import { administer, live } from './lives.js'
import { createPerson } from './person.js'
import { createRandom } from './random.js'
import { createThief } from './thief.js'
import { createWorld } from './world.js'

const PASSWORD = 'correct horse battery staple'
/** Nobody does anything to these. */
const LEFT_ALONE = 8
/** These are changed by an admin. */
const CHANGED = 5

/**
 * @param {{ seconds: number, seed: number }} options how long things break, and what decides what breaks
 * @returns {Promise<{ breaches: Array<{ sentence: string, details: unknown }>, counts: Record<string, number>, recoveryMs: number, revoked: number }>}
 */
export async function runChaos ({ seconds, seed }) {
  const ledger = createLedger()
  const random = createRandom(seed)
  const world = await createWorld({ ledger })
  let faults = 0
  let calmAt = performance.now()
  const thief = createThief({ world, ledger, random: random.of('thief'), calmSince: () => faults > 0 ? Infinity : calmAt })

  /**
   * @param {string} name
   * @param {string} role
   */
  async function enrol (name, role) {
    const id = uuidv7()
    const email = `${name}@example.com`
    const passwordHash = await hash(PASSWORD, { memoryCost: 1024, timeCost: 1, parallelism: 1 })
    await query(world.server.urlOf(), 'insert into users (id, email, email_key, password_hash, role) values ($1, $2, $2, $3, $4)', [id, email, passwordHash, role])
    return createPerson({ world, ledger, watch: thief.take, id, email, password: PASSWORD, role })
  }

  /** @param {import('./person.js').Person} person */
  async function begin (person) {
    const [instance] = world.instances
    const session = instance && await person.logIn(instance)
    if (session === undefined) throw new Error('nobody can log in, before anything is broken')
    session.isPrimary = true
    return { person, sessions: [session], primary: session }
  }

  try {
    await world.start()
    const root = await begin(await enrol('root', 'admin'))
    const leftAlone = await Promise.all(Array.from({ length: LEFT_ALONE }, async (_, index) => begin(await enrol(`calm${index}`, 'advertiser'))))
    const changed = await Promise.all(Array.from({ length: CHANGED }, async (_, index) => begin(await enrol(`changed${index}`, 'advertiser'))))
    for (const { primary } of changed) primary.isPrimary = false

    let endsAt = performance.now() + seconds * 1000
    const isOver = () => performance.now() > endsAt
    const onChange = (/** @type {boolean} */ isCalm) => {
      faults += isCalm ? -1 : 1
      calmAt = performance.now()
    }
    const surroundings = { world, ledger, isOver }
    const lives = [
      breakDatabase({ ...surroundings, random: random.of('database'), onChange }),
      breakInstances({ ...surroundings, random: random.of('instances'), onChange }),
      administer({ ...surroundings, random: random.of('admin'), session: root.primary, people: changed }),
      thief.live(isOver),
      ...[root, ...leftAlone, ...changed].map(({ person, sessions }) => live({ ...surroundings, random: random.of(person.email), person, sessions }))
    ]
    try {
      await Promise.all(lives)
    } finally {
      endsAt = 0
      await Promise.allSettled(lives)
    }

    const recoveryMs = await untilAllWell(world)
    await checkSessions({ world, ledger, people: [root, ...leftAlone, ...changed] })
    await checkChanges({ world, ledger, people: changed })
    // Once more, for what no thief has come round to; by then everybody has had the time to hear of it.
    for (const end = performance.now() + 30_000; await thief.tryAll() > 0 && performance.now() < end;) await sleep(500)
    if (await thief.tryAll() > 0) ledger.breach('no revoked token is accepted', { when: 'in the end' })
    return { breaches: ledger.breaches, counts: ledger.counts(), recoveryMs, revoked: thief.loot.length }
  } finally {
    await world.close()
  }
}
