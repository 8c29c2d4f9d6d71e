import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { findCredentialsById, findUser } from '../../../src/accounts/store.ts'
import { LastAdminError, NotFoundError } from '../../../src/errors.ts'
import { changePassword, updateUser, deleteUser } from '../../../src/administration/update-user.ts'
import { eachDatabase } from '../../support/database.ts'
import { listActiveSessionIds, listAuditTypes, listRevocations } from '../../support/rows.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser, hasher, withoutMail } from '../../support/users.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { PASSWORD, NEW_PASSWORD } from '../../support/password.ts'

const BY_ADMIN = { actorId: randomUUID(), origin: { ip: '192.0.2.9', userAgent: 'admin', requestId: 'req-1' } }

eachDatabase(t, 'RS19, AZ4: a new role invalidates the access tokens, and the session gets it at the next refresh', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const before = await logIn(app)
  const updated = await updateUser(withoutMail(database), userId, { role: 'advertiser' }, BY_ADMIN)
  t.match(updated, { id: userId, role: 'advertiser', disabled: false })
  const [revocation, ...others] = await listRevocations(database)
  t.match(revocation, { kind: 'user', sub: userId, sid: null })
  t.strictSame(others, [])
  t.ok(Number(before.claims.iat) < Number(revocation?.not_before))
  const after = await refreshTokens(app, before.refreshToken)
  t.equal(after.claims.role, 'advertiser')
  t.ok(Number(after.claims.iat) >= Number(revocation?.not_before))
  t.equal(after.sessionId, before.sessionId)
  const event = await database.kysely.selectFrom('audit_events').selectAll()
    .where('type', '=', 'user_role_changed').executeTakeFirstOrThrow()
  t.match(event, {
    user_id: userId,
    actor_id: BY_ADMIN.actorId,
    ip: '192.0.2.9',
    user_agent: 'admin',
    request_id: 'req-1',
    details: { from: 'user', to: 'advertiser' }
  })
  t.strictSame(await listAuditTypes(database), ['login', 'user_role_changed'])
})

eachDatabase(t, 'RS12: disabling ends every session; enabling allows logins again but revives no session', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  await createUser(database, 'bob@example.com')
  const [first, second, bob] = [await logIn(app), await logIn(app), await logIn(app, 'bob@example.com')]
  t.match(await updateUser(withoutMail(database), userId, { disabled: true }, BY_ADMIN), { disabled: true })
  for (const { refreshToken } of [first, second]) t.equal((await refresh(app, refreshToken)).statusCode, 401)
  t.strictSame(await listActiveSessionIds(database, userId), [])
  t.equal((await app.inject({
    method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: PASSWORD }
  })).statusCode, 401)
  t.equal((await refresh(app, bob.refreshToken)).statusCode, 200)
  t.match(await listRevocations(database), [{ kind: 'user', sub: userId }])
  t.match(await updateUser(withoutMail(database), userId, { disabled: false }, BY_ADMIN), { disabled: false })
  t.equal((await refresh(app, first.refreshToken)).statusCode, 401)
  t.equal((await listRevocations(database)).length, 1, 'enabling revokes nothing')
  const [revocation] = await listRevocations(database)
  t.ok(Number((await logIn(app)).claims.iat) >= Number(revocation?.not_before))
  t.strictSame((await listAuditTypes(database)).slice(3), ['user_disabled', 'sessions_ended', 'login_failed', 'user_enabled', 'login'])
})

eachDatabase(t, 'a password set by an admin ends every session, and the old password is refused', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  await updateUser(withoutMail(database), userId, { passwordHash: await hasher.hash(NEW_PASSWORD) }, BY_ADMIN)
  t.equal((await refresh(app, refreshToken)).statusCode, 401)
  const login = async (password: string) =>
    (await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password } })).statusCode
  t.equal(await login(PASSWORD), 401)
  t.equal(await login(NEW_PASSWORD), 200)
  t.strictSame(await listAuditTypes(database), ['login', 'password_changed', 'sessions_ended', 'login_failed', 'login'])
})

