// Migration 0003: down, a user without a password stays, and no password logs in.
import { sql } from 'kysely'
import t from 'tap'
import { findCredentialsById, parseEmail } from '../../../src/accounts/index.ts'
import { insertUser } from '../../../src/accounts/store.ts'
import { SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import { migrateDown, migrateUp, pendingMigrations } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { hasher } from '../../support/users.ts'

eachDatabase(t, 'down, a user without a password stays, and no password logs in', async (t, database) => {
  const { kysely } = database
  const { id } = await insertUser(kysely, { email: parseEmail('ada@example.com'), passwordHash: undefined, role: 'user' }, SYSTEM_ACTOR)
  for (let tries = 0; tries < 100 && !(await pendingMigrations(database)).includes('0003_mail'); tries++) await migrateDown(database)
  const { rows } = await sql<{ hash: string }>`select password_hash as hash from users where id = ${id}`.execute(kysely)
  t.strictSame(rows, [{ hash: '' }])
  const { rows: tables } = await sql`select from information_schema.tables where table_name in ('mails', 'mail_proofs')`.execute(kysely)
  t.equal(tables.length, 0)
  await migrateUp(database)
  const credentials = await findCredentialsById(kysely, id)
  t.equal(await hasher.verify(credentials?.passwordHash, 'any password'), false)
})
