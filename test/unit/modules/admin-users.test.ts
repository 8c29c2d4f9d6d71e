import { randomUUID } from 'node:crypto'
import t from 'tap'
import { findCredentialsByEmail, findCredentialsById } from '../../../src/accounts/store.ts'
import { createLoginThrottle } from '../throttle/counters.ts'
import { eachDatabase } from '../../support/database.ts'
import { requestAs, createModulesApp, createTestUser } from './modules-app.ts'
import { listAuditTypes, listActiveSessionIds } from '../../support/rows.ts'
import { hasher } from '../../support/users.ts'
import { PASSWORD, NEW_PASSWORD } from '../../support/password.ts'

const EVE = { email: 'Eve@example.com', password: PASSWORD, role: 'advertiser' }

eachDatabase(t, 'an admin creates a user who can log in', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const reply = await requestAs(app, root)('POST', '/admin/users', EVE)
  t.equal(reply.statusCode, 201)
  t.equal(reply.headers['cache-control'], 'no-store')
  const stored = await findCredentialsByEmail(database.kysely, 'eve@example.com')
  const { created_at: createdAt, ...user } = reply.json()
  const expected = { id: stored?.id, email: 'Eve@example.com', role: 'advertiser', email_verified_at: null, claims: {}, disabled: false }
  t.strictSame(user, expected)
  t.type(Date.parse(createdAt), 'number')
  t.equal(await hasher.verify(stored?.passwordHash, PASSWORD), true)
  const [event] = await database.kysely.selectFrom('audit_events').selectAll().where('user_id', '=', user.id).execute()
  t.match(event, { type: 'user_created', actor_id: root.id, ip: '192.0.2.7', user_agent: 'test', details: { role: 'advertiser' } })
})

eachDatabase(t, 'an invalid user is not created', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const table: Array<[name: string, body: unknown, status: number, code: string, path?: string]> = [
    ['taken', { ...EVE, email: 'ROOT@example.com' }, 409, 'email_taken'],
    ['weak', { ...EVE, password: 'password123' }, 422, 'weak_password', '/password'],
    ['a role that is none', { ...EVE, role: 'stranger' }, 400, 'invalid_request', '/role'],
    ['a role of Object', { ...EVE, role: 'constructor' }, 400, 'invalid_request', '/role'],
    ['a role in the wrong form', { ...EVE, role: 'Admin' }, 400, 'invalid_request', '/role'],
    ['two roles', { ...EVE, role: ['user', 'admin'] }, 400, 'invalid_request', '/role'],
    ['no e-mail', { ...EVE, email: 'eve' }, 400, 'invalid_request', '/email'],
    ['no role', { email: EVE.email, password: PASSWORD }, 400, 'invalid_request', '/role'],
    ['an id', { ...EVE, id: randomUUID() }, 400, 'invalid_request'],
    ['a hash', { ...EVE, password_hash: '$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$aGFzaA' }, 400, 'invalid_request'],
    ['SQL in the e-mail', { ...EVE, email: "'; drop table users; --" }, 400, 'invalid_request', '/email']
  ]
  for (const [name, body, status, code, path] of table) {
    const reply = await requestAs(app, root)('POST', '/admin/users', body)
    t.match({ status: reply.statusCode, ...reply.json() }, { status, code }, name)
    if (path !== undefined) t.equal(reply.json().errors?.[0]?.path, path, name)
  }
  t.equal((await requestAs(app, root)('GET', '/admin/users')).json().users.length, 1)
  t.strictSame(await listAuditTypes(database), [])
})

eachDatabase(t, 'an admin pages through all users', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  for (let count = 0; count < 5; count++) await createTestUser(database, `user${count}@example.com`)
  const ask = requestAs(app, root)
  const first = (await ask('GET', '/admin/users?limit=4')).json()
  t.strictSame(first.users.map(({ email }: { email: string }) => email), [4, 3, 2, 1].map((count) => `user${count}@example.com`))
  const second = (await ask('GET', `/admin/users?limit=4&after=${first.next}`)).json()
  t.strictSame(second.users.map(({ email }: { email: string }) => email), ['user0@example.com', 'root@example.com'])
  t.equal(second.next, null)
  t.strictSame(Object.keys(second.users[0]), ['id', 'email', 'role', 'created_at', 'email_verified_at', 'claims', 'disabled'],
    'no credentials')
})

eachDatabase(t, 'users are found by e-mail and role', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  await createTestUser(database, 'Ada+list@example.com')
  const found = async (query: string) =>
    (await requestAs(app, root)('GET', `/admin/users?${query}`)).json().users.map(({ email }: { email: string }) => email)
  t.strictSame(await found(`email=${encodeURIComponent('ada+LIST@example.com')}`), ['Ada+list@example.com'])
  t.strictSame(await found('role=admin'), ['root@example.com'])
  t.strictSame(await found('role=admin&email=nobody@example.com'), [])
  t.equal((await found('limit=200')).length, 2)
})

eachDatabase(t, 'AB20: an invalid query is refused', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const queries = [
    'limit=0', 'limit=201', 'limit=1e9', 'limit=ten', 'limit=-1', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'after=1', 'after=',
    `after=${'x'.repeat(36)}`, 'role=Admin', 'role=%00', 'email=',
    'email=%00', 'email=a%0Ab', 'email=a&email=b', 'order=email', 'password=x'
  ]
  for (const query of queries) {
    const reply = await requestAs(app, root)('GET', `/admin/users?${query}`)
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 400, code: 'invalid_request' }, query)
  }
})

eachDatabase(t, 'an admin sees one user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  t.match((await requestAs(app, root)('GET', `/admin/users/${ada.id}`)).json(), {
    id: ada.id, email: 'ada@example.com', role: 'user', disabled: false
  })
})