eachDatabase(t, 'a password changed by its user ends the other sessions, and the current one goes on', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const [mine, other] = [await logIn(app), await logIn(app)]
  const verifiedHash = (await findCredentialsById(database.kysely, userId))?.passwordHash ?? ''
  const change = { userId, sessionId: mine.sessionId, level: 1, verifiedHash, passwordHash: await hasher.hash(NEW_PASSWORD) }
  const by = { ...BY_ADMIN, actorId: userId }
  t.equal(await changePassword(withoutMail(database), change, by), true)
  t.equal((await refresh(app, other.refreshToken)).statusCode, 401)
  const [revocation] = await listRevocations(database)
  t.match(revocation, { kind: 'user', sub: userId })
  t.ok(Number((await refreshTokens(app, mine.refreshToken)).claims.iat) >= Number(revocation?.not_before))
  t.strictSame(await listAuditTypes(database), ['login', 'login', 'password_changed', 'sessions_ended'])

  t.equal(await changePassword(withoutMail(database), change, by), false, 'the verified hash is no longer the stored one')
  t.equal((await listAuditTypes(database)).length, 4)
  t.equal((await refresh(app, mine.refreshToken)).statusCode, 200)
})

eachDatabase(t, 'of two password changes at once one succeeds, and a disabled user cannot change it', async (t, database) => {
  const userId = await createUser(database)
  const verifiedHash = (await findCredentialsById(database.kysely, userId))?.passwordHash ?? ''
  const change = (passwordHash: string) =>
    changePassword(withoutMail(database), { userId, sessionId: randomUUID(), level: 1, verifiedHash, passwordHash }, BY_ADMIN)
  t.strictSame((await Promise.all([change('one'), change('other')])).sort(), [false, true])
  await updateUser(withoutMail(database), userId, { disabled: true, passwordHash: verifiedHash }, BY_ADMIN)
  t.equal(await change('third'), false)
})

eachDatabase(t, 'several changes are atomic', async (t, database) => {
  const userId = await createUser(database, 'ada@example.com', 'admin')
  await t.rejects(updateUser(withoutMail(database), userId, { role: 'user', passwordHash: 'other' }, BY_ADMIN), LastAdminError)
  t.not((await findCredentialsById(database.kysely, userId))?.passwordHash, 'other')
  t.strictSame(await listRevocations(database), [])
  t.strictSame(await listAuditTypes(database), [])
  await createUser(database, 'eve@example.com', 'admin')
  await updateUser(withoutMail(database), userId, { role: 'user', disabled: true, passwordHash: 'other' }, BY_ADMIN)
  t.match(await findCredentialsById(database.kysely, userId), { role: 'user', disabled: true, passwordHash: 'other' })
  t.strictSame(await listAuditTypes(database), ['user_role_changed', 'user_disabled', 'password_changed', 'sessions_ended'])
  t.equal((await listRevocations(database)).length, 1)
})

eachDatabase(t, 'a change to the current value is not audited', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  await updateUser(withoutMail(database), userId, { role: 'user', disabled: false }, BY_ADMIN)
  await updateUser(withoutMail(database), userId, {}, BY_ADMIN)
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
  t.strictSame(await listAuditTypes(database), ['login'])
})

eachDatabase(t, 'RS12: a deleted user leaves no session, and their tokens are refused for good', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const [first, second] = [await logIn(app), await logIn(app)]
  await deleteUser(database, userId, BY_ADMIN)
  t.equal(await findUser(database.kysely, userId), undefined)
  for (const { refreshToken } of [first, second]) t.equal((await refresh(app, refreshToken)).statusCode, 401)
  const [revocation, ...others] = await listRevocations(database)
  t.match(revocation, { kind: 'user', sub: userId })
  t.strictSame(others, [])
  for (const { claims } of [first, second]) t.ok(Number(claims.iat) < Number(revocation?.not_before))
  const events = await database.kysely.selectFrom('audit_events')
    .select(['type', 'user_id', 'details']).orderBy('id', 'desc').limit(1).execute()
  t.strictSame(events, [{ type: 'user_deleted', user_id: userId, details: { role: 'user' } }])
  const again = await createUser(database)
  t.not(again, userId, 'an id is never reused')
})

