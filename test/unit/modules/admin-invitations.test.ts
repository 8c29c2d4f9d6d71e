import { randomUUID } from 'node:crypto'
import t from 'tap'
import { findCredentialsByEmail, findUser } from '../../../src/accounts/index.ts'
import { createLoginThrottle } from '../throttle/counters.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { NEW_PASSWORD, PASSWORD } from '../../support/password.ts'
import { listActiveSessionIds, listAuditTypes } from '../../support/rows.ts'
import { ask as askForCode, send } from './mailed-codes.ts'
import { createModulesApp, createTestUser, requestAs } from './modules-app.ts'

const EVE = { email: 'Eve@example.com', role: 'advertiser' }
const MAIL_DISABLED = {
  type: '/problems/mail-disabled', title: 'Forbidden', status: 403, detail: 'This service sends no mail.', code: 'mail_disabled'
}

/** @returns template and address of each mail that is due, and is sent by this */
const sendTo = async (database: Database) => (await send(database)).map(({ template, to }) => `${template} ${to}`)

const countMails = async ({ kysely }: Database) => (await kysely.selectFrom('mails').select('id').execute()).length

eachDatabase(t, 'a user who is created without a password is invited by mail, in the same transaction', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const reply = await requestAs(app, root)('POST', '/admin/users', { ...EVE, claims: { org: 1 } })
  const { id, created_at: createdAt, ...user } = reply.json()
  t.strictSame({ status: reply.statusCode, ...user }, {
    status: 201, email: 'Eve@example.com', role: 'advertiser', email_verified_at: null, claims: { org: 1 }, disabled: false
  })
  t.match(createdAt, /^\d{4}-/)
  t.match(await findCredentialsByEmail(database.kysely, 'eve@example.com'), { id, passwordHash: undefined })
  const events = await database.kysely.selectFrom('audit_events').selectAll().where('user_id', '=', id).orderBy('id').execute()
  t.strictSame(events.map(({ type }) => type), ['user_created', 'user_invited'])
  for (const event of events) t.match(event, { actor_id: root.id, ip: '192.0.2.7', user_agent: 'test' })

  const taken = await requestAs(app, root)('POST', '/admin/users', { ...EVE, email: 'EVE@example.com' })
  t.match({ status: taken.statusCode, ...taken.json() }, { status: 409, code: 'email_taken' })
  for (const body of [{ ...EVE, role: 'stranger' }, { ...EVE, email: 'eve' }, { ...EVE, claims: { 'A-B': 1 } }]) {
    t.equal((await requestAs(app, root)('POST', '/admin/users', body)).statusCode, 400)
  }
  const [mail, ...others] = await send(database)
  t.match(mail, { to: 'Eve@example.com', template: 'invitation', link: /\/auth\/pages\/invite#token=[\w-]{50}$/ })
  t.strictSame(others, [], 'nobody else is invited')
})

eachDatabase(t, 'an admin has a link mailed: an invitation to who has no password, the link of a reset to others', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const ask = requestAs(app, root)
  const eve = (await ask('POST', '/admin/users', EVE)).json()
  t.strictSame(await sendTo(database), ['invitation Eve@example.com'])
  for (const id of [ada.id, eve.id]) {
    const reply = await ask('POST', `/admin/users/${id}/password-reset`)
    t.strictSame({ status: reply.statusCode, body: reply.json() }, { status: 202, body: {} })
    t.equal(reply.headers['cache-control'], 'no-store')
  }
  t.strictSame(await sendTo(database), ['password_reset ada@example.com', 'invitation Eve@example.com'])
  t.strictSame(await listAuditTypes(database), ['user_invited', 'password_reset_requested', 'user_invited'])
  const { actor_id: actorId, user_id: userId } = await database.kysely.selectFrom('audit_events').selectAll()
    .where('type', '=', 'password_reset_requested').executeTakeFirstOrThrow()
  t.strictSame([actorId, userId], [root.id, ada.id])
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId], 'no session ends before the link is used')

  t.equal((await ask('POST', `/admin/users/${randomUUID()}/password-reset`)).statusCode, 404)
  t.equal((await ask('POST', '/admin/users/1/password-reset')).statusCode, 400)
  await ask('PATCH', `/admin/users/${ada.id}`, { disabled: true })
  t.strictSame((await ask('POST', `/admin/users/${ada.id}/password-reset`)).json(), {
    type: '/problems/invalid-request',
    title: 'Bad Request',
    status: 400,
    detail: 'The request is not valid; see "errors".',
    code: 'invalid_request',
    errors: [{ path: 'id', message: 'is a disabled user: enable the user first' }]
  })
  t.strictSame(await sendTo(database), [])
})

