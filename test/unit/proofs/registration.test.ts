// Registration where the service sends no mail; registration-by-mail.test.ts has the other.
import t from 'tap'
import { listAudit } from '../../../src/audit/index.ts'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { findCredentialsByEmail, listUsers } from '../../../src/accounts/store.ts'
import type { Database } from '../../../src/database/index.ts'
import { createOutbox } from '../../../src/mail/index.ts'
import { createProofSecrets } from '../../../src/proofs/proof-secrets.ts'
import { registration, type RegistrationOptions } from '../../../src/proofs/registration.ts'
import { createBareApp } from '../../support/app.ts'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { hasher } from '../../support/users.ts'

const SECRET_KEYS = [Buffer.alloc(32, 7)]
const ADA = { email: 'Ada@Example.com', password: PASSWORD }

async function createApp (t: Parameters<typeof createBareApp>[0], database: Database, overrides: Partial<RegistrationOptions> = {}) {
  const app = await createBareApp(t)
  await app.register(registration, {
    database,
    hasher,
    registration: 'open',
    defaultRole: 'user',
    passwordMinLength: 8,
    loginRatePerMinute: 10_000,
    secretKeys: SECRET_KEYS,
    outbox: createOutbox({ isEnabled: false }),
    secrets: createProofSecrets({ secretKeys: SECRET_KEYS, issuer: 'https://auth.example.com' }),
    ...overrides
  })
  return app
}

const register = (body: unknown) => ({
  method: 'POST' as const, url: '/auth/register', headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body)
})

eachDatabase(t, 'a user registers with the default role and a hash of the password', async (t, database) => {
  const app = await createApp(t, database)
  const reply = await app.inject({ ...register(ADA), remoteAddress: '192.0.2.1' })
  t.equal(reply.statusCode, 201)
  t.equal(reply.headers['cache-control'], 'no-store')
  const stored = await findCredentialsByEmail(database.kysely, 'ada@example.com')
  const { created_at: createdAt, ...user } = reply.json()
  t.strictSame(user, { id: stored?.id, email: 'Ada@Example.com', role: 'user' })
  t.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.equal(await hasher.verify(stored?.passwordHash, PASSWORD), true)
  const { events } = await listAudit(database.kysely, { limit: 10 })
  t.match(events, [{ type: 'user_created', userId: stored?.id, actorId: null, ip: '192.0.2.1' }])
})

eachDatabase(t, 'PW2, PW19, AB17: an invalid registration is refused, and leaves no trace', async (t, database) => {
  const app = await createApp(t, database)
  const table: Array<[name: string, body: unknown, status: number, code: string, errors?: unknown]> = [
    ['short', { ...ADA, password: 'qjxkvbz' }, 422, 'weak_password', [{ path: '/password', message: 'must have at least 8 characters' }]],
    ['common', { ...ADA, password: 'password123' }, 422, 'weak_password',
      [{ path: '/password', message: 'is one of the most common passwords' }]],
    ['the e-mail', { ...ADA, password: 'ada@example.com' }, 422, 'weak_password', [{ path: '/password', message: 'is too easy to guess' }]],
    ['too long', { ...ADA, password: 'x'.repeat(257) }, 422, 'weak_password',
      [{ path: '/password', message: 'must have at most 256 characters' }]],
    ['far too long', { ...ADA, password: 'x'.repeat(1025) }, 400, 'invalid_request'],
    ['NUL in the password', { ...ADA, password: `${PASSWORD}\0` }, 400, 'invalid_request'],
    ['half a pair in the password', { ...ADA, password: `${PASSWORD}\ud800` }, 400, 'invalid_request'],
    ['no e-mail', { ...ADA, email: 'ada' }, 400, 'invalid_request', [{ path: '/email', message: 'must be an e-mail address' }]],
    ['NUL in the e-mail', { ...ADA, email: 'ada\0@example.com' }, 400, 'invalid_request'],
    ['a line break in the e-mail', { ...ADA, email: 'ada@example.com\nbcc:x' }, 400, 'invalid_request'],
    ['something invisible in the e-mail', { ...ADA, email: 'a\u034fda@example.com' }, 400, 'invalid_request',
      [{ path: '/email', message: 'must be an e-mail address' }]],
    ['an e-mail beyond all length', { ...ADA, email: `${'a'.repeat(400)}@example.com` }, 400, 'invalid_request'],
    ['a role', { ...ADA, role: 'admin' }, 400, 'invalid_request'],
    ['an id', { ...ADA, id: '00000000-0000-7000-8000-000000000000' }, 400, 'invalid_request'],
    ['no password', { email: ADA.email }, 400, 'invalid_request', [{ path: '/password', message: 'is required' }]],
    ['an array', { ...ADA, email: [ADA.email] }, 400, 'invalid_request'],
    ['an object', { ...ADA, password: { $ne: 1 } }, 400, 'invalid_request'],
    ['a number', { ...ADA, password: 1234567890 }, 400, 'invalid_request'],
    ['null', null, 400, 'invalid_request']
  ]
  for (const [name, body, status, code, errors] of table) {
    const reply = await app.inject(register(body))
    t.match({ status: reply.statusCode, ...reply.json() }, { status, code }, name)
    if (errors !== undefined) t.strictSame(reply.json().errors, errors, name)
    t.notOk(reply.body.includes(PASSWORD), name)
  }
  t.strictSame(await listUsers(database.kysely, { limit: 10 }), { users: [], next: null })
  t.strictSame((await listAudit(database.kysely, { limit: 10 })).events, [])
})

