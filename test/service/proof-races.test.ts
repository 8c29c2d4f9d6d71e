// Uses of one mailed proof at once, and uses that race everything else that touches the account: on two instances with one database.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { parseEmail, toEmail } from '../../src/accounts/index.ts'
import { createAdminServices, updateUser } from '../../src/administration/index.ts'
import { SYSTEM_ACTOR } from '../../src/audit/index.ts'
import { defaultRoles } from '../../src/contract/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createOutbox, type MailContent } from '../../src/mail/index.ts'
import { onPostgres } from '../support/database.ts'
import { logIn } from '../support/inject.ts'
import { deliver, leaseMails, resolve, WITH_MAIL } from '../support/mails.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { listActiveSessionIds } from '../support/rows.ts'
import { createService } from '../support/service.ts'
import { createUser, hasher } from '../support/users.ts'

const EMAIL = 'ada@example.com'
const AT_ONCE = 50
const ROUNDS = 6
const outbox = createOutbox({ isEnabled: true })

interface World {
  database: Database
  apps: readonly [FastifyInstance, FastifyInstance]
}

type Reply = Awaited<ReturnType<typeof post>>

async function open (t: Test, database: Database): Promise<World> {
  const [one, other] = [
    await createService(t, database, { settings: WITH_MAIL }), await createService(t, database, { settings: WITH_MAIL })
  ]
  return { database, apps: [one.app, other.app] }
}

async function post (app: FastifyInstance, url: string, body: object, headers: Record<string, string> = {}) {
  const { statusCode, body: text } = await app.inject({ method: url === '/account/password' ? 'PUT' : 'POST', url, headers, body })
  return { status: statusCode, code: text === '' ? undefined : JSON.parse(text).code }
}

const reset = ({ apps }: World, token: string, password = NEW_PASSWORD, instance: 0 | 1 = 0) =>
  post(apps[instance], '/auth/password-reset/complete', { token, new_password: password })
const register = ({ apps }: World, body: object, instance: 0 | 1 = 0) =>
  post(apps[instance], '/auth/register/complete', { password: NEW_PASSWORD, ...body })

async function canLogIn ({ apps }: World, password: string, email = EMAIL): Promise<boolean> {
  return (await post(apps[0], '/auth/login', { email, password })).status === 200
}

/** Asks for a reset of the user, and reads the mail. */
async function mailReset ({ database }: World, email = EMAIL): Promise<string> {
  await outbox.enqueue(database.kysely, { purpose: 'password_reset', address: parseEmail(email) })
  return readToken(await deliver(database))
}

/** Registers, and reads the mail. */
async function mailRegistration ({ apps, database }: World, email = EMAIL): Promise<{ token: string, registration: string, code: string }> {
  const reply = await apps[0].inject({ method: 'POST', url: '/auth/register', body: { email } })
  const { registration } = reply.json()
  if (reply.statusCode !== 202) throw new Error(`the registration was refused: ${reply.body}`)
  const mails = await deliver(database)
  return { registration, token: readToken(mails), code: mails.at(-1)?.code ?? '' }
}

function readToken (mails: readonly MailContent[]): string {
  return mails.at(-1)?.link?.slice(-50) ?? ''
}

async function prove ({ kysely }: Database, id: string): Promise<void> {
  await kysely.updateTable('users').set({ email_verified_at: new Date(0) }).where('id', '=', id).execute()
}

