// The second step of a login, with a verifier whose codes are the numbers of time steps: what makes and checks real ones is in factors.
import { createHash, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { endAllSessions, endUserSessions } from '../../../src/sessions/index.ts'
import { SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import type { SecondFactorVerifier } from '../../../src/sessions/proof.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { listAuditEvents, listAuditTypes, readSession } from '../../support/rows.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { createUser } from '../../support/users.ts'

const EMAIL = 'ada@example.com'
const CODES = ['7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FA', '7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FB']

const verifier: SecondFactorVerifier = {
  openTotp: async () => (code) => Number(code) < 100_000 ? undefined : { kind: 'totp', step: Number(code) },
  readRecoveryCode: (userId, code) => ({ kind: 'recovery_code', digest: toDigest(userId, code) }),
  verifyPasskey: async (passkey) => passkey as Awaited<ReturnType<SecondFactorVerifier['verifyPasskey']>>,
  toPasskeyOptions: async (_userId, challenge) => ({ challenge })
}

eachDatabase(t, 'the right password of a user with a second factor gets a challenge', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  const userId = await createEnrolledUser(database)
  const first = await logIn(app)
  t.match(first, { status: 401, body: { code: 'second_factor_required', methods: ['totp', 'recovery_code'], expires_in: 300 } })
  t.equal(first.headers['www-authenticate'], 'Bearer')
  t.equal(first.headers['cache-control'], 'no-store')
  t.notOk(first.body.access_token)
  t.equal(await countSessions(database), 0)
  t.strictSame(await listAuditTypes(database), ['second_factor_demanded'])
  const second = await giveFactor(app, { challenge: first.body.challenge, totp: '100001' })
  t.equal(second.status, 200)
  t.match(decodeClaims(second.body.access_token), { sub: userId, acr: 'aal2', client_id: 'gatepass' })
  t.match(await readSession(database, second.body.session_id), { level: 2, methods: ['password', 'totp'] })
  t.strictSame(await listFactorEvents(database), ['login'])
  t.match((await listAuditEvents(database)).at(-1)?.details, { methods: ['password', 'totp'] })
})

eachDatabase(t, 'wrong passwords are answered as ever, and a wrong second factor may be followed by a right one', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  await createEnrolledUser(database)
  t.match(await logIn(app, 'wrong'), { status: 401, body: { code: 'invalid_credentials' } })
  const { body: { challenge } } = await logIn(app)
  t.match(await giveFactor(app, { challenge, totp: '000001' }), { status: 401, body: { code: 'invalid_second_factor' } })
  const noCode = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA'
  t.match(await giveFactor(app, { challenge, recovery_code: noCode }), { body: { code: 'invalid_second_factor' } })
  t.match(await giveFactor(app, { challenge, totp: '100001', recovery_code: CODES[0] }), { status: 400 })
  t.match(await giveFactor(app, { challenge }), { status: 400 })
  t.equal((await giveFactor(app, { challenge, totp: '100001' })).status, 200)
  t.strictSame(await listFactorEvents(database), ['login_failed', 'second_factor_rejected', 'second_factor_rejected', 'login'])
})

eachDatabase(t, 'a code, a recovery code and a challenge are good once', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  await createEnrolledUser(database)
  const [{ body: one }, { body: two }] = [await logIn(app), await logIn(app)]
  t.equal((await giveFactor(app, { challenge: one.challenge, totp: '100005' })).status, 200)
  t.match(await giveFactor(app, { challenge: one.challenge, totp: '100006' }), { body: { code: 'invalid_challenge' } })
  const rejected = { status: 401, body: { code: 'invalid_second_factor' } }
  t.match(await giveFactor(app, { challenge: two.challenge, totp: '100005' }), rejected, 'the same code')
  t.match(await giveFactor(app, { challenge: two.challenge, totp: '100004' }), rejected, 'an earlier one')
  t.equal((await giveFactor(app, { challenge: two.challenge, recovery_code: CODES[0] })).status, 200)
  const { body: three } = await logIn(app)
  t.match(await giveFactor(app, { challenge: three.challenge, recovery_code: CODES[0] }), { body: { code: 'invalid_second_factor' } })
  t.equal((await giveFactor(app, { challenge: three.challenge, recovery_code: CODES[1] })).status, 200)
  t.match((await logIn(app)).body.methods, ['totp'])
  t.strictSame(await listFactorEvents(database), [
    'login', 'second_factor_rejected', 'second_factor_rejected', 'login', 'recovery_code_used', 'second_factor_rejected', 'login',
    'recovery_code_used'
  ])
})

