// What users do with their own second factors, by the routes.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { toEnrolmentId } from '../../../src/accounts/index.ts'
import { ENROLMENT_CLIENT_ID, ENROLMENT_SCOPE } from '../../../src/contract/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { insertPasskey, showCode } from '../../support/factors.ts'
import { listActiveSessionIds, listAuditTypes, listRevocations } from '../../support/rows.ts'
import { bearer } from '../../support/tokens.ts'
import { createModulesApp, createSession, createTestUser, requestAs, type TestUser } from '../modules/modules-app.ts'

type Request = ReturnType<typeof requestAs>

interface World {
  app: FastifyInstance
  user: TestUser
  /** With a token of a password. */
  asLevel1: Request
  /** With a token of two factors. */
  asLevel2: Request
}

async function createWorld (
  t: Test, database: Database, { role = 'user', ...options }: Parameters<typeof createModulesApp>[2] & { role?: string } = {}
): Promise<World> {
  const app = await createModulesApp(t, database, options)
  const user = await createTestUser(database, 'ada@example.com', role)
  const authorization = bearer({ sub: user.id, sid: user.sessionId, role, acr: 'aal2' })
  return { app, user, asLevel1: requestAs(app, user), asLevel2: requestAs(app, { authorization }) }
}

/** @returns the secret of the app, and the recovery codes */
async function enrol (t: Test, request: Request): Promise<{ secret: string, codes: string[] }> {
  const started = await request('POST', '/account/totp', {})
  t.equal(started.statusCode, 200)
  const { secret } = started.json()
  const confirmed = await request('POST', '/account/totp/confirm', { code: showCode(secret) })
  t.equal(confirmed.statusCode, 200, confirmed.body)
  return { secret, codes: confirmed.json().recovery_codes }
}

const toResult = ({ statusCode, json }: Awaited<ReturnType<Request>>) => [statusCode, statusCode < 300 ? undefined : json().code]

const readUser = ({ kysely }: Database, id: string) =>
  kysely.selectFrom('users').select('second_factor_since').where('id', '=', id).executeTakeFirstOrThrow()

const readTotp = ({ kysely }: Database) => kysely.selectFrom('totp').selectAll().executeTakeFirst()

const listNotices = async ({ kysely }: Database) =>
  (await kysely.selectFrom('mails').select(['purpose', 'user_id']).orderBy('id').execute()).map(({ purpose }) => purpose)

eachDatabase(t, 'an app is enrolled: then a login needs it, other sessions end, and this one goes on', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  const other = await createSession(database, user.id)
  const started = await asLevel1('POST', '/account/totp')
  t.strictSame(Object.keys(started.json()), ['secret', 'otpauth_uri'])
  const { secret, otpauth_uri: uri } = started.json()
  t.match(secret, /^[A-Z2-7]{32}$/, '160 bits')
  t.equal(uri, `otpauth://totp/gatepass:ada%40example.com?secret=${secret}&issuer=gatepass&algorithm=SHA1&digits=6&period=30`)
  t.equal(started.headers['cache-control'], 'no-store')
  t.match(await readTotp(database), { secret_jwe: null, confirmed_at: null }, 'it does nothing yet')
  t.equal((await readUser(database, user.id)).second_factor_since, null)
  t.strictSame(await listActiveSessionIds(database, user.id), [user.sessionId, other])
  const confirmed = await asLevel1('POST', '/account/totp/confirm', { code: showCode(secret) })
  const codes: string[] = confirmed.json().recovery_codes
  t.equal(new Set(codes).size, 10)
  t.not((await readUser(database, user.id)).second_factor_since, null)
  t.match(await readTotp(database), { secret_jwe: String, pending_jwe: null, pending_key_id: null, pending_at: null })
  t.strictSame(await listActiveSessionIds(database, user.id), [user.sessionId])
  t.match(await listRevocations(database), [{ kind: 'user', sub: user.id }], 'edges reject tokens of before')
  t.strictSame(await listAuditTypes(database), ['totp_added', 'recovery_codes_made', 'sessions_ended'])
  t.strictSame(await listNotices(database), ['second_factor_changed'])
  const shown = await asLevel1('GET', '/account/security')
  t.strictSame(shown.json(), {
    second_factor: { required: true, totp: true, passkeys: [], recovery_codes_left: 10 },
    email_verified_at: null,
    rp_id: 'example.com',
    user_handle: Buffer.from(user.id.replaceAll('-', ''), 'hex').toString('base64url')
  })
})

