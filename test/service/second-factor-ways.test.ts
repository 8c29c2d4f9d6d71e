// Every way in and every change of an account, of a user with a second factor and of one without, on two instances with one database.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { parseEmail } from '../../src/accounts/index.ts'
import { createAdminServices, removeSecondFactors } from '../../src/administration/index.ts'
import { SYSTEM_ACTOR } from '../../src/audit/index.ts'
import { defaultRoles } from '../../src/contract/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createOutbox } from '../../src/mail/index.ts'
import { endAllSessions, endUserSessions } from '../../src/sessions/index.ts'
import { onPostgres } from '../support/database.ts'
import { deliver, toToken, WITH_MAIL } from '../support/mails.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { askForChallenge, currentCode, enrolTotp, post } from '../support/second-factors.ts'
import { createService } from '../support/service.ts'
import { decodeClaims } from '../support/tokens.ts'
import { createUser, hasher } from '../support/users.ts'

const EMAIL = 'ada@example.com'
const outbox = createOutbox({ isEnabled: true })

async function open (t: Test, database: Database, settings: Record<string, string> = {}): Promise<[FastifyInstance, FastifyInstance]> {
  const options = { settings: { ...WITH_MAIL, ...settings } }
  return [(await createService(t, database, options)).app, (await createService(t, database, options)).app]
}

function createAdmin (database: Database) {
  const options = { hasher, passwordMinLength: 8, sessionIdleSeconds: 86_400, secretKeys: [Buffer.alloc(32)], loginRatePerMinute: 10_000 }
  return createAdminServices({ ...options, database, outbox, roles: defaultRoles })(SYSTEM_ACTOR)
}

/** Beside the notices of what has changed. */
async function mailReset (database: Database): Promise<string> {
  await outbox.enqueue(database.kysely, { purpose: 'password_reset', address: parseEmail(EMAIL) })
  return toToken((await deliver(database)).filter(({ link }) => link !== undefined))
}

onPostgres(t, 'MF5: no way in begins a session of level 1 for a user with a second factor', async (t, database) => {
  const [app, other] = await open(t, database)
  for (const hasFactor of [false, true]) {
    const userId = await createUser(database, EMAIL)
    await sql`update users set email_verified_at = now() where id = ${userId}`.execute(database.kysely)
    if (hasFactor) await enrolTotp(app, database)
    await endUserSessions(database, userId, SYSTEM_ACTOR)
    const expected = hasFactor ? { status: 401, code: 'second_factor_required' } : { status: 200 }
    const logIn = (password: string, body = {}) => post(other, '/auth/login', { email: EMAIL, password, ...body })
    t.match(await logIn(PASSWORD), expected, 'a login')
    t.match(await logIn(PASSWORD, { audience: 'api' }), expected, 'for an audience')
    const reset = { token: await mailReset(database), new_password: NEW_PASSWORD }
    t.match(await post(app, '/auth/password-reset/complete', reset), { status: 204 })
    t.match(await logIn(NEW_PASSWORD), expected, 'after a reset')
    await createAdmin(database).updateUser(userId, { password: PASSWORD })
    t.match(await logIn(PASSWORD), expected, 'after an admin has set a password')
    await createAdmin(database).updateUser(userId, { disabled: true })
    await createAdmin(database).updateUser(userId, { disabled: false, role: 'admin' })
    t.match(await logIn(PASSWORD), expected, 'enabled again, with another role')
    await createAdmin(database).updateUser(userId, { email: 'ada2@example.com' })
    t.match(await post(app, '/auth/login', { email: 'ada2@example.com', password: PASSWORD }), expected, 'at another address')
    const { rows } = await sql<{ level: number }>`select level from sessions join users on users.id = user_id
      where user_epoch = session_epoch and ended_at is null`.execute(database.kysely)
    t.equal(rows.some(({ level }) => level < 2), !hasFactor)
    await sql`truncate users, sessions, mails, mail_proofs, login_attempts cascade`.execute(database.kysely)
  }
})

onPostgres(t, 'MF5: the first proof of a mailbox removes planted factors, and a later one does not', async (t, database) => {
  const [app] = await open(t, database)
  for (const isProved of [false, true]) {
    await createUser(database, EMAIL)
    if (isProved) await sql`update users set email_verified_at = now()`.execute(database.kysely)
    await enrolTotp(app, database)
    await post(app, '/auth/password-reset/complete', { token: await mailReset(database), new_password: NEW_PASSWORD })
    const login = await post(app, '/auth/login', { email: EMAIL, password: NEW_PASSWORD })
    t.match(login, isProved ? { status: 401, code: 'second_factor_required' } : { status: 200 })
    const { rows } = await sql`select user_id from totp union all select user_id from recovery_codes`.execute(database.kysely)
    t.equal(rows.length, isProved ? 11 : 0)
    await sql`truncate users, sessions, mails, mail_proofs, login_attempts cascade`.execute(database.kysely)
  }
})

