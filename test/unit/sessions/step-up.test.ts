import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import type { SessionTokens } from '../../support/client.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { NEW_PASSWORD, PASSWORD } from '../../support/password.ts'
import { ageSession, listAuditTypes, listRevocations, readSession } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { bearer, decodeClaims } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'
import { createUser, hasher } from '../../support/users.ts'
import { createModulesApp, createTestUser, requestAs } from '../modules/modules-app.ts'

const EMAIL = 'ada@example.com'

const postStepUp = (app: FastifyInstance, accessToken: string, body: object = { password: PASSWORD }) =>
  app.inject({ method: 'POST', url: '/auth/step-up', headers: { authorization: `Bearer ${accessToken}`, 'user-agent': 'phone' }, body })

const statusOfMe = async (app: FastifyInstance, token: string) =>
  (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode

/** A service, and a user whose login was an hour ago. */
async function createWorld (
  t: Test, database: Database, settings: Record<string, string> = {}
): Promise<{ app: FastifyInstance, userId: string, session: SessionTokens }> {
  const { app } = await createService(t, database, { settings })
  const userId = await createUser(database, EMAIL)
  const { sessionId, refreshToken } = await logIn(app)
  await sql`update sessions set authenticated_at = authenticated_at - interval '1 hour' where id = ${sessionId}`.execute(database.kysely)
  return { app, userId, session: await refreshTokens(app, refreshToken) }
}

eachDatabase(t, 'TF14: a step-up gives one access token of the same session, with the time and the level of the proof', async (
  t, database
) => {
  const { app, userId, session: { accessToken, claims: before, sessionId } } = await createWorld(t, database)
  const reply = await postStepUp(app, accessToken)
  t.match({ status: reply.statusCode, cache: reply.headers['cache-control'] }, { status: 200, cache: 'no-store' })
  t.notOk('set-cookie' in reply.headers)
  const { access_token: token, ...rest } = reply.json()
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 300, acr: 'aal1' })
  const { iat, exp, jti, auth_time: authTime, ...claims } = decodeClaims(token)
  const { iat: _iat, exp: _exp, jti: earlierJti, auth_time: earlierAuthTime, ...others } = before
  t.strictSame(claims, others)
  t.not(jti, earlierJti)
  t.equal(Number(exp) - Number(iat), 300)
  t.equal(authTime, iat)
  t.ok(Number(authTime) - Number(earlierAuthTime) >= 3600)
  t.equal(await statusOfMe(app, token), 200)
  t.equal(await statusOfMe(app, accessToken), 200, 'the token before it goes on')
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'step_up').executeTakeFirstOrThrow()
  t.match(event, { user_id: userId, actor_id: userId, session_id: sessionId, ip: '127.0.0.1', user_agent: 'phone', details: {} })
  t.strictSame(await listAuditTypes(database), ['login', 'step_up'])
})

eachDatabase(t, 'TF14: a step-up changes nothing of the session but access_until, and no refresh inherits the proof', async (
  t, database
) => {
  const { app, session: { refreshToken, accessToken, claims, sessionId } } = await createWorld(t, database)
  await sql`update sessions set access_until = now(), level = 3, methods = '{passkey}'`.execute(database.kysely)
  const { access_until: _before, ...before } = await readSession(database, sessionId)
  const { access_token: token, acr } = (await postStepUp(app, accessToken)).json()
  t.equal(acr, 'aal1', 'that of the proof, not that of the session')
  const { access_until: accessUntil, ...after } = await readSession(database, sessionId)
  t.strictSame(after, before)
  t.ok(accessUntil.getTime() / 1000 >= Number(decodeClaims(token).exp) + 5)
  for (const seconds of [0, 200]) {
    await ageSession(database, sessionId, seconds)
    t.match((await refreshTokens(app, refreshToken)).claims, { auth_time: claims.auth_time, acr: 'phr' })
  }
  await sql`update sessions set access_until = now() + interval '1 day'`.execute(database.kysely)
  const late = (await readSession(database, sessionId)).access_until
  await postStepUp(app, accessToken)
  t.strictSame((await readSession(database, sessionId)).access_until, late, 'it is never earlier')
})

