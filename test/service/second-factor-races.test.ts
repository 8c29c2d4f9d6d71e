// Second factors on two instances with one database: what is good once, what is counted, and logins beside an enrolment.
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { SoftwareAuthenticator } from '../support/authenticator.ts'
import { onPostgres } from '../support/database.ts'
import {
  askForChallenge, currentCode, enrolTotp, fromBase32, giveFactor, insist, post, wrongCode, type Reply
} from '../support/second-factors.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'

const AT_ONCE = 50

type Apps = readonly [FastifyInstance, FastifyInstance]

async function open (t: Test, database: Database, settings: Record<string, string> = {}): Promise<Apps> {
  const [one, other] = [await createService(t, database, { settings }), await createService(t, database, { settings })]
  return [one.app, other.app]
}

const count = (replies: readonly Reply[]) => {
  const counts: Record<string, number> = {}
  for (const { status, code } of replies) counts[`${status} ${code ?? ''}`] = (counts[`${status} ${code ?? ''}`] ?? 0) + 1
  return counts
}

type CountedTable = 'recovery_codes' | 'sessions' | 'audit_events' | 'mails'

async function countRows ({ kysely }: Database, table: CountedTable, where = 'true'): Promise<number> {
  const { rows: [row] } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)} where ${sql.raw(where)}`
    .execute(kysely)
  return row?.count ?? 0
}

onPostgres(t, 'MF2: of fifty uses of one TOTP code at once one begins a session, on two instances', async (t, database) => {
  const apps = await open(t, database)
  await createUser(database)
  const { secret } = await enrolTotp(apps[0], database)
  // From many addresses, so that no limit takes part; the address of the owner is known and has no limit but its own.
  const challenges = await Promise.all(Array.from({ length: 5 }, () => askForChallenge(apps[0])))
  const code = await currentCode(database, secret)
  const replies = await Promise.all(Array.from({ length: 5 }, (_, index) =>
    giveFactor(index % 2 === 0 ? apps[0] : apps[1], { challenge: challenges[index], totp: code })))
  t.strictSame(count(replies), { '200 ': 1, '401 invalid_second_factor': 4 })
  await sql`truncate login_attempts`.execute(database.kysely)
  const more = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) =>
    giveFactor(index % 2 === 0 ? apps[0] : apps[1], { challenge: challenges[0], totp: code }, `198.51.100.${index}`)))
  t.notOk(more.some(({ status }) => status === 200), 'and never again')
})

onPostgres(t, 'MF2: of fifty uses of one recovery code at once one wins, and the other codes stay', async (t, database) => {
  const apps = await open(t, database)
  await createUser(database)
  const { recoveryCodes: [code] } = await enrolTotp(apps[0], database)
  const challenges: string[] = []
  for (let index = 0; index < AT_ONCE; index++) challenges.push(await askForChallenge(index % 2 === 0 ? apps[0] : apps[1]))
  const replies = await Promise.all(challenges.map((challenge, index) =>
    insist(() => giveFactor(index % 2 === 0 ? apps[0] : apps[1], { challenge, recovery_code: code }))))
  t.strictSame(count(replies), { '200 ': 1, '401 invalid_second_factor': AT_ONCE - 1 })
  t.equal(await countRows(database, 'recovery_codes'), 9)
})

onPostgres(t, 'MF2: of fifty uses of one challenge at once one wins, and no loser uses up its code', async (t, database) => {
  const apps = await open(t, database)
  await createUser(database)
  const { secret, recoveryCodes } = await enrolTotp(apps[0], database)
  for (let round = 0; round < 5; round++) {
    const challenge = await askForChallenge(apps[0])
    const [before, sessions] = [await countRows(database, 'recovery_codes'), await countRows(database, 'sessions')]
    const totp = await currentCode(database, secret)
    const left = recoveryCodes.filter((code) => code !== '')
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => {
      const given = index === 0 ? { totp } : { recovery_code: left[index % left.length] }
      return giveFactor(index % 2 === 0 ? apps[0] : apps[1], { challenge, ...given })
    }))
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.equal(await countRows(database, 'sessions'), sessions + 1)
    const winner = replies.findIndex(({ status }) => status === 200)
    t.equal(await countRows(database, 'recovery_codes'), winner === 0 ? before : before - 1)
    if (winner !== 0) recoveryCodes[recoveryCodes.indexOf(left[winner % left.length] ?? '')] = ''
    const { last_step: lastStep } = await database.kysely.selectFrom('totp').select('last_step').executeTakeFirstOrThrow()
    t.equal(Number(lastStep) > 0, winner === 0, 'the TOTP code is used up by the winner alone')
  }
})

onPostgres(t, 'MF3: of 1,000 guesses at once from 1,000 addresses ten are looked at, and the owner gets in', async (t, database) => {
  const apps = await open(t, database, { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'accounts@example.com' })
  const userId = await createUser(database)
  const { secret, recoveryCodes } = await enrolTotp(apps[0], database)
  t.equal((await giveFactor(apps[0], {
    challenge: await askForChallenge(apps[0]), totp: await currentCode(database, secret)
  })).status, 200, 'the address of the owner is known')
  await sql`delete from mails`.execute(database.kysely)
  const challenge = await askForChallenge(apps[0], { ip: '203.0.113.1' })
  const wrong = await wrongCode(database, secret)
  const guess = (index: number) =>
    giveFactor(index % 2 === 0 ? apps[0] : apps[1], { challenge, totp: wrong }, `10.${index >> 8}.${index & 255}.9`)
  const guesses = Array.from({ length: 1000 }, (_, index) => guess(index))
  const owner = (async () => {
    const [one, other] = [await askForChallenge(apps[0]), await askForChallenge(apps[1])]
    return Promise.all([
      currentCode(database, secret).then((totp) => insist(() => giveFactor(apps[0], { challenge: one, totp }))),
      insist(() => giveFactor(apps[1], { challenge: other, recovery_code: recoveryCodes[0] }, '203.0.113.77'))
    ])
  })()
  // A thousand at once may wait for a connection for too long: such a guess is made again, and is not looked at if it was counted before.
  const replies = await Promise.all(guesses)
  const { '401 invalid_second_factor': lookedAt = 0, '429 too_many_attempts': waiting = 0, '503 credential_store_unavailable': away = 0 } =
    count(replies)
  t.ok(lookedAt <= 10, `${lookedAt} were looked at, and answered`)
  t.equal(lookedAt + waiting + away, 1000)
  for (const index of replies.flatMap(({ status }, index) => status === 503 ? [index] : [])) {
    t.equal((await guess(index)).status, 429)
  }
  t.strictSame((await owner).map(({ status }) => status), [200, 200], 'from a known address, and by recovery code from anywhere')
  t.equal(await countRows(database, 'audit_events', "type = 'second_factor_rejected'"), lookedAt)
  const mails = await database.kysely.selectFrom('mails').select(['purpose', 'user_id']).execute()
  t.strictSame(mails.filter(({ purpose }) => purpose === 'second_factor_attempts').map(({ user_id: id }) => id), [userId], 'told once')
  const again = await askForChallenge(apps[0], { ip: '203.0.113.1' })
  t.equal((await giveFactor(apps[0], { challenge: again, totp: wrong }, '203.0.113.1')).status, 429, 'it goes on waiting')
})

onPostgres(t, 'MF3: the owner is told in the statement that counts: a guess that cannot be told is not counted', async (t, database) => {
  const [app] = await open(t, database, { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'accounts@example.com' })
  await createUser(database)
  const { secret } = await enrolTotp(app, database)
  const challenge = await askForChallenge(app, { ip: '203.0.113.1' })
  const totp = await wrongCode(database, secret)
  const guess = (index: number) => giveFactor(app, { challenge, totp }, `10.0.${index}.9`)
  for (let index = 0; index < 9; index++) t.equal((await guess(index)).status, 401)
  await sql`create function refuse() returns trigger language plpgsql
    as 'begin raise exception ''no connection'' using errcode = ''53300''; end'`.execute(database.kysely)
  await sql`create trigger refuse before insert on mails for each row execute function refuse()`.execute(database.kysely)
  t.equal((await guess(9)).status, 503)
  await sql`drop trigger refuse on mails`.execute(database.kysely)
  t.equal(await countRows(database, 'mails', "purpose = 'second_factor_attempts'"), 0)
  t.strictSame([(await guess(10)).status, (await guess(11)).status], [401, 429])
  t.equal(await countRows(database, 'mails', "purpose = 'second_factor_attempts'"), 1)
})

onPostgres(t, 'MF5: of 1,000 logins beside enrolments none begins a session that forgets the factor', async (t, database) => {
  const apps = await open(t, database)
  for (let round = 0; round < 50; round++) {
    const email = `user${round}@example.com`
    const userId = await createUser(database, email)
    const { body: { access_token: token } } = await post(apps[0], '/auth/login', { email, password: PASSWORD })
    const { body: { secret } } = await post(apps[0], '/account/totp', {}, { token })
    const code = await currentCode(database, fromBase32(secret))
    const logIn = (index: number) =>
      insist(() => post(index % 2 === 0 ? apps[0] : apps[1], '/auth/login', { email, password: PASSWORD }))
    const before = Array.from({ length: 10 }, (_, index) => logIn(index))
    const confirmed = post(apps[round % 2 === 0 ? 0 : 1], '/account/totp/confirm', { code }, { token })
    const logins = await Promise.all([...before, ...Array.from({ length: 10 }, (_, index) => logIn(index))])
    t.equal((await confirmed).status, 200)
    t.ok(logins.every(({ status, code }) => status === 200 || code === 'second_factor_required'))
    const active = await sql<{ id: string, level: number }>`select sessions.id, level from sessions join users on users.id = user_id
      where user_id = ${userId} and user_epoch = session_epoch and ended_at is null`.execute(database.kysely)
    t.equal(active.rows.length, 1, 'the session that has enrolled, and no other')
    t.equal((await logIn(0)).code, 'second_factor_required')
    for (const { body: { refresh_token: refreshToken } } of logins.filter(({ status }) => status === 200)) {
      t.equal((await post(apps[0], '/auth/refresh', { refresh_token: refreshToken })).status, 401)
    }
  }
})

onPostgres(t, 'MF8: of two removals at once of the last two factors one is refused, on two instances', async (t, database) => {
  const apps = await open(t, database)
  for (let round = 0; round < 20; round++) {
    const email = `user${round}@example.com`
    await createUser(database, email)
    const { accessToken, secret } = await enrolTotp(apps[0], database, email)
    const proof = { password: PASSWORD, totp: await currentCode(database, secret) }
    const { body: { access_token: token } } = await post(apps[0], '/auth/step-up', proof, { token: accessToken })
    const { body: { passkey_options: options } } = await post(apps[0], '/account/passkeys/options', {}, { token })
    const credential = new SoftwareAuthenticator().create(options)
    const { body: { id } } = await post(apps[0], '/account/passkeys', { name: 'phone', credential }, { token })
    const removals = [
      () => post(apps[0], '/account/totp', undefined, { token, method: 'DELETE' }),
      () => post(apps[1], `/account/passkeys/${id}`, undefined, { token, method: 'DELETE' })
    ]
    const ordered = round % 2 === 0 ? removals : removals.reverse()
    t.strictSame(count(await Promise.all(ordered.map((remove) => remove()))), { '204 ': 1, '409 last_factor': 1 })
    const { body: { second_factor: left } } = await post(apps[0], '/account/security', undefined, { token, method: 'GET' })
    t.equal(left.required, true)
    t.equal((left.totp ? 1 : 0) + left.passkeys.length, 1, 'the user still has one')
    t.equal(left.recovery_codes_left, 10)
  }
})