onPostgres(t, 'MF8: what a password alone may not change, of a user with a factor, and what two factors may', async (t, database) => {
  const [app] = await open(t, database)
  const userId = await createUser(database, EMAIL)
  const { accessToken: weak, secret } = await enrolTotp(app, database)
  t.equal(decodeClaims(weak).acr, 'aal1')
  const refreshed = await post(app, '/auth/login/second-factor', {
    challenge: await askForChallenge(app), totp: await currentCode(database, secret)
  })
  const strong = String(refreshed.body.access_token)
  const changes = [
    ['PUT', '/account/password', { current_password: PASSWORD, new_password: NEW_PASSWORD }],
    ['POST', '/account/email', { email: 'new@example.com' }], ['DELETE', '/account', undefined], ['POST', '/account/totp', {}],
    ['DELETE', '/account/totp', undefined], ['POST', '/account/recovery-codes', {}],
    ['PUT', '/account/second-factor', { required: false }], ['POST', '/account/passkeys/options', {}]
  ] as const
  // The session that has enrolled began with a password; its token of before is rejected, so it refreshes.
  await sql`update users set tokens_valid_from = 0`.execute(database.kysely)
  for (const [method, url, body] of changes) {
    const { status, code, headers } = await post(app, url, body, { token: weak, method })
    t.match({ status, code }, { status: 401, code: /^(insufficient_user_authentication|invalid_token)$/ }, `${method} ${url}`)
    t.match(String(headers['www-authenticate']), code)
  }
  const { rows } = await sql`select from users where id = ${userId} and second_factor_since is not null`.execute(database.kysely)
  t.equal(rows.length, 1)
  t.match(await post(app, '/account/recovery-codes', {}, { token: strong }), { status: 200 })
  t.match(await post(app, '/account/second-factor', { required: false }, { token: strong, method: 'PUT' }), { status: 204 })
})

/** What ends the sessions of a user; here there are none. */
const CAUSES: Readonly<Record<string, (database: Database, userId: string, app: FastifyInstance) => Promise<unknown>>> = {
  'another password': (database, userId) => createAdmin(database).updateUser(userId, { password: NEW_PASSWORD }),
  'disabled and enabled': async (database, userId) => {
    await createAdmin(database).updateUser(userId, { disabled: true })
    await createAdmin(database).updateUser(userId, { disabled: false })
  },
  'the end of the sessions': (database, userId) => endUserSessions(database, userId, SYSTEM_ACTOR),
  'the end of everybody\'s': (database) => endAllSessions(database, SYSTEM_ACTOR),
  'a reset by mail': async (database, _userId, app) => {
    await post(app, '/auth/password-reset/complete', { token: await mailReset(database), new_password: NEW_PASSWORD })
  },
  'factors removed': (database, userId) => removeSecondFactors({ database, outbox }, userId, SYSTEM_ACTOR)
}

onPostgres(t, 'MF5: a token to enrol is void once anything would have ended a session of its user', async (t, database) => {
  const [app, other] = await open(t, database, { SECOND_FACTOR: 'everybody' })
  const enrol = async () => {
    const { body } = await post(app, '/auth/login', { email: EMAIL, password: PASSWORD })
    return String(body.access_token)
  }
  for (const [name, cause] of Object.entries(CAUSES)) {
    const userId = await createUser(database, EMAIL)
    const token = await enrol()
    t.match(await post(other, '/account/totp', {}, { token }), { status: 200 }, name)
    await cause(database, userId, app)
    for (const [url, body, method] of [
      ['/account/totp', {}, 'POST'], ['/account/totp/confirm', { code: '123456' }, 'POST'], ['/account/passkeys/options', {}, 'POST'],
      ['/account/security', undefined, 'GET']
    ] as const) t.match(await post(other, url, body, { token, method }), { status: 401, code: 'invalid_token' }, `${name}: ${url}`)
    await sql`truncate users, sessions, mails, mail_proofs, login_attempts cascade`.execute(database.kysely)
  }
})

onPostgres(t, 'MF5: a session without a factor ends when the role, or a setting, demands one of its user', async (t, database) => {
  const [app] = await open(t, database)
  const [strict] = await open(t, database, { SECOND_FACTOR: 'admins' })
  const userId = await createUser(database, EMAIL)
  const { body: { refresh_token: token } } = await post(strict, '/auth/login', { email: EMAIL, password: PASSWORD })
  t.equal((await post(strict, '/auth/refresh', { refresh_token: token })).status, 200)
  await createAdmin(database).updateUser(userId, { role: 'admin' })
  t.equal((await post(app, '/auth/refresh', { refresh_token: token })).status, 200, 'where nothing is demanded')
  t.match(await post(strict, '/auth/refresh', { refresh_token: token }), { status: 401, code: 'invalid_refresh_token' })
  t.match(await post(strict, '/auth/login', { email: EMAIL, password: PASSWORD }), { status: 403, code: 'enrolment_required' })
  const { secret } = await enrolTotp(app, database)
  const login = await post(strict, '/auth/login/second-factor', {
    challenge: await askForChallenge(strict), totp: await currentCode(database, secret)
  })
  t.equal((await post(strict, '/auth/refresh', { refresh_token: login.body.refresh_token })).status, 200, 'with a factor')
})

onPostgres(t, 'MF5: a password that changes while it is verified gets no challenge', async (t, database) => {
  const [app] = await open(t, database)
  const userId = await createUser(database, EMAIL)
  await enrolTotp(app, database)
  for (let round = 0; round < 20; round++) {
    const [login] = await Promise.all([
      post(app, '/auth/login', { email: EMAIL, password: round % 2 === 0 ? PASSWORD : NEW_PASSWORD }),
      createAdmin(database).updateUser(userId, { password: round % 2 === 0 ? NEW_PASSWORD : PASSWORD })
    ])
    if (login.code !== 'second_factor_required') {
      t.equal(login.code, 'invalid_credentials')
      continue
    }
    const code = (await sql`select from recovery_codes`.execute(database.kysely)).rows.length
    t.equal(code, 10)
    const given = { challenge: login.body.challenge, recovery_code: '00000-00000-00000-00000-00000' }
    t.equal((await post(app, '/auth/login/second-factor', given)).code, 'invalid_challenge', 'it is of the time before the change')
  }
})