eachDatabase(t, 'without mail no user is created without a password, and no link is mailed', async (t, database) => {
  const app = await createModulesApp(t, database, { hasMail: false })
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  t.strictSame((await ask('POST', '/admin/users', EVE)).json(), MAIL_DISABLED)
  t.strictSame((await ask('POST', `/admin/users/${root.id}/password-reset`)).json(), MAIL_DISABLED)
  t.equal((await ask('POST', '/admin/users', { ...EVE, password: PASSWORD })).statusCode, 201)
  t.equal((await ask('PATCH', `/admin/users/${root.id}`, { email: 'new@example.com', password: NEW_PASSWORD })).statusCode, 200)
  t.equal(await countMails(database), 0)
})

eachDatabase(t, 'an admin who has too many mails sent has to wait', async (t, database) => {
  const app = await createModulesApp(t, database, { loginRatePerMinute: 1 })
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const throttle = createLoginThrottle(database, 1)
  for (let count = 0; count < 100; count++) await throttle.admitAdmin(root.id)
  const ask = requestAs(app, root)
  for (const reply of [await ask('POST', '/admin/users', EVE), await ask('POST', `/admin/users/${root.id}/password-reset`)]) {
    t.match({ ...reply.json(), ...reply.headers }, { status: 429, code: 'too_many_attempts', 'retry-after': /^\d+$/ })
  }
  t.equal(await countMails(database), 0)
  t.equal((await database.kysely.selectFrom('users').select('id').execute()).length, 1)
})

eachDatabase(t, 'a password or an e-mail that an admin sets voids what was mailed, and the user is told', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  const changes: Array<[change: object, told: string[]]> = [
    [{ password: NEW_PASSWORD }, ['password_changed ada0@example.com']],
    [{ email: 'new1@example.com' }, ['email_changed ada1@example.com']],
    [{ email: 'new2@example.com', password: NEW_PASSWORD }, ['password_changed new2@example.com', 'email_changed ada2@example.com']],
    [{ disabled: true }, []],
    [{ role: 'advertiser', claims: { org: 1 }, email: 'ada4@example.com' }, []]
  ]
  for (const [index, [change, told]] of changes.entries()) {
    const ada = await createTestUser(database, `ada${index}@example.com`)
    await database.kysely.updateTable('users').set({ email_verified_at: new Date() }).where('id', '=', ada.id).execute()
    await askForCode(app, database, ada, `other${index}@example.com`)
    await ask('POST', `/admin/users/${ada.id}/password-reset`)
    const isVoid = index < 4
    t.equal((await ask('PATCH', `/admin/users/${ada.id}`, change)).statusCode, 200)
    t.strictSame(await sendTo(database), isVoid ? told : [`password_reset ada${index}@example.com`], JSON.stringify(change))
    const proofs = await database.kysely.selectFrom('mail_proofs').select('id').where('user_id', '=', ada.id).execute()
    t.equal(proofs.length, isVoid ? 0 : 2)
    const isVerified = (await findUser(database.kysely, ada.id))?.emailVerifiedAt !== null
    t.equal(isVerified, !('email' in change) || !isVoid, 'nobody has proved to read another address')
  }
})

eachDatabase(t, 'a user who changes the password voids what was mailed, and is told', async (t, database) => {
  const app = await createModulesApp(t, database)
  const [ada, bob] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'bob@example.com')]
  await askForCode(app, database, ada, 'new@example.com')
  await askForCode(app, database, bob, 'new@example.org')
  await requestAs(app, ada)('POST', '/account/email', { email: 'new@example.net' })
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
  t.equal((await requestAs(app, ada)('PUT', '/account/password', { ...change, current_password: 'wrong' })).statusCode, 403)
  t.equal((await database.kysely.selectFrom('mail_proofs').select('id').execute()).length, 2, 'a wrong password changes nothing')
  t.equal((await requestAs(app, ada)('PUT', '/account/password', change)).statusCode, 204)
  t.strictSame(await database.kysely.selectFrom('mail_proofs').select('user_id').execute(), [{ user_id: bob.id }])
  t.strictSame(await sendTo(database), ['password_changed ada@example.com'])
})

eachDatabase(t, 'nothing is mailed to a user whom an admin has deleted', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const eve = (await requestAs(app, root)('POST', '/admin/users', EVE)).json()
  await requestAs(app, root)('PATCH', `/admin/users/${eve.id}`, { password: NEW_PASSWORD })
  await requestAs(app, root)('POST', `/admin/users/${eve.id}/password-reset`)
  t.equal((await requestAs(app, root)('DELETE', `/admin/users/${eve.id}`)).statusCode, 204)
  const states = await database.kysely.selectFrom('mails').select(['purpose', 'state']).orderBy('id').execute()
  t.strictSame(states, ['invitation', 'password_changed', 'password_reset'].map((purpose) => ({ purpose, state: 'closed' })))
  t.strictSame(await send(database), [])
})
