import { sql } from 'kysely'
import t from 'tap'
import { deleteExpiredCounters } from '../../../src/throttle/counters.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { ageCounters, succeed, createLoginThrottle, measureWait } from './counters.ts'

const HOME = { email: 'ada@example.com', ip: '192.0.2.1' }

eachDatabase(t, 'expired counters are deleted in batches, and no others', async (t, database) => {
  await fill(database, 2300, "now() - interval '1 second'", 'null')
  await fill(database, 300, "now() - interval '1 hour'", "now() - interval '1 second'")
  await fill(database, 40, "now() + interval '1 minute'", 'null')
  await fill(database, 50, "now() - interval '1 hour'", "now() + interval '1 minute'")
  t.equal(await deleteExpiredCounters(database, { signal: AbortSignal.abort() }), 0, 'nothing once it is stopped')
  t.equal(await deleteExpiredCounters(database, { batchSize: 500 }), 2600)
  t.equal(await count(database), 90)
  t.equal(await deleteExpiredCounters(database), 0)
})

eachDatabase(t, 'a counter that blocks an attempt or remembers an address is kept', async (t, database) => {
  const throttle = createLoginThrottle(database)
  for (let index = 0; index < 17; index++) {
    await throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.2' })
    if (index >= 9 && index < 16) await ageCounters(database, 6 * 2 ** (index - 9))
  }
  await succeed(throttle, HOME)
  t.equal(await deleteExpiredCounters(database), 2, 'the counters of address and account have nothing left after a successful login')
  t.match(await measureWait(throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.2' })), { seconds: 768 })
  await ageCounters(database, 86_400)
  t.equal(await deleteExpiredCounters(database), 3)
  t.equal((await throttle.admitLogin(HOME)).counted.account, null, 'the address is still known')
  await ageCounters(database, 30 * 86_400)
  await deleteExpiredCounters(database)
  t.equal(await count(database), 0)
})

onPostgres(t, 'a counter that an attempt has locked is skipped', async (t, database) => {
  await fill(database, 3, "now() - interval '1 second'", 'null')
  const [row] = await database.kysely.selectFrom('login_attempts').select('key').limit(1).execute()
  await database.kysely.transaction().execute(async (trx) => {
    await trx.updateTable('login_attempts').set({ decayed_at: sql`now() + interval '1 minute'` }).where('key', '=', row?.key ?? '')
      .execute()
    t.equal(await deleteExpiredCounters(database), 2)
  })
  t.equal(await count(database), 1)
})

async function fill (database: Database, rows: number, clearAt: string, knownUntil: string): Promise<void> {
  await sql`insert into login_attempts (key, decayed_at, known_until)
    select gen_random_uuid(), ${sql.raw(clearAt)}, ${sql.raw(knownUntil)} from generate_series(1, ${rows}::int)`.execute(database.kysely)
}

async function count (database: Database): Promise<number> {
  const { rows } = await database.kysely.selectFrom('login_attempts').select(sql<number>`count(*)::int`.as('rows'))
    .executeTakeFirstOrThrow()
  return rows
}