eachDatabase(t, 'a wrong code confirms nothing; one of another time is told apart', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  t.strictSame(toResult(await asLevel1('POST', '/account/totp/confirm', { code: '123456' })), [403, 'wrong_code'], 'there is no secret')
  const { secret } = (await asLevel1('POST', '/account/totp', {})).json()
  const known = [-2, -1, 0, 1, 2].map((steps) => showCode(secret, steps))
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !known.includes(code)) ?? ''
  t.match(toResult(await asLevel1('POST', '/account/totp/confirm', { code: wrong })), [/403|422/, /wrong_code|clock_skew/])
  for (const steps of [-110, -10, 10, 110]) {
    const reply = await asLevel1('POST', '/account/totp/confirm', { code: showCode(secret, steps) })
    t.strictSame(toResult(reply), [422, 'clock_skew'], `${steps} steps`)
  }
  t.equal((await readUser(database, user.id)).second_factor_since, null)
  await sql`update totp set pending_at = pending_at - interval '25 hours'`.execute(database.kysely)
  t.strictSame(toResult(await asLevel1('POST', '/account/totp/confirm', { code: showCode(secret) })), [403, 'wrong_code'], 'after a day')
  await sql`update totp set pending_at = now()`.execute(database.kysely)
  t.equal((await asLevel1('POST', '/account/totp/confirm', { code: showCode(secret, -1) })).statusCode, 200, 'a slow clock')
  t.strictSame(toResult(await asLevel1('POST', '/account/totp/confirm', { code: 'abcdef' })), [400, 'invalid_request'])
})

eachDatabase(t, 'confirmations are limited', async (t, database) => {
  const { asLevel1 } = await createWorld(t, database)
  const replies = []
  for (let attempt = 0; attempt < 11; attempt++) replies.push(await asLevel1('POST', '/account/totp/confirm', { code: '123456' }))
  t.strictSame(replies.map(({ statusCode }) => statusCode), [...Array.from({ length: 10 }, () => 403), 429])
})

eachDatabase(t, 'another app is enrolled: the first one works until then, and there are new recovery codes', async (t, database) => {
  const { asLevel1, asLevel2 } = await createWorld(t, database)
  await enrol(t, asLevel1)
  const before = await readTotp(database)
  const { secret } = (await asLevel2('POST', '/account/totp', {})).json()
  t.match(await readTotp(database), { secret_jwe: before?.secret_jwe, key_id: before?.key_id, pending_jwe: String })
  const confirmed = await asLevel2('POST', '/account/totp/confirm', { code: showCode(secret) })
  t.equal(confirmed.json().recovery_codes.length, 10)
  const after = await readTotp(database)
  t.not(after?.secret_jwe, before?.secret_jwe)
  t.equal(after?.pending_jwe, null)
  t.equal((await asLevel2('GET', '/account/security')).json().second_factor.recovery_codes_left, 10)
})

eachDatabase(t, 'the last factor stays as long as a login needs one', async (t, database) => {
  const { user, asLevel1, asLevel2 } = await createWorld(t, database)
  t.strictSame(toResult(await asLevel1('DELETE', '/account/totp')), [404, 'not_found'])
  await enrol(t, asLevel1)
  t.strictSame(toResult(await asLevel2('DELETE', '/account/totp')), [409, 'last_factor'])
  t.equal((await asLevel2('PUT', '/account/second-factor', { required: false })).statusCode, 204)
  t.equal((await readUser(database, user.id)).second_factor_since, null)
  t.equal((await asLevel2('DELETE', '/account/totp')).statusCode, 204)
  t.equal(await readTotp(database), undefined)
  t.match((await asLevel2('GET', '/account/security')).json(), {
    second_factor: { required: false, totp: false, recovery_codes_left: 0 }
  }, 'recovery codes go with it')
  t.match((await asLevel2('PUT', '/account/second-factor', { required: true })).json(), {
    code: 'last_factor', detail: 'Enrol a second factor first.'
  })
  t.strictSame((await listAuditTypes(database)).slice(3), ['second_factor_required', 'totp_removed'])
  t.strictSame(await listNotices(database), Array.from({ length: 3 }, () => 'second_factor_changed'))
})