eachDatabase(t, 'a token whose iat is ahead of the clock is refused once its user is deleted', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken } = await logIn(app)
  await updateUser(withoutMail(database), userId, { role: 'advertiser' }, BY_ADMIN)
  const { claims } = await refreshTokens(app, refreshToken)
  await deleteUser(database, userId, BY_ADMIN)
  const notBefores = await listRevocations(database)
  t.ok(Number(claims.iat) < Number(notBefores.at(-1)?.not_before))
})

eachDatabase(t, 'an unknown user is not found, and nothing is revoked or audited', async (t, database) => {
  await t.rejects(updateUser(withoutMail(database), randomUUID(), { role: 'advertiser' }, BY_ADMIN), NotFoundError)
  await t.rejects(updateUser(withoutMail(database), randomUUID(), { disabled: false }, BY_ADMIN), NotFoundError)
  await t.rejects(deleteUser(database, randomUUID(), BY_ADMIN), NotFoundError)
  t.equal(
    await changePassword(
      withoutMail(database), { userId: randomUUID(), sessionId: randomUUID(), level: 1, verifiedHash: 'a', passwordHash: 'b' }, BY_ADMIN),
    false
  )
  t.strictSame(await listRevocations(database), [])
  t.strictSame(await listAuditTypes(database), [])
})

eachDatabase(t, 'AZ10, F28: a change whose event cannot be recorded does not happen', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { sessionId, refreshToken } = await logIn(app)
  const verifiedHash = (await findCredentialsById(database.kysely, userId))?.passwordHash ?? ''
  const missing = { code: '42P01' }
  await sql`alter table audit_events rename to elsewhere`.execute(database.kysely)
  await t.rejects(updateUser(withoutMail(database), userId, { role: 'advertiser' }, BY_ADMIN), missing)
  await t.rejects(updateUser(withoutMail(database), userId, { disabled: true, passwordHash: 'other' }, BY_ADMIN), missing)
  const other = { userId, sessionId, level: 1, verifiedHash, passwordHash: 'other' }
  await t.rejects(changePassword(withoutMail(database), other, BY_ADMIN), missing)
  await t.rejects(deleteUser(database, userId, BY_ADMIN), missing)
  await sql`alter table elsewhere rename to audit_events`.execute(database.kysely)
  t.match(await findCredentialsById(database.kysely, userId), { role: 'user', disabled: false, passwordHash: verifiedHash })
  t.strictSame(await listRevocations(database), [])
  t.equal((await refresh(app, refreshToken)).statusCode, 200)
})

eachDatabase(t, 'no login or refresh that races a change keeps the old role or password', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  for (let round = 0; round < 12; round++) {
    const email = `user${round}@example.com`
    const userId = await createUser(database, email)
    const { refreshToken } = await logIn(app, email)
    const deletes = round % 2 === 0
    const change = deletes
      ? deleteUser(database, userId, BY_ADMIN)
      : updateUser(withoutMail(database), userId, { disabled: true }, BY_ADMIN)
    const login = app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
    const replies = await Promise.all([login, refresh(app, refreshToken), change.then(() => login)])
    const revocation = (await listRevocations(database)).find(({ sub }) => sub === userId)
    for (const reply of replies) {
      if (reply.statusCode === 200) {
        t.ok(
          Number(decodeClaims(reply.json().access_token).iat) < Number(revocation?.not_before),
          'a token that was issued is before the not-before'
        )
      } else {
        t.equal(reply.statusCode, 401)
      }
    }
    t.strictSame(await listActiveSessionIds(database, userId), [])
  }
})
