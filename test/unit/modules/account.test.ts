import { randomUUID } from 'node:crypto'
import t from 'tap'
import { findCredentialsById } from '../../../src/accounts/store.ts'
import { ageCounters, createLoginThrottle, measureWait } from '../throttle/counters.ts'
import { eachDatabase } from '../../support/database.ts'
import { requestAs, createModulesApp, createTestUser, createSession } from './modules-app.ts'
import { listAuditTypes, listActiveSessionIds } from '../../support/rows.ts'
import { hasher } from '../../support/users.ts'
import { PASSWORD, NEW_PASSWORD } from '../../support/password.ts'

eachDatabase(t, 'AZ3: a user sees their own account without credentials', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'Ada@example.com', 'advertiser')
  const reply = await requestAs(app, ada)('GET', '/account')
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['cache-control'], 'no-store')
  const { created_at: createdAt, auth_time: authTime, ...rest } = reply.json()
  t.strictSame(rest, { id: ada.id, email: 'Ada@example.com', role: 'advertiser', email_verified_at: null, claims: {}, level: 1 })
  t.ok(Math.abs(Date.parse(authTime) - Date.now()) < 60_000)
  t.match(createdAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  await database.kysely.deleteFrom('users').execute()
  t.equal((await requestAs(app, ada)('GET', '/account')).statusCode, 404)
})

eachDatabase(t, 'RS13: a user changes the password: the other sessions end, the current one goes on', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const bob = await createTestUser(database, 'bob@example.com')
  await createSession(database, ada.id)
  const reply = await requestAs(app, ada)('PUT', '/account/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })
  t.equal(reply.statusCode, 204)
  t.equal(reply.body, '')
  const hash = (await findCredentialsById(database.kysely, ada.id))?.passwordHash
  t.equal(await hasher.verify(hash, NEW_PASSWORD), true)
  t.equal(await hasher.verify(hash, PASSWORD), false)
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.strictSame(await listActiveSessionIds(database, bob.id), [bob.sessionId])
  const event = await database.kysely.selectFrom('audit_events').selectAll()
    .where('type', '=', 'password_changed').executeTakeFirstOrThrow()
  t.match(event, { user_id: ada.id, actor_id: ada.id, session_id: ada.sessionId, ip: '192.0.2.7', user_agent: 'test' })
})

eachDatabase(t, 'RS16, PW7: a refused password change changes nothing', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada.lovelace@example.com')
  const table: Array<[name: string, body: unknown, status: number, code: string, path?: string]> = [
    ['wrong', { current_password: 'wrong', new_password: NEW_PASSWORD }, 403, 'wrong_password'],
    ['wrong by a space', { current_password: `${PASSWORD} `, new_password: NEW_PASSWORD }, 403, 'wrong_password'],
    ['wrong and weak', { current_password: 'wrong', new_password: 'short' }, 403, 'wrong_password'],
    ['short', { current_password: PASSWORD, new_password: 'short' }, 422, 'weak_password', '/new_password'],
    ['common', { current_password: PASSWORD, new_password: 'password123' }, 422, 'weak_password', '/new_password'],
    ['the name', { current_password: PASSWORD, new_password: 'Ada.Lovelace' }, 422, 'weak_password', '/new_password'],
    ['no current one', { new_password: NEW_PASSWORD }, 400, 'invalid_request', '/current_password'],
    ['no new one', { current_password: PASSWORD }, 400, 'invalid_request', '/new_password'],
    ['too long', { current_password: PASSWORD, new_password: 'x'.repeat(257) }, 422, 'weak_password', '/new_password'],
    ['far too long', { current_password: PASSWORD, new_password: 'x'.repeat(1025) }, 400, 'invalid_request', '/new_password'],
    ['NUL', { current_password: PASSWORD, new_password: `${NEW_PASSWORD}\0` }, 400, 'invalid_request', '/new_password'],
    ['half a pair', { current_password: `${PASSWORD}\ud800`, new_password: NEW_PASSWORD }, 400, 'invalid_request'],
    ['somebody else', { current_password: PASSWORD, new_password: NEW_PASSWORD, id: randomUUID() }, 400, 'invalid_request']
  ]
  for (const [name, body, status, code, path] of table) {
    const reply = await requestAs(app, ada)('PUT', '/account/password', body)
    t.match({ status: reply.statusCode, ...reply.json() }, { status, code }, name)
    if (path !== undefined) t.equal(reply.json().errors?.[0]?.path, path, name)
    t.notOk(reply.headers['www-authenticate'], 'clients must not refresh because of it')
  }
  t.equal(await hasher.verify((await findCredentialsById(database.kysely, ada.id))?.passwordHash, PASSWORD), true)
  t.strictSame(await listAuditTypes(database), ['login_failed', 'login_failed', 'login_failed'], 'only wrong guesses are audited')
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'login_failed').executeTakeFirstOrThrow()
  t.match(event, { user_id: ada.id, actor_id: ada.id, session_id: ada.sessionId, details: { purpose: 'password_change' } })
})

