import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { parsePhc } from '../../../src/passwords/argon2.ts'
import { toThrottleLimits } from '../../../src/throttle/policy.ts'
import { transact } from '../../../src/database/index.ts'
import { OverloadedError } from '../../../src/errors.ts'
import { createBeginSession } from '../../../src/sessions/begin-session.ts'
import { toRotationTimings } from '../../../src/sessions/rotation-policy.ts'
import { eachDatabase } from '../../support/database.ts'
import { ISSUER, decodeClaims } from '../../support/tokens.ts'
import { PASSWORD } from '../../support/password.ts'
import { ageSession, listActiveSessionIds, listAuditTypes, listRevocations, readSession } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser, hasher } from '../../support/users.ts'
import { logIn, refresh } from '../../support/inject.ts'

const lifetimes = { accessTtlSeconds: 300, sessionIdleSeconds: 7 * 86_400, sessionMaxSeconds: 30 * 86_400, rotation: toRotationTimings(30) }
const limits = toThrottleLimits(10_000).login
const counted = { pair: randomUUID(), address: randomUUID(), account: randomUUID() }
const ORIGIN = { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' }

eachDatabase(t, 'TF3, TF4, TF6, TF11, TF14: a login begins a session', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database, 'ada@example.com', 'advertiser')
  const reply = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { 'user-agent': 'phone' },
    remoteAddress: '192.0.2.1',
    body: {
      email: ' Ada@Example.com', password: PASSWORD
    }
  })
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['cache-control'], 'no-store')
  t.notOk(reply.headers['set-cookie'])
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId, ...rest } = reply.json()
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 300, refresh_expires_in: 7 * 86_400 - 30 })
  const { iat, jti, ...claims } = decodeClaims(accessToken)
  t.strictSame(claims, {
    iss: ISSUER,
    aud: 'api',
    sub: userId,
    role: 'advertiser',
    sid: sessionId,
    exp: Number(iat) + 300,
    client_id: 'gatepass',
    auth_time: iat,
    acr: 'aal1'
  })
  t.type(jti, 'string')
  t.equal(accessToken.includes(refreshToken), false)

  const row = await readSession(database, sessionId)
  t.match(row, { user_id: userId, current_generation: '1', parent_generation: '0', ended_at: null, user_agent: 'phone', ip: '192.0.2.1' })
  t.match(row, { authenticated_at: row.created_at, level: 1, methods: ['password'] })
  t.equal(row.expires_at.getTime() - row.created_at.getTime(), 30 * 86_400_000)
  const seconds = (row.access_until.getTime() - row.created_at.getTime()) / 1000
  t.ok(seconds >= 300 + 30 + 5, 'the last token of the window has died at every edge by then')
  const [event] = await database.kysely.selectFrom('audit_events').selectAll().where('type', '!=', 'user_created').execute()
  t.match(event, { type: 'login', user_id: userId, actor_id: userId, session_id: sessionId, ip: '192.0.2.1', user_agent: 'phone' })
})

eachDatabase(t, 'an e-mail may be written and pasted in any way that makes the same account', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  await createUser(database, 'σσσσ@xn--exmple-cua.de')
  for (const email of [
    'ada@example.com\n', '\u200bada@example.com\r\n', 'ADA@example.com\u00a0', 'ΣΣΣΣ@exämple.de', 'σσσς@XN--EXMPLE-CUA.de'
  ]) {
    t.equal(
      (await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })).statusCode, 200, JSON.stringify(email)
    )
  }
  for (const email of ['a\u034fda@example.com', 'ada@exam\u00adple.com', 'σσσσ@exä\ufe0fmple.de']) {
    t.equal(
      (await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })).statusCode, 401, JSON.stringify(email)
    )
  }
})

eachDatabase(t, 'AB12, LG1: unknown, wrong and disabled get the same answer, and each is audited', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const ada = await createUser(database)
  const eve = await createUser(database, 'eve@example.com')
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', eve).execute()
  const table: Array<[name: string, email: string, password: string]> = [
    ['unknown', 'nobody@example.com', PASSWORD],
    ['wrong', 'ada@example.com', `${PASSWORD} `],
    ['disabled', 'eve@example.com', PASSWORD],
    ['disabled and wrong', 'eve@example.com', 'wrong']
  ]
  const answers = []
  for (const [name, email, password] of table) {
    const { statusCode, headers: { date, ...headers }, body } = await app.inject({
      method: 'POST', url: '/auth/login', body: { email, password }
    })
    t.equal(statusCode, 401, name)
    t.equal(headers['www-authenticate'], 'Bearer')
    answers.push({ headers, body })
  }
  for (const answer of answers) t.strictSame(answer, answers[0])
  const events = await database.kysely.selectFrom('audit_events').select([
    'type', 'user_id'
  ]).where('type', '!=', 'user_created').orderBy('id').execute()
  t.strictSame(events, [null, ada, eve, eve].map((userId) => ({ type: 'login_failed', user_id: userId })))
  t.strictSame(await database.kysely.selectFrom('sessions').selectAll().execute(), [])
})

