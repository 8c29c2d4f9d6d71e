// What a user can log in with, against the tables that there are.
import { sql } from 'kysely'
import t from 'tap'
import { CREDENTIAL_TABLES, removeCredentials } from '../../../src/accounts/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { insertPasskey } from '../../support/factors.ts'
import { outbox } from '../../support/sender.ts'
import { createUser } from '../../support/users.ts'

/** Tables with the id of a user that open nothing, or are closed by something else. */
const OTHER_TABLES: Readonly<Record<string, string>> = {
  audit_events: 'a record of what was done',
  mails: 'those that are due are closed with the proofs; the rest was sent',
  revocations: 'they end something',
  sessions: 'the caller ends them with a new epoch, in a later statement'
}

/** Columns of users: what removing the credentials makes of each. */
const USER_COLUMNS: Readonly<Record<string, 'removed' | 'kept'>> = {
  id: 'kept',
  email: 'kept',
  normalized_email: 'kept',
  password_hash: 'removed',
  role: 'kept',
  disabled_at: 'kept',
  tokens_valid_from: 'kept',
  not_before_due: 'kept',
  session_epoch: 'kept',
  created_at: 'kept',
  claims: 'kept',
  email_verified_at: 'kept',
  second_factor_since: 'removed'
}

/** Tables that refer to a user: by the name of a column, or by a foreign key. */
async function findUserTables ({ kysely }: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and (column_name in ('sub', 'owner_id') or column_name like '%user_id')
    union
    select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'users'::regclass
    order by name`.execute(kysely)
  return rows.map(({ name }) => name)
}

eachDatabase(t, 'whoever adds a table with users decides whether it holds credentials: see CREDENTIAL_TABLES', async (t, database) => {
  t.strictSame(await findUserTables(database), [...CREDENTIAL_TABLES, ...Object.keys(OTHER_TABLES)].sort())
  await sql`create table keys_of_users (id uuid, user_id uuid)`.execute(database.kysely)
  await sql`create table devices (id uuid, owner uuid references users (id))`.execute(database.kysely)
  const found = await findUserTables(database)
  await sql`drop table keys_of_users, devices`.execute(database.kysely)
  t.strictSame(found.filter((name) => ['devices', 'keys_of_users'].includes(name)), ['devices', 'keys_of_users'], 'new ones are found')
})

eachDatabase(t, 'whoever adds a column to users decides whether it is a credential: see removeCredentials', async (t, database) => {
  const { rows } = await sql<{ name: string }>`select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = 'users'`.execute(database.kysely)
  t.strictSame(rows.map(({ name }) => name).sort(), Object.keys(USER_COLUMNS).sort())
})

eachDatabase(t, 'the credentials of a user are removed, and nothing else', async (t, database) => {
  const [ada, bob] = [await createUser(database, 'ada@example.com', 'advertiser'), await createUser(database, 'bob@example.com')]
  const then = new Date(0)
  await database.kysely.updateTable('users').set({ email_verified_at: then, second_factor_since: then, claims: '{"org":1}' }).execute()
  const read = async () => (await database.kysely.selectFrom('users').selectAll().orderBy('id').execute())
  const [before, others] = await read()
  for (const userId of [ada, bob]) {
    await plantProof(database, userId)
    await plantFactors(database, userId)
  }
  await database.kysely.transaction().execute((trx) => removeCredentials(trx, { id: ada, normalizedEmail: 'ada@example.com' }))
  const [after, same] = await read()
  t.strictSame(same, others)
  const changed = Object.entries(after ?? {}).filter(([name, value]) => String(value) !== String(before?.[name as keyof typeof before]))
  t.strictSame(changed, [['password_hash', null], ['second_factor_since', null]])
  t.strictSame(Object.keys(USER_COLUMNS).filter((name) => USER_COLUMNS[name] === 'removed'), changed.map(([name]) => name))
  const left = await Promise.all(CREDENTIAL_TABLES.map((table) => database.kysely.selectFrom(table).select('user_id').execute()))
  t.strictSame(left, CREDENTIAL_TABLES.map(() => [{ user_id: bob }]))
  const mails = await database.kysely.selectFrom('mails').select(['user_id', 'state']).orderBy('id').execute()
  t.strictSame(mails, [{ user_id: ada, state: 'closed' }, { user_id: bob, state: 'due' }])
})

/** One of each kind. */
async function plantFactors (database: Database, userId: string): Promise<void> {
  await database.kysely.insertInto('totp').values({ user_id: userId, pending_jwe: 'a secret' }).execute()
  await database.kysely.insertInto('recovery_codes').values({ user_id: userId, digest: Buffer.from('digest') }).execute()
  await insertPasskey(database, userId)
}

/** A mail that is due, and its proof. */
async function plantProof ({ kysely }: Database, userId: string): Promise<void> {
  const id = await outbox.enqueue(kysely, { purpose: 'password_reset', userId })
  const [email, end] = [`${userId}@example.com`, new Date(Date.now() + 60_000)]
  await kysely.insertInto('mail_proofs')
    .values({ id, purpose: 'password_reset', user_id: userId, email, normalized_email: email, expires_at: end, code_expires_at: end })
    .execute()
}
