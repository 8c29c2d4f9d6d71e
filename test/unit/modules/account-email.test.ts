import { sql } from 'kysely'
import t from 'tap'
import { findUser } from '../../../src/accounts/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { listActiveSessionIds, listAuditTypes, listRevocations } from '../../support/rows.ts'
import { outbox } from '../../support/sender.ts'
import { bearer } from '../../support/tokens.ts'
import { ask, send, WRONG_CODE } from './mailed-codes.ts'
import { createModulesApp, createTestUser, proofSecrets, requestAs, type TestUser } from './modules-app.ts'

const EMAIL_TAKEN = {
  type: '/problems/email-taken', title: 'Conflict', status: 409, detail: 'A user with this e-mail exists.', code: 'email_taken'
}
const MAIL_DISABLED = {
  type: '/problems/mail-disabled', title: 'Forbidden', status: 403, detail: 'This service sends no mail.', code: 'mail_disabled'
}

const findEmail = async (database: Database, { id }: TestUser) => (await findUser(database.kysely, id))?.email

eachDatabase(t, 'a user changes the e-mail with the code that was mailed to the new one, and the old one is told', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const request = requestAs(app, ada)
  const asked = await request('POST', '/account/email', { email: ' Ada@Example.NET ' })
  const { handle, ...rest } = asked.json()
  t.strictSame({ status: asked.statusCode, ...rest }, { status: 202, expires_in: 600 })
  t.match(handle, /^[\w-]{50}$/)
  t.equal(asked.headers['cache-control'], 'no-store')
  const [mail, ...others] = await send(database)
  t.strictSame({ ...mail, code: mail?.code?.length }, { to: 'Ada@Example.NET', template: 'email_change', code: 8 })
  t.strictSame(others, [])
  t.match((await request('GET', '/account')).json(), { email: 'ada@example.com', email_verified_at: null }, 'nothing has changed')

  const confirmed = await request('POST', '/account/email/confirm', { handle, code: mail?.code })
  t.strictSame({ status: confirmed.statusCode, body: confirmed.body }, { status: 204, body: '' })
  const account = (await request('GET', '/account')).json()
  t.equal(account.email, 'Ada@Example.NET')
  t.ok(Math.abs(Date.parse(account.email_verified_at) - Date.now()) < 60_000)
  t.strictSame(await send(database), [{ to: 'ada@example.com', template: 'email_changed' }])
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.strictSame(await listRevocations(database), [], 'tokens do not have the e-mail')
  t.strictSame(await listAuditTypes(database), ['email_change_requested', 'user_email_changed'])
  const events = await database.kysely.selectFrom('audit_events').selectAll().where('type', '<>', 'user_created').execute()
  for (const event of events) {
    t.match(event, { user_id: ada.id, actor_id: ada.id, session_id: ada.sessionId, ip: '192.0.2.7', user_agent: 'test', details: {} })
  }
})

eachDatabase(t, 'a user verifies the e-mail; the time of the first proof stays, and so do the credentials', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const request = requestAs(app, ada)
  const before = await database.kysely.selectFrom('users').select('password_hash').executeTakeFirstOrThrow()
  const times: unknown[] = []
  for (let count = 0; count < 2; count++) {
    const asked = await request('POST', '/account/email/verification')
    t.strictSame({ status: asked.statusCode, members: Object.keys(asked.json()) }, { status: 202, members: ['handle', 'expires_in'] })
    const [mail] = await send(database)
    t.match(mail, { to: 'ada@example.com', template: 'email_verification' })
    const confirmed = await request('POST', '/account/email/verification/confirm', { handle: asked.json().handle, code: mail?.code })
    t.strictSame({ status: confirmed.statusCode, body: confirmed.body }, { status: 204, body: '' })
    times.push((await request('GET', '/account')).json().email_verified_at)
  }
  t.ok(Math.abs(Date.parse(String(times[0])) - Date.now()) < 60_000)
  t.equal(times[1], times[0])
  t.strictSame(await database.kysely.selectFrom('users').select('password_hash').executeTakeFirstOrThrow(), before)
  t.strictSame(await send(database), [], 'nobody is told')
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.strictSame(await listAuditTypes(database), ['email_verification_requested', 'email_verified', 'email_verification_requested'])
})

