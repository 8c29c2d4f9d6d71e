// The same tests of a module with both verifiers: it does not depend on whether tokens or sessions are checked.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/config.ts'
import { defaultRoles } from '../../src/contract/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createLocalKeySource, createVerifier, edge, type Verifier } from '../../src/edge/index.ts'
import { createSessionCookie, createSessionStore, createSessionVerifier } from '../../src/index.ts'
import { account, me } from '../../src/modules/account/index.ts'
import { createAccountServices } from '../../src/administration/account-service.ts'
import { createBareApp } from '../support/app.ts'
import { eachDatabase } from '../support/database.ts'
import { createService, SECRET_KEYS } from '../support/service.ts'
import { createUser, hasher, withoutMail } from '../support/users.ts'
import { logIn, refreshTokens } from '../support/inject.ts'

const ISSUER = 'https://auth.example.com'
const EMAIL = 'ada@example.com'
const sessionIdleSeconds = 86_400
const cookie = createSessionCookie({ issuer: ISSUER, corsOrigins: [], cookieDomain: undefined })
const { secretKeys } = loadConfig({ SECRET_KEYS })

type Tokens = Awaited<ReturnType<typeof logIn>>

interface VerifierKind {
  name: string
  /** The part of the login response that a client sends. */
  credential (tokens: Tokens): string
  verifier (database: Database, jwks: { keys: Parameters<typeof createLocalKeySource>[0] }): Verifier
}

const KINDS: readonly VerifierKind[] = [
  {
    name: 'tokens',
    credential: ({ accessToken }) => accessToken,
    verifier: (_database, jwks) => createVerifier({
      issuer: ISSUER,
      audience: 'api',
      roles: defaultRoles,
      keys: createLocalKeySource(jwks.keys),
      checkSession: async (user) => user
    })
  },
  {
    name: 'sessions',
    credential: ({ refreshToken }) => refreshToken,
    verifier: (database) => createSessionVerifier({ store: createStore(database), roles: defaultRoles, cookie })
  }
]

function createStore (database: Database) {
  return createSessionStore({ database, secretKeys, issuer: ISSUER, sessionIdleSeconds })
}

/** An app with the module, and an advertiser who has logged in at the service. */
async function createModule (t: Test, database: Database, { verifier, credential }: VerifierKind) {
  const { app: service } = await createService(t, database)
  const userId = await createUser(database, EMAIL, 'advertiser')
  const tokens = await logIn(service, EMAIL)
  const guard = verifier(database, (await service.inject('/.well-known/jwks.json')).json())
  const app = await createBareApp(t)
  await app.register(me, { verifier: guard })
  await app.register(
    account,
    {
      verifier: guard,
      accountFor: createAccountServices({
        ...withoutMail(database), hasher, passwordMinLength: 8, sessionIdleSeconds, loginRatePerMinute: 10_000, secretKeys
      })
    }
  )
  return { app, service, userId, tokens, authorization: `Bearer ${credential(tokens)}` }
}

for (const kind of KINDS) {
  eachDatabase(t, `${kind.name}: a module sees the user, and not how the user was authenticated`, async (t, database) => {
    const { app, userId, tokens, authorization } = await createModule(t, database, kind)
    t.match(
      (await app.inject({ url: '/me', headers: { authorization } })).json(),
      {
        id: userId,
        role: 'advertiser',
        session_id: tokens.sessionId,
        capabilities: ['account:read', 'account:write', 'account:enrol', 'campaigns:read', 'campaigns:write']
      }
    )
    t.match((await app.inject({ url: '/account', headers: { authorization } })).json(), { id: userId, email: EMAIL, role: 'advertiser' })
    const { sessions } = (await app.inject({ url: '/account/sessions', headers: { authorization } })).json()
    t.match(sessions, [{ id: tokens.sessionId, current: true }])
    t.equal(
      (await app.inject({
        method: 'DELETE', url: '/account/sessions/018f0000-0000-7000-8000-000000000000', headers: { authorization }
      })).statusCode,
      404
    )
  })

  eachDatabase(t, `${kind.name}: every invalid credential gets the same response`, async (t, database) => {
    const { app, tokens, authorization } = await createModule(t, database, kind)
    const other = KINDS.find(({ name }) => name !== kind.name)
    const table: Array<[name: string, authorization: string | undefined, code: string]> = [
      ['nothing', undefined, 'missing_token'],
      ['another scheme', 'Basic dTpw', 'missing_token'],
      ['nonsense', 'Bearer nonsense', 'invalid_token'],
      ['a forgery', authorization.slice(0, -3) + 'AAA', 'invalid_token'],
      ['the credential of the other verifier', `Bearer ${other?.credential(tokens)}`, 'invalid_token']
    ]
    for (const [name, authorization, code] of table) {
      const reply = await app.inject({ url: '/me', headers: authorization === undefined ? {} : { authorization } })
      t.match(
        { status: reply.statusCode, code: reply.json().code, challenge: reply.headers['www-authenticate'] },
        { status: 401, code, challenge: /^Bearer/ }, name
      )
    }
  })
}

