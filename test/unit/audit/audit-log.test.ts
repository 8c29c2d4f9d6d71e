import { sql } from 'kysely'
import t from 'tap'
import { recordAudit, deleteExpiredAudit } from '../../../src/audit/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'

const DAY_MS = 86_400_000

/** Records an event as an instance would have done some days ago. */
async function recordOld (database: Database, days: number): Promise<void> {
  await recordAudit(database.kysely, { type: 'login', details: { days } })
  const milliseconds = (Date.now() - days * DAY_MS).toString(16).padStart(12, '0')
  await sql`update audit_events set at = at - make_interval(days => ${days}),
    id = (${milliseconds} || right(replace(id::text, '-', ''), 20))::uuid
    where details->>'days' = ${String(days)}`.execute(database.kysely)
}

async function daysLeft (database: Database): Promise<unknown[]> {
  const rows = await database.kysely.selectFrom('audit_events').select('details').orderBy('id').execute()
  return rows.map(({ details }) => details.days)
}

eachDatabase(t, 'LG11: expired events are deleted in batches, and the others are kept', async (t, database) => {
  for (const days of [0, 1, 399, 401, 402, 403, 500, 4000]) await recordOld(database, days)
  t.equal(await deleteExpiredAudit(database, { retentionDays: 400, batchSize: 2 }), 5)
  t.strictSame(await daysLeft(database), [399, 1, 0])
  t.equal(await deleteExpiredAudit(database, { retentionDays: 400 }), 0)
})

eachDatabase(t, 'the database time decides, not the time in the id', async (t, database) => {
  await recordOld(database, 500)
  await sql`update audit_events set at = now()`.execute(database.kysely)
  t.equal(await deleteExpiredAudit(database, { retentionDays: 400 }), 0)
})

eachDatabase(t, 'a signal stops it between two batches', async (t, database) => {
  for (const days of [500, 501]) await recordOld(database, days)
  t.equal(await deleteExpiredAudit(database, { retentionDays: 400, batchSize: 1, signal: AbortSignal.abort() }), 0)
  t.strictSame(await daysLeft(database), [501, 500])
})

eachDatabase(t, 'of two instances at once, each event is deleted once', async (t, database) => {
  for (let days = 401; days < 431; days++) await recordOld(database, days)
  const removed = await Promise.all([1, 2, 3].map(() => deleteExpiredAudit(database, { retentionDays: 400, batchSize: 4 })))
  t.equal(removed.reduce((sum, count) => sum + count) + (await daysLeft(database)).length, 30)
  t.strictSame((await deleteExpiredAudit(database, { retentionDays: 400 }), await daysLeft(database)), [])
})
