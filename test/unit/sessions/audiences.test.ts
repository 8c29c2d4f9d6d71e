import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { parseTokens } from '../../support/client.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { ageSession, listAuditTypes, readSession } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { createUser } from '../../support/users.ts'

const EMAIL = 'ada@example.com'
const ORIGIN = 'https://auth.example.com'
const AUDIENCES = ['api', 'ads', 'https://billing.example.com']

async function createIssuer (t: Test, database: Database): Promise<FastifyInstance> {
  const { app } = await createService(t, database, { settings: { AUDIENCES: AUDIENCES.join(',') } })
  await createUser(database, EMAIL)
  return app
}

const post = (app: FastifyInstance, url: string, body: unknown, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify(body) })

const askMe = async (app: FastifyInstance, token: string) =>
  (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } }))

eachDatabase(t, 'TF8: each response has a token for the one audience that was asked for, by default the first', async (t, database) => {
  const app = await createIssuer(t, database)
  const seen: unknown[] = []
  for (const audience of [undefined, ...AUDIENCES]) {
    const login = await post(app, '/auth/login', { email: EMAIL, password: PASSWORD, audience })
    const { refreshToken, claims, accessToken } = parseTokens({ status: login.statusCode, body: login.json() })
    const stepUp = await post(app, '/auth/step-up', { password: PASSWORD, audience }, {
      authorization: `Bearer ${(await logIn(app)).accessToken}`
    })
    const next = (await post(app, '/auth/refresh', { refresh_token: refreshToken, audience })).json()
    seen.push([claims.aud, decodeClaims(next.access_token).aud, decodeClaims(stepUp.json().access_token).aud])
    t.equal((await askMe(app, accessToken)).statusCode, claims.aud === 'api' ? 200 : 401)
  }
  t.strictSame(seen, ['api', ...AUDIENCES].map((audience) => [audience, audience, audience]))
})

eachDatabase(t, 'TF8, RS4: one refresh token serves all audiences: refreshes within the grace rotate once, to one successor', async (
  t, database
) => {
  const app = await createIssuer(t, database)
  const { refreshToken, sessionId } = await logIn(app)
  await ageSession(database, sessionId, 200)
  const refreshFor = async (audience: string) => {
    const reply = await post(app, '/auth/refresh', { refresh_token: refreshToken, audience })
    return parseTokens({ status: reply.statusCode, body: reply.json() })
  }
  const first = await refreshFor('ads')
  const row = await readSession(database, sessionId)
  const others = await Promise.all(AUDIENCES.map(refreshFor))
  const all = [first, ...others]
  t.strictSame(all.map(({ claims }) => claims.aud), ['ads', ...AUDIENCES])
  t.equal(new Set(all.map((tokens) => tokens.refreshToken)).size, 1)
  t.equal(new Set(all.map(({ claims }) => claims.jti)).size, 4)
  t.strictSame(new Set(all.map(({ claims }) => claims.sid)), new Set([sessionId]))
  t.equal(row.current_generation, '2')
  t.strictSame(await readSession(database, sessionId), row, 'what follows the first one is a replay')
  t.strictSame(await listAuditTypes(database), ['login'])
})

eachDatabase(t, 'TF8: an unknown audience is refused before anything is looked at, and nothing changes', async (t, database) => {
  const app = await createIssuer(t, database)
  const { refreshToken, sessionId, accessToken } = await logIn(app)
  await ageSession(database, sessionId, 200)
  await database.kysely.deleteFrom('login_attempts').execute()
  const rows = await database.kysely.selectFrom('sessions').selectAll().execute()
  const authorization = `Bearer ${accessToken}`
  const refused: string[] = []
  for (const audience of ['nobody', 'API', 'api ', 'api,ads', 'https://billing.example.com/', '__proto__', '0']) {
    for (const [url, body, headers] of [
      ['/auth/login', { email: EMAIL, password: PASSWORD, audience }, {}],
      ['/auth/login', { email: EMAIL, password: 'wrong', audience }, {}],
      ['/auth/login', { email: EMAIL, password: PASSWORD, audience, delivery: 'cookie' }, { origin: ORIGIN }],
      ['/auth/refresh', { refresh_token: refreshToken, audience }, {}],
      ['/auth/refresh', { audience }, { origin: ORIGIN, cookie: `__Host-gatepass=${refreshToken}` }],
      ['/auth/refresh', { refresh_token: 'nonsense', audience }, {}],
      ['/auth/step-up', { password: PASSWORD, audience }, { authorization }],
      ['/auth/step-up', { password: 'wrong', audience }, { authorization }]
    ] as const) {
      const { statusCode, body: text, headers: { 'set-cookie': cookie, 'cache-control': cache } } = await post(app, url, body, headers)
      if (statusCode !== 400 || JSON.parse(text).code !== 'invalid_target' || cookie !== undefined || cache !== 'no-store') {
        refused.push(`${audience} at ${url}: ${statusCode} ${text}`)
      }
    }
  }
  t.strictSame(refused, [])
  t.strictSame(await database.kysely.selectFrom('sessions').selectAll().execute(), rows)
  t.strictSame(await database.kysely.selectFrom('login_attempts').selectAll().execute(), [], 'no guess is counted')
  t.strictSame(await listAuditTypes(database), ['login'])
})