eachDatabase(t, 'an admin changes a role; the session goes on', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const reply = await requestAs(app, root)('PATCH', `/admin/users/${ada.id}`, { role: 'advertiser' })
  t.match({ status: reply.statusCode, ...reply.json() }, { status: 200, id: ada.id, role: 'advertiser', disabled: false })
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.match(await database.kysely.selectFrom('revocations').selectAll().execute(), [{ kind: 'user', sub: ada.id }])
  t.strictSame(await listAuditTypes(database), ['user_role_changed'])
})

eachDatabase(t, 'PW8, PW17: an admin disables a user, sets a password, and enables the user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const ask = requestAs(app, root)
  t.match((await ask('PATCH', `/admin/users/${ada.id}`, { disabled: true })).json(), { disabled: true })
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  const reply = await ask('PATCH', `/admin/users/${ada.id}`, { disabled: false, password: NEW_PASSWORD })
  t.match({ status: reply.statusCode, ...reply.json() }, { status: 200, disabled: false })
  t.notOk(reply.body.includes(NEW_PASSWORD))
  t.equal(await hasher.verify((await findCredentialsById(database.kysely, ada.id))?.passwordHash, NEW_PASSWORD), true)
  t.strictSame(await listAuditTypes(database), ['user_disabled', 'sessions_ended', 'user_enabled', 'password_changed', 'sessions_ended'])
})

eachDatabase(t, 'AZ3: an invalid update changes nothing', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada.lovelace@example.com')
  const table: Array<[name: string, id: string, body: unknown, status: number, code: string]> = [
    ['a role that is none', ada.id, { role: 'stranger' }, 400, 'invalid_request'],
    ['a weak password', ada.id, { password: 'ada.lovelace' }, 422, 'weak_password'],
    ['a weak password beside a role', ada.id, { role: 'admin', password: 'short' }, 422, 'weak_password'],
    ['a new e-mail as the password', ada.id, { email: 'grace.hopper@example.com', password: 'grace.hopper' }, 422, 'weak_password'],
    ['nothing', ada.id, {}, 400, 'invalid_request'],
    ['no e-mail', ada.id, { email: 'eve' }, 400, 'invalid_request'],
    ['the e-mail of another user', ada.id, { email: 'ROOT@example.com' }, 409, 'email_taken'],
    ['text for a boolean', ada.id, { disabled: 'true' }, 400, 'invalid_request'],
    ['null', ada.id, { role: null }, 400, 'invalid_request'],
    ['nobody', randomUUID(), { role: 'user' }, 404, 'not_found'],
    ['nobody\'s password', randomUUID(), { password: NEW_PASSWORD }, 404, 'not_found'],
    ['no id', '1', { role: 'user' }, 400, 'invalid_request'],
    ['the last admin, demoted', root.id, { role: 'user' }, 409, 'last_admin'],
    ['the last admin, disabled', root.id, { disabled: true }, 409, 'last_admin']
  ]
  for (const [name, id, body, status, code] of table) {
    const reply = await requestAs(app, root)('PATCH', `/admin/users/${id}`, body)
    t.match({ status: reply.statusCode, ...reply.json() }, { status, code }, name)
  }
  t.match(await findCredentialsById(database.kysely, ada.id), { email: 'ada.lovelace@example.com', role: 'user', disabled: false })
  t.strictSame(await listAuditTypes(database), [])
  t.strictSame(await database.kysely.selectFrom('revocations').selectAll().execute(), [])
})

eachDatabase(t, 'an admin deletes a user, but not the last admin', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const ask = requestAs(app, root)
  t.equal((await ask('DELETE', `/admin/users/${ada.id}`)).statusCode, 204)
  t.equal((await ask('GET', `/admin/users/${ada.id}`)).statusCode, 404)
  t.equal((await ask('DELETE', `/admin/users/${ada.id}`)).statusCode, 404)
  const last = await ask('DELETE', `/admin/users/${root.id}`)
  t.match({ status: last.statusCode, ...last.json() }, { status: 409, code: 'last_admin' })
  t.strictSame(await listAuditTypes(database), ['user_deleted'])
  const created = await ask('POST', '/admin/users', { ...EVE, email: 'ada@example.com' })
  t.not(created.json().id, ada.id)
})

eachDatabase(t, 'an admin who sets too many passwords has to wait before anything is hashed, and may do everything else', async (
  t, database
) => {
  const app = await createModulesApp(t, database, { loginRatePerMinute: 1 })
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const other = await createTestUser(database, 'other@example.com', 'admin')
  const ask = requestAs(app, root)
  const throttle = createLoginThrottle(database, 1)
  for (let index = 0; index < 98; index++) await throttle.admitAdmin(root.id)
  const created = await ask('POST', '/admin/users', EVE)
  t.equal(created.statusCode, 201)
  const eve = `/admin/users/${created.json().id}`
  t.equal((await ask('PATCH', eve, { password: 'short' })).statusCode, 422, 'a weak password is not counted')
  t.equal((await ask('PATCH', eve, { password: NEW_PASSWORD })).statusCode, 200)
  for (const reply of [
    await ask('PATCH', eve, { password: PASSWORD }), await ask('POST', '/admin/users', { ...EVE, email: 'max@example.com' })
  ]) {
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 429, code: 'too_many_attempts' })
    t.match(reply.headers['retry-after'], /^(60|5\d)$/)
  }
  t.equal(await hasher.verify((await findCredentialsById(database.kysely, created.json().id))?.passwordHash, NEW_PASSWORD), true)
  t.equal((await ask('PATCH', eve, { role: 'user', disabled: true })).statusCode, 200)
  t.equal((await requestAs(app, other)('PATCH', eve, { password: PASSWORD })).statusCode, 200)
})