eachDatabase(t, 'AB16: a malformed login is refused before anything is asked', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const table: Array<[name: string, body: object]> = [
    ['empty', {}],
    ['a list of e-mails', { email: ['ada@example.com'], password: PASSWORD }],
    ['an object', { email: { $ne: 1 }, password: PASSWORD }],
    ['a further member', { email: 'ada@example.com', password: PASSWORD, role: 'admin' }],
    ['NUL in the e-mail', { email: 'ada\u0000@example.com', password: PASSWORD }],
    ['a line break in the e-mail', { email: 'ada\n@example.com', password: PASSWORD }],
    ['half a character in the e-mail', { email: 'ada\ud800@example.com', password: PASSWORD }],
    ['NUL in the password', { email: 'ada@example.com', password: 'a\u0000b' }],
    ['half a character in the password', { email: 'ada@example.com', password: 'a\ud800b' }],
    ['a password without end', { email: 'ada@example.com', password: 'a'.repeat(1025) }],
    ['another delivery', { email: 'ada@example.com', password: PASSWORD, delivery: 'pigeon' }]
  ]
  for (const [name, body] of table) {
    const reply = await app.inject({ method: 'POST', url: '/auth/login', body })
    t.equal(reply.statusCode, 400, name)
    t.equal(reply.json().code, 'invalid_request', name)
  }
  t.strictSame(await listAuditTypes(database), [])
})

eachDatabase(t, 'PW11: a hash behind the times is renewed by the login', async (t, database) => {
  const renewing = { ...hasher, needsRehash: () => true, hash: async () => 'renewed' }
  const app = await createAuthenticationApp(t, database, { hasher: renewing })
  const userId = await createUser(database)
  await logIn(app)
  const { password_hash: passwordHash } = await database.kysely.selectFrom('users').select('password_hash').where('id', '=', userId)
    .executeTakeFirstOrThrow()
  t.equal(passwordHash, 'renewed')
  t.strictSame(await listAuditTypes(database), ['login'])
})

eachDatabase(t, 'two right logins at once that both renew the hash both come in', async (t, database) => {
  const cost = { memoryKib: 2048, passes: 1, parallelism: 1 }
  const raised = createPasswordHasher(cost)
  // Nobody writes before both have verified the old hash.
  let [arrived, open] = [0, () => {}]
  const both = new Promise<void>((resolve) => { open = resolve })
  const meeting = { ...raised, async hash (password: string) { if (++arrived === 2) open(); await both; return raised.hash(password) } }
  const app = await createAuthenticationApp(t, database, { hasher: meeting })
  const userId = await createUser(database)
  const logins = await Promise.all([logIn(app), logIn(app)])
  t.equal(arrived, 2)
  t.strictSame((await listActiveSessionIds(database, userId)).sort(), logins.map(({ sessionId }) => sessionId).sort())
  t.strictSame(await listAuditTypes(database), ['login', 'login'])
  const { password_hash: passwordHash } = await database.kysely.selectFrom('users').select('password_hash').where('id', '=', userId)
    .executeTakeFirstOrThrow()
  t.strictSame(parsePhc(passwordHash ?? ''), cost)
})