eachDatabase(t, 'MF5: where a second factor has begun meanwhile, the code that was mailed is not enough', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  const given = await ask(app, database, ada, 'ada@example.net')
  const confirm = async () => requestAs(app, ada)('POST', '/account/email/confirm', given)
  await sql`update users set second_factor_since = now()`.execute(database.kysely)
  t.match(await confirm(), { statusCode: 401, headers: { 'www-authenticate': /insufficient_user_authentication/ } })
  t.equal(await findEmail(database, ada), 'ada@example.com')
  await sql`update users set second_factor_since = null`.execute(database.kysely)
  t.match(await confirm(), { statusCode: 204 }, 'the code is not used up')
})

eachDatabase(t, 'whatever is wrong with a code or a handle, the response is the same, and nothing changes', async (t, database) => {
  const app = await createModulesApp(t, database)
  const [ada, eve] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'eve@example.com')]
  const { handle, code } = await ask(app, database, ada, 'ada@example.net')
  const stale = await ask(app, database, ada, 'ada@example.org')
  await sql`update mail_proofs set code_expires_at = now() where email = 'ada@example.org'`.execute(database.kysely)
  const unsent = (await requestAs(app, ada)('POST', '/account/email', { email: 'unsent@example.net' })).json().handle
  const unsentId = proofSecrets.parseHandle(unsent, 'email_change') ?? { id: '', purpose: 'email_change' }
  const wrong = code.replace(/.$/, (digit) => digit === '0' ? '1' : '0')
  const forged = handle.replace(/^(.{20})(.)/, (_all, start, letter) => `${start}${letter === 'A' ? 'B' : 'A'}`)
  const table: Array<[name: string, user: TestUser, path: string, body: { handle: string, code: string }]> = [
    ['a wrong code', ada, '/account/email/confirm', { handle, code: wrong }],
    ['no digits', ada, '/account/email/confirm', { handle, code: 'ａｂｃｄ' }],
    ['the code of another mail', ada, '/account/email/confirm', { handle, code: stale.code }],
    ['too old', ada, '/account/email/confirm', stale],
    ['a code whose mail was not sent', ada, '/account/email/confirm', { handle: unsent, code: proofSecrets.toCode(unsentId) }],
    ['no handle', ada, '/account/email/confirm', { handle: 'x', code }],
    ['a forged handle', ada, '/account/email/confirm', { handle: forged, code }],
    ['a handle of another purpose', ada, '/account/email/verification/confirm', { handle, code }],
    ['the handle and the code of another user', eve, '/account/email/confirm', { handle, code }]
  ]
  for (const [name, user, path, body] of table) {
    const reply = await requestAs(app, user)('POST', path, body)
    t.strictSame(reply.json(), WRONG_CODE, name)
    t.notOk(reply.headers['www-authenticate'], 'clients must not refresh because of it')
  }
  for (const body of [{ handle }, { code }, { handle, code, email: 'eve@example.com' }, { handle: '', code }, { handle, code: 12345678 }]) {
    t.match((await requestAs(app, ada)('POST', '/account/email/confirm', body)).json(), { status: 400, code: 'invalid_request' })
  }
  t.strictSame([await findEmail(database, ada), await findEmail(database, eve)], ['ada@example.com', 'eve@example.com'])
  t.notOk((await listAuditTypes(database)).includes('user_email_changed'))
  const { statusCode } = await requestAs(app, ada)('POST', '/account/email/confirm', { handle, code })
  t.equal(statusCode, 204, 'nothing of this has used the code up')
  t.strictSame((await requestAs(app, ada)('POST', '/account/email/confirm', { handle, code })).json(), WRONG_CODE, 'it is good once')
})

eachDatabase(t, 'after five wrong codes the right one is wrong, and other users do not use up tries', async (t, database) => {
  const app = await createModulesApp(t, database)
  const [ada, eve] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'eve@example.com')]
  const { handle, code } = await ask(app, database, ada, 'ada@example.net')
  const wrong = code.replace(/.$/, (digit) => digit === '0' ? '1' : '0')
  const guess = async (user: TestUser, given: string) =>
    (await requestAs(app, user)('POST', '/account/email/confirm', { handle, code: given })).json()
  for (let tries = 0; tries < 5; tries++) t.strictSame(await guess(eve, wrong), WRONG_CODE)
  const { rows: [{ tries } = { tries: -1 }] } = await sql<{ tries: number }>`select tries from mail_proofs`.execute(database.kysely)
  t.equal(tries, 0)
  t.strictSame(await Promise.all(Array.from({ length: 5 }, () => guess(ada, wrong))), Array.from({ length: 5 }, () => WRONG_CODE))
  t.strictSame(await guess(ada, code), WRONG_CODE)
  t.equal(await findEmail(database, ada), 'ada@example.com')
})