eachDatabase(t, 'of many uses of one challenge at once one wins, and the others use nothing up', async (t, database) => {
  const apps = [await createAuthenticationApp(t, database, { verifier }), await createAuthenticationApp(t, database, { verifier })]
  const userId = await createEnrolledUser(database, 30)
  for (let turn = 0; turn < 3; turn++) {
    const { body: { challenge } } = await logIn(apps[0])
    const before = await countCodes(database)
    const codes = Array.from({ length: before }, (_, index) => toCode(30 - before + index))
    const replies = await Promise.all(codes.map((code, index) => giveFactor(apps[index % 2], { challenge, recovery_code: code })))
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.ok(replies.every(({ status, body }) => status === 200 || body.code === 'invalid_challenge'))
    t.equal(await countCodes(database), before - 1, 'one code is used')
    // So that the next turn knows which are left.
    await sql`delete from recovery_codes`.execute(database.kysely)
    await insertCodes(database, userId, 29 - turn)
  }
})

eachDatabase(t, 'a challenge is void once its sessions would have ended, or it is too old', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  const userId = await createEnrolledUser(database)
  const causes: Record<string, () => Promise<unknown>> = {
    'the end of all sessions of the user': () => endUserSessions(database, userId, SYSTEM_ACTOR),
    'the end of everybody\'s': () => endAllSessions(database, SYSTEM_ACTOR),
    'a change of role': () => sql`update users set tokens_valid_from = extract(epoch from now())::bigint + 5`.execute(database.kysely),
    'a disabled user': () => sql`update users set disabled_at = now()`.execute(database.kysely)
  }
  for (const [name, cause] of Object.entries(causes)) {
    const { body: { challenge } } = await logIn(app)
    await cause()
    const before = await countCodes(database)
    t.match(await giveFactor(app, { challenge, recovery_code: CODES[0] }), { status: 401, body: { code: 'invalid_challenge' } }, name)
    t.equal(await countCodes(database), before)
    await sql`update users set disabled_at = null, tokens_valid_from = 0`.execute(database.kysely)
  }
  t.match(await giveFactor(app, { challenge: 'A'.repeat(94), totp: '100001' }), { status: 401, body: { code: 'invalid_challenge' } })
})

eachDatabase(t, 'guesses are counted before they are looked at: ten of a user, five of an address', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  await createEnrolledUser(database)
  const { body: { challenge } } = await logIn(app)
  const guess = (ip: string) => giveFactor(app, { challenge, totp: '000001' }, ip)
  const guesses = (ip: string, count: number) => Promise.all(Array.from({ length: count }, () => guess(ip)))
  const statuses = (replies: readonly { status: number }[]) => replies.filter(({ status }) => status === 401).length
  t.equal(statuses(await guesses('192.0.2.1', 30)), 5)
  const others = await Promise.all(
    Array.from({ length: 40 }, (_, index) => guess(`198.51.100.${index}`)))
  t.equal(statuses(others), 5)
  const blocked = await giveFactor(app, { challenge, totp: '100001' }, '203.0.113.9')
  t.equal(blocked.status, 429, 'a right code from a new address waits, too')
  t.ok(Number(blocked.headers['retry-after']) > 0)
  t.equal((await giveFactor(app, { challenge, recovery_code: CODES[0] }, '203.0.113.9')).status, 200, 'a recovery code does not wait')
  const { body: again } = await logIn(app)
  t.equal((await giveFactor(app, { challenge: again.challenge, totp: '100002' }, '203.0.113.9')).status, 200, 'it is known by now')
})

eachDatabase(t, 'MF3: what the owner proves takes back no guess of others at the same address', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  const userId = await createEnrolledUser(database)
  const { body: { challenge } } = await logIn(app)
  let looked = 0
  for (let turn = 0; turn < 4; turn++) {
    for (let guess = 0; guess < 4; guess++) {
      if ((await giveFactor(app, { challenge, totp: '000001' })).status === 401) looked++
    }
    await insertDigests(database, userId, [toCode(turn)])
    t.equal((await giveFactor(app, { challenge: (await logIn(app)).body.challenge, recovery_code: toCode(turn) })).status, 200)
  }
  t.equal(looked, 5)
})

eachDatabase(t, 'a passkey is a second factor of level 3, without user verification of level 2', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  const userId = await createEnrolledUser(database)
  const passkeyId = randomUUID()
  await database.kysely.insertInto('passkeys').values({
    id: passkeyId,
    user_id: userId,
    credential_id: Buffer.from('1'),
    public_key: Buffer.from('1'),
    rp_id: 'auth.example.com',
    name: 'phone',
    counter: 7
  }).execute()
  const proof = { kind: 'passkey', passkeyId, counter: 8, isUserVerified: true, isBackedUp: true }
  const toCredential = (passkey: object) => ({ id: 'AQ', type: 'public-key', response: {}, ...passkey })
  const { body: one } = await logIn(app)
  t.match(one, { methods: ['totp', 'recovery_code', 'passkey'], passkey_options: { challenge: one.challenge } })
  const strong = await giveFactor(app, { challenge: one.challenge, passkey: toCredential(proof) })
  t.match(decodeClaims(strong.body.access_token), { acr: 'phr' })
  t.strictSame((await readSession(database, strong.body.session_id)).methods, ['password', 'passkey'])
  const { body: two } = await logIn(app)
  const weak = await giveFactor(app, { challenge: two.challenge, passkey: toCredential({ ...proof, isUserVerified: false }) })
  t.match(decodeClaims(weak.body.access_token), { acr: 'aal2' }, 'a counter that does not rise is no reason to refuse')
  t.strictSame(await listFactorEvents(database), ['login', 'login', 'passkey_counter'])
})

