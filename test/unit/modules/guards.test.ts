import { randomUUID } from 'node:crypto'
import t from 'tap'
import { defaultRoles } from '../../../src/contract/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { createModulesApp, createTestUser } from './modules-app.ts'
import { listAuditTypes, listActiveSessionIds } from '../../support/rows.ts'
import { bearer } from '../../support/tokens.ts'

const id = randomUUID()

/** Every route of the modules, and the capability that it requires. */
const ROUTES: ReadonlyArray<[method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, capability: string]> = [
  ['GET', '/me', 'account:read'],
  ['POST', '/auth/step-up', 'account:read'],
  ['POST', '/auth/step-up/options', 'account:read'],
  ['GET', '/account', 'account:read'],
  ['POST', '/account/email', 'account:write'],
  ['POST', '/account/email/confirm', 'account:write'],
  ['POST', '/account/email/verification', 'account:write'],
  ['POST', '/account/email/verification/confirm', 'account:write'],
  ['PUT', '/account/password', 'account:write'],
  ['POST', '/account/passkeys/options', 'account:enrol'],
  ['POST', '/account/passkeys', 'account:enrol'],
  ['PATCH', `/account/passkeys/${id}`, 'account:write'],
  ['DELETE', `/account/passkeys/${id}`, 'account:write'],
  ['GET', '/account/security', 'account:enrol'],
  ['POST', '/account/totp', 'account:enrol'],
  ['POST', '/account/totp/confirm', 'account:enrol'],
  ['DELETE', '/account/totp', 'account:write'],
  ['POST', '/account/recovery-codes', 'account:write'],
  ['PUT', '/account/second-factor', 'account:write'],
  ['GET', '/account/sessions', 'account:read'],
  ['DELETE', '/account/sessions', 'account:write'],
  ['DELETE', `/account/sessions/${id}`, 'account:write'],
  ['GET', '/admin/users', 'users:read'],
  ['POST', '/admin/users', 'users:write'],
  ['GET', `/admin/users/${id}`, 'users:read'],
  ['PATCH', `/admin/users/${id}`, 'users:write'],
  ['DELETE', `/admin/users/${id}`, 'users:write'],
  ['POST', `/admin/users/${id}/password-reset`, 'users:write'],
  ['DELETE', `/admin/users/${id}/second-factor`, 'users:write'],
  ['GET', `/admin/users/${id}/sessions`, 'sessions:read'],
  ['DELETE', `/admin/users/${id}/sessions`, 'sessions:end'],
  ['DELETE', `/admin/sessions/${id}`, 'sessions:end'],
  ['GET', '/admin/keys', 'keys:read'],
  ['POST', '/admin/keys/rotate', 'keys:rotate'],
  ['GET', '/admin/audit', 'audit:read'],
  ['DELETE', '/account', 'account:write'],
  ['GET', '/admin/mails', 'mails:read'],
  ['POST', `/admin/mails/${id}/retry`, 'mails:write'],
  // Last, because it ends the epoch of the sessions that the test inserts.
  ['DELETE', '/admin/sessions', 'sessions:end']
]

eachDatabase(t, 'TF11, AZ1: every route admits the roles that have its capability, and no others', async (t, database) => {
  const app = await createModulesApp(t, database)
  const roles = [...defaultRoles.names, 'stranger']
  t.equal(roles.length, 4)
  const failures: string[] = []
  for (const [method, url, capability] of ROUTES) {
    const anonymous = await app.inject({ method, url })
    t.match({ status: anonymous.statusCode, ...anonymous.json() }, { status: 401, code: 'missing_token' }, `${method} ${url}`)
    for (const role of roles) {
      const { authorization } = await createTestUser(database, `${randomUUID()}@example.com`, role)
      const reply = await app.inject({ method, url, headers: { authorization } })
      const isAllowed = defaultRoles.getCapabilities(role).has(capability)
      const isRight = isAllowed ? ![401, 403].includes(reply.statusCode) : reply.statusCode === 403
      if (!isRight || reply.headers['cache-control'] !== 'no-store') failures.push(`${role}: ${method} ${url}: ${reply.statusCode}`)
    }
  }
  t.strictSame(failures, [])
})

