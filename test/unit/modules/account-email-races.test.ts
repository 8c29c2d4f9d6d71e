// Codes that are confirmed at once on two instances, and while something else changes the user.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findUser, lockUser, voidMailedProofs, type User } from '../../../src/accounts/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { onPostgres } from '../../support/database.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { until } from '../../support/until.ts'
import { ask, send, WRONG_CODE } from './mailed-codes.ts'
import { createModulesApp, createTestUser, requestAs } from './modules-app.ts'

/** Two instances, a user who has a code, and an admin. */
async function createRace (t: Test, database: Database) {
  const [one, two] = [await createModulesApp(t, database), await createModulesApp(t, database)]
  const root = await createTestUser(database, 'root@example.com', 'admin')
  let count = 0
  return {
    root: requestAs(two, root),
    async begin () {
      const user = await createTestUser(database, `ada${count++}@example.com`)
      const body = await ask(one, database, user, `new${count}@example.com`)
      return { user, confirm: (app = one) => requestAs(app, user)('POST', '/account/email/confirm', body), both: [one, two] }
    }
  }
}

onPostgres(t, 'of 50 confirmations at once on two instances one succeeds', async (t, database) => {
  const { begin } = await createRace(t, database)
  const { confirm, both } = await begin()
  const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => confirm(both[index % 2])))
  t.strictSame(replies.map(({ statusCode }) => statusCode).sort(), [204, ...Array.from({ length: 49 }, () => 403)])
  t.equal((await listAuditTypes(database)).filter((type) => type === 'user_email_changed').length, 1)
  t.equal((await send(database)).length, 1, 'one notice')
})

onPostgres(t, 'of two users who confirm one address at once, one gets it, and the other learns that it is taken', async (t, database) => {
  const [one, two] = [await createModulesApp(t, database), await createModulesApp(t, database)]
  const outcomes: number[][] = []
  for (let round = 0; round < 10; round++) {
    const users = [await createTestUser(database, `ada${round}@example.com`), await createTestUser(database, `eve${round}@example.com`)]
    const bodies: object[] = []
    for (const user of users) bodies.push(await ask(one, database, user, `new${round}@example.com`))
    const replies = await Promise.all(users.map((user, index) =>
      requestAs(index === 0 ? one : two, user)('POST', '/account/email/confirm', bodies[index])))
    outcomes.push(replies.map(({ statusCode }) => statusCode).sort())
  }
  t.strictSame(outcomes, Array.from({ length: 10 }, () => [204, 409]))
})

onPostgres(t, 'a confirmation that races an admin happens before the change or not at all', async (t, database) => {
  const { root, begin } = await createRace(t, database)
  type Check = (user: User | undefined, isConfirmed: boolean) => boolean
  const races: Array<[name: string, change: (id: string) => ReturnType<typeof root>, isAsExpected: Check]> = [
    ['another e-mail', (id) => root('PATCH', `/admin/users/${id}`, { email: `${id}@example.org` }),
      (user) => user?.email === `${user?.id}@example.org` && user.emailVerifiedAt === null],
    ['disabled', (id) => root('PATCH', `/admin/users/${id}`, { disabled: true }),
      (user, isConfirmed) => user?.disabled === true && user.email.startsWith(isConfirmed ? 'new' : 'ada')],
    ['deleted', (id) => root('DELETE', `/admin/users/${id}`), (user) => user === undefined]
  ]
  for (const [name, change, isAsExpected] of races) {
    const unexpected: unknown[] = []
    for (let round = 0; round < 10; round++) {
      const { user, confirm } = await begin()
      const [confirmed, changed] = await Promise.all([confirm(), change(user.id)])
      const found = await findUser(database.kysely, user.id)
      const isExpected = isAsExpected(found, confirmed.statusCode === 204) && [204, 401, 403].includes(confirmed.statusCode)
      if (!isExpected || changed.statusCode >= 300) unexpected.push([confirmed.statusCode, changed.statusCode, found])
    }
    t.strictSame(unexpected, [], name)
    t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [], name)
  }
})

onPostgres(t, 'a code that is voided while its confirmation waits for the user changes nothing', async (t, database) => {
  const { begin } = await createRace(t, database)
  const { user, confirm } = await begin()
  const confirming = await database.kysely.transaction().execute(async (trx) => {
    await lockUser(trx, user.id)
    const reply = confirm()
    await waitForLock(database)
    await voidMailedProofs(trx, { userId: user.id })
    return { reply }
  })
  t.strictSame((await confirming.reply).json(), WRONG_CODE)
  t.match(await findUser(database.kysely, user.id), { email: 'ada0@example.com', emailVerifiedAt: null })
})

/** Until a statement waits for a row. */
async function waitForLock (database: Database): Promise<void> {
  await until(async () => {
    const { rows } = await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      .execute(database.kysely)
    return rows.length > 0
  })
}
