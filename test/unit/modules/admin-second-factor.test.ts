// What admins do with second factors of others, and what theirs ask of them.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { insertPasskey } from '../../support/factors.ts'
import { listActiveSessionIds, listAuditEvents, listRevocations } from '../../support/rows.ts'
import { bearer } from '../../support/tokens.ts'
import { createModulesApp, createTestUser, requestAs } from './modules-app.ts'

eachDatabase(t, 'MF10: an admin removes the second factors of a user: sessions end, and the user is told', async (t, database) => {
  const app = await createModulesApp(t, database)
  const [root, ada] = [await createTestUser(database, 'root@example.com', 'admin'), await createTestUser(database, 'ada@example.com')]
  await insertPasskey(database, ada.id)
  await database.kysely.insertInto('totp').values({ user_id: ada.id, secret_jwe: 'jwe', confirmed_at: new Date() }).execute()
  await database.kysely.insertInto('recovery_codes').values({ user_id: ada.id, digest: Buffer.from('digest') }).execute()
  await sql`update users set second_factor_since = now() where id = ${ada.id}`.execute(database.kysely)
  await insertPasskey(database, root.id)
  const request = requestAs(app, root)
  t.equal((await request('DELETE', `/admin/users/${ada.id}/second-factor`)).statusCode, 204)
  for (const table of ['totp', 'recovery_codes', 'passkeys'] as const) {
    const rows = await database.kysely.selectFrom(table).select('user_id').execute()
    t.strictSame(rows, table === 'passkeys' ? [{ user_id: root.id }] : [], table)
  }
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  t.match(await listRevocations(database), [{ kind: 'user', sub: ada.id }])
  const mails = await database.kysely.selectFrom('mails').select(['purpose', 'user_id']).execute()
  t.strictSame(mails, [{ purpose: 'second_factor_changed', user_id: ada.id }])
  const isRemoval = ({ type }: { type: string }) => type === 'second_factors_removed'
  t.match((await listAuditEvents(database)).filter(isRemoval), [
    { actor_id: root.id, details: { totp: true, recovery_codes: 1, passkeys: 1 } }
  ])
  t.equal((await request('DELETE', `/admin/users/${ada.id}/second-factor`)).statusCode, 204, 'and again')
  t.equal((await listAuditEvents(database)).filter(isRemoval).length, 1, 'there was nothing to remove')
  t.equal((await request('DELETE', `/admin/users/${randomUUID()}/second-factor`)).statusCode, 404)
  t.equal((await requestAs(app, ada)('DELETE', `/admin/users/${root.id}/second-factor`)).statusCode, 403)
})

eachDatabase(t, 'AZ5: a change by an admin who has a second factor asks for a recent proof with it', async (t, database) => {
  const now = Math.floor(Date.now() / 1000)
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="900"'
  for (const [adminStepUp, hasFactor, acr, age, status] of [
    ['factor', false, 'aal1', 5000, 200], ['factor', true, 'aal1', 0, 401], ['factor', true, 'aal2', 0, 200],
    ['factor', true, 'aal2', 700, 200], ['factor', true, 'phr', 1000, 401], ['always', true, 'aal1', 0, 401],
    ['always', false, 'aal1', 0, 200], ['always', true, 'phr', 0, 200], ['off', true, 'aal1', 5000, 200]
  ] as const) {
    const app = await createModulesApp(t, database, { adminStepUp })
    const { id, sessionId } = await createTestUser(database, `${randomUUID()}@example.com`, 'admin')
    if (hasFactor) await sql`update users set second_factor_since = now() where id = ${id}`.execute(database.kysely)
    const request = requestAs(app, { authorization: bearer({ sub: id, sid: sessionId, role: 'admin', acr, auth_time: now - age }) })
    const { id: other } = await createTestUser(database, `${randomUUID()}@example.com`)
    const reply = await request('PATCH', `/admin/users/${other}`, { claims: { org: 1 } })
    const place = `${adminStepUp} ${hasFactor} ${acr} ${age}`
    t.equal(reply.statusCode, status, place)
    if (status === 401) t.match(reply.headers, { 'www-authenticate': challenge, 'cache-control': 'no-store' }, place)
    t.equal((await request('GET', '/admin/users')).statusCode, 200, 'reading asks for nothing')
  }
})
