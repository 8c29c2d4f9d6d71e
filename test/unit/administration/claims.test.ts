// Custom claims and the e-mail of a user, changed by somebody else.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { parseEmail } from '../../../src/accounts/email.ts'
import { updateUser } from '../../../src/administration/update-user.ts'
import { areSameClaims, type CustomClaims } from '../../../src/contract/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { EmailTakenError, LastAdminError } from '../../../src/errors.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { listActiveSessionIds, listAuditEvents, listAuditTypes, listRevocations } from '../../support/rows.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { createUser, withoutMail } from '../../support/users.ts'

const BY_ADMIN = { actorId: randomUUID(), origin: { ip: '192.0.2.9', userAgent: 'admin', requestId: 'req-1' } }

async function readUser ({ kysely }: Database, userId: string) {
  return kysely.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow()
}

eachDatabase(t, 'RS19: new claims invalidate the access tokens, and the session gets them at the next refresh', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const before = await logIn(app)
  t.notOk('ext' in before.claims, 'a user without claims has no such member')
  const claims = { org_id: 'acme', seats: 40, trial: false }
  t.match(await updateUser(withoutMail(database), userId, { claims }, BY_ADMIN), { id: userId, claims })
  const [revocation, ...others] = await listRevocations(database)
  t.match(revocation, { kind: 'user', sub: userId, sid: null })
  t.strictSame(others, [])
  t.ok(Number(before.claims.iat) < Number(revocation?.not_before))
  const after = await refreshTokens(app, before.refreshToken)
  t.strictSame(after.claims.ext, claims)
  t.ok(Number(after.claims.iat) >= Number(revocation?.not_before))
  t.equal(after.sessionId, before.sessionId)
  t.strictSame((await logIn(app)).claims.ext, claims)

  await updateUser(withoutMail(database), userId, { claims: { plan: 'größer' } }, BY_ADMIN)
  t.strictSame((await refreshTokens(app, after.refreshToken)).claims.ext, { plan: 'größer' }, 'they are replaced, not merged')
  await updateUser(withoutMail(database), userId, { claims: {} }, BY_ADMIN)
  t.notOk('ext' in (await refreshTokens(app, after.refreshToken)).claims)
})

eachDatabase(t, 'AZ10: a change of claims is audited with their names, never with their values', async (t, database) => {
  const userId = await createUser(database)
  for (const claims of [{ org_id: 'acme', seats: 40 }, { seats: 41 }, {}]) {
    await updateUser(withoutMail(database), userId, { claims }, BY_ADMIN)
  }
  const events = (await listAuditEvents(database)).filter(({ type }) => type === 'user_claims_changed')
  t.match(events, [{ actor_id: BY_ADMIN.actorId, ip: '192.0.2.9' }, {}, {}])
  t.strictSame(events.map(({ details }) => details), [{ names: ['seats', 'org_id'] }, { names: ['seats'] }, { names: [] }])
})

eachDatabase(t, 'claims that are equal, in whatever order, are no change', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const claims = { b: 'text', aa: 0, c: true }
  await updateUser(withoutMail(database), userId, { claims }, BY_ADMIN)
  const [before, revocations, { accessToken }] = [await readUser(database, userId), await listRevocations(database), await logIn(app)]
  for (const equal of [claims, { c: true, aa: 0, b: 'text' }, { aa: -0, b: 'text', c: true }]) {
    await updateUser(withoutMail(database), userId, { claims: equal }, BY_ADMIN)
    await updateUser(withoutMail(database), userId, { claims: equal, role: 'user' }, BY_ADMIN)
  }
  t.strictSame(await readUser(database, userId), before)
  t.strictSame(await listRevocations(database), revocations)
  t.strictSame(await listAuditTypes(database), ['user_claims_changed', 'login'])
  t.ok(areSameClaims(Object(decodeClaims(accessToken).ext), claims))
  for (const other of [{ b: 'text', aa: 0 }, { ...claims, d: 1 }, { ...claims, aa: '0' }, { ...claims, c: 1 }, { ...claims, aa: false }]) {
    await updateUser(withoutMail(database), userId, { claims: other as CustomClaims }, BY_ADMIN)
  }
  t.equal((await listAuditTypes(database)).filter((type) => type === 'user_claims_changed').length, 6, 'anything else is one')
})

eachDatabase(t, 'no login or refresh that races a change of claims keeps the old ones for longer than the not-before', async (
  t, database
) => {
  const app = await createAuthenticationApp(t, database)
  const outlived: string[] = []
  let [old, raced] = [0, 0]
  for (let round = 0; round < 12; round++) {
    const email = `user${round}@example.com`
    const userId = await createUser(database, email)
    const { refreshToken } = await logIn(app, email)
    const login = () => app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
    const logins = [login(), login()]
    if (round % 3 > 0) await logins[0]
    const change = updateUser(withoutMail(database), userId, { claims: { round } }, BY_ADMIN)
    const replies = await Promise.all([...logins, login(), refresh(app, refreshToken), refresh(app, refreshToken), change.then(login)])
    const revocation = (await listRevocations(database)).find(({ sub }) => sub === userId)
    for (const reply of replies) {
      const { iat, ext } = decodeClaims(reply.json().access_token)
      raced++
      if (ext !== undefined) continue
      old++
      if (Number(iat) >= Number(revocation?.not_before)) outlived.push(`${email}: ${reply.body}`)
    }
    t.strictSame(Object(decodeClaims(replies.at(-1)?.json().access_token).ext), { round })
    t.ok((await listActiveSessionIds(database, userId)).length >= 5, 'no session ended')
  }
  t.comment(`${raced} raced, ${old} had the old claims`)
  t.ok(old > 0 && old < raced, 'some were before the change and some after it')
  t.strictSame(outlived, [])
})