eachDatabase(t, 'an address that is taken is told to its owner alone, and is refused only where it was free when asked for', async (
  t, database
) => {
  const app = await createModulesApp(t, database)
  const [ada, bob] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'Bob@example.com')]
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const asked = await requestAs(app, ada)('POST', '/account/email', { email: 'bob@example.com' })
  t.strictSame({ status: asked.statusCode, members: Object.keys(asked.json()) }, { status: 202, members: ['handle', 'expires_in'] })
  t.strictSame(await send(database), [{ to: 'Bob@example.com', template: 'account_exists' }])
  t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])

  const body = await ask(app, database, ada, 'new@example.com')
  t.equal((await requestAs(app, root)('PATCH', `/admin/users/${bob.id}`, { email: 'New@example.com' })).statusCode, 200)
  const refused = await requestAs(app, ada)('POST', '/account/email/confirm', body)
  t.strictSame(refused.json(), EMAIL_TAKEN)
  t.match(await findUser(database.kysely, ada.id), { email: 'ada@example.com', emailVerifiedAt: null })
  t.equal((await requestAs(app, root)('DELETE', `/admin/users/${bob.id}`)).statusCode, 204)
  t.equal((await requestAs(app, ada)('POST', '/account/email/confirm', body)).statusCode, 204, 'a refusal does not use the code up')
})

eachDatabase(t, 'the own address is verified, and another spelling of it is a change', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  for (const [email, notices] of [['ada@example.com', []], ['Ada@Example.com', ['ada@example.com']]] as const) {
    const reply = await requestAs(app, ada)('POST', '/account/email/confirm', await ask(app, database, ada, email))
    t.equal(reply.statusCode, 204)
    t.type((await findUser(database.kysely, ada.id))?.emailVerifiedAt, Date)
    t.equal(await findEmail(database, ada), email)
    t.strictSame((await send(database)).map(({ to }) => to), notices)
  }
  t.strictSame(await listAuditTypes(database), ['email_change_requested', 'email_verified', 'email_change_requested', 'user_email_changed'])
})

eachDatabase(t, 'a new e-mail voids what was mailed to the user, to the old address and to the new one', async (t, database) => {
  const app = await createModulesApp(t, database)
  const [ada, eve] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'eve@example.com')]
  const queue = (purpose: 'password_reset' | 'registration', email: string) =>
    outbox.enqueue(database.kysely, { purpose, address: { display: email, normalized: email } })
  const rival = await ask(app, database, eve, 'ada@example.net')
  const body = await ask(app, database, ada, 'ada@example.net')
  const other = await ask(app, database, ada, 'other@example.net')
  await requestAs(app, ada)('POST', '/account/email/verification')
  for (const email of ['ada@example.com', 'eve@example.com']) await queue('password_reset', email)
  await queue('registration', 'ada@example.net')
  t.equal((await send(database)).length, 4)
  for (const email of ['ada@example.com', 'eve@example.com']) await queue('password_reset', email)
  await queue('registration', 'ada@example.net')

  t.equal((await requestAs(app, ada)('POST', '/account/email/confirm', body)).statusCode, 204)
  const proofs = await database.kysely.selectFrom('mail_proofs').select(['purpose', 'email']).orderBy('id').execute()
  t.strictSame(proofs, [{ purpose: 'email_change', email: 'ada@example.net' }, { purpose: 'password_reset', email: 'eve@example.com' }])
  t.strictSame((await send(database)).map(({ to, template }) => `${template} ${to}`), [
    'password_reset eve@example.com', 'email_changed ada@example.com'
  ])
  t.strictSame((await requestAs(app, ada)('POST', '/account/email/confirm', other)).json(), WRONG_CODE)
  t.strictSame((await requestAs(app, eve)('POST', '/account/email/confirm', rival)).json(), EMAIL_TAKEN)
})

eachDatabase(t, 'without mail every one of these routes says so, and an account can be deleted all the same', async (t, database) => {
  const app = await createModulesApp(t, database, { hasMail: false })
  const ada = await createTestUser(database, 'ada@example.com')
  const table = [
    ['/account/email', { email: 'ada@example.net' }], ['/account/email/confirm', { handle: 'x', code: '1' }],
    ['/account/email/verification', undefined], ['/account/email/verification/confirm', { handle: 'x', code: '1' }]
  ] as const
  for (const [path, body] of table) t.strictSame((await requestAs(app, ada)('POST', path, body)).json(), MAIL_DISABLED, path)
  t.equal((await requestAs(app, ada)('DELETE', '/account')).statusCode, 204)
  t.strictSame(await database.kysely.selectFrom('mails').selectAll().execute(), [])
})

