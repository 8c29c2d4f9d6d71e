// Registration where the service sends mail: nobody has an account whose mailbox they do not read, and nobody learns who has one.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { findCredentialsByEmail } from '../../../src/accounts/store.ts'
import { listAudit } from '../../../src/audit/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refresh } from '../../support/inject.ts'
import { deliver, toToken, WITH_MAIL } from '../../support/mails.ts'
import { NEW_PASSWORD, PASSWORD } from '../../support/password.ts'
import { listActiveSessionIds } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { createUser, hasher } from '../../support/users.ts'

const ADA = 'Ada@Example.com'

function open (t: Parameters<typeof createService>[0], database: Database, settings: Record<string, string> = {}) {
  return createService(t, database, { settings: { ...WITH_MAIL, ...settings } })
}

const ask = (app: FastifyInstance, body: unknown, remoteAddress = '192.0.2.1') => app.inject({
  method: 'POST', url: '/auth/register', headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body), remoteAddress
})
const complete = (app: FastifyInstance, body: object) => app.inject({
  method: 'POST', url: '/auth/register/complete', body: { password: PASSWORD, ...body }, remoteAddress: '192.0.2.1'
})
const listEvents = async ({ kysely }: Database) => (await listAudit(kysely, { limit: 200 })).events.toReversed()
const readUser = ({ kysely }: Database) => kysely.selectFrom('users').selectAll().executeTakeFirstOrThrow()

eachDatabase(t, 'an account begins with the link of the mail, and with the password that is chosen then', async (t, database) => {
  const { app } = await open(t, database)
  const asked = await ask(app, { email: ADA })
  t.equal(asked.statusCode, 202)
  const { registration, ...rest } = asked.json()
  t.strictSame(rest, { expires_in: 600 })
  t.match(registration, /^[\w-]{50}$/)
  t.strictSame(await database.kysely.selectFrom('users').selectAll().execute(), [], 'there is no account yet')
  const token = toToken(await deliver(database))
  const reply = await complete(app, { token })
  t.equal(reply.statusCode, 201)
  const { created_at: createdAt, id, ...user } = reply.json()
  t.strictSame(user, { email: ADA, role: 'user' })
  t.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  for (const { headers } of [asked, reply]) {
    t.equal(headers['cache-control'], 'no-store')
    t.equal(headers['set-cookie'], undefined)
  }
  const stored = await readUser(database)
  t.equal(stored.id, id)
  t.equal(stored.normalized_email, 'ada@example.com')
  t.ok(stored.email_verified_at)
  await logIn(app, ADA)
  t.match(await listEvents(database), [
    { type: 'registration_requested', userId: null, actorId: null, ip: '192.0.2.1', details: {} },
    { type: 'user_created', userId: id, actorId: null, ip: '192.0.2.1', details: { role: 'user' } },
    { type: 'email_verified', userId: id, actorId: null, details: { purpose: 'registration' } },
    { type: 'login', userId: id }
  ])
  const again = await complete(app, { token })
  t.strictSame([again.statusCode, again.json().code], [401, 'invalid_proof'])
  t.match((await listEvents(database)).at(-1), { type: 'proof_rejected', details: { purpose: 'registration', means: 'link' } })
  t.strictSame(await deliver(database), [], 'who registers needs no notice')
})

eachDatabase(t, 'an account begins with the code of the mail and the handle of the response, too', async (t, database) => {
  const { app } = await open(t, database)
  const { registration } = (await ask(app, { email: ADA })).json()
  t.equal((await complete(app, { registration, code: '00000000' })).statusCode, 401, 'no mail has been sent')
  const [mail] = await deliver(database)
  const other = (await ask(app, { email: 'eve@example.com' })).json().registration
  await deliver(database)
  t.equal((await complete(app, { registration: other, code: mail?.code })).statusCode, 401, 'a code is for its own handle')
  const reply = await complete(app, { registration, code: mail?.code })
  t.equal(reply.statusCode, 201)
  t.equal(reply.json().email, ADA)
  t.equal((await complete(app, { registration, code: mail?.code })).statusCode, 401)
  t.equal((await complete(app, { token: mail?.link?.slice(-50) })).statusCode, 401, 'nor is the link of the same mail good any more')
})

