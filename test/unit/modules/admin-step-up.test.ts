// ADMIN_STEP_UP in the service: an admin whose proof is old is asked for a new one, and goes on with the token of a step-up.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refreshTokens } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'

const ADMIN = 'root@example.com'
const CHALLENGE = 'Bearer error="insufficient_user_authentication", max_age="900"'

/** A service, and an admin whose login was so many seconds ago. */
async function createWorld (t: Test, database: Database, { mode, age }: { mode: string | undefined, age: number }) {
  const { app } = await createService(t, database, { settings: mode === undefined ? {} : { ADMIN_STEP_UP: mode } })
  await createUser(database, ADMIN, 'admin')
  const { refreshToken } = await logIn(app, ADMIN)
  await sql`update sessions set authenticated_at = authenticated_at - make_interval(secs => ${age})`.execute(database.kysely)
  return { app, ...await refreshTokens(app, refreshToken) }
}

type Change = readonly [method: 'POST' | 'PATCH' | 'DELETE', url: string, body: object | undefined, status: number]

/** Every change by an admin, as one that succeeds; the last one ends the admin's session too. */
async function listChanges (database: Database): Promise<Change[]> {
  const [ada, bob] = [await createUser(database, `${randomUUID()}@example.com`), await createUser(database, `${randomUUID()}@example.com`)]
  const eve = { email: `${randomUUID()}@example.com`, password: PASSWORD, role: 'user' }
  return [
    ['POST', '/admin/users', eve, 201],
    ['PATCH', `/admin/users/${ada}`, { claims: { org: 1 } }, 200],
    ['DELETE', `/admin/users/${bob}`, undefined, 204],
    ['DELETE', `/admin/users/${ada}/sessions`, undefined, 204],
    ['DELETE', '/admin/sessions/SESSION', undefined, 204],
    ['POST', '/admin/keys/rotate', {}, 200],
    ['DELETE', '/admin/sessions', undefined, 204]
  ]
}

const send = (app: FastifyInstance, token: string, method: Change[0] | 'GET', url: string, body?: object) => app.inject({
  method, url, headers: { authorization: `Bearer ${token}` }, ...(body !== undefined && { body })
})

eachDatabase(t, 'AZ5: ADMIN_STEP_UP=always: changes need a proof of the last 900 s, which a step-up gives', async (t, database) => {
  const { app, accessToken, refreshToken } = await createWorld(t, database, { mode: 'always', age: 1000 })
  const changes = await listChanges(database)
  await createUser(database, 'max@example.com')
  const { sessionId: other } = await logIn(app, 'max@example.com')
  const events = await listAuditTypes(database)
  for (const [method, url, body] of changes) {
    const reply = await send(app, accessToken, method, url.replace('SESSION', other), body)
    t.match({ status: reply.statusCode, ...reply.json() }, { status: 401, code: 'insufficient_user_authentication' }, `${method} ${url}`)
    t.match(reply.headers, { 'www-authenticate': CHALLENGE, 'cache-control': 'no-store' })
  }
  t.strictSame(await listAuditTypes(database), events, 'nothing has happened')
  for (const url of ['/admin/users', '/admin/keys', '/admin/audit', '/me', '/account', '/account/sessions']) {
    t.equal((await send(app, accessToken, 'GET', url)).statusCode, 200, url)
  }
  const steppedUp: string = (await send(app, accessToken, 'POST', '/auth/step-up', { password: PASSWORD })).json().access_token
  for (const [method, url, body, status] of changes) {
    t.equal((await send(app, steppedUp, method, url.replace('SESSION', other), body)).statusCode, status, `${method} ${url}`)
    if (url.endsWith('/users')) {
      const { accessToken: refreshed } = await refreshTokens(app, refreshToken)
      t.equal((await send(app, refreshed, method, url, body)).statusCode, 401, 'a refresh after it does not inherit the proof')
    }
  }
})

eachDatabase(t, 'a login of the last 900 s is a recent proof', async (t, database) => {
  for (const [index, [age, status]] of ([[0, 200], [890, 200], [1000, 401]] as const).entries()) {
    await sql`truncate users, sessions cascade`.execute(database.kysely)
    const { app, accessToken } = await createWorld(t, database, { mode: 'always', age })
    const ada = await createUser(database, `ada${index}@example.com`)
    t.equal((await send(app, accessToken, 'PATCH', `/admin/users/${ada}`, { role: 'advertiser' })).statusCode, status, `${age} s`)
  }
})

eachDatabase(t, 'ADMIN_STEP_UP off, or factor while there are no factors, asks for no proof', async (t, database) => {
  for (const mode of ['off', 'factor', undefined]) {
    await sql`truncate users, sessions cascade`.execute(database.kysely)
    const { app, accessToken } = await createWorld(t, database, { mode, age: 100_000 })
    await createUser(database, 'max@example.com')
    const { sessionId: other } = await logIn(app, 'max@example.com')
    for (const [method, url, body, status] of await listChanges(database)) {
      t.equal((await send(app, accessToken, method, url.replace('SESSION', other), body)).statusCode, status, `${mode}: ${method} ${url}`)
    }
  }
})
