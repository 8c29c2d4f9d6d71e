// Two instances of the service, as processes, on one Postgres server.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { ask, logIn, refresh, parseTokens, type SessionTokens } from '../../support/client.ts'
import { onPostgres } from '../../support/database.ts'
import { postgresSettings, startService, type Service } from '../../support/process.ts'
import { createUser } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

const EMAIL = 'ada@example.com'
const KILLS = 8
const SESSIONS_IN_FLIGHT = 15

/** Sets the clocks of all sessions back, past every window of the rule. */
async function ageAll (database: Database): Promise<void> {
  await sql`update sessions set rotated_at = rotated_at - interval '200 seconds'`.execute(database.kysely)
}

/** As a client does whose answer was lost: it asks again with what it has. */
async function retried ({ address }: Service, refreshToken: string): Promise<SessionTokens> {
  return parseTokens(await refresh(address, refreshToken))
}

onPostgres(t, 'two instances on one server', async (t, database, url) => {
  t.setTimeout(600_000)
  const settings = { ...postgresSettings(url), ISSUER: 'http://localhost:3000' }
  const startInstance = (t: Test) => startService(t, settings)
  const [one, two] = await Promise.all([startInstance(t), startInstance(t)])

  // First, because it knows of no other admins.
  await t.test('AZ8: two admins who demote each other on two instances never leave none', async (t) => {
    const emails = ['one@example.com', 'two@example.com'] as const
    const ids = await Promise.all(emails.map((email) => createUser(database, email, 'admin')))
    for (let turn = 0; turn < 20; turn++) {
      const [first, second] = await Promise.all([logIn(one.address, emails[0], PASSWORD), logIn(two.address, emails[1], PASSWORD)])
      const demote = (service: Service, { accessToken }: SessionTokens, id = '') => ask(`${service.address}/admin/users/${id}`, {
        method: 'PATCH', token: accessToken, body: { role: 'user' }
      })
      const outcomes = await Promise.all([demote(one, first, ids[1]), demote(two, second, ids[0])])
      t.strictSame(
        outcomes.map(({ status }) => status).filter((status) => status === 200).length,
        1,
        JSON.stringify(outcomes.map(({ status, body }) => [status, body.code]))
      )
      t.equal((await database.kysely.selectFrom('users').select('id').where('role', '=', 'admin').execute()).length, 1)
      await database.kysely.updateTable('users').set({ role: 'admin' }).execute()
    }
  })

  await t.test('twenty that race on two instances get one and the same successor', async (t) => {
    await createUser(database, EMAIL)
    const { refreshToken, sessionId } = await logIn(one.address, EMAIL, PASSWORD)
    await ageAll(database)
    const answers = await Promise.all(Array.from(
      { length: 20 }, (_, index) => refresh(index % 2 === 0 ? one.address : two.address, refreshToken)
    ))
    const successors = new Set(answers.map((answer) => parseTokens(answer).refreshToken))
    t.equal(successors.size, 1)
    t.notOk(successors.has(refreshToken))
    const row = await database.kysely.selectFrom('sessions').select(['current_generation', 'parent_generation']).where('id', '=', sessionId)
      .executeTakeFirst()
    t.strictSame(row, { current_generation: '2', parent_generation: '1' }, 'it moved once')
  })

  await t.test('RS2: a token from before the last one ends the session on both, and its access tokens too', async (t) => {
    await createUser(database, 'bob@example.com')
    const first = await logIn(one.address, 'bob@example.com', PASSWORD)
    await ageAll(database)
    const second = parseTokens(await refresh(two.address, first.refreshToken))
    await ageAll(database)
    const third = parseTokens(await refresh(one.address, second.refreshToken))
    t.match(
      await refresh(two.address, first.refreshToken), { status: 503, body: { code: 'refresh_retry' } }, 'an answer may still be on its way'
    )
    await ageAll(database)
    t.match(await refresh(two.address, first.refreshToken), { status: 401, body: { code: 'invalid_refresh_token' } })
    for (const { address } of [one, two]) {
      t.match(await refresh(address, third.refreshToken), { status: 401, body: { code: 'invalid_refresh_token' } })
      for (const { accessToken } of [first, second, third]) {
        await until(async () => (await ask(`${address}/me`, { token: accessToken })).status === 401)
        t.match(await ask(`${address}/me`, { token: accessToken }), { status: 401, body: { code: 'invalid_token' } })
      }
    }
  })

  await t.test('RS26, AV8, F12: kill -9 at any moment of a refresh loses no session', async (t) => {
    const email = 'eve@example.com'
    await createUser(database, email)
    const sessions = await Promise.all(Array.from({ length: SESSIONS_IN_FLIGHT }, () => logIn(one.address, email, PASSWORD)))
    let lost = 0
    let next = startInstance(t)
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = await next
      next = startInstance(t)
      await ageAll(database)
      const inFlight = sessions.map(({ refreshToken }) => refresh(victim.address, refreshToken).then(parseTokens, () => undefined))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 80))
      await victim.stop('SIGKILL')
      const answers = await Promise.all(inFlight)
      for (const [index, answer] of answers.entries()) {
        if (answer === undefined) lost++
        const known = answer ?? sessions[index]
        sessions[index] = await retried(one, known?.refreshToken ?? '')
      }
    }
    await next
    t.comment(`${KILLS} kills, ${KILLS * SESSIONS_IN_FLIGHT} refreshes, ${lost} answers lost`)
    t.ok(lost > KILLS, 'the kills came in the middle')
    await ageAll(database)
    for (const { refreshToken } of sessions) t.match(await refresh(one.address, refreshToken), { status: 200 })
    const ended = await database.kysely.selectFrom('sessions').select('id').where('ended_at', 'is not', null)
      .where('id', 'in', sessions.map(({ sessionId }) => sessionId)).execute()
    t.strictSame(ended, [])
  })

  await t.test('a login that races a password change on another instance never outlives it', async (t) => {
    await createUser(database, 'root@example.com', 'admin')
    const admin = await logIn(two.address, 'root@example.com', PASSWORD)
    const outcomes = await Promise.all(Array.from({ length: 5 }, async (_, lane) => {
      const email = `user${lane}@example.com`
      const id = await createUser(database, email)
      const outcome = { begun: 0, survived: 0 }
      for (let turn = 0; turn < 10; turn++) {
        const [old, next] = turn % 2 === 0 ? [PASSWORD, `${PASSWORD}!`] : [`${PASSWORD}!`, PASSWORD]
        const logins = Array.from({ length: 10 }, () => logIn(one.address, email, old))
        // Whatever the machine's speed, some logins have begun by then and others have not.
        const answers = Promise.allSettled(logins)
        await logins[turn % 10]?.catch(() => {})
        const change = await ask(`${two.address}/admin/users/${id}`, {
          method: 'PATCH', token: admin.accessToken, body: { password: next }
        })
        t.equal(change.status, 200)
        const begun = (await answers).flatMap((login) => login.status === 'fulfilled' ? [login.value] : [])
        outcome.begun += begun.length
        for (const { refreshToken } of begun) if ((await refresh(two.address, refreshToken)).status !== 401) outcome.survived++
      }
      return outcome
    }))
    const sum = (name: 'begun' | 'survived') => outcomes.reduce((total, outcome) => total + outcome[name], 0)
    t.comment(`500 logins raced 50 changes, ${sum('begun')} of them were in time to be ended`)
    t.ok(sum('begun') > 0, 'some were in time')
    t.ok(sum('begun') < 500, 'and some were not')
    t.equal(sum('survived'), 0, 'none outlived the change')
  })
})
