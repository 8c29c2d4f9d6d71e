// A new password by a link that was mailed: for who has forgotten it, and for who was invited.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t from 'tap'
import { findCredentialsById, insertUser } from '../../../src/accounts/store.ts'
import { parseEmail } from '../../../src/accounts/index.ts'
import { listAudit, SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { createOutbox } from '../../../src/mail/index.ts'
import { createPasswordHasher } from '../../../src/passwords/index.ts'
import { createProofSecrets } from '../../../src/proofs/index.ts'
import { passwordReset } from '../../../src/proofs/password-reset.ts'
import { createBareApp } from '../../support/app.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refresh } from '../../support/inject.ts'
import { deliver, toToken, WITH_MAIL } from '../../support/mails.ts'
import { NEW_PASSWORD, PASSWORD } from '../../support/password.ts'
import { listActiveSessionIds } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { createUser, hasher } from '../../support/users.ts'

const EMAIL = 'ada@example.com'
const outbox = createOutbox({ isEnabled: true })

function open (t: Parameters<typeof createService>[0], database: Database, settings: Record<string, string> = {}) {
  return createService(t, database, { settings: { ...WITH_MAIL, ...settings } })
}

const ask = (app: FastifyInstance, body: unknown, remoteAddress = '192.0.2.1') => app.inject({
  method: 'POST', url: '/auth/password-reset', headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body), remoteAddress
})
const complete = (app: FastifyInstance, body: object) => app.inject({
  method: 'POST', url: '/auth/password-reset/complete', body: { new_password: NEW_PASSWORD, ...body }, remoteAddress: '192.0.2.1'
})
const listEvents = async ({ kysely }: Database) => (await listAudit(kysely, { limit: 200 })).events.toReversed()
const readUser = ({ kysely }: Database, id: string) => kysely.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

async function prove ({ kysely }: Database, id: string): Promise<void> {
  await kysely.updateTable('users').set({ email_verified_at: new Date(0) }).where('id', '=', id).execute()
}

async function disable ({ kysely }: Database, id: string): Promise<void> {
  await kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', id).execute()
}

async function askForToken (app: FastifyInstance, database: Database, email = EMAIL): Promise<string> {
  await ask(app, { email })
  return toToken((await deliver(database)).filter(({ template }) => template === 'password_reset'))
}

