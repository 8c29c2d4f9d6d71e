// What an instance has revoked, it rejects from its response on. Here it hears of revocations by itself alone: notifications are lost.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { parseEmail } from '../../src/accounts/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createOutbox } from '../../src/mail/index.ts'
import { SoftwareAuthenticator } from '../support/authenticator.ts'
import { eachDatabase, onPostgres } from '../support/database.ts'
import { logIn, refreshTokens } from '../support/inject.ts'
import { deliver, toToken, WITH_MAIL } from '../support/mails.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { enrolTotp, post } from '../support/second-factors.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { withoutNotifications } from '../unit/revocations/synced-instance.ts'

interface World {
  app: FastifyInstance
  database: Database
  email: string
  userId: string
  sessionId: string
  refreshToken: string
  /** Of the session that is expected to be rejected. */
  accessToken: string
  /** Of another session of the same user. */
  otherToken: string
  adminToken: string
}

type Way = [name: string, revoke: (world: World) => Promise<{ status: number }>]

const WAYS: Way[] = [
  ['a logout', ({ app, refreshToken }) => post(app, '/auth/logout', { refresh_token: refreshToken })],
  ['the end of one own session', ({ app, sessionId, otherToken: token }) => {
    return post(app, `/account/sessions/${sessionId}`, undefined, { method: 'DELETE', token })
  }],
  ['the end of all own sessions', ({ app, accessToken: token }) => post(app, '/account/sessions', undefined, { method: 'DELETE', token })],
  ['another password', ({ app, otherToken: token }) => {
    return post(app, '/account/password', { current_password: PASSWORD, new_password: NEW_PASSWORD }, { method: 'PUT', token })
  }],
  ['the end of the account', ({ app, accessToken: token }) => post(app, '/account', undefined, { method: 'DELETE', token })],
  ['a password after a mail', async ({ app, database, email }) => {
    const outbox = createOutbox({ isEnabled: true })
    await outbox.enqueue(database.kysely, { purpose: 'password_reset', address: parseEmail(email) })
    return post(app, '/auth/password-reset/complete', { token: await readToken(database), new_password: NEW_PASSWORD })
  }],
  ['a registration by the owner of the address', async ({ app, database, email }) => {
    await post(app, '/auth/register', { email })
    return post(app, '/auth/register/complete', { token: await readToken(database), password: NEW_PASSWORD })
  }],
  ['a first authenticator app', async ({ app, database, email }) => {
    await enrolTotp(app, database, email)
    return { status: 200 }
  }],
  ['a first passkey', async ({ app, otherToken: token }) => {
    const { body } = await post(app, '/account/passkeys/options', {}, { token })
    const credential = new SoftwareAuthenticator().create(body.passkey_options)
    return post(app, '/account/passkeys', { name: 'phone', credential }, { token })
  }],
  ['a second factor at each login', async (world) => {
    const { app, database, email } = world
    const { refreshToken, recoveryCodes } = await enrolTotp(app, database, email)
    await database.kysely.updateTable('users').set({ second_factor_since: null }).where('id', '=', world.userId).execute()
    world.accessToken = (await logIn(app, email)).accessToken
    const { accessToken } = await refreshTokens(app, refreshToken)
    const proof = { password: PASSWORD, recovery_code: recoveryCodes[0] }
    const { body: { access_token: token } } = await post(app, '/auth/step-up', proof, { token: accessToken })
    return post(app, '/account/second-factor', { required: true }, { method: 'PUT', token })
  }],
  ['an admin who ends a session', byAdmin('DELETE', ({ sessionId }) => `sessions/${sessionId}`)],
  ['an admin who ends all sessions of a user', byAdmin('DELETE', ({ userId }) => `users/${userId}/sessions`)],
  ['an admin who changes a role', byAdmin('PATCH', ({ userId }) => `users/${userId}`, { role: 'admin' })],
  ['an admin who disables a user', byAdmin('PATCH', ({ userId }) => `users/${userId}`, { disabled: true })],
  ['an admin who removes second factors', async (world) => {
    const { refreshToken } = await enrolTotp(world.app, world.database, world.email)
    world.accessToken = (await refreshTokens(world.app, refreshToken)).accessToken
    return byAdmin('DELETE', ({ userId }) => `users/${userId}/second-factor`)(world)
  }],
  ['an admin who deletes a user', byAdmin('DELETE', ({ userId }) => `users/${userId}`)],
  ['an admin who ends all sessions', byAdmin('DELETE', () => 'sessions')]
]

function byAdmin (method: 'DELETE' | 'PATCH', toPath: (world: World) => string, body?: object): Way[1] {
  return (world) => post(world.app, `/admin/${toPath(world)}`, body, { method, token: world.adminToken })
}

eachDatabase(t, 'the instance that revoked an access token rejects it from its response on', async (t, database) => {
  const { app } = await createService(t, withoutNotifications(database), { settings: WITH_MAIL })
  await createUser(database, 'admin@example.com', 'admin')
  for (const [index, [name, revoke]] of WAYS.entries()) {
    const world = await createWorld(app, database, `ada${index}@example.com`)
    t.equal(await getMe(world), 200, name)
    const reply = await revoke(world)
    t.ok(reply.status < 300, `${name}: ${JSON.stringify(reply)}`)
    t.equal(await getMe(world), 401, name)
  }
})

onPostgres(t, 'of many clients that log out at the same time, none finds its access token accepted', async (t, database) => {
  const { app } = await createService(t, withoutNotifications(database))
  await createUser(database)
  const sessions = []
  for (let index = 0; index < 20; index++) sessions.push(await logIn(app))
  const statuses = await Promise.all(sessions.map(async ({ accessToken, refreshToken }) => {
    await post(app, '/auth/logout', { refresh_token: refreshToken })
    return getMe({ app, accessToken })
  }))
  t.strictSame([...new Set(statuses)], [401])
})

eachDatabase(t, 'a logout with a token that is none asks nothing of the database', async (t, database) => {
  let reads = 0
  const counted = { ...withoutNotifications(database), get reserved () { reads++; return database.reserved } }
  const { app } = await createService(t, counted)
  for (let count = 0; count < 50; count++) {
    t.match(await post(app, '/auth/logout', { refresh_token: randomBytes(41).toString('base64url') }), { status: 204 })
  }
  // One or two by the sync of each second.
  t.ok(reads < 25, `${reads} reads`)
})

async function createWorld (app: FastifyInstance, database: Database, email: string): Promise<World> {
  const userId = await createUser(database, email)
  const { accessToken: otherToken } = await logIn(app, email)
  const { accessToken: adminToken } = await logIn(app, 'admin@example.com')
  return { app, database, email, userId, otherToken, adminToken, ...await logIn(app, email) }
}

/** Of the last mail; the others are notices. */
async function readToken (database: Database): Promise<string> {
  return toToken((await deliver(database)).filter(({ link }) => link !== undefined))
}

async function getMe ({ app, accessToken }: Pick<World, 'app' | 'accessToken'>): Promise<number> {
  return (await post(app, '/me', undefined, { method: 'GET', token: accessToken })).status
}
