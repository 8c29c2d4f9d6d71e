import { sql } from 'kysely'
import t from 'tap'
import { removeSpentAttempts } from '../../../src/throttle/cleanup.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { age, succeed, throttleOf, waitOf } from './counters.ts'

const HOME = { email: 'ada@example.com', ip: '192.0.2.1' }

eachDatabase(t, 'counters that are clear go in batches, and no other', async (t, database) => {
  await fill(database, 2300, "now() - interval '1 second'", 'null')
  await fill(database, 300, "now() - interval '1 hour'", "now() - interval '1 second'")
  await fill(database, 40, "now() + interval '1 minute'", 'null')
  await fill(database, 50, "now() - interval '1 hour'", "now() + interval '1 minute'")
  t.equal(await removeSpentAttempts(database, { signal: AbortSignal.abort() }), 0, 'not where it is stopped')
  t.equal(await removeSpentAttempts(database, { batchSize: 500 }), 2600)
  t.equal(await count(database), 90)
  t.equal(await removeSpentAttempts(database), 0)
})

eachDatabase(t, 'what still bars or knows somebody outlives the maintenance', async (t, database) => {
  const throttle = throttleOf(database)
  for (let index = 0; index < 17; index++) {
    await throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.2' })
    if (index >= 9 && index < 16) await age(database, 6 * 2 ** (index - 9))
  }
  await succeed(throttle, HOME)
  t.equal(await removeSpentAttempts(database), 2, 'a good login leaves nothing with its address and its account')
  t.match(await waitOf(throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.2' })), { seconds: 768 })
  await age(database, 86_400)
  t.equal(await removeSpentAttempts(database), 3)
  t.equal((await throttle.admitLogin(HOME)).counted.account, null, 'it is still known')
  await age(database, 30 * 86_400)
  await removeSpentAttempts(database)
  t.equal(await count(database), 0)
})

onPostgres(t, 'a counter that an attempt has locked is left to it', async (t, database) => {
  await fill(database, 3, "now() - interval '1 second'", 'null')
  const [row] = await database.kysely.selectFrom('login_attempts').select('key').limit(1).execute()
  await database.kysely.transaction().execute(async (trx) => {
    await trx.updateTable('login_attempts').set({ clear_at: sql`now() + interval '1 minute'` }).where('key', '=', row?.key ?? '').execute()
    t.equal(await removeSpentAttempts(database), 2)
  })
  t.equal(await count(database), 1)
})

async function fill (database: Database, rows: number, clearAt: string, knownUntil: string): Promise<void> {
  await sql`insert into login_attempts (key, clear_at, known_until)
    select gen_random_uuid(), ${sql.raw(clearAt)}, ${sql.raw(knownUntil)} from generate_series(1, ${rows}::int)`.execute(database.kysely)
}

async function count (database: Database): Promise<number> {
  const { rows } = await database.kysely.selectFrom('login_attempts').select(sql<number>`count(*)::int`.as('rows')).executeTakeFirstOrThrow()
  return rows
}