eachDatabase(t, 'TF4: the token of a step-up lives 300 s at most, and no longer than any other', async (t, database) => {
  for (const [ttl, expected] of [['3600', 300], ['301', 300], ['300', 300], ['100', 100]] as const) {
    const { app } = await createService(t, database, { settings: { ACCESS_TOKEN_TTL: ttl, REFRESH_GRACE: '15' } })
    const email = `ada${ttl}@example.com`
    await createUser(database, email)
    const { accessToken, sessionId } = await logIn(app, email)
    const { access_token: token, expires_in: expiresIn } = (await postStepUp(app, accessToken)).json()
    const { iat, exp } = decodeClaims(token)
    t.strictSame([expiresIn, Number(exp) - Number(iat)], [expected, expected], ttl)
    t.ok((await readSession(database, sessionId)).access_until.getTime() / 1000 >= Number(exp) + 5)
  }
})

eachDatabase(t, 'a response that is lost changes nothing: each further step-up gives a token, and the session goes on', async (
  t, database
) => {
  const { app, session: { accessToken, refreshToken, sessionId } } = await createWorld(t, database)
  const { access_until: _before, ...before } = await readSession(database, sessionId)
  const replies = []
  for (let sent = 0; sent < 3; sent++) replies.push(await postStepUp(app, accessToken))
  replies.push(...await Promise.all([postStepUp(app, accessToken), postStepUp(app, accessToken)]))
  const tokens: string[] = replies.map((reply) => reply.json().access_token)
  t.equal(new Set(tokens.map((token) => decodeClaims(token).jti)).size, 5)
  t.strictSame(new Set(await Promise.all(tokens.map((token) => statusOfMe(app, token)))), new Set([200]))
  const { access_until: _after, ...after } = await readSession(database, sessionId)
  t.strictSame(after, before)
  t.equal((await refreshTokens(app, refreshToken)).sessionId, sessionId)
})

eachDatabase(t, 'VF24, RS10: the end of a session refuses the tokens of its step-ups, for as long as they live', async (t, database) => {
  const { app, session: { accessToken, refreshToken, sessionId } } = await createWorld(t, database)
  // As of a session whose last refresh was long ago: only the step-up is why its end is still told.
  await sql`update sessions set access_until = now() - interval '1 minute', rotated_at = rotated_at - interval '1 hour'`
    .execute(database.kysely)
  const token: string = (await postStepUp(app, accessToken)).json().access_token
  await app.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: refreshToken } })
  const revocations = await listRevocations(database)
  t.match(revocations, [{ kind: 'session', sid: sessionId }])
  t.ok((revocations[0]?.expires_at.getTime() ?? 0) / 1000 >= Number(decodeClaims(token).exp) + 5)
  await until(async () => await statusOfMe(app, token) === 401)
})

eachDatabase(t, 'RS16: a wrong password is refused and audited, and gives no token', async (t, database) => {
  const { app, userId, session: { accessToken, sessionId } } = await createWorld(t, database)
  const before = await readSession(database, sessionId)
  for (const password of ['wrong', `${PASSWORD} `, NEW_PASSWORD]) {
    const reply = await postStepUp(app, accessToken, { password })
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 403, code: 'wrong_password' })
    t.match(reply.headers, { 'cache-control': 'no-store' })
    t.notOk(reply.headers['www-authenticate'], 'clients must not refresh because of it')
    t.notOk(reply.body.includes('access_token'))
  }
  t.strictSame(await readSession(database, sessionId), before)
  t.strictSame(await listAuditTypes(database), ['login', 'login_failed', 'login_failed', 'login_failed'])
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'login_failed').executeTakeFirstOrThrow()
  t.match(event, {
    user_id: userId, actor_id: userId, session_id: sessionId, ip: '127.0.0.1', user_agent: 'phone', details: { purpose: 'step_up' }
  })
})

eachDatabase(t, 'a malformed step-up is refused, and counts nothing', async (t, database) => {
  const { app, session: { accessToken, refreshToken } } = await createWorld(t, database)
  await database.kysely.deleteFrom('login_attempts').execute()
  const wrong: string[] = []
  for (const body of [
    {}, { password: '' }, { password: 1 }, { password: null }, { password: [PASSWORD] }, { password: 'x'.repeat(1025) },
    { password: `${PASSWORD}\0` }, { password: PASSWORD, refresh_token: refreshToken }, { password: PASSWORD, email: EMAIL },
    { password: PASSWORD, delivery: 'cookie' }, { password: PASSWORD, acr: 'phr' }, { password: PASSWORD, level: 3 }, []
  ]) {
    const reply = await postStepUp(app, accessToken, body)
    if (reply.statusCode !== 400 || reply.json().code !== 'invalid_request') wrong.push(`${JSON.stringify(body)}: ${reply.body}`)
  }
  t.strictSame(wrong, [])
  t.strictSame(await database.kysely.selectFrom('login_attempts').selectAll().execute(), [])
  t.equal((await app.inject({ method: 'POST', url: '/auth/step-up', body: { password: PASSWORD } })).json().code, 'missing_token')
  t.equal((await postStepUp(app, refreshToken)).json().code, 'invalid_token')
})

