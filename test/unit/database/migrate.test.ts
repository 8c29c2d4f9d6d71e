import { readdir } from 'node:fs/promises'
import t from 'tap'
import { migrateDown, migrateUp, pendingMigrations } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'

eachDatabase(t, 'every migration goes down and up again, and what is pending can be told', async (t, database) => {
  const files = await readdir(new URL('../../../migrations/', import.meta.url))
  const names = files.filter((file) => file.endsWith('.up.sql')).map((file) => file.replace('.up.sql', '')).sort()
  t.strictSame(await pendingMigrations(database), [])
  for (const [undone] of names.entries()) {
    await migrateDown(database)
    t.strictSame(await pendingMigrations(database), names.slice(names.length - undone - 1))
  }
  await migrateDown(database)
  t.strictSame(await pendingMigrations(database), names, 'there is nothing left to undo')
  await Promise.all([migrateUp(database), migrateUp(database)])
  t.strictSame(await pendingMigrations(database), [], 'of two that try at once, each ends with the schema of today')
  await migrateUp(database)
  t.match(await database.kysely.selectFrom('global_state').selectAll().execute(), [{ session_epoch: 0, tokens_valid_from: '0' }])
})