eachDatabase(t, 'five wrong codes, and only the link is left', async (t, database) => {
  const { app } = await open(t, database)
  const { registration } = (await ask(app, { email: ADA })).json()
  const [mail] = await deliver(database)
  const wrong = ['00000000', '1', 'letters', '٠٠٠٠٠٠٠٠', ` ${mail?.code}`].filter((code) => code !== mail?.code)
  for (const code of wrong) t.match((await complete(app, { registration, code })).json(), { status: 401, code: 'invalid_proof' }, code)
  t.equal(wrong.length, 5)
  t.equal((await complete(app, { registration, code: mail?.code })).statusCode, 401)
  t.equal((await complete(app, { token: mail?.link?.slice(-50) })).statusCode, 201)
})

eachDatabase(t, 'AB11: the response is the same for every address, and the mail tells its owner', async (t, database) => {
  const { app } = await open(t, database)
  for (const [email, verified, disabled] of [['unproved', false, false], ['proved', true, false], ['disabled', true, true]] as const) {
    const id = await createUser(database, `${email}@example.com`)
    const [at, until] = [verified ? new Date() : null, disabled ? new Date() : null]
    await database.kysely.updateTable('users').set({ email_verified_at: at, disabled_at: until }).where('id', '=', id).execute()
  }
  const replies = []
  for (const email of ['nobody', 'unproved', 'proved', 'disabled']) replies.push(await ask(app, { email: `${email}@example.com` }))
  const texts = replies.map(({ statusCode, headers: { date, 'x-request-id': id, ...headers }, body }) =>
    JSON.stringify([statusCode, headers, body.replace(/[\w-]{50}/, 'HANDLE')]))
  t.equal(new Set(texts).size, 1)
  const mails = await deliver(database)
  t.strictSame(mails.map(({ to, template }) => [to, template]), [
    ['nobody@example.com', 'registration'], ['unproved@example.com', 'registration'], ['proved@example.com', 'account_exists']
  ])
})

eachDatabase(t, 'PW21: who proves to read the mailbox of an account that somebody else made gets it, and whoever made it is out', async (
  t, database
) => {
  const { app } = await open(t, database)
  const userId = await createUser(database, 'ada@example.com', 'advertiser')
  const planted = await logIn(app)
  const mailed = (await ask(app, { email: ADA })).json()
  const [mail] = await deliver(database)
  t.equal(mail?.to, 'ada@example.com')
  const reply = await complete(app, { registration: mailed.registration, code: mail?.code, password: NEW_PASSWORD })
  t.equal(reply.statusCode, 201)
  t.match(reply.json(), { id: userId, email: 'ada@example.com', role: 'advertiser' })
  t.strictSame(await listActiveSessionIds(database, userId), [])
  t.equal((await refresh(app, planted.refreshToken)).statusCode, 401)
  const { statusCode } = await app.inject({ url: '/me', headers: { authorization: `Bearer ${planted.accessToken}` } })
  t.equal(statusCode, 401)
  const stored = await findCredentialsByEmail(database.kysely, 'ada@example.com')
  const isRight = (password: string) => hasher.verify(stored?.passwordHash, password)
  t.strictSame([await isRight(PASSWORD), await isRight(NEW_PASSWORD)], [false, true])
  t.ok((await readUser(database)).email_verified_at)
  t.strictSame((await listEvents(database)).slice(-4).map(({ type, userId, actorId }) => [type, userId, actorId]), [
    'credentials_removed', 'email_verified', 'password_reset', 'sessions_ended'
  ].map((type) => [type, userId, null]))
})