for (const kind of KINDS) {
  eachDatabase(t, `TF14: ${kind.name}: a module sees claims, level and time, and a route can ask for a newer or a stronger proof`, async (
    t, database
  ) => {
    const { service } = await createModule(t, database, kind)
    await database.kysely.updateTable('users').set({ claims: JSON.stringify({ org: 'acme', seats: 4 }) }).execute()
    const guard = kind.verifier(database, (await service.inject('/.well-known/jwks.json')).json())
    const app = await createBareApp(t)
    await app.register(async function guarded (module) {
      await module.register(edge, { verifier: guard, allow: 'account:read' })
      module.get('/user', ({ currentUser: { authenticatedAt, level, claims } }) => ({ authenticatedAt, level, claims }))
      module.get('/recent', { config: { stepUp: { maxAge: 300 } } }, () => ({}))
      module.get('/strong', { config: { stepUp: { maxAge: 86_400, acr: 'aal2' } } }, () => ({}))
    })
    const ask = async (tokens: Tokens) => {
      const get = (url: string) => app.inject({ url, headers: { authorization: `Bearer ${kind.credential(tokens)}` } })
      const [user, recent, strong] = [await get('/user'), await get('/recent'), await get('/strong')]
      for (const reply of [recent, strong]) {
        if (reply.statusCode === 401) t.match(reply.headers['www-authenticate'], /^Bearer error="insufficient_user_authentication", /)
      }
      return { user: user.json(), statuses: [user.statusCode, recent.statusCode, strong.statusCode] }
    }
    const login = await logIn(service, EMAIL)
    const { user, statuses } = await ask(login)
    t.strictSame(statuses, [200, 200, 401])
    t.match(user, { level: 1, claims: { org: 'acme', seats: 4 } })
    t.ok(Math.abs(user.authenticatedAt - Date.now() / 1000) < 60)

    // As time and a second factor would make it; a token says so after a refresh.
    await sql`update sessions set authenticated_at = authenticated_at - interval '400 s', level = 2`.execute(database.kysely)
    const later = await ask(await refreshTokens(service, login.refreshToken))
    t.strictSame(later.statuses, [200, 401, 200])
    t.match(later.user, { level: 2, authenticatedAt: Number })
    t.ok(Math.abs(user.authenticatedAt - later.user.authenticatedAt - 400) <= 1)
    await sql`update sessions set authenticated_at = null`.execute(database.kysely)
    t.strictSame((await ask(await refreshTokens(service, login.refreshToken))).statuses, [200, 200, 200], 'of an earlier release')
    t.strictSame((await ask(await logIn(service, EMAIL))).statuses, [200, 200, 401], 'a login is a new proof')
  })
}

const SESSIONS = KINDS[1] as VerifierKind

eachDatabase(t, 'an ended, expired or changed session takes effect at the next request, without a feed', async (t, database) => {
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

eachDatabase(t, 'a session may be sent as a cookie: exactly one, and for changes from our own pages only', async (t, database) => {
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
  for (const [name, method, headers, status] of table) {
    t.equal(
      (await app.inject({ method, url: '/account/sessions', headers })).statusCode, status, name
    )
  }
})

eachDatabase(t, 'an old refresh token is rejected', async (t, database) => {
  const { tokens } = await createModule(t, database, SESSIONS)
  t.ok(await createStore(database).find(tokens.refreshToken))
  await sql`update sessions set current_generation = 5, parent_generation = 4`.execute(database.kysely)
  t.equal(await createStore(database).find(tokens.refreshToken), undefined)
})