const count = (replies: readonly Reply[]) => {
  const counts = new Map<string, number>()
  for (const { status, code } of replies) counts.set(`${status} ${code ?? ''}`, (counts.get(`${status} ${code ?? ''}`) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** All rows but those that the flow is about. */
async function readOthers ({ kysely }: Database, userId: string): Promise<string> {
  const { rows: [row] } = await sql<{ text: string }>`select concat_ws(' ',
    (select string_agg(u::text, ' ' order by id) from users u where id <> ${userId}),
    (select string_agg(s::text, ' ' order by id) from sessions s where user_id <> ${userId}),
    (select string_agg(p::text, ' ' order by id) from mail_proofs p
      where user_id is distinct from ${userId} and normalized_email <> ${EMAIL}),
    (select string_agg(r::text, ' ' order by id) from revocations r where sub <> ${userId})) as text`.execute(kysely)
  return row?.text ?? ''
}

/** Another user who has a session and proofs of all kinds, which nobody may use up. */
async function addBystander (world: World): Promise<void> {
  const userId = await createUser(world.database, 'bob@example.com')
  await logIn(world.apps[0], 'bob@example.com')
  for (const purpose of ['invitation', 'email_verification'] as const) await outbox.enqueue(world.database.kysely, { purpose, userId })
  await mailReset(world, 'bob@example.com')
  await mailRegistration(world, 'carol@example.com')
}

onPostgres(t, 'PW16: of fifty uses of one link at once, on two instances, one succeeds, and the others change nothing', async (
  t, database
) => {
  const world = await open(t, database)
  await addBystander(world)
  for (const purpose of ['password_reset', 'invitation'] as const) {
    const userId = await createUser(database, EMAIL)
    if (purpose === 'password_reset') await prove(database, userId)
    await outbox.enqueue(database.kysely, { purpose, userId })
    const token = readToken(await deliver(database))
    await logIn(world.apps[0])
    const others = await readOthers(database, userId)
    const passwords = Array.from({ length: AT_ONCE }, (_, index) => `${NEW_PASSWORD} ${index}`)
    const replies = await Promise.all(passwords.map((password, index) => reset(world, token, password, index % 2 === 0 ? 0 : 1)))
    t.strictSame(count(replies), { '204 ': 1, '401 invalid_proof': AT_ONCE - 1 }, purpose)
    t.equal(await readOthers(database, userId), others, purpose)
    t.strictSame(await listActiveSessionIds(database, userId), [], purpose)
    const winner = passwords[replies.findIndex(({ status }) => status === 204)] ?? ''
    t.ok(await canLogIn(world, winner), purpose)
    const { events } = await createAdmin(database).listAudit({ type: 'password_reset', limit: 200 })
    t.equal(events.length, 1, purpose)
    await sql`delete from users where id = ${userId}`.execute(database.kysely)
    await sql`delete from audit_events`.execute(database.kysely)
  }
})

onPostgres(t, 'PW20: of fifty registrations with one link or one code at once, on two instances, one succeeds', async (t, database) => {
  const world = await open(t, database)
  await addBystander(world)
  for (const kind of ['link', 'code', 'both', 'of another\'s account']) {
    const planted = kind === 'of another\'s account' ? await createUser(database, EMAIL) : undefined
    const { token, registration, code } = await mailRegistration(world)
    const proofs = kind === 'code' ? [{ registration, code }] : kind === 'link' ? [{ token }] : [{ token }, { registration, code }]
    const others = await readOthers(database, planted ?? '00000000-0000-0000-0000-000000000000')
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) =>
      register(world, { ...proofs[(index >> 1) % proofs.length], password: `${NEW_PASSWORD} ${index}` }, index % 2 === 0 ? 0 : 1)))
    t.strictSame(count(replies), { '201 ': 1, '401 invalid_proof': AT_ONCE - 1 }, kind)
    t.ok(await canLogIn(world, `${NEW_PASSWORD} ${replies.findIndex(({ status }) => status === 201)}`), kind)
    const users = await database.kysely.selectFrom('users').select('id').where('normalized_email', '=', EMAIL).execute()
    t.equal(users.length, 1, kind)
    if (planted !== undefined) t.strictSame(users, [{ id: planted }], kind)
    for (const { id } of users) await database.kysely.deleteFrom('users').where('id', '=', id).execute()
    await sql`delete from sessions where user_id not in (select id from users)`.execute(database.kysely)
    t.equal(await readOthers(database, planted ?? '00000000-0000-0000-0000-000000000000'), others, kind)
  }
})

onPostgres(t, 'PW20: of fifty wrong codes at once none uses up another proof, and the code of this one is void', async (t, database) => {
  const world = await open(t, database)
  await addBystander(world)
  const { token, registration, code } = await mailRegistration(world)
  const others = await readOthers(database, '00000000-0000-0000-0000-000000000000')
  const wrong = Array.from({ length: AT_ONCE }, (_, index) => String(index).padStart(8, '0')).filter((guess) => guess !== code)
  const replies = await Promise.all(wrong.map((guess, index) => register(world, { registration, code: guess }, index % 2 === 0 ? 0 : 1)))
  t.strictSame(count(replies), { '401 invalid_proof': wrong.length })
  t.match(await register(world, { registration, code }), { status: 401 })
  t.equal(await readOthers(database, '00000000-0000-0000-0000-000000000000'), others)
  t.match(await register(world, { token }), { status: 201 })
})