eachDatabase(t, 'mails are limited for the mailbox and for the user who asks, whether anybody has the address or not', async (
  t, database
) => {
  const app = await createModulesApp(t, database, { loginRatePerMinute: 1 })
  const [ada, bob] = [await createTestUser(database, 'ada@example.com'), await createTestUser(database, 'bob@example.com')]
  const status = async (user: TestUser, email: string) => {
    const reply = await requestAs(app, user)('POST', '/account/email', { email })
    if (reply.statusCode === 429) t.match({ ...reply.json(), ...reply.headers }, { code: 'too_many_attempts', 'retry-after': /^\d+$/ })
    return reply.statusCode
  }
  for (const email of ['nobody@example.com', 'bob@example.com']) {
    t.strictSame([await status(ada, email), await status(bob, email)], [202, 429], `${email}: one mail for a mailbox`)
  }
  t.equal((await requestAs(app, ada)('POST', '/account/email/verification')).statusCode, 202)
  t.equal(await status(ada, 'another@example.com'), 429, 'three mails for a user')
  t.equal((await database.kysely.selectFrom('mails').select('id').execute()).length, 3)
})

eachDatabase(t, 'a change of the e-mail and the end of the account ask for a proof of the last 300 s; a verification does not', async (
  t, database
) => {
  const app = await createModulesApp(t, database)
  const { id: sub, sessionId: sid } = await createTestUser(database, 'ada@example.com')
  const old = { authorization: bearer({ sub, sid, auth_time: Math.floor(Date.now() / 1000) - 310 }) }
  const challenge = 'Bearer error="insufficient_user_authentication", max_age="300"'
  for (const [method, path, body] of [
    ['POST', '/account/email', { email: 'ada@example.net' }], ['POST', '/account/email/confirm', { handle: 'x', code: '1' }],
    ['DELETE', '/account', undefined]
  ] as const) {
    const reply = await requestAs(app, old)(method, path, body)
    t.match({ ...reply.json(), ...reply.headers }, {
      status: 401, code: 'insufficient_user_authentication', 'www-authenticate': challenge
    }, `${method} ${path}`)
  }
  t.equal((await requestAs(app, old)('POST', '/account/email/verification')).statusCode, 202)
  t.equal((await requestAs(app, old)('POST', '/account/email/verification/confirm', { handle: 'x', code: '1' })).statusCode, 403)
  t.equal((await database.kysely.selectFrom('users').select('id').execute()).length, 1)
})

eachDatabase(t, 'a user deletes the account: sessions, proofs and mails go with it, but not the last admin', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  await ask(app, database, ada, 'ada@example.net')
  await requestAs(app, ada)('PUT', '/account/password', { current_password: PASSWORD, new_password: `${PASSWORD}, and more` })
  const address = { display: 'was@example.com', normalized: 'was@example.com' }
  await outbox.notify(database.kysely, { purpose: 'email_changed', userId: ada.id, address })
  const reply = await requestAs(app, ada)('DELETE', '/account')
  t.strictSame({ status: reply.statusCode, body: reply.body }, { status: 204, body: '' })
  t.strictSame(await database.kysely.selectFrom('users').select('id').execute(), [{ id: root.id }])
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])
  t.match((await listRevocations(database)).at(-1), { kind: 'user', sub: ada.id })
  const mails = await database.kysely.selectFrom('mails').select(['purpose', 'state']).where('state', '<>', 'sent').orderBy('id').execute()
  t.strictSame(mails, [{ purpose: 'password_changed', state: 'closed' }, { purpose: 'email_changed', state: 'due' }],
    'what an old address has to know is sent')
  t.match((await requestAs(app, ada)('DELETE', '/account')).json(), { status: 401, code: 'invalid_token' })
  t.strictSame((await requestAs(app, root)('DELETE', '/account')).json(), {
    type: '/problems/last-admin',
    title: 'Conflict',
    status: 409,
    detail: 'The last admin cannot be deleted, disabled or demoted.',
    code: 'last_admin'
  })
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'user_deleted').executeTakeFirstOrThrow()
  t.match(event, { user_id: ada.id, actor_id: ada.id, details: { role: 'user' } })
})