eachDatabase(t, 'AB10: guesses at a step-up, at a login and at a password change count together, and each is blocked by them', async (
  t, database
) => {
  const { app, session: { accessToken } } = await createWorld(t, database, { LOGIN_RATE_PER_MINUTE: '10' })
  const post = (url: string, body: object) => app.inject({ method: 'POST', url, body })
  const change = (password: string) => app.inject({
    method: 'PUT',
    url: '/account/password',
    headers: { authorization: `Bearer ${accessToken}` },
    body: { current_password: password, new_password: NEW_PASSWORD }
  })
  const guess = (email = EMAIL) => post('/auth/login', { email, password: 'wrong' })
  for (let count = 0; count < 4; count++) t.equal((await guess(' ADA@example.com')).statusCode, 401)
  for (let count = 0; count < 4; count++) t.equal((await postStepUp(app, accessToken, { password: 'wrong' })).statusCode, 403)
  t.equal((await postStepUp(app, accessToken)).statusCode, 200, 'a right one resets the counter')
  for (let count = 0; count < 3; count++) t.equal((await guess()).statusCode, 401)
  for (let count = 0; count < 3; count++) t.equal((await change('wrong')).statusCode, 403)
  for (let count = 0; count < 4; count++) t.equal((await postStepUp(app, accessToken, { password: 'wrong' })).statusCode, 403)
  const events = await listAuditTypes(database)
  for (const reply of [
    await postStepUp(app, accessToken), await postStepUp(app, accessToken, { password: 'wrong' }), await change(PASSWORD),
    await post('/auth/login', { email: EMAIL, password: PASSWORD })
  ]) {
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 429, code: 'too_many_attempts' })
    t.match(reply.headers, { 'retry-after': /^[1-6]$/, 'cache-control': 'no-store' })
  }
  t.strictSame(await listAuditTypes(database), events, 'a blocked guess is no failed login')
})

eachDatabase(t, 'a step-up needs an active session of its own user', async (t, database) => {
  const table: ReadonlyArray<[name: string, statement: string, status: number, code: string]> = [
    ['it has ended', 'update sessions set ended_at = now()', 401, 'invalid_token'],
    ['it has been idle for too long', "update sessions set rotated_at = now() - interval '1 day'", 401, 'invalid_token'],
    ['it has reached its age', 'update sessions set expires_at = now()', 401, 'invalid_token'],
    ['all of the user have ended', 'update users set session_epoch = session_epoch + 1', 401, 'invalid_token'],
    ['those of everybody have ended', 'update global_state set session_epoch = session_epoch + 1', 401, 'invalid_token'],
    ['it is gone', 'delete from sessions', 401, 'invalid_token'],
    ['it is of another user', `update sessions set user_id = '${randomUUID()}'`, 401, 'invalid_token'],
    ['its user is disabled', 'update users set disabled_at = now()', 403, 'wrong_password'],
    ['its user is gone', 'delete from users', 403, 'wrong_password']
  ]
  const app = await createModulesApp(t, database)
  for (const [index, [name, statement, status, code]] of table.entries()) {
    const ada = await createTestUser(database, `ada${index}@example.com`)
    const stepUp = () => requestAs(app, ada)('POST', '/auth/step-up', { password: PASSWORD })
    t.equal((await stepUp()).statusCode, 200, name)
    const before = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'step_up').execute()
    await sql.raw(statement).execute(database.kysely)
    const rows = await database.kysely.selectFrom('sessions').selectAll().execute()
    const reply = await stepUp()
    t.match({ status: reply.statusCode, ...reply.json() }, { status, code }, name)
    t.match(reply.headers, { 'cache-control': 'no-store' })
    t.strictSame(await database.kysely.selectFrom('sessions').selectAll().execute(), rows, name)
    t.strictSame(await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'step_up').execute(), before, name)
    await sql`truncate users, sessions cascade`.execute(database.kysely)
    await sql`update global_state set session_epoch = 0`.execute(database.kysely)
  }
})

