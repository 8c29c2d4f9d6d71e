import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { updateUser, deleteUser } from '../../../src/administration/update-user.ts'
import { endUserSessions } from '../../../src/sessions/end-sessions.ts'
import { listSessions } from '../../../src/sessions/session-store.ts'
import { deleteInactiveSessions } from '../../../src/sessions/cleanup.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { listActiveSessionIds, listRevocations } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser, withoutMail } from '../../support/users.ts'
import { ISSUER } from '../../support/tokens.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'

const BY = { actorId: null, origin: { ip: null, userAgent: null, requestId: null } }
const sessionIdleSeconds = 7 * 86_400
const ended = (database: Database) =>
  database.kysely.selectFrom('audit_events').select(['session_id', 'details']).where('type', '=', 'session_ended').orderBy('id').execute()

eachDatabase(t, 'a login over the cap ends the oldest session, which edges and the audit are told', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { sessionsPerUser: 3 })
  const userId = await createUser(database)
  await createUser(database, 'bob@example.com')
  const bob = await logIn(app, 'bob@example.com')
  const logins = []
  for (let login = 0; login < 5; login++) logins.push(await logIn(app))
  const ids = logins.map(({ sessionId }) => sessionId)
  t.strictSame(await listActiveSessionIds(database, userId), ids.slice(2))
  t.strictSame((await listRevocations(database)).map(({ sid }) => sid), ids.slice(0, 2))
  t.strictSame(await ended(database), ids.slice(0, 2).map((id) => ({ session_id: id, details: { reason: 'too_many_sessions' } })))
  for (const [index, { refreshToken }] of logins.entries()) t.equal((await refresh(app, refreshToken)).statusCode, index < 2 ? 401 : 200)
  await refreshTokens(app, bob.refreshToken)
})

eachDatabase(t, 'a login that replaces the session of its cookie ends no other one for the cap', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { sessionsPerUser: 2 })
  const userId = await createUser(database)
  const [first, second] = [await logIn(app), await logIn(app)]
  const reply = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: ISSUER, cookie: `__Host-gatepass=${second.refreshToken}` },
    body: {
      email: 'ada@example.com', password: PASSWORD, delivery: 'cookie'
    }
  })
  t.strictSame(await listActiveSessionIds(database, userId), [first.sessionId, reply.json().session_id])
  t.strictSame(await ended(database), [{ session_id: second.sessionId, details: {} }])
})

eachDatabase(t, 'sessions that are idle, ended or of an earlier epoch do not count', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { sessionsPerUser: 2 })
  const userId = await createUser(database)
  await logIn(app)
  await logIn(app)
  await endUserSessions(database, userId, BY)
  const [idle, mine] = [await logIn(app), await logIn(app)]
  await sql`update sessions set rotated_at = rotated_at - interval '8 days' where id = ${idle.sessionId}`.execute(database.kysely)
  const next = await logIn(app)
  t.strictSame(await listActiveSessionIds(database, userId), [mine.sessionId, next.sessionId])
  t.strictSame(await ended(database), [])
})

eachDatabase(t, 'where the cap was lowered, each login ends a few', async (t, database) => {
  const before = await createAuthenticationApp(t, database, { sessionsPerUser: 100 })
  const userId = await createUser(database)
  for (let login = 0; login < 25; login++) await logIn(before)
  const app = await createAuthenticationApp(t, database, { sessionsPerUser: 2 })
  const newest = []
  for (let login = 0; login < 4; login++) newest.push((await logIn(app)).sessionId)
  t.strictSame(await listActiveSessionIds(database, userId), newest.slice(-2))
  const ids = await database.kysely.selectFrom('audit_events').select('id').execute()
  t.equal(new Set(ids.map(({ id }) => id)).size, ids.length)
})

onPostgres(t, 'a user with 600,000 sessions is listed, ended, disabled and deleted like any other', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  // As if somebody had done this before there was a cap.
  await database.withoutDeadlines(async (db) => {
    await sql`insert into sessions (id, user_id, rotated_at, created_at, expires_at, access_until, last_seen_on)
      select gen_random_uuid(), ${userId}, now(), now(), now() + interval '9 days', now() + interval '400 seconds', current_date
      from generate_series(1, 600000)`.execute(db)
    await sql`analyze sessions`.execute(db)
  })
  t.equal((await listSessions(database.kysely, userId, { limit: 50, sessionIdleSeconds })).sessions.length, 50)
  const { sessionId } = await logIn(app)
  t.ok(sessionId)
  const {
    rows: [before]
  } = await sql<{ updated: number }>`select count(*)::int as updated from sessions where ended_at is not null`.execute(database.kysely)
  t.ok(before !== undefined && before.updated <= 10, 'a login ends a few of them')
  t.equal(await endUserSessions(database, userId, BY), true)
  t.strictSame(await listActiveSessionIds(database, userId), [])
  t.match(await database.kysely.selectFrom('audit_events').select('details').where('type', '=', 'sessions_ended').execute(), [
    { details: { count: 1000 } }
  ])
  const { refreshToken } = await logIn(app)
  await updateUser(withoutMail(database), userId, { disabled: true }, BY)
  t.equal((await refresh(app, refreshToken)).statusCode, 401)
  await deleteUser(database, userId, BY)
  t.equal((await listRevocations(database)).filter(({ kind }) => kind === 'user').length, 3)
})

eachDatabase(t, 'sessions of a deleted user and of an earlier epoch are removed once no token of theirs is alive', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const [ada, bob, eve] = [
    await createUser(database), await createUser(database, 'bob@example.com'), await createUser(database, 'eve@example.com')
  ]
  for (const email of ['ada@example.com', 'bob@example.com', 'eve@example.com']) await logIn(app, email)
  await deleteUser(database, ada, BY)
  await endUserSessions(database, bob, BY)
  t.match(await deleteInactiveSessions(database, { sessionIdleSeconds }), { sessions: 0 })
  await sql`update sessions set access_until = now() - interval '1 second', created_at = created_at - interval '2 hours'`
    .execute(database.kysely)
  t.match(await deleteInactiveSessions(database, { sessionIdleSeconds }), { sessions: 2 })
  t.equal((await listActiveSessionIds(database, eve)).length, 1)
})