eachDatabase(t, 'an e-mail is registered once, in any spelling', async (t, database) => {
  const app = await createApp(t, database)
  t.equal((await app.inject(register(ADA))).statusCode, 201)
  for (const email of ['ada@example.com', ' ADA@EXAMPLE.COM', 'ａda@example.com']) {
    const reply = await app.inject(register({ ...ADA, email }))
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 409, code: 'email_taken' })
  }
  for (const [email, again] of [['ΣΣΣΣ@exämple.de', 'σσσς@xn--exmple-cua.de'], ['eve@example.com\n', '\u200bEve@example.com']]) {
    t.equal((await app.inject(register({ ...ADA, email }))).statusCode, 201)
    t.equal((await app.inject(register({ ...ADA, email: again }))).statusCode, 409)
  }
  t.strictSame(
    (await listUsers(database.kysely, { limit: 10 })).users.map(({ email }) => email),
    ['eve@example.com', 'ΣΣΣΣ@exämple.de', ADA.email]
  )
})

eachDatabase(t, 'a password registered in one Unicode form is the same in another', async (t, database) => {
  const app = await createApp(t, database)
  const password = 'mật khẩu 비밀번호 été'
  t.equal((await app.inject(register({ ...ADA, password: password.normalize('NFD').replaceAll(' ', '\u00a0') }))).statusCode, 201)
  const stored = await findCredentialsByEmail(database.kysely, 'ada@example.com')
  for (const form of ['NFC', 'NFD']) t.equal(await hasher.verify(stored?.passwordHash, password.normalize(form)), true, form)
})

eachDatabase(t, 'if registration is closed, nothing is read and nothing hashed', async (t, database) => {
  const app = await createApp(t, database, {
    registration: 'closed', hasher: { ...hasher, hash: () => Promise.reject(new Error('hashed')) }
  })
  for (const body of [ADA, {}, null]) {
    const reply = await app.inject(register(body))
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 403, code: 'registration_closed' })
  }
})

eachDatabase(t, 'if the hashing queue is full, the response is 503 at once, with Retry-After', async (t, database) => {
  const busy = createPasswordHasher({ memoryKib: 65_536, passes: 10, parallelism: 1, concurrency: 1, maxQueue: 0 })
  const app = await createApp(t, database, { hasher: busy })
  const held = busy.hash(PASSWORD)
  for (const name of ['a', 'b']) {
    const reply = await app.inject(register({ ...ADA, email: `${name}@example.com` }))
    t.match(reply, { statusCode: 503, headers: { 'retry-after': '2' } })
    t.equal(reply.json().code, 'overloaded')
  }
  await held
  t.equal((await app.inject(register(ADA))).statusCode, 201)
})

eachDatabase(t, 'an address that registers too often has to wait, before anything is hashed', async (t, database) => {
  let hashed = 0
  const counting: typeof hasher = { ...hasher, hash: (password) => { hashed++; return hasher.hash(password) } }
  const app = await createApp(t, database, { loginRatePerMinute: 10, hasher: counting })
  const registerFrom = (remoteAddress: string, body: object) => app.inject({ ...register(body), remoteAddress })
  for (let index = 0; index < 20; index++) {
    t.equal((await registerFrom('192.0.2.1', { ...ADA, password: 'short' })).statusCode, 422, 'a weak password is not counted')
  }
  for (let index = 0; index < 10; index++) {
    t.match((await registerFrom('192.0.2.1', { ...ADA, email: `user${index >> 1}@example.com` })).statusCode, index % 2 === 0 ? 201 : 409)
  }
  const reply = await registerFrom('192.0.2.1', ADA)
  t.match(reply, { statusCode: 429, headers: { 'retry-after': /^[1-6]$/ } })
  t.equal(reply.json().code, 'too_many_attempts')
  t.equal(hashed, 10)
  t.equal((await registerFrom('192.0.2.2', ADA)).statusCode, 201, 'another address is not blocked')
})
