import t from 'tap'
import { listAudit, SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { insertUser, findCredentialsByEmail, listUsers } from '../../../src/accounts/store.ts'
import { ensureFirstAdmin, findFirstAdmin } from '../../../src/accounts/first-admin.ts'
import { parseEmail } from '../../../src/accounts/email.ts'
import { EmailTakenError, InvalidRequestError, WeakPasswordError } from '../../../src/errors.ts'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'

const hasher = createPasswordHasher({ memoryKib: 1024, passes: 1, parallelism: 1 })
const admin = { email: 'Admin@example.com', passwordMinLength: 8 }

eachDatabase(t, 'a database without an admin gets one with a generated password', async (t, database) => {
  const created = await ensureFirstAdmin(database, hasher, admin)
  t.match(created, { email: 'Admin@example.com', password: /^[A-Za-z0-9_-]{24}$/ })
  const stored = await findCredentialsByEmail(database.kysely, 'admin@example.com')
  t.match(stored, { role: 'admin', disabled: false })
  t.equal(await hasher.verify(stored?.passwordHash, created?.password ?? ''), true)
  const { events } = await listAudit(database.kysely, { limit: 10 })
  t.match(events, [{ type: 'user_created', userId: stored?.id, actorId: null, details: { role: 'admin' } }])
})

eachDatabase(t, 'PW15, PW18: two databases get two passwords, and a given one is used', async (t, database) => {
  const created = await ensureFirstAdmin(database, hasher, { ...admin, password: PASSWORD })
  t.strictSame(created, { email: 'Admin@example.com', password: PASSWORD })
  await database.kysely.deleteFrom('users').execute()
  const [first] = [await ensureFirstAdmin(database, hasher, admin)]
  await database.kysely.deleteFrom('users').execute()
  t.not(first?.password, (await ensureFirstAdmin(database, hasher, admin))?.password)
})

eachDatabase(t, 'an admin is created after it was announced, and not at all if that failed', async (t, database) => {
  const beforeCommit = async () => { throw new Error('nobody reads it') }
  await t.rejects(ensureFirstAdmin(database, hasher, { ...admin, beforeCommit }), { message: 'nobody reads it' })
  t.equal(await findFirstAdmin(database.kysely), undefined)
  t.strictSame((await listAudit(database.kysely, { limit: 10 })).events, [])
  const announced: object[] = []
  const created = await ensureFirstAdmin(database, hasher, { ...admin, beforeCommit: async (admin) => { announced.push(admin) } })
  t.strictSame(announced, [created])
  await ensureFirstAdmin(database, hasher, { ...admin, beforeCommit })
})

eachDatabase(t, 'the first admin is the oldest one that can log in', async (t, database) => {
  const roles: Array<[email: string, role: string]> = [
    ['first@example.com', 'admin'], ['second@example.com', 'admin'], ['third@example.com', 'admin'], ['user@example.com', 'user']
  ]
  for (const [email, role] of roles) await insertUser(database.kysely, { email: parseEmail(email), passwordHash: 'x', role }, SYSTEM_ACTOR)
  t.strictSame(await findFirstAdmin(database.kysely), { email: 'first@example.com', others: 2 })
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('email', '=', 'first@example.com').execute()
  t.strictSame(await findFirstAdmin(database.kysely), { email: 'second@example.com', others: 1 })
})

eachDatabase(t, 'if there is an admin, nothing happens', async (t, database) => {
  await ensureFirstAdmin(database, hasher, admin)
  t.equal(await ensureFirstAdmin(database, hasher, { ...admin, email: 'other@example.com' }), undefined)
  t.equal(await ensureFirstAdmin(database, hasher, admin), undefined)
  t.equal((await listUsers(database.kysely, { limit: 10 })).users.length, 1)
})

eachDatabase(t, 'of several instances that start at once, one creates the admin', async (t, database) => {
  const created = await Promise.all(['a', 'b', 'c', 'd'].map((name) => ensureFirstAdmin(database, hasher, {
    ...admin, email: `${name}@example.com`
  })))
  t.equal(created.filter((one) => one !== undefined).length, 1)
  t.equal((await listUsers(database.kysely, { limit: 10 })).users.length, 1)
})

eachDatabase(t, 'an admin who cannot log in does not count', async (t, database) => {
  await ensureFirstAdmin(database, hasher, admin)
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).execute()
  t.match(await ensureFirstAdmin(database, hasher, { ...admin, email: 'other@example.com' }), { email: 'other@example.com' })
})

eachDatabase(t, 'PW18: a weak password, an invalid e-mail and the e-mail of another user are refused', async (t, database) => {
  await t.rejects(ensureFirstAdmin(database, hasher, { ...admin, password: 'admin' }), WeakPasswordError)
  await t.rejects(ensureFirstAdmin(database, hasher, { ...admin, password: 'password123' }), WeakPasswordError)
  await t.rejects(ensureFirstAdmin(database, hasher, { ...admin, email: 'admin' }), InvalidRequestError)
  await insertUser(database.kysely, { email: parseEmail('admin@example.com'), passwordHash: 'hash', role: 'user' }, SYSTEM_ACTOR)
  await t.rejects(ensureFirstAdmin(database, hasher, admin), EmailTakenError, 'the setting does not promote a user')
  t.match((await listUsers(database.kysely, { limit: 10 })).users, [{ role: 'user' }])
})
