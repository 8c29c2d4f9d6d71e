import { randomUUID } from 'node:crypto'
import t from 'tap'
import { listAudit, SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import { insertUser, findCredentialsByEmail, findCredentialsById, findUser, listUsers } from '../../../src/accounts/store.ts'
import { parseEmail } from '../../../src/accounts/email.ts'
import type { Database } from '../../../src/database/index.ts'
import { EmailTakenError } from '../../../src/errors.ts'
import { eachDatabase } from '../../support/database.ts'

async function create (database: Database, email: string, role = 'user') {
  return insertUser(database.kysely, { email: parseEmail(email), passwordHash: `hash of ${email}`, role }, SYSTEM_ACTOR)
}

eachDatabase(t, 'a user is created with an audit event', async (t, database) => {
  const actorId = randomUUID()
  const origin = { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' }
  const user = await insertUser(database.kysely, { email: parseEmail('Ada@Example.com'), passwordHash: 'hash', role: 'advertiser' }, {
    actorId, origin
  })
  t.match(user, { email: 'Ada@Example.com', role: 'advertiser', disabled: false })
  t.ok(Math.abs(user.createdAt.getTime() - Date.now()) < 60_000)
  t.strictSame(await findUser(database.kysely, user.id), user)
  const { events } = await listAudit(database.kysely, { limit: 10 })
  t.match(events, [{ type: 'user_created', userId: user.id, actorId, ...origin, details: { role: 'advertiser' } }])
  t.notOk(JSON.stringify(events).includes('xample.com'), 'no e-mail in events, which outlive accounts')
})

eachDatabase(t, 'spellings of one e-mail make one account, and a refused user leaves no trace', async (t, database) => {
  await create(database, 'ada@example.com')
  for (const variant of ['ada@example.com', 'ADA@example.com', ' ada@example.com ', 'ａda@example.com', 'ada@ⓔxample.com']) {
    await t.rejects(create(database, variant), EmailTakenError, variant)
  }
  t.equal((await listUsers(database.kysely, { limit: 10 })).users.length, 1)
  t.equal((await listAudit(database.kysely, { limit: 10 })).events.length, 1)
})

eachDatabase(t, 'of many inserts of one e-mail at once, one succeeds', async (t, database) => {
  const outcomes = await Promise.allSettled(Array.from(
    { length: 8 }, (_, index) => create(database, index % 2 === 0 ? 'ada@example.com' : 'ADA@EXAMPLE.COM')
  ))
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.type(outcome.reason, EmailTakenError)
})

eachDatabase(t, 'a password hash is part of credentials, never of a user', async (t, database) => {
  const { id } = await create(database, 'ada@example.com')
  const passwordHash = 'hash of ada@example.com'
  const credentials = { id, email: 'ada@example.com', role: 'user', passwordHash, disabled: false, hasSecondFactor: false }
  t.strictSame(await findCredentialsByEmail(database.kysely, 'ada@example.com'), credentials)
  t.strictSame(await findCredentialsById(database.kysely, id), credentials)
  t.equal(await findCredentialsByEmail(database.kysely, 'Ada@example.com'), undefined, 'only normalized e-mails are found')
  t.equal(await findCredentialsById(database.kysely, randomUUID()), undefined)
  const shown = JSON.stringify([await findUser(database.kysely, id), await listUsers(database.kysely, { limit: 10 })])
  t.notOk(shown.includes('hash'))
})

eachDatabase(t, 'a disabled user is marked as disabled', async (t, database) => {
  const { id } = await create(database, 'ada@example.com')
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', id).execute()
  t.match(await findUser(database.kysely, id), { disabled: true })
  t.match(await findCredentialsById(database.kysely, id), { disabled: true })
})

eachDatabase(t, 'pages go from the newest user to the oldest, each user once, even if users are added meanwhile', async (t, database) => {
  for (let count = 0; count < 7; count++) await create(database, `user${count}@example.com`)
  const seen: string[] = []
  let after: string | undefined
  for (let page = 0; page < 3; page++) {
    const { users, next } = await listUsers(database.kysely, { after, limit: 3 })
    seen.push(...users.map(({ email }) => email))
    after = next ?? undefined
    if (page === 0) await create(database, 'late@example.com')
  }
  t.strictSame(seen, [6, 5, 4, 3, 2, 1, 0].map((count) => `user${count}@example.com`))
  t.equal(after, undefined)
})

eachDatabase(t, 'a last page that is exactly full has no next', async (t, database) => {
  for (const email of ['a@example.com', 'b@example.com']) await create(database, email)
  t.match(await listUsers(database.kysely, { limit: 2 }), { users: [{ email: 'b@example.com' }, { email: 'a@example.com' }], next: null })
})

eachDatabase(t, 'users are found by e-mail, in any spelling, and by role', async (t, database) => {
  await create(database, 'Ada@example.com', 'admin')
  await create(database, 'eve@example.com')
  await create(database, 'ada@example.org')
  const found = async (query: { email?: string, role?: string }) =>
    (await listUsers(database.kysely, { ...query, limit: 10 })).users.map(({ email }) => email)
  t.strictSame(await found({ email: ' ADA@example.com' }), ['Ada@example.com'])
  t.strictSame(await found({ email: 'ada' }), [])
  t.strictSame(await found({ email: '%' }), [])
  t.strictSame(await found({ role: 'user' }), ['ada@example.org', 'eve@example.com'])
  t.strictSame(await found({ role: 'admin', email: 'eve@example.com' }), [])
  t.strictSame(await found({ role: 'nobody' }), [])
})