const CENTRAL = new Set([
  'PUT /account/password', 'POST /account/email', 'POST /account/email/confirm', 'POST /account/email/verification',
  'POST /account/email/verification/confirm', `PATCH /account/passkeys/${id}`,
  // Their change looks the session up.
  'POST /account/passkeys/options', 'POST /account/totp',
  `DELETE /account/passkeys/${id}`, 'DELETE /account', 'POST /admin/users', `PATCH /admin/users/${id}`,
  'DELETE /account/totp', 'POST /account/recovery-codes', 'PUT /account/second-factor', `DELETE /admin/users/${id}/second-factor`,
  `DELETE /admin/users/${id}`, `POST /admin/users/${id}/password-reset`, `DELETE /admin/users/${id}/sessions`,
  `DELETE /admin/sessions/${id}`, 'DELETE /admin/sessions', 'POST /admin/keys/rotate', `POST /admin/mails/${id}/retry`
])

eachDatabase(t, 'AZ4, AZ5: a token whose session has ended can still read, but not change other users or a password', async (
  t, database
) => {
  const app = await createModulesApp(t, database)
  const { authorization, sessionId } = await createTestUser(database, 'root@example.com', 'admin')
  const other = await createTestUser(database, 'ada@example.com')
  // Ended in the database, so no verifier has heard of it.
  await database.kysely.updateTable('sessions').set({ ended_at: new Date() }).where('id', '=', sessionId).execute()
  const keys = await database.kysely.selectFrom('signing_keys').selectAll().orderBy('kid').execute()
  for (const [method, url] of ROUTES.filter(([method, url]) => method !== 'DELETE' || !url.startsWith('/account/sessions'))) {
    const reply = await app.inject({
      method, url: url.replace(`/admin/sessions/${id}`, `/admin/sessions/${other.sessionId}`), headers: { authorization }
    })
    t.equal(reply.statusCode === 401, CENTRAL.has(`${method} ${url}`), `${method} ${url}: ${reply.statusCode}`)
    if (reply.statusCode === 401) {
      t.match({ ...reply.json(), ...reply.headers }, { code: 'invalid_token', 'www-authenticate': /error="invalid_token"/ })
    }
  }
  t.strictSame(await listActiveSessionIds(database, other.id), [other.sessionId])
  t.strictSame(await database.kysely.selectFrom('revocations').selectAll().execute(), [])
  t.strictSame(await database.kysely.selectFrom('signing_keys').selectAll().orderBy('kid').execute(), keys)
  t.strictSame(await listAuditTypes(database), [])
})

/** Those that ask for one of the last 300 s, always. */
const STEP_UP = new Set([
  'POST /account/email', 'POST /account/email/confirm', 'POST /account/passkeys/options', 'POST /account/passkeys',
  `PATCH /account/passkeys/${id}`, `DELETE /account/passkeys/${id}`, 'DELETE /account', 'POST /account/totp',
  'POST /account/totp/confirm', 'DELETE /account/totp', 'POST /account/recovery-codes', 'PUT /account/second-factor'
])

eachDatabase(t, 'AZ5: with ADMIN_STEP_UP every change by an admin asks for a recent proof, and no other route does', async (
  t, database
) => {
  const app = await createModulesApp(t, database, { adminStepUp: 'always' })
  const changes = ROUTES.filter(([method, url]) => url.startsWith('/admin') && method !== 'GET')
  t.equal(changes.length, 10)
  const challenge = 'Bearer error="insufficient_user_authentication", max_age="900"'
  for (const [age, expected] of [[1000, changes], [880, []]] as const) {
    const asked: Array<typeof ROUTES[number]> = []
    for (const route of ROUTES) {
      const [method, url] = route
      const { id: sub, sessionId: sid } = await createTestUser(database, `${randomUUID()}@example.com`, 'admin')
      const authorization = bearer({ sub, sid, role: 'admin', auth_time: Math.floor(Date.now() / 1000) - age })
      const reply = await app.inject({ method, url, headers: { authorization } })
      if (reply.headers['www-authenticate'] === challenge && reply.json().code === 'insufficient_user_authentication') asked.push(route)
      else t.equal(reply.statusCode === 401, STEP_UP.has(`${method} ${url}`), `${method} ${url}`)
    }
    t.strictSame(asked, expected)
  }
})

eachDatabase(t, 'AZ11: HEAD routes are guarded, too', async (t, database) => {
  const app = await createModulesApp(t, database)
  for (const [, url] of ROUTES.filter(([method]) => method === 'GET')) {
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 401, url)
  }
})

eachDatabase(t, 'AZ1: the table above is complete', async (t, database) => {
  const app = await createModulesApp(t, database)
  const printed = app.printRoutes({ commonPrefix: false })
  const count = [...printed.matchAll(/\(([A-Z, ]+)\)/g)]
    .flatMap(([, methods = '']) => methods.split(', ')).filter((method) => method !== 'HEAD').length
  t.equal(count, ROUTES.length, printed)
})
