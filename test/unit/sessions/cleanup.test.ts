import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { deleteInactiveSessions } from '../../../src/sessions/cleanup.ts'
import { eachDatabase } from '../../support/database.ts'
import { createUser } from '../../support/users.ts'

const sessionIdleSeconds = 3600

eachDatabase(t, 'inactive sessions are deleted in batches, and no others', async (t, database) => {
  const userId = await createUser(database)
  await fill(database, userId, 2500, {})
  await fill(database, userId, 700, { ended_at: "now() - interval '1 minute'" })
  await fill(database, userId, 700, { expires_at: "now() - interval '1 minute'" })
  await fill(database, userId, 700, { rotated_at: "now() - interval '2 hours'" })
  await fill(database, userId, 700, { global_epoch: '-1' })
  await fill(database, userId, 5, { ended_at: 'now()', access_until: "now() + interval '5 minutes'" })
  // A challenge may still name them: their ids must not be free.
  await fill(database, userId, 5, { ended_at: 'now()', created_at: "now() - interval '3899 seconds'" })
  t.strictSame(await deleteInactiveSessions(database, { sessionIdleSeconds }), { sessions: 2800, revocations: 0 })
  t.equal(await count(database, 'sessions'), 2510)
})

eachDatabase(t, 'revocations that have expired are removed, and no other', async (t, database) => {
  const entries = (expires: string, entries: number) => sql`insert into revocations (kind, sid, expires_at)
    select 'session', ${randomUUID()}::uuid, ${sql.raw(expires)} from generate_series(1, ${entries}::int)`.execute(database.kysely)
  await entries("now() - interval '1 second'", 1500)
  await entries("now() + interval '1 minute'", 7)
  t.strictSame(await deleteInactiveSessions(database, { sessionIdleSeconds }), { sessions: 0, revocations: 1500 })
  t.equal(await count(database, 'revocations'), 7)
})

async function fill (database: Database, userId: string, sessions: number, columns: Record<string, string>): Promise<void> {
  const values = {
    rotated_at: 'now()',
    created_at: "now() - interval '3901 seconds'",
    expires_at: "now() + interval '1 day'",
    access_until: "now() - interval '1 second'",
    last_seen_on: 'current_date',
    ...columns
  }
  const names = Object.keys(values).map((name) => sql.ref(name))
  await sql`insert into sessions (id, user_id, ${sql.join(names)})
    select gen_random_uuid(), ${userId}, ${sql.join(Object.values(values).map((value) => sql.raw(value)))}
    from generate_series(1, ${sessions}::int)`.execute(database.kysely)
}

async function count (database: Database, table: 'sessions' | 'revocations'): Promise<number> {
  const { rows } = await database.kysely.selectFrom(table).select(sql<number>`count(*)::int`.as('rows')).executeTakeFirstOrThrow()
  return rows
}