eachDatabase(t, 'AZ2: a token cannot name the session of another user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const bob = await createTestUser(database, 'bob@example.com')
  const forged = { authorization: bearer({ sub: ada.id, sid: bob.sessionId }) }
  const before = await readSession(database, bob.sessionId)
  const reply = await requestAs(app, forged)('POST', '/auth/step-up', { password: PASSWORD })
  t.match({ status: reply.statusCode, ...reply.json() }, { status: 401, code: 'invalid_token' })
  t.strictSame(await readSession(database, bob.sessionId), before)
})

eachDatabase(t, 'a token with a scope is refused: the token of the step-up would have no ceiling', async (t, database) => {
  let verified = 0
  const counting: typeof hasher = { ...hasher, verify: (hash, password) => { verified++; return hasher.verify(hash, password) } }
  const app = await createModulesApp(t, database, { hasher: counting })
  const { id: sub, sessionId: sid } = await createTestUser(database, EMAIL)
  for (const scope of ['account:read', 'account:read account:write']) {
    const reply = await requestAs(app, { authorization: bearer({ sub, sid, client_id: 'app', scope }) })(
      'POST', '/auth/step-up', { password: PASSWORD })
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 403, code: 'insufficient_scope' })
  }
  t.equal(verified, 0)
  t.strictSame(await listAuditTypes(database), [])
})

/** An app in which something happens while the first password is verified. */
async function createInterrupted (t: Test, database: Database, interrupt: () => Promise<unknown>) {
  const seen = { verified: 0 }
  const app = await createModulesApp(t, database, {
    hasher: {
      ...hasher,
      async verify (hash, password) {
        const isRight = await hasher.verify(hash, password)
        if (seen.verified++ === 0) await interrupt()
        return isRight
      }
    }
  })
  const ada = await createTestUser(database, EMAIL)
  return { seen, ada, stepUp: () => requestAs(app, ada)('POST', '/auth/step-up', { password: PASSWORD }) }
}

eachDatabase(t, 'a password that is changed while the old one is verified gives no token', async (t, database) => {
  const passwordHash = await hasher.hash(NEW_PASSWORD)
  const { seen, ada, stepUp } = await createInterrupted(t, database, () =>
    database.kysely.updateTable('users').set({ password_hash: passwordHash }).execute())
  const before = await readSession(database, ada.sessionId)
  const reply = await stepUp()
  t.match({ status: reply.statusCode, ...reply.json() }, { status: 403, code: 'wrong_password' })
  t.equal(seen.verified, 2)
  t.strictSame(await readSession(database, ada.sessionId), before)
  t.strictSame(await listAuditTypes(database), ['login_failed'])
})

eachDatabase(t, 'a concurrent login that rehashes the password does not make the step-up fail', async (t, database) => {
  const upgraded = await hasher.hash(PASSWORD)
  const { seen, stepUp } = await createInterrupted(t, database, () =>
    database.kysely.updateTable('users').set({ password_hash: upgraded }).execute())
  t.equal((await stepUp()).statusCode, 200)
  t.equal(seen.verified, 2)
  t.strictSame(await listAuditTypes(database), ['step_up'])
})

eachDatabase(t, 'a session that ends, or a user who is disabled or deleted, while the password is verified gives no token', async (
  t, database
) => {
  let change = 0
  const { kysely } = database
  const changes = [
    () => kysely.updateTable('sessions').set({ ended_at: new Date() }).execute(),
    () => kysely.updateTable('users').set({ disabled_at: new Date() }).execute(),
    () => kysely.deleteFrom('users').execute()
  ]
  const { seen, ada, stepUp } = await createInterrupted(t, database, async () => changes[change]?.())
  for (const code of ['invalid_token', 'wrong_password', 'wrong_password']) {
    seen.verified = 0
    t.equal((await stepUp()).json().code, code)
    await kysely.updateTable('sessions').set({ ended_at: null }).where('id', '=', ada.sessionId).execute()
    change++
  }
  t.strictSame(await listAuditTypes(database), ['login_failed', 'login_failed'])
})

eachDatabase(t, 'a step-up whose event cannot be recorded does not happen', async (t, database) => {
  const { app, session: { accessToken, refreshToken, sessionId } } = await createWorld(t, database)
  const before = await readSession(database, sessionId)
  await sql`alter table audit_events rename to elsewhere`.execute(database.kysely)
  t.equal((await postStepUp(app, accessToken)).statusCode, 500)
  await sql`alter table elsewhere rename to audit_events`.execute(database.kysely)
  t.strictSame(await readSession(database, sessionId), before)
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
})
