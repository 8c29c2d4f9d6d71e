// What is updated all the time stays out of every index. On a server of its own: an open transaction with an xid, in another database too,
// keeps the dead rows of all databases, so that pages fill up and updates have to go elsewhere (shown: 470 of 800 were HOT beside one).
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, migrateUp, type Database } from '../../../src/database/index.ts'
import { createRefreshStatement } from '../../../src/sessions/refresh-statement.ts'
import { toRotationTimings } from '../../../src/sessions/rotation-policy.ts'
import { succeed, createLoginThrottle } from '../throttle/counters.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser } from '../../support/users.ts'
import type { SessionTokens } from '../../support/client.ts'
import { logIn } from '../../support/inject.ts'
import { SILENT } from '../../support/silent-log.ts'

const lifetimes = { accessTtlSeconds: 300, sessionIdleSeconds: 7 * 86_400, sessionMaxSeconds: 30 * 86_400, rotation: toRotationTimings(30) }

t.test('frequent updates are HOT', { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }, async (t) => {
  // An analyze holds dead rows, too.
  const server = await startPostgres({ settings: { autovacuum: 'off' } })
  t.teardown(() => server.remove())
  const database = await createDatabase({ url: server.databaseUrl(), poolSize: 5, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close())
  await migrateUp(database)

  await t.test('a refresh', async (t) => {
    const app = await createAuthenticationApp(t, database)
    await createUser(database)
    const sessions: SessionTokens[] = []
    // One after the other: at once, they would be too many for a machine with one processor.
    for (let count = 0; count < 40; count++) sessions.push(await logIn(app))
    const statement = createRefreshStatement(lifetimes)
    await assertHotUpdates(t, database, { table: 'sessions', least: 2 * 40 * 10 }, async (db) => {
      for (let generation = 1; generation <= 10; generation++) {
        for (const { sessionId } of sessions) {
          await sql`update sessions set rotated_at = rotated_at - interval '200 seconds' where id = ${sessionId}`.execute(db)
          await statement(db, { sessionId, generation }, { ip: '127.0.0.2', userAgent: 'darkMyRequest', requestId: null })
        }
      }
    })
  })

  await t.test('an attempt to log in', async (t) => {
    await assertHotUpdates(t, database, { table: 'login_attempts', least: 20 * 20 * 3 }, async (db) => {
      const throttle = createLoginThrottle({ ...database, kysely: db })
      for (let turn = 0; turn < 20; turn++) {
        for (let index = 0; index < 20; index++) await succeed(throttle, { email: `user${index}@example.com`, ip: `198.51.100.${index}` })
      }
    })
  })
})

/** @param work is given one connection; with several, they hold dead rows for each other */
async function assertHotUpdates (
  t: Test, { kysely }: Database, { table, least }: { table: string, least: number },
  work: (db: Database['kysely']) => Promise<void>
): Promise<void> {
  await kysely.connection().execute(async (db) => {
    const before = await updatesOf(db, table)
    await work(db)
    const after = await updatesOf(db, table)
    const [all, hot] = [after.all - before.all, after.hot - before.hot]
    t.ok(all >= least, `${all} updates of ${table}`)
    t.ok(hot / all > 0.98, `updates of ${table} are HOT: ${hot} of ${all}`)
  })
}

async function updatesOf (db: Database['kysely'], table: string): Promise<{ all: number, hot: number }> {
  await sql`select pg_stat_force_next_flush()`.execute(db)
  const { rows: [updates] } = await sql<{ all: string, hot: string }>`select n_tup_upd as all, n_tup_hot_upd as hot
    from pg_stat_user_tables where relname = ${table}`.execute(db)
  return { all: Number(updates?.all), hot: Number(updates?.hot) }
}
