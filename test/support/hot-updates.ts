import { sql } from 'kysely'
import type { Test } from 'tap'
import type { Database } from '../../src/database/index.ts'

const TRIES = 5

/**
 * Asserts that work updates a table without touching its indexes. Where the server analyzes a table of this database meanwhile, dead rows
 * stay and fill their pages, and updates go elsewhere: so the best of several tries counts.
 *
 * @param least so many updates there are at least in each try
 */
export async function assertHotUpdates (t: Test, { kysely }: Database, { table, least }: { table: string, least: number }, work: (db: Database['kysely']) => Promise<void>): Promise<void> {
  await kysely.connection().execute(async (db) => {
    const tries: string[] = []
    let isHot = false
    while (!isHot && tries.length < TRIES) {
      const before = await updatesOf(db, table)
      await work(db)
      const after = await updatesOf(db, table)
      const [all, hot] = [after.all - before.all, after.hot - before.hot]
      t.ok(all >= least, `${all} updates`)
      isHot = hot / all > 0.98
      tries.push(`${hot} of ${all}`)
    }
    t.ok(isHot, `updates of ${table} are HOT: ${tries.join(', ')}`)
  })
}

async function updatesOf (db: Database['kysely'], table: string): Promise<{ all: number, hot: number }> {
  await sql`select pg_stat_force_next_flush()`.execute(db)
  const { rows: [updates] } = await sql<{ all: string, hot: string }>`select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_user_tables where relname = ${table}`.execute(db)
  return { all: Number(updates?.all), hot: Number(updates?.hot) }
}
