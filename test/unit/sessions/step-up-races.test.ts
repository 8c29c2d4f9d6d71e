// Random sequences of everything that touches a session, many at once, on two instances of the service with one database: no token says
// more than its proof, and none outlives its session.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { createRandom, type Random } from '../../../chaos/random.js'
import { endAllSessions, endUserSessions } from '../../../src/sessions/end-sessions.ts'
import { updateUser } from '../../../src/administration/index.ts'
import { SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { onPostgres } from '../../support/database.ts'
import { refresh } from '../../support/inject.ts'
import { NEW_PASSWORD, PASSWORD } from '../../support/password.ts'
import { ageSession } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'
import { createUser, hasher, withoutMail } from '../../support/users.ts'

const USERS = 5
const STEPS = 80
const MAX_AT_ONCE = 6
/** Longer than a step-up's token lives, so that the two are told apart. */
const ACCESS_TTL = 600
const STEP_UP_TTL = 300
/** How long edges accept a token after its `exp`. */
const LEEWAY = 5

interface IssuedToken {
  origin: 'login' | 'refresh' | 'step_up'
  token: string
  claims: Record<string, string | number>
}

/** What a client knows of one user, and everything that it was ever given. */
interface Person {
  id: string
  email: string
  password: string
  sessions: Array<{ id: string, refreshTokens: string[], accessToken: string }>
  issued: IssuedToken[]
  /** Statuses of responses, by action. */
  seen: Map<string, number>
}

type Action = (person: Person, world: World, random: Random) => Promise<void>

interface World {
  database: Database
  apps: readonly FastifyInstance[]
}

function note ({ seen, issued }: Person, origin: IssuedToken['origin'], reply: { statusCode: number, json: () => any }): any {
  const name = `${origin} ${reply.statusCode}`
  seen.set(name, (seen.get(name) ?? 0) + 1)
  if (reply.statusCode !== 200) return undefined
  const body = reply.json()
  issued.push({ origin, token: body.access_token, claims: decodeClaims(body.access_token) })
  return body
}

const logIn: Action = async (person, { apps }, random) => {
  const { email, password } = person
  const body = note(person, 'login', await random.pick(apps).inject({ method: 'POST', url: '/auth/login', body: { email, password } }))
  if (body === undefined) return
  person.sessions.push({ id: body.session_id, refreshTokens: [body.refresh_token], accessToken: body.access_token })
}

/** Mostly one of the newest, which are the likeliest to be active. */
function pickSession ({ sessions }: Person, random: Random): Person['sessions'][number] {
  return random.pick(random.chance(0.9) ? sessions.slice(-2) : sessions)
}

async function refreshThis (person: Person, session: Person['sessions'][number], { apps }: World, random: Random): Promise<void> {
  const token = random.chance(0.95) ? session.refreshTokens.at(-1) : random.pick(session.refreshTokens)
  const body = note(person, 'refresh', await refresh(random.pick(apps), token ?? ''))
  if (body === undefined) return
  session.refreshTokens.push(body.refresh_token)
  session.accessToken = body.access_token
}

const refreshOne: Action = async (person, world, random) => {
  const session = pickSession(person, random)
  // As if time had passed: then it rotates, and is no replay.
  if (random.chance(0.5)) await ageSession(world.database, session.id, 200)
  await refreshThis(person, session, world, random)
}

const stepUp: Action = async (person, world, random) => {
  const session = pickSession(person, random)
  const password = random.chance(0.9) ? person.password : 'wrong'
  for (let attempt = 1; attempt <= 2; attempt++) {
    const headers = { authorization: `Bearer ${session.accessToken}` }
    const reply = await random.pick(world.apps).inject({ method: 'POST', url: '/auth/step-up', headers, body: { password } })
    note(person, 'step_up', reply)
    if (reply.statusCode !== 401) return
    // As a client does: after a change of role or claims, the refreshed token is accepted.
    await refreshThis(person, session, world, random)
  }
}

const endOne: Action = async (person, { apps }, random) => {
  const body = { refresh_token: pickSession(person, random).refreshTokens.at(-1) }
  await random.pick(apps).inject({ method: 'POST', url: '/auth/logout', body })
}

const changePassword: Action = async (person, { database }, random) => {
  person.password = random.pick([PASSWORD, NEW_PASSWORD])
  await updateUser(withoutMail(database), person.id, { passwordHash: await hasher.hash(person.password) }, SYSTEM_ACTOR)
}

const rehash: Action = async ({ id, password }, { database }) => {
  const hash = await hasher.hash(password)
  await database.kysely.updateTable('users').set({ password_hash: hash }).where('id', '=', id).execute()
}

const endAll: Action = async ({ id }, { database }) => {
  await endUserSessions(database, id, SYSTEM_ACTOR)
}

const changeClaims: Action = async ({ id }, { database }, random) => {
  const changes = { role: random.pick(['user', 'advertiser']), claims: { step: random.pick([1, 2]) } }
  await updateUser(withoutMail(database), id, changes, SYSTEM_ACTOR)
}

/** Each as often as its weight says. */
const WEIGHTS: ReadonlyArray<[Action, weight: number]> = [
  [logIn, 6], [refreshOne, 8], [stepUp, 16], [endOne, 3], [rehash, 2], [endAll, 1], [changeClaims, 2], [changePassword, 1]
]
const ACTIONS = WEIGHTS.flatMap(([action, weight]) => Array.from({ length: weight }, () => action))

/** The steps of one user, up to so many at once. */
async function live (person: Person, world: World, random: Random): Promise<void> {
  await logIn(person, world, random)
  for (let step = 0; step < STEPS;) {
    const batch = Array.from({ length: 1 + Math.floor(random.next() * MAX_AT_ONCE) }, () => random.pick(ACTIONS))
    step += batch.length
    await Promise.all(batch.map((action, lane) => {
      const isReady = action === logIn || action === changePassword || person.sessions.length > 0
      return isReady ? action(person, world, random.fork(`${person.email} ${step} ${lane}`)) : undefined
    }))
    for (const { id } of person.sessions.slice(-2)) if (random.chance(0.3)) await rest(person, id, world)
  }
}

/** As if the session had rested until all its tokens have expired: from now on, only a step-up is why its end is told. */
async function rest (person: Person, sessionId: string, { database }: World): Promise<void> {
  await sql`update sessions set access_until = now() where id = ${sessionId}`.execute(database.kysely)
  await ageSession(database, sessionId, 200)
  person.issued = person.issued.filter(({ claims }) => claims.sid !== sessionId)
}

/** What the database says of a session in the end; times in seconds. */
interface SessionRow {
  id: string
  authenticated_at: string
  access_until: string
  level: number
  role: string
  claims: object
  is_active: boolean
  has_ended: boolean
  not_before: string
  revoked_until: string | null
}

async function readSessions ({ kysely }: Database): Promise<ReadonlyMap<string, SessionRow>> {
  const { rows } = await sql<SessionRow>`select sessions.id, level, users.role, users.claims,
      floor(extract(epoch from authenticated_at))::bigint as authenticated_at, extract(epoch from access_until) as access_until,
      ended_at is not null as has_ended,
      ended_at is null and user_epoch = users.session_epoch and global_epoch = global_state.session_epoch as is_active,
      greatest(users.tokens_valid_from, global_state.tokens_valid_from) as not_before,
      (select extract(epoch from max(revocations.expires_at)) from revocations where sid = sessions.id) as revoked_until
    from sessions join users on users.id = user_id cross join global_state`.execute(kysely)
  return new Map(rows.map((row) => [row.id, row]))
}

/** @returns what is wrong with a token, whatever happened since */
function findFault ({ origin, claims: { iat, exp, acr, auth_time: authTime } }: IssuedToken, row: SessionRow): string | undefined {
  const life = Number(exp) - Number(iat)
  const isOld = Number(iat) < Number(row.not_before)
  if (acr !== 'aal1' || row.level !== 1) return 'its level is not that of its proof'
  if (Number(authTime) > Number(iat)) return 'it was issued before its proof'
  if (origin === 'step_up' ? life > STEP_UP_TTL : life !== ACCESS_TTL) return `it lives for ${life} s`
  if (origin !== 'step_up' && Number(authTime) > Number(row.authenticated_at)) return 'its proof is newer than that of its session'
  if (origin === 'refresh' && Number(authTime) !== Number(row.authenticated_at)) return 'a refresh does not repeat the proof of the session'
  if (Number(row.access_until) < Number(exp) + LEEWAY) return 'access_until does not cover it'
  // What a not-before refuses needs no entry of its own.
  const mustBeTold = row.has_ended && !isOld
  return mustBeTold && Number(row.revoked_until) < Number(exp) + LEEWAY ? 'the revocation ends before it' : undefined
}

async function assertEdges (t: Test, { apps, database }: World, tokens: readonly IssuedToken[]): Promise<void> {
  const rows = await readSessions(database)
  const isExpected = async (app: FastifyInstance, { token, claims }: IssuedToken) => {
    const row = rows.get(String(claims.sid))
    const isGood = row?.is_active === true && Number(claims.iat) >= Number(row.not_before)
    const reply = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
    if (reply.statusCode !== (isGood ? 200 : 401)) return `${reply.statusCode} for ${isGood ? 'a good' : 'an ended'} session`
    const { role, claims: seen } = reply.json()
    return !isGood || (role === row.role && JSON.stringify(seen) === JSON.stringify(row.claims)) ? undefined : 'what has changed is felt'
  }
  for (const [index, app] of apps.entries()) {
    let faults: string[] = []
    await until(async () => {
      faults = (await Promise.all(tokens.map((token) => isExpected(app, token)))).filter((fault) => fault !== undefined)
      return faults.length === 0
    }, 5_000).catch(() => {})
    t.strictSame(faults, [], `instance ${index}`)
  }
}

onPostgres(t, 'TF14, VF24: whatever races, no token says more than its proof, and none outlives its session', async (t, database) => {
  t.setTimeout(600_000)
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.comment(`seed ${seed}`)
  const random = createRandom(seed)
  const settings = { ACCESS_TOKEN_TTL: String(ACCESS_TTL) }
  const apps = await Promise.all([createService(t, database, { settings }), createService(t, database, { settings })])
  const world = { database, apps: apps.map(({ app }) => app) }
  const people: Person[] = []
  for (let user = 0; user < USERS; user++) {
    const email = `user${user}@example.com`
    const id = await createUser(database, email)
    people.push({ id, email, password: PASSWORD, sessions: [], issued: [], seen: new Map() })
  }
  let isOver = false
  const everybody = endEverybody(database, random.fork('everybody'), () => isOver)
  await Promise.all(people.map((person) => live(person, world, random.fork(person.email))))
  isOver = true
  await everybody
  // So that some sessions are active in the end.
  for (const person of people) {
    await logIn(person, world, random)
    await stepUp(person, world, random)
  }
  const issued = people.flatMap((person) => person.issued)
  const rows = await readSessions(database)
  const faults = issued.flatMap((token) => {
    const row = rows.get(String(token.claims.sid))
    const fault = row === undefined ? 'it has no session' : findFault(token, row)
    return fault === undefined ? [] : [`${token.origin}: ${fault}: ${JSON.stringify([token.claims, row])}`]
  })
  t.strictSame(faults, [])
  await assertEdges(t, world, issued)

  const seen = new Map<string, number>()
  for (const person of people) for (const [name, count] of person.seen) seen.set(name, (seen.get(name) ?? 0) + count)
  t.comment(`${issued.length} tokens of ${rows.size} sessions`, Object.fromEntries(seen))
  const unexpected = [...seen.keys()].filter((name) => !/ (200|401|503)$|^step_up 403$/.test(name))
  t.strictSame(unexpected, [])
  t.ok((seen.get('step_up 200') ?? 0) >= USERS && [...rows.values()].some((row) => row.has_ended), 'it was no idle run')
})

onPostgres(t, 'VF24: a session that ends during a step-up: the end refuses its token, or there is none', async (t, database) => {
  const apps = await Promise.all([createService(t, database), createService(t, database)])
  const world = { database, apps: apps.map(({ app }) => app) }
  const [email, random] = ['ada@example.com', createRandom(Date.now())]
  const person: Person = { id: await createUser(database, email), email, password: PASSWORD, sessions: [], issued: [], seen: new Map() }
  for (let round = 0; round < 30; round++) {
    await logIn(person, world, random)
    const session = person.sessions.pop()
    await rest(person, session?.id ?? '', world)
    person.sessions = session === undefined ? [] : [session]
    const ended = new Promise((resolve) => setTimeout(resolve, random.between(0, 10))).then(() => endOne(person, world, random))
    await Promise.all([stepUp(person, world, random), ended])
    // However late, one after the end gives nothing.
    await stepUp(person, world, random)
  }
  const rows = await readSessions(database)
  const given = person.issued.filter(({ origin }) => origin === 'step_up')
  t.strictSame(given.filter(({ claims }) => !(Number(rows.get(String(claims.sid))?.revoked_until) >= Number(claims.exp) + LEEWAY)), [])
  t.comment(`${given.length} of 30 were in time`)
  await assertEdges(t, world, given)
})

/** Now and then, all sessions of all users end. */
async function endEverybody (database: Database, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, random.between(500, 2_000)))
    if (random.chance(0.15)) await endAllSessions(database, SYSTEM_ACTOR)
  }
}