eachDatabase(t, 'PW16: who has forgotten the password sets another one; every session ends, and none begins', async (t, database) => {
  const { app } = await open(t, database)
  const userId = await createUser(database, EMAIL)
  await prove(database, userId)
  const session = await logIn(app)
  const asked = await ask(app, { email: 'ADA@example.com' })
  t.strictSame([asked.statusCode, asked.body], [202, '{}'])
  const token = toToken(await deliver(database))
  const reply = await complete(app, { token })
  t.strictSame([reply.statusCode, reply.body], [204, ''])
  for (const { headers } of [asked, reply]) {
    t.equal(headers['cache-control'], 'no-store')
    t.equal(headers['set-cookie'], undefined)
  }
  t.strictSame(await listActiveSessionIds(database, userId), [])
  t.equal((await refresh(app, session.refreshToken)).statusCode, 401)
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${session.accessToken}` } })).statusCode, 401)
  t.equal((await app.inject({ method: 'POST', url: '/auth/login', body: { email: EMAIL, password: PASSWORD } })).statusCode, 401)
  t.equal((await app.inject({ method: 'POST', url: '/auth/login', body: { email: EMAIL, password: NEW_PASSWORD } })).statusCode, 200)
  t.strictSame((await readUser(database, userId)).email_verified_at, new Date(0))
  t.strictSame(await deliver(database), [{ to: EMAIL, template: 'password_changed' }])
  t.match(await listEvents(database), [
    { type: 'user_created' },
    { type: 'login' },
    { type: 'password_reset_requested', userId: null, actorId: null, ip: '192.0.2.1', details: {} },
    { type: 'password_reset', userId, actorId: null, ip: '192.0.2.1', details: { purpose: 'password_reset' } },
    { type: 'sessions_ended', userId, actorId: null, details: { count: 1 } },
    { type: 'login_failed', userId },
    { type: 'login', userId }
  ])
  const again = await complete(app, { token })
  t.strictSame([again.statusCode, again.json().code], [401, 'invalid_proof'])
  const rejected = { type: 'proof_rejected', userId: null, details: { purpose: 'password_reset', means: 'link' } }
  t.match((await listEvents(database)).at(-1), rejected)
})

eachDatabase(t, 'PW21: the first proof of a mailbox removes what somebody else may have planted', async (t, database) => {
  const { app } = await open(t, database)
  const userId = await createUser(database, EMAIL, 'advertiser')
  const planted = await logIn(app)
  // A change of e-mail that the planter has begun.
  await outbox.enqueue(database.kysely, { purpose: 'email_change', address: parseEmail('eve@example.com'), userId })
  await deliver(database)
  const token = await askForToken(app, database)
  t.equal((await complete(app, { token })).statusCode, 204)
  t.match(await readUser(database, userId), { role: 'advertiser', email: EMAIL, email_verified_at: Date })
  t.equal(await hasher.verify((await findCredentialsById(database.kysely, userId))?.passwordHash, NEW_PASSWORD), true)
  t.equal((await refresh(app, planted.refreshToken)).statusCode, 401)
  t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])
  t.strictSame((await listEvents(database)).slice(-4).map(({ type }) => type), [
    'credentials_removed', 'email_verified', 'password_reset', 'sessions_ended'
  ])
})

eachDatabase(t, 'an invitation sets the first password, and says so to nobody', async (t, database) => {
  const { app } = await open(t, database)
  const { id } = await insertUser(database.kysely, { email: parseEmail(EMAIL), passwordHash: undefined, role: 'advertiser' }, SYSTEM_ACTOR)
  await outbox.enqueue(database.kysely, { purpose: 'invitation', userId: id })
  const token = toToken(await deliver(database))
  t.equal((await complete(app, { token })).statusCode, 204)
  t.match(await readUser(database, id), { role: 'advertiser', email_verified_at: Date })
  t.equal((await app.inject({ method: 'POST', url: '/auth/login', body: { email: EMAIL, password: NEW_PASSWORD } })).statusCode, 200)
  t.strictSame(await deliver(database), [])
  t.match((await listEvents(database)).slice(1, 4), [
    { type: 'email_verified', userId: id, details: { purpose: 'invitation' } },
    { type: 'password_reset', userId: id, details: { purpose: 'invitation' } },
    { type: 'sessions_ended', userId: id, details: { count: 0 } }
  ])
  t.equal((await complete(app, { token })).statusCode, 401)
})

eachDatabase(t, 'AB11: the response is the same for every address', async (t, database) => {
  const { app } = await open(t, database)
  await createUser(database, EMAIL)
  await disable(database, await createUser(database, 'eve@example.com'))
  const texts = new Set<string>()
  for (const email of [EMAIL, 'eve@example.com', 'nobody@example.com', 'Ada@EXAMPLE.com ']) {
    const { statusCode, headers: { date, 'x-request-id': id, ...headers }, body } = await ask(app, { email })
    texts.add(JSON.stringify([statusCode, headers, body]))
  }
  t.equal(texts.size, 1)
  t.strictSame((await deliver(database)).map(({ to }) => to), [EMAIL, EMAIL])
})

eachDatabase(t, 'a link is void once the password, the e-mail or the user has changed, and after any other link was used', async (
  t, database
) => {
  const { app } = await open(t, database)
  const table: Array<[name: string, change: (userId: string, email: string) => Promise<unknown>]> = [
    ['renamed', (id) => database.kysely.updateTable('users')
      .set({ email: 'new@example.com', normalized_email: 'new@example.com' }).where('id', '=', id).execute()],
    ['disabled', (id) => disable(database, id)],
    ['deleted', (id) => database.kysely.deleteFrom('users').where('id', '=', id).execute()],
    ['deleted, and another user has the address', async (id, email) => {
      await database.kysely.deleteFrom('users').where('id', '=', id).execute()
      await createUser(database, email)
    }],
    ['another link was used', async (_id, email) => complete(app, { token: await askForToken(app, database, email) })]
  ]
  for (const [index, [name, change]] of table.entries()) {
    const email = `user${index}@example.com`
    const userId = await createUser(database, email)
    const token = await askForToken(app, database, email)
    await change(userId, email)
    const before = await database.kysely.selectFrom('users').selectAll().orderBy('id').execute()
    const reply = await complete(app, { token, new_password: `${NEW_PASSWORD} again` })
    t.strictSame([reply.statusCode, reply.json().code], [401, 'invalid_proof'], name)
    t.strictSame(await database.kysely.selectFrom('users').selectAll().orderBy('id').execute(), before, name)
  }
})

eachDatabase(t, 'a user who is disabled after the mail was asked for gets none', async (t, database) => {
  const { app } = await open(t, database)
  const userId = await createUser(database, EMAIL)
  await ask(app, { email: EMAIL })
  await disable(database, userId)
  t.strictSame(await deliver(database), [])
})

eachDatabase(t, 'PW2: a weak password is refused, and uses nothing up', async (t, database) => {
  const { app } = await open(t, database, { PASSWORD_MIN_LENGTH: '10' })
  await createUser(database, 'ada.lovelace@example.com')
  const token = await askForToken(app, database, 'ADA.lovelace@example.com')
  const before = await database.kysely.selectFrom('users').selectAll().execute()
  for (const [password, message] of [
    ['short', 'must have at least 10 characters'], ['password123', 'is one of the most common passwords'],
    ['Ada.Lovelace', 'is too easy to guess']
  ]) {
    const reply = await complete(app, { token, new_password: password })
    t.match(reply.json(), { status: 422, code: 'weak_password', errors: [{ path: '/new_password', message }] })
  }
  t.match((await complete(app, { token, new_password: `${PASSWORD}\0` })).json(), { status: 400 })
  t.strictSame(await database.kysely.selectFrom('users').selectAll().execute(), before)
  t.equal((await complete(app, { token })).statusCode, 204)
})

eachDatabase(t, 'a token of another purpose, and any other text, is refused without a query', async (t, database) => {
  const { app } = await open(t, database)
  await createUser(database, EMAIL)
  const secretKeys = [Buffer.alloc(32, 1)]
  const id = randomUUID()
  const foreign = createProofSecrets({ secretKeys, issuer: 'https://auth.example.com' })
  await app.inject({ method: 'POST', url: '/auth/register', body: { email: 'bob@example.com' } })
  const registration = toToken(await deliver(database))
  t.ok(registration)
  const [events] = [await listEvents(database)]
  await sql`alter table mail_proofs rename to hidden`.execute(database.kysely)
  for (const token of [registration, foreign.toToken({ id, purpose: 'password_reset' }), 'x', 'x'.repeat(200)]) {
    const reply = await complete(app, { token })
    t.match(reply.json(), { status: 401, code: 'invalid_proof', detail: 'The link or code is not valid.' })
  }
  await sql`alter table hidden rename to mail_proofs`.execute(database.kysely)
  t.strictSame(await listEvents(database), events)
  for (const [name, body] of Object.entries({ none: { token: undefined }, empty: { token: '' }, long: { token: 'x'.repeat(201) } })) {
    t.match((await complete(app, body)).json(), { status: 400, errors: [{ path: '/token' }] }, name)
  }
  for (const body of [{}, { email: 'ada' }, { email: EMAIL, user: 1 }, null]) {
    t.match((await ask(app, body)).json(), { status: 400, code: 'invalid_request' })
  }
})

eachDatabase(t, 'where no mail is sent, neither step is offered', async (t, database) => {
  const { app } = await createService(t, database)
  t.match((await ask(app, { email: EMAIL })).json(), { status: 403, code: 'mail_disabled' })
  t.match((await complete(app, { token: 'x' })).json(), { status: 403, code: 'mail_disabled' })
  t.match((await ask(app, {})).json(), { status: 400, code: 'invalid_request' })
  t.strictSame(await database.kysely.selectFrom('login_attempts').selectAll().execute(), [], 'nothing is counted')
})

eachDatabase(t, 'if the hashing queue is full, the response is 503 at once, and nothing is used up', async (t, database) => {
  const secretKeys = [Buffer.alloc(32, 7)]
  const secrets = createProofSecrets({ secretKeys, issuer: 'https://auth.example.com' })
  const busy = createPasswordHasher({ memoryKib: 65_536, passes: 10, parallelism: 1, concurrency: 1, maxQueue: 0 })
  const app = await createBareApp(t)
  const options = { database, outbox, secrets, secretKeys, passwordMinLength: 8, loginRatePerMinute: 10_000 }
  await app.register(passwordReset, { ...options, hasher: busy })
  await createUser(database, EMAIL)
  await ask(app, { email: EMAIL })
  const token = toToken(await deliver(database, { secretKeys }))
  const held = busy.hash(PASSWORD)
  const reply = await complete(app, { token })
  t.match(reply, { statusCode: 503, headers: { 'retry-after': '2' } })
  t.equal(reply.json().code, 'overloaded')
  await held
  t.equal((await complete(app, { token })).statusCode, 204)
})

eachDatabase(t, 'who has no password is answered like who has typed a wrong one', async (t, database) => {
  const { app } = await open(t, database)
  const userId = await createUser(database, EMAIL)
  const { accessToken } = await logIn(app)
  const headers = { authorization: `Bearer ${accessToken}` }
  const requests = [
    (password: string) => app.inject({ method: 'POST', url: '/auth/login', body: { email: EMAIL, password } }),
    (password: string) => app.inject({ method: 'POST', url: '/auth/step-up', headers, body: { password } }),
    (password: string) => app.inject({
      method: 'PUT', url: '/account/password', headers, body: { current_password: password, new_password: NEW_PASSWORD }
    })
  ]
  const wrong = []
  for (const send of requests) wrong.push((await send('wrong')).body)
  await database.kysely.updateTable('users').set({ password_hash: null }).where('id', '=', userId).execute()
  const without = []
  for (const send of requests) without.push((await send(PASSWORD)).body)
  t.strictSame(without, wrong)
  t.strictSame(wrong.map((body) => JSON.parse(body).code), ['invalid_credentials', 'wrong_password', 'wrong_password'])
  const types = (await listEvents(database)).map(({ type }) => type).filter((type) => type === 'login_failed')
  t.equal(types.length, 6)
})