onPostgres(t, 'of all links of one mailbox one succeeds: registrations, a reset and an invitation at once', async (t, database) => {
  const world = await open(t, database)
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % 2 === 0 ? await createUser(database, EMAIL) : undefined
    const registrations = [await mailRegistration(world), await mailRegistration(world)]
    const resets = []
    if (first !== undefined) {
      resets.push(await mailReset(world))
      await outbox.enqueue(database.kysely, { purpose: 'invitation', userId: first })
      resets.push(readToken(await deliver(database)))
    }
    const replies = await Promise.all([
      ...registrations.map(({ token }, index) => register(world, { token }, index === 0 ? 0 : 1)),
      ...resets.map((token, index) => reset(world, token, NEW_PASSWORD, index === 0 ? 1 : 0))
    ])
    t.equal(replies.filter(({ status }) => status < 300).length, 1)
    t.equal(replies.filter(({ status }) => status === 401).length, replies.length - 1)
    t.ok(await canLogIn(world, NEW_PASSWORD))
    t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])
    await database.kysely.deleteFrom('users').execute()
  }
})

/** What may happen at the same time as a reset, and what has to hold afterwards. */
const RIVALS: ReadonlyArray<[
  name: string,
  act: (world: World, user: { userId: string, accessToken: string }) => Promise<unknown>,
  check: (t: Test, world: World, found: { userId: string, reply: Reply, acted: unknown, round: string }) => Promise<void>
]> = [
  ['a login', ({ apps }) => post(apps[1], '/auth/login', { email: EMAIL, password: PASSWORD }),
    async (t, world, { userId, reply, round }) => {
      t.equal(reply.status, 204, round)
      t.strictSame(await listActiveSessionIds(world.database, userId), [], round)
      t.strictSame([await canLogIn(world, PASSWORD), await canLogIn(world, NEW_PASSWORD)], [false, true], round)
    }],
  ['a change of the password', ({ apps }, { accessToken }) => {
    const body = { current_password: PASSWORD, new_password: `${PASSWORD} 2` }
    return post(apps[1], '/account/password', body, { authorization: `Bearer ${accessToken}` })
  }, async (t, world, { userId, reply, acted, round }) => {
    const isReset = reply.status === 204
    t.match(reply.status, isReset ? 204 : 401, round)
    t.match(acted, isReset ? { status: /^(401|403)$/ } : { status: 204 }, round)
    t.equal((await listActiveSessionIds(world.database, userId)).length, isReset ? 0 : 1, round)
    t.strictSame([await canLogIn(world, `${PASSWORD} 2`), await canLogIn(world, NEW_PASSWORD)], [!isReset, isReset], round)
  }],
  ['an admin who disables the user',
    ({ database }, { userId }) => updateUser({ database, outbox }, userId, { disabled: true }, SYSTEM_ACTOR),
    async (t, world, { userId, reply, round }) => {
      t.match(reply.status, /^(204|401)$/, round)
      t.strictSame(await listActiveSessionIds(world.database, userId), [], round)
      t.notOk(await canLogIn(world, NEW_PASSWORD), round)
      const { events } = await createAdmin(world.database).listAudit({ userId, limit: 10 })
      const types = events.map(({ type }) => type)
      t.equal(types.includes('password_reset'), reply.status === 204, round)
      if (reply.status === 204) t.ok(types.indexOf('user_disabled') < types.indexOf('password_reset'), round)
    }],
  ['an admin who deletes the user', ({ database }, { userId }) => createAdmin(database).deleteUser(userId),
    async (t, { database }, { reply, round }) => {
      t.match(reply.status, /^(204|401)$/, round)
      t.strictSame(await database.kysely.selectFrom('users').select('id').execute(), [], round)
      t.strictSame(await database.kysely.selectFrom('mail_proofs').select('id').execute(), [], round)
    }],
  ['a change of the e-mail', ({ database }, { userId }) =>
    updateUser({ database, outbox }, userId, { email: toEmail('new@example.com') }, SYSTEM_ACTOR),
  async (t, world, { reply, round }) => {
    t.match(reply.status, /^(204|401)$/, round)
    t.equal(await canLogIn(world, NEW_PASSWORD, 'new@example.com'), reply.status === 204, round)
    t.equal(await canLogIn(world, PASSWORD, 'new@example.com'), reply.status === 401, round)
    t.strictSame(await world.database.kysely.selectFrom('mail_proofs').select('id').execute(), [], round)
  }],
  ['an instance that sends the mail again', async ({ database }) => {
    for (const mail of await leaseMails(database)) await resolve(database, mail)
  }, async (t, world, { reply, round }) => {
    t.equal(reply.status, 204, round)
    t.strictSame(await world.database.kysely.selectFrom('mail_proofs').select('id').execute(), [], round)
    t.ok(await canLogIn(world, NEW_PASSWORD), round)
  }]
]

