// Whatever happens at the same time: no token says more than its session, but those of a step-up, which are short; and all end with it.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { onPostgres } from '../support/database.ts'
import { PASSWORD } from '../support/password.ts'
import { askForChallenge, currentCode, enrolTotp, giveFactor, post, type Enrolled } from '../support/second-factors.ts'
import { createService } from '../support/service.ts'
import { decodeClaims } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { createUser } from '../support/users.ts'

const ROUNDS = 25
const STEPS = 8

interface Issued {
  token: string
  sessionId: string
  isSteppedUp: boolean
}

interface World {
  database: Database
  apps: readonly [FastifyInstance, FastifyInstance]
  enrolled: Enrolled
}

/** The one session of a round, as its client knows it. */
interface Client {
  sessionId: string
  refreshToken: string
  tokens: Issued[]
}

async function open (t: Test, database: Database): Promise<World> {
  const apps = [(await createService(t, database)).app, (await createService(t, database)).app] as const
  await createUser(database)
  return { database, apps, enrolled: await enrolTotp(apps[0], database) }
}

async function logIn ({ apps, database, enrolled }: World): Promise<Client> {
  // Codes that others have used at the same time count as wrong ones.
  await sql`truncate login_attempts`.execute(database.kysely)
  const challenge = await askForChallenge(apps[0])
  const { body } = await giveFactor(apps[1], { challenge, totp: await currentCode(database, enrolled.secret) })
  const sessionId = String(body.session_id)
  return { sessionId, refreshToken: body.refresh_token, tokens: [{ token: body.access_token, sessionId, isSteppedUp: false }] }
}

onPostgres(t, 'MF6: whatever the order of refreshes, step-ups and ends is, no token is above its session', async (t, database) => {
  const world = await open(t, database)
  const { apps } = world
  for (let round = 0; round < ROUNDS; round++) {
    const client = await logIn(world)
    const random = createRandom(round + 1)
    const steps = Array.from({ length: STEPS }, () => random(10))
    if (round % 2 === 0) steps.push(9)
    await Promise.all(steps.map(async (step, index) => act(world, client, step, index)))
    const { rows: [session] } = await readSession(database, client.sessionId)
    t.equal(session?.level, 2, 'nothing moves the level of a session')
    for (const { token, isSteppedUp } of client.tokens) {
      const claims = decodeClaims(token)
      if (isSteppedUp) t.ok(Number(claims.exp) - Number(claims.iat) <= 300)
      t.equal(claims.acr, 'aal2')
      t.equal(claims.sid, client.sessionId)
    }
    await post(apps[0], '/auth/logout', { refresh_token: client.refreshToken })
    for (const { token } of client.tokens) {
      for (const app of apps) await until(async () => (await post(app, '/me', undefined, { method: 'GET', token })).status === 401)
    }
  }
})

onPostgres(t, 'MF6: a password session that steps up with a factor stays what it was, and its refreshes too', async (t, database) => {
  const { apps, enrolled } = await open(t, database)
  const [app] = apps
  const { accessToken: token, refreshToken, sessionId, secret } = enrolled
  t.equal(decodeClaims(token).acr, 'aal1', 'the session that has enrolled began with a password')
  const passwordOnly = await post(app, '/auth/step-up', { password: PASSWORD }, { token: await refresh(app, refreshToken) })
  t.match(passwordOnly, { status: 403, code: 'second_factor_required', body: { methods: ['totp', 'recovery_code'] } })
  const current = await refresh(app, refreshToken)
  const wrong = await post(app, '/auth/step-up', { password: PASSWORD, totp: '000000' }, { token: current })
  t.match(wrong, { status: 403, code: 'wrong_code' })
  t.match(await post(app, '/auth/step-up', { totp: '000000' }, { token: current }), { status: 400 }, 'a code alone is no proof')
  const { rows: [before] } = await readSession(database, sessionId)
  const body = { password: PASSWORD, totp: await currentCode(database, secret) }
  const lost = await post(app, '/auth/step-up', body, { token: current })
  t.match(decodeClaims(lost.body.access_token), { acr: 'aal2', sid: sessionId })
  t.match(await post(app, '/auth/step-up', body, { token: current }), { status: 403, code: 'wrong_code' }, 'the code is used')
  const { rows: [after] } = await readSession(database, sessionId)
  t.strictSame({ ...after, access_until: null }, { ...before, access_until: null }, 'whether its response is lost or not')
  t.equal(decodeClaims(await refresh(app, refreshToken)).acr, 'aal1', 'no refresh inherits it')
  const again = await post(app, '/auth/step-up', { password: PASSWORD, recovery_code: enrolled.recoveryCodes[0] }, { token: current })
  t.match(decodeClaims(again.body.access_token), { acr: 'aal2' })
  t.equal((await sql`select from recovery_codes`.execute(database.kysely)).rows.length, 9)
})

onPostgres(t, 'MF6: a step-up of a session that has ended uses nothing up', async (t, database) => {
  const world = await open(t, database)
  const { apps: [app, other], enrolled: { recoveryCodes } } = world
  for (let round = 0; round < 10; round++) {
    const client = await logIn(world)
    const [token = ''] = client.tokens.map((issued) => issued.token)
    const codes = (await sql`select from recovery_codes`.execute(database.kysely)).rows.length
    const stepUp = () => post(app, '/auth/step-up', { password: PASSWORD, recovery_code: recoveryCodes[10 - codes] }, { token })
    const end = () => post(other, '/auth/logout', { refresh_token: client.refreshToken })
    const [reply] = await Promise.all(round % 2 === 0 ? [stepUp(), end()] : [end().then(stepUp), undefined])
    const left = (await sql`select from recovery_codes`.execute(database.kysely)).rows.length
    t.equal(left, reply?.status === 200 ? codes - 1 : codes, `round ${round}: ${reply?.status}`)
    if (reply?.status === 200) {
      const issued = String(reply.body.access_token)
      for (const one of [app, other]) {
        await until(async () => (await post(one, '/me', undefined, { method: 'GET', token: issued })).status === 401)
      }
    }
  }
})

async function act (world: World, client: Client, step: number, index: number): Promise<void> {
  const { database, apps, enrolled } = world
  const app = index % 2 === 0 ? apps[0] : apps[1]
  const [first] = client.tokens
  if (step < 4) {
    const { status, body } = await post(app, '/auth/refresh', { refresh_token: client.refreshToken })
    if (status === 200) client.tokens.push({ token: body.access_token, sessionId: client.sessionId, isSteppedUp: false })
  } else if (step < 8) {
    const totp = await currentCode(database, enrolled.secret)
    const { status, body } = await post(app, '/auth/step-up', { password: PASSWORD, totp }, { token: first?.token })
    if (status === 200) client.tokens.push({ token: body.access_token, sessionId: client.sessionId, isSteppedUp: true })
  } else if (step === 9) {
    await post(app, '/auth/logout', { refresh_token: client.refreshToken })
  }
}

async function refresh (app: FastifyInstance, refreshToken: string): Promise<string> {
  return (await post(app, '/auth/refresh', { refresh_token: refreshToken })).body.access_token
}

function readSession ({ kysely }: Database, id: string) {
  return sql<Record<string, unknown>>`select *, rotated_at::text from sessions where id = ${id}`.execute(kysely)
}

/** xorshift32: the same orders at every run. */
function createRandom (seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 >>> 0
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}