eachDatabase(t, 'with a passkey, TOTP may go; the recovery codes stay', async (t, database) => {
  const { user, asLevel1, asLevel2 } = await createWorld(t, database)
  await enrol(t, asLevel1)
  const passkey = await insertPasskey(database, user.id, 'laptop')
  t.equal((await asLevel2('DELETE', '/account/totp')).statusCode, 204)
  t.match((await asLevel2('GET', '/account/security')).json().second_factor, {
    required: true,
    totp: false,
    recovery_codes_left: 10,
    passkeys: [{
      id: passkey,
      name: 'laptop',
      created_at: /^2.*Z$/,
      last_used_on: null,
      backed_up: false,
      credential_id: Buffer.from(passkey).toString('base64url'),
      rp_id: 'example.com'
    }]
  })
})

eachDatabase(t, 'of two removals at once of the last two factors, one is refused', async (t, database) => {
  const { user, asLevel1, asLevel2 } = await createWorld(t, database)
  await enrol(t, asLevel1)
  const [passkey] = [await insertPasskey(database, user.id)]
  // As the removal of a passkey does it: the lock, and the count in a statement after it.
  const removePasskey = database.kysely.transaction().execute(async (trx) => {
    await sql`select from users where id = ${user.id} for update`.execute(trx)
    const { rows } = await sql`select from totp where user_id = ${user.id} and confirmed_at is not null`.execute(trx)
    if (rows.length === 0) return 409
    await sql`delete from passkeys where id = ${passkey}`.execute(trx)
    return 204
  })
  const results = await Promise.all([removePasskey, asLevel2('DELETE', '/account/totp').then(({ statusCode }) => statusCode)])
  t.strictSame(results.sort(), [204, 409])
})

eachDatabase(t, 'recovery codes are made anew, for passkeys alone, too', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  t.match((await asLevel1('POST', '/account/recovery-codes')).json(), { code: 'last_factor', detail: 'Enrol a second factor first.' })
  await insertPasskey(database, user.id)
  const [first, second] = [await asLevel1('POST', '/account/recovery-codes'), await asLevel1('POST', '/account/recovery-codes')]
  t.equal(new Set([...first.json().recovery_codes, ...second.json().recovery_codes]).size, 20)
  t.equal((await database.kysely.selectFrom('recovery_codes').select('digest').execute()).length, 10)
  t.strictSame(await listAuditTypes(database), ['recovery_codes_made', 'recovery_codes_made'])
})

eachDatabase(t, 'level 1 changes no factor of a user who needs one, and nothing else of the account', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  await enrol(t, asLevel1)
  const before = await readTotp(database)
  const requests = [
    ['POST', '/account/totp', {}], ['POST', '/account/totp/confirm', { code: '123456' }], ['DELETE', '/account/totp', undefined],
    ['POST', '/account/recovery-codes', undefined], ['PUT', '/account/second-factor', { required: false }],
    ['PUT', '/account/password', { current_password: 'wrong', new_password: 'correct horse battery' }],
    ['POST', '/account/email', { email: 'eve@example.com' }], ['DELETE', '/account', undefined]
  ] as const
  for (const [method, url, body] of requests) {
    const reply = await asLevel1(method, url, body)
    t.strictSame(toResult(reply), [401, 'insufficient_user_authentication'], `${method} ${url}`)
    t.match(reply.headers['www-authenticate'], /acr_values="aal2", max_age="300"/)
  }
  t.strictSame(await readTotp(database), before)
  t.equal((await asLevel1('GET', '/account/security')).statusCode, 200, 'it may be read')
  t.strictSame((await listAuditTypes(database)).slice(3), [])
  t.strictSame(await listActiveSessionIds(database, user.id), [user.sessionId])
})

eachDatabase(t, 'a token whose session has ended changes nothing', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  await database.kysely.updateTable('sessions').set({ ended_at: new Date() }).where('id', '=', user.sessionId).execute()
  t.strictSame(toResult(await asLevel1('POST', '/account/totp', {})), [401, 'invalid_token'])
  t.strictSame(toResult(await asLevel1('POST', '/account/totp/confirm', { code: '123456' })), [401, 'invalid_token'])
  t.equal(await readTotp(database), undefined)
})