onPostgres(t, 'a reset that races something else comes before it or after it', async (t, database) => {
  const world = await open(t, database)
  for (const [name, act, check] of RIVALS) {
    const statuses = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const userId = await createUser(database, EMAIL)
      await prove(database, userId)
      const token = await mailReset(world)
      // As if nobody had written down that the mail was sent.
      await sql`update mails set state = 'due', ended_at = null where purpose = 'password_reset'`.execute(database.kysely)
      const { accessToken } = await logIn(world.apps[0])
      const rival = () => act(world, { userId, accessToken })
      const [[reply], acted] = await race(round, () => reset(world, token), rival)
      statuses.add(reply.status)
      await check(t, world, { userId, reply, acted, round: `${name}, round ${round}` })
      await sql`truncate users, sessions, mails, mail_proofs, audit_events, login_attempts cascade`.execute(database.kysely)
    }
    t.comment(`${name}: ${[...statuses].join(', ')}`)
  }
})

onPostgres(t, 'PW21: a registration that races an admin, or whoever planted the account, ends with the owner of the mailbox', async (
  t, database
) => {
  const world = await open(t, database)
  for (let round = 0; round < ROUNDS; round++) {
    const { token } = await mailRegistration(world)
    const account = { email: EMAIL, password: PASSWORD, role: 'advertiser' }
    const create = () => createAdmin(database).createUser(account).catch(({ code }) => code)
    const [[reply], created] = await race(round, () => register(world, { token }), create)
    t.equal(reply.status, 201, `round ${round}`)
    const users = await database.kysely.selectFrom('users').select('role').execute()
    t.strictSame(users, [{ role: created === 'email_taken' ? 'user' : 'advertiser' }], `round ${round}`)
    t.strictSame([await canLogIn(world, PASSWORD), await canLogIn(world, NEW_PASSWORD)], [false, true], `round ${round}`)
    await database.kysely.deleteFrom('users').execute()
  }
  for (let round = 0; round < ROUNDS; round++) {
    const userId = await createUser(database, EMAIL)
    const { token } = await mailRegistration(world)
    const { accessToken } = await logIn(world.apps[0])
    const headers = { authorization: `Bearer ${accessToken}` }
    const body = { current_password: PASSWORD, new_password: `${PASSWORD} 2` }
    const plant = () => Promise.all([
      canLogIn(world, PASSWORD), post(world.apps[1], '/account/password', body, headers), canLogIn(world, `${PASSWORD} 2`)
    ])
    const [[reply]] = await race(round, () => register(world, { token }), plant)
    t.equal(reply.status, 201, `round ${round}`)
    t.strictSame(await listActiveSessionIds(database, userId), [], `round ${round}`)
    const right = [await canLogIn(world, PASSWORD), await canLogIn(world, `${PASSWORD} 2`), await canLogIn(world, NEW_PASSWORD)]
    t.strictSame(right, [false, false, true], `round ${round}`)
    await database.kysely.deleteFrom('users').execute()
  }
})

/** The first one gets a start in some rounds, the other in the others: a hash takes a millisecond. */
async function race<A, B> (round: number, first: () => Promise<A>, other: () => Promise<B>): Promise<[[A], B]> {
  const hash = () => hasher.hash(PASSWORD)
  const [a, b] = await Promise.all(round % 3 === 0
    ? [first(), other()]
    : round % 3 === 1 ? [first(), hash().then(other)] : [hash().then(hash).then(first), other()])
  return [[a], b]
}

function createAdmin (database: Database) {
  const options = { hasher, passwordMinLength: 8, sessionIdleSeconds: 86_400, secretKeys: [Buffer.alloc(32)], loginRatePerMinute: 10_000 }
  return createAdminServices({ ...options, database, outbox, roles: defaultRoles })(SYSTEM_ACTOR)
}