eachDatabase(t, 'a concurrent login that rehashes the password does not make it wrong', async (t, database) => {
  const upgraded = await hasher.hash(PASSWORD)
  let verified = 0
  const interrupted = {
    ...hasher,
    async verify (hash: string | undefined, password: string) {
      const isRight = await hasher.verify(hash, password)
      if (verified++ === 0) await database.kysely.updateTable('users').set({ password_hash: upgraded }).execute()
      return isRight
    }
  }
  const app = await createModulesApp(t, database, { hasher: interrupted })
  const ada = await createTestUser(database, 'ada@example.com')
  const reply = await requestAs(app, ada)('PUT', '/account/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })
  t.equal(reply.statusCode, 204)
  t.equal(verified, 2)
})

eachDatabase(t, 'no connection is held while passwords are hashed', async (t, database) => {
  const queried: unknown[] = []
  const observed = {
    ...hasher,
    async verify (hash: string | undefined, password: string) {
      queried.push(await database.kysely.selectFrom('users').select('id').execute())
      return hasher.verify(hash, password)
    },
    async hash (password: string) {
      queried.push(await database.kysely.selectFrom('users').select('id').execute())
      return hasher.hash(password)
    }
  }
  const app = await createModulesApp(t, database, { hasher: observed })
  const ada = await createTestUser(database, 'ada@example.com', 'admin')
  t.equal((await requestAs(app, ada)('PUT', '/account/password', {
    current_password: PASSWORD, new_password: NEW_PASSWORD
  })).statusCode, 204)
  t.equal((await requestAs(app, ada)('POST', '/admin/users', {
    email: 'eve@example.com', password: PASSWORD, role: 'user'
  })).statusCode, 201)
  t.equal((await requestAs(app, ada)('PATCH', `/admin/users/${ada.id}`, { password: NEW_PASSWORD })).statusCode, 200)
  t.equal(queried.length, 4, 'queries run while hashing, also on the embedded database with its one client')
})

eachDatabase(t, 'a user sees their active sessions, newest first, with the current one marked', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  await createTestUser(database, 'bob@example.com')
  const tablet = await createSession(database, ada.id, { userAgent: 'tablet' })
  const ended = await createSession(database, ada.id)
  await database.kysely.updateTable('sessions').set({ ended_at: new Date() }).where('id', '=', ended).execute()
  const reply = await requestAs(app, ada)('GET', '/account/sessions')
  t.equal(reply.headers['cache-control'], 'no-store')
  const [first, second, ...others] = reply.json().sessions
  t.strictSame(others, [])
  const { created_at: createdAt, ...rest } = first
  t.strictSame(rest, {
    id: tablet,
    last_seen_at: `${createdAt.slice(0, 10)}T00:00:00.000Z`,
    user_agent: 'tablet',
    ip: '192.0.2.1',
    authenticated_at: createdAt,
    level: 1,
    methods: ['password'],
    current: false
  }, 'a session that an earlier release began was authenticated when it was created')
  t.match(second, { id: ada.sessionId, user_agent: 'phone', current: true })
  t.ok(Math.abs(Date.parse(second.last_seen_at) - Date.now()) < 60_000, 'the current session was last seen now')
})

eachDatabase(t, 'RS14: a user ends one session, the current one or another', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const other = await createSession(database, ada.id)
  t.equal((await requestAs(app, ada)('DELETE', `/account/sessions/${other}`)).statusCode, 204)
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.equal((await requestAs(app, ada)('DELETE', `/account/sessions/${other}`)).statusCode, 204, 'ending it again succeeds')
  t.equal((await requestAs(app, ada)('DELETE', `/account/sessions/${ada.sessionId}`)).statusCode, 204)
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  t.strictSame(await listAuditTypes(database), ['session_ended', 'session_ended'])
})

eachDatabase(t, 'AZ2: a session of another user is not found', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com', 'admin')
  const bob = await createTestUser(database, 'bob@example.com')
  const replies = []
  for (const id of [bob.sessionId, randomUUID()]) replies.push(await requestAs(app, ada)('DELETE', `/account/sessions/${id}`))
  for (const reply of replies) {
    t.equal(reply.statusCode, 404)
    t.equal(reply.body, replies[0]?.body, 'the responses for a foreign and an unknown session are the same')
  }
  for (const id of ['1', 'x'.repeat(36), `${ada.sessionId}0`, "' or 1=1", '%00', `urn:uuid:${ada.sessionId}`]) {
    t.equal((await requestAs(app, ada)('DELETE', `/account/sessions/${encodeURIComponent(id)}`)).statusCode, 400, id)
  }
  t.strictSame(await listActiveSessionIds(database, bob.id), [bob.sessionId])
})