eachDatabase(t, 'a login whose password or user really changed while it renewed the hash is refused', async (t, database) => {
  const raised = createPasswordHasher({ memoryKib: 2048, passes: 1, parallelism: 1 })
  const another = await hasher.hash('another password')
  const table: Array<[name: string, change: (userId: string) => Promise<unknown>]> = [
    ['changed', (userId) => database.kysely.updateTable('users').set({ password_hash: another }).where('id', '=', userId).execute()],
    ['disabled', (userId) => database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', userId).execute()],
    ['deleted', (userId) => database.kysely.deleteFrom('users').where('id', '=', userId).execute()]
  ]
  for (const [name, change] of table) {
    const userId = await createUser(database, `${name}@example.com`)
    const app = await createAuthenticationApp(t, database, {
      hasher: { ...raised, async hash (password: string) { await change(userId); return raised.hash(password) } }
    })
    const reply = await app.inject({ method: 'POST', url: '/auth/login', body: { email: `${name}@example.com`, password: PASSWORD } })
    t.equal(reply.statusCode, 401, name)
    t.equal(reply.json().code, 'invalid_credentials', name)
  }
  t.strictSame(await listAuditTypes(database), table.map(() => 'login_failed'))
  t.strictSame(await database.kysely.selectFrom('sessions').selectAll().execute(), [])
})

eachDatabase(t, 'a login does not survive a change of what it verified', async (t, database) => {
  const userId = await createUser(database)
  const begin = createBeginSession({ lifetimes, limits, sessionsPerUser: 100, secondFactor: 'optional', tellsUsers: false })
  const passwordHash = await hasher.hash('another')
  for (const rehash of [undefined, 'renewed']) {
    t.equal(
      await begin(database.kysely, {
        userId, proof: { kind: 'password', passwordHash }, rehash, replacedSessionId: undefined, counted, origin: ORIGIN
      }),
      'void'
    )
  }
  t.strictSame(await listAuditTypes(database), [])
  t.strictSame(await database.kysely.selectFrom('sessions').selectAll().execute(), [])
})

eachDatabase(t, 'a login that races a password change never outlives it', async (t, database) => {
  const userId = await createUser(database)
  const begin = createBeginSession({ lifetimes, limits, sessionsPerUser: 100, secondFactor: 'optional', tellsUsers: false })
  const old = await database.kysely.selectFrom('users').select('password_hash').where('id', '=', userId).executeTakeFirstOrThrow()
  let passwordHash = old.password_hash ?? ''
  for (let turn = 0; turn < 30; turn++) {
    const next = `hash ${turn}`
    const change = () => transact(database, async (trx) => {
      await trx.updateTable('users').set({ password_hash: next }).where('id', '=', userId).execute()
      await trx.updateTable('sessions').set({
        ended_at: sql`clock_timestamp()`
      }).where('user_id', '=', userId).where('ended_at', 'is', null).execute()
    })
    const login = () => begin(database.kysely, {
      userId, proof: { kind: 'password', passwordHash }, rehash: undefined, replacedSessionId: undefined, counted, origin: ORIGIN
    })
    await Promise.all(turn % 2 === 0 ? [login(), change(), login()] : [change(), login(), login()])
    const active = await database.kysely.selectFrom('sessions').select('id').where('ended_at', 'is', null).execute()
    t.strictSame(active, [], `turn ${turn}`)
    passwordHash = next
  }
})

eachDatabase(t, 'RS9: a login by cookie ends the session whose cookie it replaces', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  await createUser(database, 'bob@example.com')
  const first = await logIn(app)
  const reply = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: ISSUER, cookie: `__Host-gatepass=${first.refreshToken}` },
    body: { email: 'bob@example.com', password: PASSWORD, delivery: 'cookie' }
  })
  t.equal(reply.statusCode, 200)
  t.ok((await readSession(database, first.sessionId)).ended_at)
  t.strictSame((await listRevocations(database)).map(({ sid }) => sid), [first.sessionId])
  t.strictSame(await listAuditTypes(database), ['login', 'login', 'session_ended'])
  t.equal((await refresh(app, first.refreshToken)).statusCode, 401)

  const second = await logIn(app)
  await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: ISSUER, cookie: `__Host-gatepass=${second.refreshToken}` },
    body: {
      email: 'bob@example.com', password: PASSWORD
    }
  })
  t.equal((await readSession(database, second.sessionId)).ended_at, null, 'a login without a cookie replaces none')
})

eachDatabase(t, 'a login that fails ends nothing', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { sessionId, refreshToken } = await logIn(app)
  await ageSession(database, sessionId, 200)
  const reply = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: ISSUER, cookie: `__Host-gatepass=${refreshToken}` },
    body: {
      email: 'ada@example.com', password: 'wrong', delivery: 'cookie'
    }
  })
  t.equal(reply.statusCode, 401)
  t.notOk(reply.headers['set-cookie'])
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
})

eachDatabase(t, 'while too many wait, a login is sent away before it is read', async (t, database) => {
  const full = { ...hasher, assertCapacity () { throw new OverloadedError() } }
  const app = await createAuthenticationApp(t, database, { hasher: full })
  for (const payload of ['{"email": "ada@', JSON.stringify({ email: 'ada@example.com', password: PASSWORD })]) {
    const reply = await app.inject({ method: 'POST', url: '/auth/login', headers: { 'content-type': 'application/json' }, payload })
    t.equal(reply.statusCode, 503)
    t.equal(reply.headers['retry-after'], '2')
    t.equal(reply.headers['cache-control'], 'no-store')
  }
})
