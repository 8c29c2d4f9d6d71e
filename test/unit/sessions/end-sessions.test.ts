import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { createSessionStore, listSessions } from '../../../src/sessions/session-store.ts'
import { endAllSessions, endSession, endUserSessions } from '../../../src/sessions/end-sessions.ts'
import { eachDatabase } from '../../support/database.ts'
import { ageSession, listActiveSessionIds, listAuditTypes, listRevocations, readSession } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { deliver } from '../../support/mails.ts'
import { outbox } from '../../support/sender.ts'
import { createUser } from '../../support/users.ts'
import { logIn, refresh } from '../../support/inject.ts'

const sessionIdleSeconds = 7 * 86_400
const storeOf = (database: Database) => createSessionStore({ database, secretKeys: [], issuer: '', sessionIdleSeconds })
const BY_ADMIN = { actorId: randomUUID(), origin: { ip: '192.0.2.9', userAgent: 'admin', requestId: 'req-1' } }

eachDatabase(t, 'RS23: one session ends, is published and audited, and the others go on', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const [first, second] = [await logIn(app), await logIn(app)]
  t.equal(await endSession(database.kysely, { sessionId: first.sessionId, userId }, BY_ADMIN), true)
  t.equal(await endSession(database.kysely, { sessionId: first.sessionId }, BY_ADMIN), true, 'ended again, it stays as it is')
  t.equal((await refresh(app, first.refreshToken)).statusCode, 401)
  t.equal((await refresh(app, second.refreshToken)).statusCode, 200)
  t.strictSame((await listRevocations(database)).map(({ sid }) => sid), [first.sessionId])
  const [event, ...others] = await database.kysely.selectFrom('audit_events').selectAll().where('type', 'not in', ['user_created', 'login'])
    .execute()
  t.match(event, { type: 'session_ended', user_id: userId, actor_id: BY_ADMIN.actorId, session_id: first.sessionId, ip: '192.0.2.9' })
  t.strictSame(others, [])
})

eachDatabase(t, 'AZ2: another user\'s session is not found and does not end', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const eve = await createUser(database, 'eve@example.com')
  const { sessionId, refreshToken } = await logIn(app)
  t.equal(await endSession(database.kysely, { sessionId, userId: eve }, BY_ADMIN), false)
  t.equal(await endSession(database.kysely, { sessionId: randomUUID() }, BY_ADMIN), false)
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
  t.strictSame(await listAuditTypes(database), ['login'])
})

eachDatabase(t, 'all sessions of a user end with one entry, and the next login is past the not-before', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  await createUser(database, 'bob@example.com')
  const sessions = [await logIn(app), await logIn(app)]
  const bob = await logIn(app, 'bob@example.com')
  t.equal(await endUserSessions(database, userId, BY_ADMIN), true)
  t.equal(await endUserSessions(database, randomUUID(), BY_ADMIN), false)
  for (const { refreshToken } of sessions) t.equal((await refresh(app, refreshToken)).statusCode, 401)
  t.equal((await refresh(app, bob.refreshToken)).statusCode, 200)
  const [entry, ...others] = await listRevocations(database)
  t.match(entry, { kind: 'user', sub: userId, sid: null })
  t.strictSame(others, [])
  for (const { claims } of sessions) t.ok(Number(claims.iat) < Number(entry?.not_before))
  t.ok(Number((await logIn(app)).claims.iat) >= Number(entry?.not_before))
  t.strictSame(await listAuditTypes(database), ['login', 'login', 'login', 'sessions_ended', 'login'])
})

eachDatabase(t, 'F31: everybody\'s sessions end in one row, and logins go on', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  await createUser(database, 'bob@example.com')
  const sessions = [await logIn(app), await logIn(app, 'bob@example.com')]
  await endAllSessions(database, { ...BY_ADMIN, actorId: null })
  for (const { refreshToken, sessionId } of sessions) {
    t.equal((await refresh(app, refreshToken)).statusCode, 401)
    t.equal(await storeOf(database).findById(sessionId), undefined)
  }
  t.strictSame(await listActiveSessionIds(database, userId), [])
  // Advanced once more where the commit came in the next second.
  const entries = await listRevocations(database)
  t.ok(entries.length === 1 || entries.length === 2, 'one entry, however many sessions')
  for (const entry of entries) t.match(entry, { kind: 'everybody', sub: null, sid: null })
  const entry = entries.at(-1)
  for (const { claims } of sessions) t.ok(Number(claims.iat) < Number(entry?.not_before))
  const next = await logIn(app)
  t.ok(Number(next.claims.iat) >= Number(entry?.not_before))
  t.equal((await refresh(app, next.refreshToken)).statusCode, 200)
  t.strictSame(await listAuditTypes(database), ['login', 'login', 'sessions_ended', 'login'])
})

eachDatabase(t, 'with everybody\'s sessions every link and code ends, and no mail that is due is sent', async (t, database) => {
  const userId = await createUser(database)
  const address = { display: 'new@example.com', normalized: 'new@example.com' }
  await outbox.enqueue(database.kysely, { purpose: 'password_reset', userId })
  await outbox.enqueue(database.kysely, { purpose: 'registration', address })
  t.equal((await deliver(database)).length, 2)
  await outbox.enqueue(database.kysely, { purpose: 'email_change', userId, address })
  await outbox.notify(database.kysely, { purpose: 'password_changed', userId })
  await endAllSessions(database, BY_ADMIN)
  t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [])
  t.strictSame(await deliver(database), [])
  const states = await database.kysely.selectFrom('mails').select('state').orderBy('id').execute()
  t.strictSame(states.map(({ state }) => state), ['sent', 'sent', 'closed', 'closed'])
})

eachDatabase(t, 'active sessions are listed, newest first', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const [first, second, third] = [await logIn(app), await logIn(app), await logIn(app)]
  await endSession(database.kysely, { sessionId: third.sessionId }, BY_ADMIN)
  const { sessions, next } = await listSessions(database.kysely, userId, { limit: 2, sessionIdleSeconds })
  t.equal(next, null)
  t.strictSame(sessions.map(({ id }) => id), [second.sessionId, first.sessionId])
  const { created_at: createdAt } = await readSession(database, second.sessionId)
  t.match(sessions[0], { userId, createdAt, lastSeenOn: new Date().toISOString().slice(0, 10), ip: '127.0.0.1' })
  await ageSession(database, first.sessionId, sessionIdleSeconds)
  t.strictSame(await listActiveSessionIds(database, userId), [second.sessionId], 'an idle one is inactive')
})

eachDatabase(t, 'sessions are listed a page at a time', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const ids: string[] = []
  for (let login = 0; login < 5; login++) ids.unshift((await logIn(app)).sessionId)
  const page = (after?: string) => listSessions(database.kysely, userId, { after, limit: 2, sessionIdleSeconds })
  const pages = [await page(), await page(ids[1]), await page(ids[3])]
  t.strictSame(pages.map(({ sessions }) => sessions.map(({ id }) => id)), [[ids[0], ids[1]], [ids[2], ids[3]], [ids[4]]])
  t.strictSame(pages.map(({ next }) => next), [ids[1], ids[3], null])
})

eachDatabase(t, 'an active session has its user and their current role', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { sessionId } = await logIn(app)
  await database.kysely.updateTable('users').set({ role: 'admin' }).execute()
  t.match(await storeOf(database).findById(sessionId), { sessionId, userId, role: 'admin' })
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).execute()
  t.equal(await storeOf(database).findById(sessionId), undefined)
})
