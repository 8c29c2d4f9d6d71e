import { sql } from 'kysely'
import t from 'tap'
import { isInvalidText, transact } from '../../../src/database/index.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'

eachDatabase(t, 'the drivers give and take the same values', async (t, { kysely }) => {
  const { rows: [row] } = await sql`select ${'9007199254740993'}::bigint as big, 7::int as small, count(*) as counted,
    ${new Date(0)}::timestamptz as at, ${['a']}::text[] as list, ${JSON.stringify({ a: [1] })}::jsonb as json,
    ${null}::text as nothing, true as yes, '2026-11-25'::date as day,
    pg_current_xact_id() as xid from users`.execute(kysely)
  const { xid, ...values } = Object(row)
  t.strictSame(values, {
    big: '9007199254740993',
    small: 7,
    counted: '0',
    at: new Date(0),
    list: ['a'],
    json: { a: [1] },
    nothing: null,
    yes: true,
    day: '2026-11-25'
  })
  t.match(xid, /^\d+$/)
})

eachDatabase(t, 'what fails is undone whole, and the connection is good for the next', async (t, database) => {
  const insert = (db = database.kysely) =>
    sql`insert into revocations (kind, not_before, expires_at) values ('everybody', 1, now())`.execute(db)
  await t.rejects(transact(database, async (trx) => {
    await insert(trx)
    throw new Error('changed my mind')
  }), { message: 'changed my mind' })
  await t.rejects(transact(database, async (trx) => {
    await insert(trx)
    await sql`select 1 / 0`.execute(trx)
  }), { code: '22012' })
  t.strictSame(await database.kysely.selectFrom('revocations').selectAll().execute(), [])
  await transact(database, insert)
  t.equal((await database.kysely.selectFrom('revocations').selectAll().execute()).length, 1)
})

eachDatabase(t, 'a change says how many rows it changed', async (t, { kysely }) => {
  const { numUpdatedRows } = await kysely.updateTable('global_state').set({ session_epoch: 5 }).executeTakeFirst()
  t.equal(numUpdatedRows, 1n)
  const { numDeletedRows } = await kysely.deleteFrom('users').executeTakeFirst()
  t.equal(numDeletedRows, 0n)
})

eachDatabase(t, 'AB18: text with a NUL is told from a database that is away', async (t, { kysely }) => {
  const error = await sql`select ${'a\0b'}::text`.execute(kysely).then(() => undefined, (error: unknown) => error)
  t.equal(isInvalidText(error), true)
})

onPostgres(t, 'two that lock in opposite orders both succeed', async (t, database) => {
  const { kysely } = database
  const ids = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002']
  for (const id of ids) {
    await kysely.insertInto('users').values({ id, email: id, normalized_email: id, password_hash: '', role: 'user' }).execute()
  }
  const touch = (order: string[]) => transact(database, async (trx) => {
    for (const id of order) {
      await trx.updateTable('users').set({ role: sql<string>`role || 'x'` }).where('id', '=', id).execute()
      await sql`select pg_sleep(0.05)`.execute(trx)
    }
  })
  await Promise.all([touch(ids), touch(ids.toReversed()), touch(ids)])
  const roles = await kysely.selectFrom('users').select('role').execute()
  t.strictSame(roles.map(({ role }) => role), ['userxxx', 'userxxx'], 'each change was made once')
})
