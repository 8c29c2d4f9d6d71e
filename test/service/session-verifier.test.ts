// One suite of a module, under both mechanisms: the module cannot tell tokens from sessions, and one line makes the difference.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/config.ts'
import { defaultRoles } from '../../src/contract/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createLocalKeySource, createVerifier, type Verifier } from '../../src/edge/index.ts'
import { createSessionCookie, createSessionStore, createSessionVerifier } from '../../src/index.ts'
import { account, me } from '../../src/modules/account/index.ts'
import { createAccounts } from '../../src/administration/account-service.ts'
import { createBareApp } from '../support/app.ts'
import { eachDatabase } from '../support/database.ts'
import { createService, enrol, hasher, logIn, SECRET_KEYS } from '../support/service.ts'

const ISSUER = 'https://auth.example.com'
const EMAIL = 'ada@example.com'
const sessionIdleSeconds = 86_400
const cookie = createSessionCookie({ issuer: ISSUER, corsOrigins: [], cookieDomain: undefined })
const { secretKeys } = loadConfig({ SECRET_KEYS })

type Tokens = Awaited<ReturnType<typeof logIn>>

interface Mechanism {
  name: string
  /** What a client sends of what it got from the login. */
  credential (tokens: Tokens): string
  verifier (database: Database, jwks: { keys: Parameters<typeof createLocalKeySource>[0] }): Verifier
}

const MECHANISMS: readonly Mechanism[] = [
  { name: 'tokens', credential: ({ accessToken }) => accessToken, verifier: (_database, jwks) => createVerifier({ issuer: ISSUER, audience: 'api', roles: defaultRoles, keys: createLocalKeySource(jwks.keys), central: async (user) => user }) },
  { name: 'sessions', credential: ({ refreshToken }) => refreshToken, verifier: (database) => createSessionVerifier({ store: storeOf(database), roles: defaultRoles, cookie }) }
]

function storeOf (database: Database) {
  return createSessionStore({ database, secretKeys, issuer: ISSUER, sessionIdleSeconds })
}

/** A module's app under a mechanism, and an advertiser who has logged in at the service. */
async function createModule (t: Test, database: Database, { verifier, credential }: Mechanism) {
  const { app: service } = await createService(t, database)
  const userId = await enrol(database, EMAIL, 'advertiser')
  const tokens = await logIn(service, EMAIL)
  const guard = verifier(database, (await service.inject('/.well-known/jwks.json')).json())
  const app = await createBareApp(t)
  await app.register(me, { verifier: guard })
  await app.register(account, { verifier: guard, accountOf: createAccounts({ database, hasher, passwordMinLength: 8, sessionIdleSeconds, loginRatePerMinute: 10_000, secretKeys }) })
  return { app, service, userId, tokens, authorization: `Bearer ${credential(tokens)}` }
}

for (const mechanism of MECHANISMS) {
  eachDatabase(t, `${mechanism.name}: a module sees who asks, and not how that is known`, async (t, database) => {
    const { app, userId, tokens, authorization } = await createModule(t, database, mechanism)
    t.match((await app.inject({ url: '/me', headers: { authorization } })).json(), { id: userId, role: 'advertiser', session_id: tokens.sessionId, capabilities: ['account:read', 'account:write', 'campaigns:read', 'campaigns:write'] })
    t.match((await app.inject({ url: '/account', headers: { authorization } })).json(), { id: userId, email: EMAIL, role: 'advertiser' })
    const { sessions } = (await app.inject({ url: '/account/sessions', headers: { authorization } })).json()
    t.match(sessions, [{ id: tokens.sessionId, current: true }])
    t.equal((await app.inject({ method: 'DELETE', url: '/account/sessions/018f0000-0000-7000-8000-000000000000', headers: { authorization } })).statusCode, 404)
  })

  eachDatabase(t, `${mechanism.name}: who has no good credential is answered alike`, async (t, database) => {
    const { app, tokens, authorization } = await createModule(t, database, mechanism)
    const other = MECHANISMS.find(({ name }) => name !== mechanism.name)
    const table: Array<[name: string, authorization: string | undefined, code: string]> = [
      ['nothing', undefined, 'missing_token'],
      ['another scheme', 'Basic dTpw', 'missing_token'],
      ['nonsense', 'Bearer nonsense', 'invalid_token'],
      ['a forgery', authorization.slice(0, -3) + 'AAA', 'invalid_token'],
      ['what the other mechanism takes', `Bearer ${other?.credential(tokens)}`, 'invalid_token']
    ]
    for (const [name, authorization, code] of table) {
      const reply = await app.inject({ url: '/me', headers: authorization === undefined ? {} : { authorization } })
      t.match({ status: reply.statusCode, code: reply.json().code, challenge: reply.headers['www-authenticate'] }, { status: 401, code, challenge: /^Bearer/ }, name)
    }
  })
}

const SESSIONS = MECHANISMS[1] as Mechanism

eachDatabase(t, 'a session ends, expires and loses its role at the next request, with nobody to tell', async (t, database) => {
  const { app, service, authorization, tokens } = await createModule(t, database, SESSIONS)
  const status = async () => (await app.inject({ url: '/me', headers: { authorization } })).statusCode
  t.equal(await status(), 200)
  await database.kysely.updateTable('users').set({ role: 'stranger' }).execute()
  t.equal(await status(), 403)
  await database.kysely.updateTable('users').set({ role: 'user', disabled_at: new Date() }).execute()
  t.equal(await status(), 401)
  await database.kysely.updateTable('users').set({ disabled_at: null }).execute()
  t.equal(await status(), 200)
  await sql`update sessions set rotated_at = rotated_at - make_interval(secs => ${sessionIdleSeconds})`.execute(database.kysely)
  t.equal(await status(), 401)
  await sql`update sessions set rotated_at = now()`.execute(database.kysely)
  t.equal(await status(), 200)
  await service.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: tokens.refreshToken } })
  t.equal(await status(), 401)
})

eachDatabase(t, 'a session may come by cookie: one of them, and for changes from our own pages only', async (t, database) => {
  const { app, tokens, authorization } = await createModule(t, database, SESSIONS)
  const held = `__Host-gatepass=${tokens.refreshToken}`
  const table: Array<[name: string, method: 'GET' | 'DELETE', headers: Record<string, string>, status: number]> = [
    ['a page reads', 'GET', { cookie: held }, 200],
    ['another site changes', 'DELETE', { cookie: held, origin: 'https://evil.example' }, 403],
    ['nobody says from where', 'DELETE', { cookie: held }, 403],
    ['two cookies', 'GET', { cookie: `${held}; ${held}` }, 400],
    ['cookie and bearer', 'GET', { cookie: held, authorization }, 400],
    ['our own page changes', 'DELETE', { cookie: held, origin: ISSUER }, 204],
    ['the session is over', 'GET', { cookie: held }, 401]
  ]
  for (const [name, method, headers, status] of table) t.equal((await app.inject({ method, url: '/account/sessions', headers })).statusCode, status, name)
})

eachDatabase(t, 'a token that was traded long ago opens nothing', async (t, database) => {
  const { tokens } = await createModule(t, database, SESSIONS)
  t.ok(await storeOf(database).find(tokens.refreshToken))
  await sql`update sessions set current = 5, parent = 4`.execute(database.kysely)
  t.equal(await storeOf(database).find(tokens.refreshToken), undefined)
})