onPostgres(t, 'a login that waits for a change of claims, and the refresh after it, have the new ones', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  const waiting: Array<ReturnType<typeof refresh>> = []
  await database.kysely.transaction().execute(async (trx) => {
    await sql`update users set claims = '{"org":1}', tokens_valid_from = extract(epoch from now())::bigint + 2`.execute(trx)
    waiting.push(app.inject({ method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: PASSWORD } }))
    await new Promise((resolve) => setTimeout(resolve, 300))
  })
  waiting.push(refresh(app, refreshToken))
  const { tokens_valid_from: notBefore } = await readUser(database, userId)
  for (const reply of await Promise.all(waiting)) {
    const { ext, iat } = decodeClaims(reply.json().access_token)
    t.strictSame(ext, { org: 1 })
    t.ok(Number(iat) >= Number(notBefore))
  }
})

eachDatabase(t, 'a new e-mail keeps the sessions and the tokens; logins work with the new one only', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const before = await logIn(app)
  const updated = await updateUser(withoutMail(database), userId, { email: parseEmail('  Countess@Exämple.com ') }, BY_ADMIN)
  t.match(updated, { id: userId, email: 'Countess@Exämple.com' })
  t.match(await readUser(database, userId), { normalized_email: 'countess@xn--exmple-cua.com', tokens_valid_from: '0' })
  t.strictSame(await listRevocations(database), [])
  t.strictSame(await listActiveSessionIds(database, userId), [before.sessionId])
  t.equal((await refreshTokens(app, before.refreshToken)).sessionId, before.sessionId)
  t.equal((await logIn(app, 'COUNTESS@exämple.com')).claims.sub, userId)
  const old = await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: PASSWORD } })
  t.match({ status: old.statusCode, ...old.json() }, { status: 401, code: 'invalid_credentials' })
  t.not(await createUser(database), userId, 'the old one is free')
})

eachDatabase(t, 'AZ10: a new e-mail is audited without any address, and an equal one is no change', async (t, database) => {
  const userId = await createUser(database)
  for (const email of ['Countess@example.com', 'Countess@example.com', 'countess@example.com']) {
    await updateUser(withoutMail(database), userId, { email: parseEmail(email) }, BY_ADMIN)
  }
  const events = (await listAuditEvents(database)).filter(({ type }) => type !== 'user_created')
  t.match(events, [{ type: 'user_email_changed', actor_id: BY_ADMIN.actorId }, { type: 'user_email_changed' }])
  t.equal(events.length, 2)
  t.strictSame(events.map(({ details }) => details), [{}, {}])
  t.equal((await readUser(database, userId)).email, 'countess@example.com')
})

eachDatabase(t, 'the e-mail of another user is refused, in any spelling, and nothing else of the change happens', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  await createUser(database, 'bob@example.com')
  const { refreshToken } = await logIn(app)
  const before = await readUser(database, userId)
  const changes = { email: parseEmail('BOB@example.com'), claims: { org: 1 }, role: 'advertiser', disabled: true, passwordHash: 'other' }
  await t.rejects(updateUser(withoutMail(database), userId, changes, BY_ADMIN), EmailTakenError)
  t.strictSame(await readUser(database, userId), before)
  t.strictSame(await listRevocations(database), [])
  t.strictSame(await listAuditTypes(database), ['login'])
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
  const renamed = [{ email: parseEmail('eve@example.com') }, { email: parseEmail('EVE@example.com') }]
  const bobId = (await database.kysely.selectFrom('users').select('id').where('id', '!=', userId).executeTakeFirstOrThrow()).id
  const raced = await Promise.allSettled([
    updateUser(withoutMail(database), userId, renamed[0] ?? {}, BY_ADMIN),
    updateUser(withoutMail(database), bobId, renamed[1] ?? {}, BY_ADMIN)
  ])
  t.strictSame(raced.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'of two at once, one gets it')
})

eachDatabase(t, 'claims and e-mail are changed with everything else, or not at all', async (t, database) => {
  const userId = await createUser(database, 'ada@example.com', 'admin')
  const before = await readUser(database, userId)
  const changes = { claims: { org: 1 }, email: parseEmail('eve@example.com') }
  await t.rejects(updateUser(withoutMail(database), userId, { ...changes, role: 'user' }, BY_ADMIN), LastAdminError)
  t.strictSame(await readUser(database, userId), before)
  await updateUser(withoutMail(database), userId, changes, BY_ADMIN)
  t.match(await readUser(database, userId), { role: 'admin', claims: { org: 1 }, email: 'eve@example.com' })
  await sql`alter table audit_events rename to elsewhere`.execute(database.kysely)
  for (const change of [{ claims: {} }, { email: parseEmail('max@example.com') }]) {
    await t.rejects(updateUser(withoutMail(database), userId, change, BY_ADMIN), { code: '42P01' })
  }
  await sql`alter table elsewhere rename to audit_events`.execute(database.kysely)
  t.match(await readUser(database, userId), { claims: { org: 1 }, email: 'eve@example.com' })
})