eachDatabase(t, 'what is no audience at all is malformed, and a logout takes none', async (t, database) => {
  const app = await createIssuer(t, database)
  const { refreshToken, sessionId } = await logIn(app)
  const wrong: string[] = []
  for (const audience of ['', 'a'.repeat(65), ['api'], ['api', 'ads'], { api: true }, 1, null, true]) {
    for (const [url, body] of [
      ['/auth/login', { email: EMAIL, password: PASSWORD, audience }], ['/auth/refresh', { refresh_token: refreshToken, audience }]
    ] as const) {
      const { statusCode, body: text } = await post(app, url, body)
      const { code, errors } = JSON.parse(text)
      if (statusCode !== 400 || code !== 'invalid_request' || errors?.[0]?.path !== '/audience') wrong.push(`${url}: ${text}`)
    }
  }
  t.strictSame(wrong, [])
  const logout = await post(app, '/auth/logout', { refresh_token: refreshToken, audience: 'api' })
  t.match({ status: logout.statusCode, ...logout.json() }, { status: 400, code: 'invalid_request' })
  t.equal((await readSession(database, sessionId)).ended_at, null)
})

eachDatabase(t, 'TF8: a token for another service opens no route of the issuer', async (t, database) => {
  const app = await createIssuer(t, database)
  await database.kysely.updateTable('users').set({ role: 'admin' }).execute()
  const login = await post(app, '/auth/login', { email: EMAIL, password: PASSWORD, audience: 'ads' })
  const { accessToken } = parseTokens({ status: login.statusCode, body: login.json() })
  const headers = { authorization: `Bearer ${accessToken}` }
  const replies = await Promise.all([
    ...['/me', '/account', '/account/sessions', '/admin/users', '/admin/keys', '/admin/audit'].map((url) => app.inject({ url, headers })),
    app.inject({ method: 'DELETE', url: '/account/sessions', headers }), app.inject({ method: 'DELETE', url: '/admin/sessions', headers }),
    post(app, '/auth/step-up', { password: PASSWORD }, headers)
  ])
  t.strictSame(new Set(replies.map((reply) => `${reply.statusCode} ${reply.json().code}`)), new Set(['401 invalid_token']))
})

eachDatabase(t, 'TF8: a browser whose session is in a cookie gets tokens for any audience', async (t, database) => {
  const app = await createIssuer(t, database)
  const body = { email: EMAIL, password: PASSWORD, delivery: 'cookie', audience: 'ads' }
  const login = await post(app, '/auth/login', body, { origin: ORIGIN })
  t.equal(decodeClaims(login.json().access_token).aud, 'ads')
  const cookie = String(login.headers['set-cookie']).split(';', 1)[0] ?? ''
  await ageSession(database, login.json().session_id, 200)
  const replies = []
  for (const audience of AUDIENCES) replies.push(await post(app, '/auth/refresh', { audience }, { origin: ORIGIN, cookie }))
  t.strictSame(replies.map((reply) => decodeClaims(reply.json().access_token).aud), AUDIENCES)
  t.equal(new Set(replies.map((reply) => String(reply.headers['set-cookie']).split(';', 1)[0])).size, 1, 'one successor')
  t.equal((await readSession(database, login.json().session_id)).current_generation, '2')
})
