import { sql } from 'kysely'
import t from 'tap'
import { createDatabase } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { freePort } from '../../../scripts/free-port.js'
import { ISSUER } from '../../support/tokens.ts'
import { PASSWORD } from '../../support/password.ts'
import { ageSession, listAuditTypes, listRevocations, readSession } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser } from '../../support/users.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { SILENT } from '../../support/silent-log.ts'

const NAME = '__Host-gatepass'
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict'
const CLEARED = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`
const withCookie = (token: string) => ({ origin: ISSUER, cookie: `${NAME}=${token}` })

eachDatabase(t, 'RS10, RS27, HC11: a browser holds its session in a cookie, from login to logout', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const login = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: ISSUER },
    body: {
      email: 'ada@example.com', password: PASSWORD, delivery: 'cookie'
    }
  })
  const token = valueOf(login.headers['set-cookie'])
  t.equal(login.headers['set-cookie'], `${NAME}=${token}; Max-Age=${7 * 86_400 - 30}; ${ATTRIBUTES}`)
  t.strictSame(Object.keys(login.json()), ['access_token', 'token_type', 'expires_in', 'refresh_expires_in', 'session_id'])
  t.notOk(login.body.includes(token))

  const { session_id: sessionId } = login.json()
  await ageSession(database, sessionId, 200)
  const next = await app.inject({ method: 'POST', url: '/auth/refresh', headers: withCookie(token) })
  t.equal(next.statusCode, 200)
  t.notOk('refresh_token' in next.json())
  const successor = valueOf(next.headers['set-cookie'])
  t.not(successor, token)

  const logout = await app.inject({ method: 'POST', url: '/auth/logout', headers: withCookie(successor) })
  t.equal(logout.statusCode, 204)
  t.equal(logout.headers['set-cookie'], CLEARED)
  t.equal(logout.headers['clear-site-data'], '"cache", "storage"')
  const over = await app.inject({ method: 'POST', url: '/auth/refresh', headers: withCookie(successor) })
  t.equal(over.statusCode, 401)
  t.equal(over.headers['set-cookie'], CLEARED)
})

eachDatabase(t, 'HC7: a cookie is used by pages of our own origin or of a listed one only', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  const cookie = `${NAME}=${refreshToken}`
  for (const headers of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }]) {
    for (const url of ['/auth/refresh', '/auth/logout']) {
      const reply = await app.inject({ method: 'POST', url, headers: { ...headers, cookie } })
      t.equal(reply.statusCode, 403, `${url} ${JSON.stringify(headers)}`)
      t.equal(reply.json().code, 'cross_site')
      t.notOk(reply.headers['set-cookie'])
    }
    const login = await app.inject({
      method: 'POST', url: '/auth/login', headers, body: { email: 'ada@example.com', password: PASSWORD, delivery: 'cookie' }
    })
    t.equal(login.statusCode, 403)
  }
  t.equal((await readSession(database, sessionId)).ended_at, null)
  for (const headers of [{ origin: 'https://app.example.com' }, { 'sec-fetch-site': 'same-origin' }]) {
    t.equal((await app.inject({ method: 'POST', url: '/auth/refresh', headers: { ...headers, cookie } })).statusCode, 200)
  }
})

eachDatabase(t, 'HC13: one request, one credential', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken } = await logIn(app)
  for (const url of ['/auth/refresh', '/auth/logout']) {
    const both = await app.inject({ method: 'POST', url, headers: withCookie(refreshToken), body: { refresh_token: refreshToken } })
    t.equal(both.statusCode, 400, url)
    t.equal(both.json().code, 'invalid_request')
    t.match(both.headers['www-authenticate'], /error="invalid_request"/)
    const doubled = await app.inject({ method: 'POST', url, headers: { origin: ISSUER, cookie: `${NAME}=${refreshToken}; ${NAME}=x` } })
    t.equal(doubled.statusCode, 400, url)
    t.equal(doubled.json().code, 'ambiguous_credentials')
  }
  const bearer = await app.inject({ method: 'POST', url: '/auth/refresh', headers: { authorization: `Bearer ${refreshToken}` } })
  t.equal(bearer.statusCode, 401, 'a bearer token is no refresh token')
})

eachDatabase(t, 'after COOKIE_DOMAIN was changed a browser is refused once, and then goes on', async (t, database) => {
  await createUser(database)
  const body = { email: 'ada@example.com', password: PASSWORD, delivery: 'cookie' }
  for (const [before, after] of [['example.com', 'auth.example.com'], ['auth.example.com', 'example.com']] as const) {
    const [old, app] = [
      await createAuthenticationApp(t, database, { cookieDomain: before }),
      await createAuthenticationApp(t, database, { cookieDomain: after })
    ]
    for (const url of ['/auth/refresh', '/auth/login', '/auth/logout']) {
      const jar = createJar()
      const send = async (service: typeof app, url: string) => {
        const reply = await service.inject({
          method: 'POST', url, headers: { origin: ISSUER, ...jar.headers() }, body: url === '/auth/login' ? body : {}
        })
        jar.keep(reply.headers['set-cookie'])
        return reply
      }
      t.equal((await send(old, '/auth/login')).statusCode, 200)
      t.equal((await send(app, '/auth/refresh')).statusCode, 200, 'the old cookie alone is good')
      t.equal(jar.size(), 2)
      const refused = await send(app, url)
      t.equal(refused.statusCode, 400, url)
      t.equal(refused.json().code, 'ambiguous_credentials')
      t.strictSame(jar.domains(), [after], 'that of today stays')
      t.match((await send(app, url)).statusCode, url === '/auth/logout' ? 204 : 200, url)
    }
  }
})

/** What a browser keeps (RFC 6265 5.3): a cookie for each name, domain and path. */
function createJar () {
  const cookies = new Map<string, { pair: string, domain: string | undefined }>()
  return {
    keep (lines: string | string[] | undefined) {
      for (const line of [lines ?? []].flat()) {
        const [pair = '', ...attributes] = line.split('; ')
        const of = (name: string) => attributes.find((attribute) => attribute.startsWith(`${name}=`))?.slice(name.length + 1)
        const key = JSON.stringify([pair.split('=')[0], of('Domain'), of('Path')])
        if (of('Max-Age') === '0') cookies.delete(key)
        else cookies.set(key, { pair, domain: of('Domain') })
      }
    },
    headers: () => cookies.size === 0 ? {} : { cookie: [...cookies.values()].map(({ pair }) => pair).join('; ') },
    domains: () => [...cookies.values()].map(({ domain }) => domain),
    size: () => cookies.size
  }
}

eachDatabase(t, 'RS11, RS18: what is not a refresh token of ours is refused without a query', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { accessToken, refreshToken } = await logIn(app)
  await sql`alter table sessions rename to hidden`.execute(database.kysely)
  t.teardown(() => sql`alter table hidden rename to sessions`.execute(database.kysely))
  for (const token of ['', 'x', accessToken, `${refreshToken}=`, refreshToken.toLowerCase()]) {
    t.equal((await refresh(app, token)).statusCode, 401)
    t.equal((await app.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: token } })).statusCode, 204)
  }
  t.equal((await app.inject({ method: 'POST', url: '/auth/refresh' })).statusCode, 401, 'none at all')
  t.equal((await app.inject({ method: 'POST', url: '/auth/logout' })).statusCode, 204)
})

eachDatabase(t, 'RS11: a logout takes any token the session ever had, and takes it again', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const first = await logIn(app)
  await ageSession(database, first.sessionId, 200)
  const second = await refreshTokens(app, first.refreshToken)
  await ageSession(database, first.sessionId, 200)
  await refreshTokens(app, second.refreshToken)
  for (let turn = 0; turn < 3; turn++) {
    const reply = await app.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: first.refreshToken } })
    t.equal(reply.statusCode, 204)
    t.equal(reply.body, '')
    t.notOk(reply.headers['clear-site-data'])
  }
  t.strictSame((await listRevocations(database)).map(({ sid }) => sid), [first.sessionId])
  t.strictSame(await listAuditTypes(database), ['login', 'logout'])
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'logout').executeTakeFirstOrThrow()
  t.match(event, { user_id: userId, actor_id: userId, session_id: first.sessionId })
})

eachDatabase(t, 'a session whose access tokens have died needs no revocation', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await sql`update sessions set access_until = now() - interval '1 second' where id = ${sessionId}`.execute(database.kysely)
  await app.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: refreshToken } })
  t.ok((await readSession(database, sessionId)).ended_at)
  t.strictSame(await listRevocations(database), [])
})

eachDatabase(t, 'while the database is away nothing is given up', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken } = await logIn(app)
  const away = await createDatabase({
    url: `postgres://postgres@127.0.0.1:${await freePort()}/nobody`, poolSize: 1, dataDir: undefined, log: SILENT
  })
  t.teardown(() => away.close())
  const broken = await createAuthenticationApp(t, database, { database: away })
  for (const url of ['/auth/refresh', '/auth/logout']) {
    const reply = await broken.inject({ method: 'POST', url, headers: withCookie(refreshToken) })
    t.equal(reply.statusCode, 503, url)
    t.equal(reply.json().code, 'credential_store_unavailable')
    t.ok(reply.headers['retry-after'])
    t.notOk(reply.headers['set-cookie'], 'a 503 never takes the cookie back')
  }
  const login = await broken.inject({ method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: PASSWORD } })
  t.equal(login.statusCode, 503)
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
})

eachDatabase(t, 'RS5: the refresh token is in no table', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const first = await logIn(app)
  await ageSession(database, first.sessionId, 200)
  const second = await refreshTokens(app, first.refreshToken)
  for (const table of ['users', 'sessions', 'revocations', 'audit_events', 'signing_keys']) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(database.kysely)
    const text = rows.map(({ row }) => row).join('\n')
    for (const { refreshToken } of [first, second]) {
      const tag = Buffer.from(refreshToken, 'base64url').subarray(25).toString('hex')
      t.notOk(text.includes(refreshToken) || text.includes(refreshToken.slice(-20)) || text.includes(tag), table)
    }
  }
})

function valueOf (header: string | string[] | undefined): string {
  return /^[^=]+=([^;]*)/.exec(String(header))?.[1] ?? ''
}
