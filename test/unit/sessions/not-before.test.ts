import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { advanceDueNotBefores, withNotBefore } from '../../../src/sessions/not-before.ts'
import { updateUser } from '../../../src/administration/update-user.ts'
import { endAllSessions, endUserSessions } from '../../../src/sessions/end-sessions.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { listActiveSessionIds, listRevocations } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser, withoutMail } from '../../support/users.ts'
import { logIn, refreshTokens } from '../../support/inject.ts'

const BY = { actorId: null, origin: { ip: null, userAgent: null, requestId: null } }

async function refuse (database: Database, sub: string | undefined): Promise<number> {
  await withNotBefore(database, sub, async (trx) => {
    if (sub === undefined) await sql`select from global_state for update`.execute(trx)
    else await sql`select from users where id = ${sub} for update`.execute(trx)
    return { result: undefined, rejectsTokens: true }
  })
  return Number((await listRevocations(database)).at(-1)?.not_before)
}

eachDatabase(t, 'F7: not-befores in the same second lie past each other, and never far past the clock', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  let last = 0
  for (let turn = 0; turn < 5; turn++) {
    const before = await refuse(database, turn === 3 ? undefined : userId)
    t.ok(before > last, 'a token stamped with the last not-before does not survive this one')
    const iat = Number((await refreshTokens(app, refreshToken)).claims.iat)
    t.ok(iat >= before)
    const { rows: [row] } = await sql<{ now: number }>`select extract(epoch from clock_timestamp())::float8 as now`.execute(database.kysely)
    t.ok(iat - Number(row?.now) <= 3, 'within the leeway of every edge')
    last = iat
  }
})

eachDatabase(t, 'one that was committed late is advanced again', async (t, database) => {
  const userId = await createUser(database)
  // At the commit, the first time only.
  await sql`create function dawdle() returns trigger language plpgsql
    as $$ begin perform pg_sleep(2.1); return null; end $$`.execute(database.kysely)
  await sql`create constraint trigger dawdle after insert on revocations
    deferrable initially deferred for each row when (new.id = 1) execute function dawdle()`.execute(database.kysely)
  t.teardown(() => sql`drop function dawdle cascade`.execute(database.kysely))
  await refuse(database, userId)
  const [late, again, ...others] = await listRevocations(database)
  t.strictSame(others, [])
  t.ok(Number(again?.not_before) > Number(late?.not_before))
})

eachDatabase(t, 'a change that fails refuses nobody', async (t, database) => {
  const userId = await createUser(database)
  await t.rejects(withNotBefore(database, userId, () => Promise.reject(new Error('no'))), { message: 'no' })
  t.strictSame(await listRevocations(database), [])
})

eachDatabase(t, 'who has no session has nothing to end: the not-before stays, for others to advance', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  await logIn(app)
  for (let turn = 0; turn < 20; turn++) t.equal(await endUserSessions(database, userId, BY), true)
  t.equal((await listRevocations(database)).length, 1)
  await logIn(app)
  await endUserSessions(database, userId, BY)
  t.equal((await listRevocations(database)).length, 2, 'a new session does')
})

eachDatabase(t, 'the global not-before is not advanced by that of a user', async (t, database) => {
  const userId = await createUser(database)
  await database.kysely.updateTable('users')
    .set({ tokens_valid_from: sql`floor(extract(epoch from clock_timestamp()))::bigint + 1000` }).where('id', '=', userId).execute()
  const before = await refuse(database, undefined)
  t.ok(before - Date.now() / 1000 < 100)
})

onPostgres(t, 'a change of role is committed although its advance has to wait, and all that wait are served by one', async (
  t, database
) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  await refuse(database, userId)
  const before = (await listRevocations(database)).length
  const changing = updateUser(withoutMail(database), userId, { role: 'advertiser' }, BY)
  // The advance of a moment ago is as far ahead as may be: this one is due.
  const row = () =>
    database.kysely.selectFrom('users').select(['role', 'not_before_due']).where('id', '=', userId).executeTakeFirstOrThrow()
  while ((await row()).role === 'user') await sleep(5)
  const others = Promise.all(Array.from({ length: 5 }, () => endUserSessions(database, userId, BY)))
  await Promise.all([changing, others])
  t.match(await row(), { role: 'advertiser', not_before_due: false })
  t.ok((await listRevocations(database)).length - before <= 2, 'not one each')
  t.strictSame(await listActiveSessionIds(database, userId), [])
  t.ok(refreshToken)
})

eachDatabase(t, 'what a process that was killed has left due is done by another', async (t, database) => {
  const userId = await createUser(database)
  await database.kysely.updateTable('users').set({ not_before_due: true }).where('id', '=', userId).execute()
  await database.kysely.updateTable('global_state').set({ not_before_due: true }).execute()
  t.equal(await advanceDueNotBefores(database), 2)
  t.strictSame((await listRevocations(database)).map(({ kind }) => kind).sort(), ['everybody', 'user'])
  t.equal(await advanceDueNotBefores(database), 0)
})

eachDatabase(t, 'ending everybody\'s twice in a second refuses the tokens from between', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  await endAllSessions(database, BY)
  const between = await logIn(app)
  await endAllSessions(database, BY)
  t.ok(Number(between.claims.iat) < Number((await listRevocations(database)).at(-1)?.not_before))
  t.ok(Number((await logIn(app)).claims.iat) >= Number((await listRevocations(database)).at(-1)?.not_before))
})