eachDatabase(t, 'a proof of the mailbox opens no account that is proved, disabled, or spelled in another way by now', async (
  t, database
) => {
  const { app } = await open(t, database)
  const changes: Array<[name: string, typed: string, stored: string, change: { email_verified_at?: Date, disabled_at?: Date }]> = [
    ['proved', 'a@example.com', 'a@example.com', { email_verified_at: new Date() }],
    ['disabled', 'b@example.com', 'b@example.com', { disabled_at: new Date() }],
    ['another spelling', 'ﬁnn@example.com', 'finn@example.com', {}],
    ['the Kelvin sign', '\u212Aelvin@example.com', 'kelvin@example.com', {}]
  ]
  for (const [name, typed, stored, change] of changes) {
    await ask(app, { email: typed })
    const token = toToken(await deliver(database))
    t.ok(token, name)
    const id = await createUser(database, stored)
    if (Object.keys(change).length > 0) await database.kysely.updateTable('users').set(change).where('id', '=', id).execute()
    const before = await database.kysely.selectFrom('users').selectAll().where('id', '=', id).execute()
    const reply = await complete(app, { token })
    t.strictSame([reply.statusCode, reply.json().code], [401, 'invalid_proof'], name)
    t.strictSame(await database.kysely.selectFrom('users').selectAll().where('id', '=', id).execute(), before, name)
  }
  await ask(app, { email: 'GRACE@Example.com' })
  const token = toToken(await deliver(database))
  await createUser(database, 'Grace@example.COM')
  t.equal((await complete(app, { token })).statusCode, 201, 'case is no difference')
})

eachDatabase(t, 'of two registrations of one mailbox the first counts, and the other links are void', async (t, database) => {
  const { app } = await open(t, database)
  for (let time = 0; time < 3; time++) await ask(app, { email: ADA })
  const [first, second] = (await deliver(database)).map(({ link }) => link?.slice(-50))
  await ask(app, { email: ADA })
  t.equal((await complete(app, { token: second })).statusCode, 201)
  t.equal((await complete(app, { token: first })).statusCode, 401)
  t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])
  t.strictSame(await deliver(database), [], 'a mail that was due is closed')
})

eachDatabase(t, 'PW2: a weak password is refused, and uses nothing up', async (t, database) => {
  const { app } = await open(t, database, { PASSWORD_MIN_LENGTH: '10' })
  const { registration } = (await ask(app, { email: 'ada.lovelace@example.com' })).json()
  const [mail] = await deliver(database)
  const proofs = [{ token: mail?.link?.slice(-50) }, { registration, code: mail?.code }]
  for (const [password, message] of [
    ['short', 'must have at least 10 characters'], ['password123', 'is one of the most common passwords'],
    ['Ada.Lovelace', 'is too easy to guess']
  ]) {
    for (let turn = 0; turn < 4; turn++) {
      for (const proof of proofs) {
        const reply = await complete(app, { ...proof, password })
        t.match(reply.json(), { status: 422, code: 'weak_password', errors: [{ path: '/password', message }] })
      }
    }
  }
  for (const [name, body] of Object.entries({ NUL: { password: `${PASSWORD}\0` }, long: { password: 'x'.repeat(1025) } })) {
    for (const proof of proofs) t.match((await complete(app, { ...proof, ...body })).json(), { status: 400 }, name)
  }
  t.equal((await complete(app, { registration, code: mail?.code })).statusCode, 201)
})

eachDatabase(t, 'what is no registration, and what is no proof, is refused', async (t, database) => {
  const { app } = await open(t, database)
  const begins: Array<[name: string, body: unknown, path: string, message: string]> = [
    ['with a password', { email: ADA, password: PASSWORD }, '/password', 'is chosen later, with the link or the code of the mail'],
    ['no e-mail', {}, '/email', 'is required'],
    ['no address', { email: 'ada' }, '/email', 'must be an e-mail address'],
    ['a header', { email: 'ada@example.com\nbcc:x' }, '/email', 'must be an e-mail address'],
    ['a role', { email: ADA, role: 'admin' }, '/role', 'is not known']
  ]
  for (const [name, body, path, message] of begins) {
    const reply = await ask(app, body)
    t.match(reply.json(), { status: 400, code: 'invalid_request', errors: [{ path, message }] }, name)
  }
  const [registration] = [(await ask(app, { email: ADA })).json().registration]
  const [mail] = await deliver(database)
  const token = mail?.link?.slice(-50)
  const either = [{ path: '', message: 'must have either token, or registration and code' }]
  for (const body of [
    {}, { registration }, { code: mail?.code }, { token, code: mail?.code }, { token, registration },
    { token, registration, code: mail?.code }
  ]) {
    const reply = await complete(app, body)
    t.match(reply.json(), { status: 400, code: 'invalid_request' })
    t.strictSame(reply.json().errors, either)
  }
  t.strictSame((await listEvents(database)).map(({ type }) => type), ['registration_requested'])
  t.equal((await complete(app, { token })).statusCode, 201)
})