eachDatabase(t, 'SECOND_FACTOR: who has none gets a token that enrols, and nothing else', async (t, database) => {
  for (const secondFactor of ['everybody', 'admins'] as const) {
    const app = await createAuthenticationApp(t, database, { verifier, secondFactor })
    const email = `${secondFactor}@example.com`
    const userId = await createUser(database, email, 'admin')
    const { status, body, headers } = await logIn(app, PASSWORD, email)
    t.match({ status, body }, { status: 403, body: { code: 'enrolment_required', token_type: 'Bearer', expires_in: 300 } })
    t.equal(headers['cache-control'], 'no-store')
    t.match(decodeClaims(body.access_token), { sub: userId, client_id: 'gatepass-enrolment', scope: 'account:enrol', acr: 'aal1' })
    await insertTotp(database, userId)
    t.match(await logIn(app, PASSWORD, email), { status: 401, body: { code: 'second_factor_required' } }, 'a factor is asked for')
  }
  const app = await createAuthenticationApp(t, database, { verifier, secondFactor: 'admins' })
  await createUser(database, 'user@example.com', 'user')
  t.equal((await logIn(app, PASSWORD, 'user@example.com')).status, 200)
})

eachDatabase(t, 'logins at the same time as an enrolment begin no session without the factor', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { verifier })
  for (let turn = 0; turn < 10; turn++) {
    const email = `user${turn}@example.com`
    const userId = await createUser(database, email)
    const enrol = sql`update users set second_factor_since = now() where id = ${userId}`
    const logins = Promise.all(Array.from({ length: 4 }, () => logIn(app, PASSWORD, email)))
    await enrol.execute(database.kysely)
    const at = Date.now()
    await logins
    const { rows: late } = await sql`select from sessions, users where user_id = users.id and users.id = ${userId}
      and sessions.created_at > second_factor_since + interval '1 second'`.execute(database.kysely)
    t.equal(late.length, 0, `at ${at}`)
    t.match(await logIn(app, PASSWORD, email), { status: 401, body: { code: 'second_factor_required' } })
  }
})

/** Without those of the right passwords, of which each login of these tests has one. */
async function listFactorEvents (database: Database): Promise<string[]> {
  return (await listAuditTypes(database)).filter((type) => type !== 'second_factor_demanded')
}

async function createEnrolledUser (database: Database, codes = CODES.length): Promise<string> {
  const userId = await createUser(database, EMAIL)
  await sql`update users set second_factor_since = now() where id = ${userId}`.execute(database.kysely)
  await insertTotp(database, userId)
  if (codes === CODES.length) await insertDigests(database, userId, CODES)
  else await insertCodes(database, userId, codes)
  return userId
}

async function insertTotp (database: Database, userId: string): Promise<void> {
  await sql`insert into totp (user_id, secret_jwe, key_id, confirmed_at) values (${userId}, 'jwe', 'key', now())`.execute(database.kysely)
}

/** The last ones of thirty. */
async function insertCodes (database: Database, userId: string, count: number): Promise<void> {
  await insertDigests(database, userId, Array.from({ length: count }, (_, index) => toCode(30 - count + index)))
}

async function insertDigests (database: Database, userId: string, codes: readonly string[]): Promise<void> {
  const rows = codes.map((code) => ({ user_id: userId, digest: toDigest(userId, code) }))
  await database.kysely.insertInto('recovery_codes').values(rows).execute()
}

function toCode (index: number): string {
  return `7K2QM-4ZV8B-N3XTR-9CJ5W-HD6${String(index).padStart(2, '0')}`
}

function toDigest (userId: string, code: string): Buffer {
  return createHash('sha256').update(`${userId} ${code}`).digest()
}

async function countCodes (database: Database): Promise<number> {
  return (await database.kysely.selectFrom('recovery_codes').select('user_id').execute()).length
}

async function countSessions (database: Database): Promise<number> {
  return (await database.kysely.selectFrom('sessions').select('id').execute()).length
}

async function logIn (app: FastifyInstance | undefined, password = PASSWORD, email = EMAIL) {
  return post(app, '/auth/login', { email, password }, '192.0.2.1')
}

async function giveFactor (app: FastifyInstance | undefined, body: object, ip = '192.0.2.1') {
  return post(app, '/auth/login/second-factor', body, ip)
}

async function post (app: FastifyInstance | undefined, url: string, payload: object, remoteAddress: string) {
  const reply = await app?.inject({ method: 'POST', url, payload, remoteAddress })
  return { status: reply?.statusCode ?? 0, headers: reply?.headers ?? {}, body: reply?.json() }
}