eachDatabase(t, 'the secret of another user is refused', async (t, database) => {
  const { user, asLevel1 } = await createWorld(t, database)
  const { secret } = (await asLevel1('POST', '/account/totp', {})).json()
  const victim = await createTestUser(database, 'bob@example.com')
  await sql`update totp set user_id = ${victim.id}`.execute(database.kysely)
  const app = await createModulesApp(t, database)
  const reply = await requestAs(app, victim)('POST', '/account/totp/confirm', { code: showCode(secret) })
  t.strictSame(toResult(reply), [500, 'internal_error'])
  t.equal((await readUser(database, victim.id)).second_factor_since, null)
  t.equal((await readUser(database, user.id)).second_factor_since, null)
})

/** As POST /auth/login gives it to users whom a setting demands a second factor of. */
const toEnrolment = ({ id: userId }: TestUser, userEpoch = 0) => {
  const sid = toEnrolmentId({ userId, userEpoch, globalEpoch: 0 })
  return { authorization: bearer({ sub: userId, sid, client_id: ENROLMENT_CLIENT_ID, scope: ENROLMENT_SCOPE }) }
}

eachDatabase(t, 'a token to enrol does that and nothing else, and nothing once there is a factor', async (t, database) => {
  const { app, user, asLevel1 } = await createWorld(t, database, { secondFactor: 'everybody' })
  const request = requestAs(app, toEnrolment(user))
  t.match((await request('GET', '/account/security')).json(), { second_factor: { required: true, totp: false } })
  for (const [method, url, body] of [
    ['GET', '/me', undefined], ['GET', '/account', undefined], ['DELETE', '/account', undefined], ['DELETE', '/account/totp', undefined],
    ['POST', '/account/recovery-codes', undefined], ['PUT', '/account/second-factor', { required: false }],
    ['POST', '/auth/step-up', { password: 'x' }], ['GET', '/account/sessions', undefined]
  ] as const) t.strictSame(toResult(await request(method, url, body)), [403, 'insufficient_scope'], `${method} ${url}`)
  await createSession(database, user.id)
  await enrol(t, request)
  t.strictSame(await listActiveSessionIds(database, user.id), [], 'every session has ended')
  t.equal((await requestAs(app, toEnrolment(user))('POST', '/account/totp', {})).statusCode, 401, 'it is of an earlier time')
  const late = requestAs(app, toEnrolment(user, 1))
  for (const [method, url, body] of [
    ['GET', '/account/security', undefined], ['POST', '/account/totp', {}], ['POST', '/account/totp/confirm', { code: '123456' }]
  ] as const) t.strictSame(toResult(await late(method, url, body)), [403, 'insufficient_scope'], `${method} ${url}`)
  t.equal((await asLevel1('POST', '/account/totp', {})).statusCode, 401)
})

eachDatabase(t, 'where a setting demands a factor, it cannot be switched off, nor the last one removed', async (t, database) => {
  const { user, asLevel1, asLevel2 } = await createWorld(t, database, { secondFactor: 'admins', role: 'admin' })
  await enrol(t, asLevel1)
  t.match((await asLevel2('PUT', '/account/second-factor', { required: false })).json(), {
    code: 'last_factor', detail: 'This service asks for a second factor.'
  })
  await sql`update users set second_factor_since = null where id = ${user.id}`.execute(database.kysely)
  t.strictSame(toResult(await asLevel2('DELETE', '/account/totp')), [409, 'last_factor'])
  const events = (await listAuditTypes(database)).length
  t.equal((await asLevel2('PUT', '/account/second-factor', { required: true })).statusCode, 204)
  t.equal((await asLevel2('PUT', '/account/second-factor', { required: true })).statusCode, 204)
  t.equal((await listAuditTypes(database)).length, events + 2, 'the change, and the end of other sessions; what is so already is no event')
})

eachDatabase(t, 'a proof that is old is asked for again', async (t, database) => {
  const { app, user } = await createWorld(t, database)
  const authorization = bearer({ sub: user.id, sid: user.sessionId, acr: 'aal2', auth_time: Math.floor(Date.now() / 1000) - 310 })
  const request = requestAs(app, { authorization })
  for (const [method, url, body] of [
    ['POST', '/account/totp', {}], ['POST', '/account/totp/confirm', { code: '123456' }], ['DELETE', '/account/totp', undefined],
    ['POST', '/account/recovery-codes', undefined], ['PUT', '/account/second-factor', { required: false }]
  ] as const) t.strictSame(toResult(await request(method, url, body)), [401, 'insufficient_user_authentication'], `${method} ${url}`)
  t.equal((await request('GET', '/account/security')).statusCode, 200)
})