eachDatabase(t, 'a forged proof costs no query, and says no more than a used one', async (t, database) => {
  const { app } = await open(t, database)
  const { registration } = (await ask(app, { email: ADA })).json()
  const [mail] = await deliver(database)
  const token = mail?.link?.slice(-50) ?? ''
  const used = await complete(app, { registration, code: '00000000' })
  const flip = (text: string) => `${text.slice(0, 30)}${text[30] === 'A' ? 'B' : 'A'}${text.slice(31)}`
  const forged = [
    { token: flip(token) }, { token: registration }, { token: token.slice(1) }, { token: 'x' }, { token: `${token}A` },
    { registration: flip(registration), code: mail?.code }, { registration: token, code: mail?.code },
    { registration: randomUUID(), code: '1' }
  ]
  // With no table of proofs, each query of one would fail.
  await sql`alter table mail_proofs rename to hidden`.execute(database.kysely)
  const before = (await listEvents(database)).length
  for (const proof of forged) {
    const reply = await complete(app, proof)
    t.strictSame([reply.statusCode, reply.body], [401, used.body], JSON.stringify(proof))
  }
  await sql`alter table hidden rename to mail_proofs`.execute(database.kysely)
  t.equal((await listEvents(database)).length, before)
  t.equal(used.headers['www-authenticate'], 'Bearer')
})

eachDatabase(t, 'while registration is closed, neither step is offered', async (t, database) => {
  const opened = await open(t, database)
  await ask(opened.app, { email: ADA })
  const token = toToken(await deliver(database))
  const { app } = await open(t, database, { REGISTRATION: 'closed' })
  for (const reply of [await ask(app, { email: ADA }), await ask(app, null), await complete(app, { token })]) {
    t.match(reply.json(), { status: 403, code: 'registration_closed' })
  }
  t.equal((await complete(opened.app, { token })).statusCode, 201, 'and nothing was used up')
})

eachDatabase(t, 'where no mail is sent, a registration cannot be completed', async (t, database) => {
  const { app } = await createService(t, database, { settings: { REGISTRATION: 'open' } })
  t.match((await complete(app, { token: 'x' })).json(), { status: 403, code: 'mail_disabled' })
  t.match((await complete(app, { token: 1 })).json(), { status: 400, code: 'invalid_request' })
})

eachDatabase(t, 'AB14: mails to one mailbox and mails for one address are limited, whoever has an account', async (t, database) => {
  const { app } = await open(t, database, { LOGIN_RATE_PER_MINUTE: '10' })
  await createUser(database, 'ada@example.com')
  for (const name of ['ada', 'nobody']) {
    const statuses = []
    const email = `${name}@example.com`
    for (let index = 0; index < 5; index++) statuses.push((await ask(app, { email }, `192.0.2.${index}`)).statusCode)
    t.strictSame(statuses, [202, 202, 202, 429, 429], name)
    const reply = await ask(app, { email: `${name.toUpperCase()}@EXAMPLE.com` }, '192.0.2.99')
    t.match(reply, { statusCode: 429, headers: { 'retry-after': /^(5\d|60)$/ } })
  }
  const statuses = []
  for (let index = 0; index < 31; index++) statuses.push((await ask(app, { email: `user${index}@example.com` }, '198.51.100.1')).statusCode)
  t.strictSame(statuses, [...Array.from({ length: 30 }, () => 202), 429])
})

eachDatabase(t, 'one proof is looked at ten times at once, and then has to wait: each time may cost a hash', async (t, database) => {
  const { app } = await open(t, database, { LOGIN_RATE_PER_MINUTE: '10' })
  await ask(app, { email: ADA })
  const token = toToken(await deliver(database))
  const statuses = []
  for (let index = 0; index < 11; index++) statuses.push((await complete(app, { token, password: 'short' })).statusCode)
  t.strictSame(statuses, [...Array.from({ length: 10 }, () => 422), 429])
  t.match((await complete(app, { token })).headers['retry-after'], /^[1-6]$/)
})
