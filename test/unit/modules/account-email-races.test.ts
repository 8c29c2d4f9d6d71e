// Codes that are confirmed at once on two instances, and while something else changes the user.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findUser, lockUser, voidMailedProofs, type User } from '../../../src/accounts/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { onPostgres } from '../../support/database.ts'
import { logIn } from '../../support/inject.ts'
import { deliver, WITH_MAIL } from '../../support/mails.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { until } from '../../support/until.ts'
import { createUser } from '../../support/users.ts'
import { WRONG_CODE } from './mailed-codes.ts'
import { requestAs } from './modules-app.ts'

/** A busy database may have no time for some of the losers. */
const LOST = [403, 503]

/** Two instances, and what users do with their e-mail. */
async function createWorld (t: Test, database: Database) {
  const { app: one } = await createService(t, database, { settings: WITH_MAIL })
  const { app: two } = await createService(t, database, { settings: WITH_MAIL })

  async function begin (name: string, role?: string) {
    const id = await createUser(database, `${name}@example.com`, role)
    const authorization = `Bearer ${(await logIn(one, `${name}@example.com`)).accessToken}`
    return { id, as: (app: FastifyInstance) => requestAs(app, { authorization }) }
  }

  return {
    one,
    two,
    begin,
    /** @returns a user, and a function that confirms the code that was mailed */
    async beginChange (name: string, email = `${name}@example.net`) {
      const user = await begin(name)
      const { handle } = (await user.as(one)('POST', '/account/email', { email })).json()
      const mail = (await deliver(database)).find(({ template }) => template === 'email_change')
      return { id: user.id, confirm: (app = one) => user.as(app)('POST', '/account/email/confirm', { handle, code: mail?.code }) }
    }
  }
}

onPostgres(t, 'of 50 confirmations at once on two instances one succeeds', async (t, database) => {
  const { one, two, beginChange } = await createWorld(t, database)
  const { confirm } = await beginChange('ada')
  const statuses = (await Promise.all(Array.from({ length: 50 }, (_, index) => confirm(index % 2 === 0 ? one : two))))
    .map(({ statusCode }) => statusCode)
  t.strictSame(statuses.filter((status) => !LOST.includes(status)), [204])
  t.equal((await listAuditTypes(database)).filter((type) => type === 'user_email_changed').length, 1)
  t.equal((await deliver(database)).length, 1, 'one notice')
})

onPostgres(t, 'of two users who confirm one address at once, one gets it, and the other learns that it is taken', async (t, database) => {
  const { one, two, beginChange } = await createWorld(t, database)
  const outcomes: number[][] = []
  for (let round = 0; round < 5; round++) {
    const users = [await beginChange(`ada${round}`, `new${round}@example.net`), await beginChange(`eve${round}`, `new${round}@example.net`)]
    const replies = await Promise.all(users.map(({ confirm }, index) => confirm(index === 0 ? one : two)))
    outcomes.push(replies.map(({ statusCode }) => statusCode).sort())
  }
  t.strictSame(outcomes, Array.from({ length: 5 }, () => [204, 409]))
})

onPostgres(t, 'a confirmation that races an admin happens before the change or not at all', async (t, database) => {
  const { two, begin, beginChange } = await createWorld(t, database)
  const root = (await begin('root', 'admin')).as(two)
  type Check = (user: User | undefined, isConfirmed: boolean) => boolean
  const races: Array<[name: string, change: (id: string) => ReturnType<typeof root>, isAsExpected: Check]> = [
    ['renamed', (id) => root('PATCH', `/admin/users/${id}`, { email: `${id}@example.org` }),
      (user) => user?.email === `${user?.id}@example.org` && user.emailVerifiedAt === null],
    ['disabled', (id) => root('PATCH', `/admin/users/${id}`, { disabled: true }),
      (user, isConfirmed) => user?.disabled === true && user.email.endsWith(isConfirmed ? '.net' : '.com')],
    ['deleted', (id) => root('DELETE', `/admin/users/${id}`), (user) => user === undefined]
  ]
  for (const [name, change, isAsExpected] of races) {
    const unexpected: unknown[] = []
    for (let round = 0; round < 5; round++) {
      const { id, confirm } = await beginChange(`${name}${round}`)
      const [confirmed, changed] = await Promise.all([confirm(), change(id)])
      const user = await findUser(database.kysely, id)
      const isExpected = isAsExpected(user, confirmed.statusCode === 204) && [204, 401, ...LOST].includes(confirmed.statusCode)
      if (!isExpected || changed.statusCode >= 300) unexpected.push([confirmed.statusCode, changed.statusCode, user])
    }
    t.strictSame(unexpected, [], name)
    t.strictSame(await database.kysely.selectFrom('mail_proofs').selectAll().execute(), [], name)
  }
})

onPostgres(t, 'a code that is voided while its confirmation waits for the user changes nothing', async (t, database) => {
  const { beginChange } = await createWorld(t, database)
  const { id, confirm } = await beginChange('ada')
  const confirming = await database.kysely.transaction().execute(async (trx) => {
    await lockUser(trx, id)
    const reply = confirm()
    await waitForLock(database)
    await voidMailedProofs(trx, { userId: id })
    return { reply }
  })
  t.strictSame((await confirming.reply).json(), WRONG_CODE)
  t.match(await findUser(database.kysely, id), { email: 'ada@example.com', emailVerifiedAt: null })
})

/** Until a statement waits for a row. */
async function waitForLock (database: Database): Promise<void> {
  await until(async () => {
    const { rows } = await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      .execute(database.kysely)
    return rows.length > 0
  })
}