eachDatabase(t, 'a user ends all their sessions, and nobody else\'s', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const bob = await createTestUser(database, 'bob@example.com')
  await createSession(database, ada.id)
  t.equal((await requestAs(app, ada)('DELETE', '/account/sessions')).statusCode, 204)
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  t.strictSame(await listActiveSessionIds(database, bob.id), [bob.sessionId])
  t.strictSame(await listAuditTypes(database), ['sessions_ended'])
})

eachDatabase(t, 'a user may end all sessions five times at once, then once in ten seconds; other users are not limited by it', async (
  t, database
) => {
  const app = await createModulesApp(t, database)
  const [ada, bob] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'bob@example.com')]
  const end = (person: typeof ada) => requestAs(app, person)('DELETE', '/account/sessions')
  const replies = await Promise.all(Array.from({ length: 8 }, () => end(ada)))
  t.strictSame(replies.map(({ statusCode }) => statusCode).sort(), [204, 204, 204, 204, 204, 429, 429, 429])
  const limited = replies.find(({ statusCode }) => statusCode === 429)
  t.match(limited?.json(), { code: 'too_many_attempts' })
  t.ok(Number(limited?.headers['retry-after']) >= 1 && Number(limited?.headers['retry-after']) <= 10)
  t.equal((await end(bob)).statusCode, 204)
  t.equal((await database.kysely.selectFrom('revocations').selectAll().execute()).length, 2, 'one advance for each user')
})

eachDatabase(t, 'sessions are paginated', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const ids = [ada.sessionId]
  for (let session = 0; session < 4; session++) ids.unshift(await createSession(database, ada.id))
  const ask = requestAs(app, ada)
  const first = (await ask('GET', '/account/sessions?limit=3')).json()
  t.strictSame(first.sessions.map(({ id }: { id: string }) => id), ids.slice(0, 3))
  t.equal(first.next, ids[2])
  const last = (await ask('GET', `/account/sessions?limit=3&after=${first.next}`)).json()
  t.match(last, { sessions: [{ id: ids[3], current: false }, { id: ada.sessionId, current: true }], next: null })
  for (const query of ['limit=0', 'limit=201', 'after=x', 'other=1']) {
    t.equal((await ask('GET', `/account/sessions?${query}`)).statusCode, 400, query)
  }
})

eachDatabase(t, 'guesses at the current password are counted with those at the login, and a right one resets the counter', async (
  t, database
) => {
  let verified = 0
  const counting: typeof hasher = { ...hasher, verify: (hash, password) => { verified++; return hasher.verify(hash, password) } }
  const app = await createModulesApp(t, database, { hasher: counting, loginRatePerMinute: 10 })
  const ada = await createTestUser(database, 'Ada@example.com')
  const bob = await createTestUser(database, 'bob@example.com')
  const change = (person: typeof ada, password: string, newPassword = NEW_PASSWORD) =>
    requestAs(app, person)('PUT', '/account/password', { current_password: password, new_password: newPassword })
  const throttle = createLoginThrottle(database)
  for (let index = 0; index < 4; index++) await throttle.admitLogin({ email: 'ada@EXAMPLE.com', ip: '192.0.2.7' })
  for (let index = 0; index < 5; index++) t.equal((await change(ada, 'wrong')).statusCode, 403)
  t.equal((await change(ada, PASSWORD, 'short')).statusCode, 422, 'the password was right, so the counter is reset')
  for (let index = 0; index < 10; index++) t.equal((await change(ada, 'wrong')).statusCode, 403)
  verified = 0
  for (const password of ['wrong', PASSWORD]) {
    const reply = await change(ada, password)
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 429, code: 'too_many_attempts' })
    t.match(reply.headers['retry-after'], /^[1-6]$/)
  }
  t.equal(verified, 0, 'nothing was hashed')
  t.match(
    await measureWait(throttle.admitLogin({ email: 'ada@example.com', ip: '192.0.2.7' })),
    { by: 'account and address' }, 'logins are blocked, too'
  )
  t.equal((await change(bob, PASSWORD)).statusCode, 204)
  await ageCounters(database, 6)
  t.equal((await change(ada, PASSWORD)).statusCode, 204)
})
