// Migration 0002: what an earlier release wrote goes on, and an instance of it goes on beside this release.
import { sql } from 'kysely'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { listSessions } from '../../../src/sessions/session-store.ts'
import { migrateDown, migrateUp, pendingMigrations, type Database } from '../../../src/database/index.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refreshTokens } from '../../support/inject.ts'
import { ageSession, readSession } from '../../support/rows.ts'
import { hasher } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'

const MIGRATION = '0002_claims_and_levels'

/** A user and a session, with the columns that the earlier release names. */
async function insertAsEarlierRelease ({ kysely }: Database): Promise<{ userId: string, sessionId: string }> {
  const [userId, sessionId] = [uuidv7(), uuidv7()]
  await sql`insert into users (id, email, normalized_email, password_hash, role)
    values (${userId}, 'ada@example.com', 'ada@example.com', ${await hasher.hash(PASSWORD)}, 'user')`.execute(kysely)
  await sql`insert into sessions (id, user_id, global_epoch, user_epoch, rotated_at, created_at, expires_at, access_until, last_seen_on,
      user_agent, ip, last_refresh_user_agent, last_refresh_ip)
    values (${sessionId}, ${userId}, 0, 0, now(), now() - interval '1 hour', now() + interval '1 day', now(), current_date,
      'phone', '192.0.2.1', 'phone', '192.0.2.1')`.execute(kysely)
  return { userId, sessionId }
}

async function migrateDownTo ({ database, pending }: { database: Database, pending: string }): Promise<void> {
  for (let tries = 0; tries < 100 && !(await pendingMigrations(database)).includes(pending); tries++) await migrateDown(database)
}

eachDatabase(t, 'a session of an earlier release goes on: it was authenticated when it was created, by a password', async (t, database) => {
  await migrateDownTo({ database, pending: MIGRATION })
  const { userId, sessionId } = await insertAsEarlierRelease(database)
  await migrateUp(database)
  const row = await readSession(database, sessionId)
  t.match(row, { authenticated_at: null, level: 1, methods: ['password'] })
  t.match(await database.kysely.selectFrom('users').select(['id', 'claims']).execute(), [{ id: userId, claims: {} }])

  await migrateDownTo({ database, pending: MIGRATION })
  const columns = async () => (await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_name in ('users', 'sessions') and column_name in ('claims', 'authenticated_at', 'level', 'methods')`
    .execute(database.kysely)).rows
  t.strictSame(await columns(), [])
  t.match((await sql`select id from sessions`.execute(database.kysely)).rows, [{ id: sessionId }], 'down keeps users and sessions')
  await migrateUp(database)
  t.equal((await columns()).length, 4)
})

eachDatabase(t, 'an instance of the earlier release goes on with this schema, and its sessions with this release', async (t, database) => {
  const { sessionId, userId } = await insertAsEarlierRelease(database)
  const app = await createAuthenticationApp(t, database)
  const { claims, refreshToken } = await logIn(app)
  t.equal(claims.sub, userId)
  const { sessions } = await listSessions(database.kysely, userId, { limit: 10, sessionIdleSeconds: 86_400 })
  const earlier = sessions.find(({ id }) => id === sessionId)
  t.match(earlier, { level: 1, methods: ['password'], authenticatedAt: earlier?.createdAt })
  // Its own sessions are like that of the earlier release from here on.
  await sql`update sessions set authenticated_at = null, created_at = created_at - interval '1 hour'`.execute(database.kysely)
  await ageSession(database, String(claims.sid), 200)
  const next = await refreshTokens(app, refreshToken)
  const createdAt = (await readSession(database, next.sessionId)).created_at
  t.match(next.claims, { acr: 'aal1', auth_time: Math.floor(createdAt.getTime() / 1000) })
  t.equal((await readSession(database, next.sessionId)).authenticated_at, null, 'nothing updates it')
})
