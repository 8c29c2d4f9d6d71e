// What requests that only read may do.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../src/database/index.ts'
import { eachDatabase } from '../support/database.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'

eachDatabase(t, 'HC9, AZ9: a read changes nothing, and no response has a hash, a private key or a refresh token', async (t, database) => {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const { app } = await createService(t, database, { settings: { FEED_TOKEN } })
  const id = await createUser(database, 'root@example.com', 'admin')
  const { accessToken, refreshToken, sessionId } = await logIn(app, 'root@example.com')
  const { paths } = (await app.inject('/openapi.json')).json()
  const before = await readAllRows(database)
  const { rows } = await sql<{ secret: string }>`select password_hash as secret from users
    union all select private_jwe from signing_keys where private_jwe is not null`.execute(database.kysely)
  const secrets = [refreshToken, ...rows.map(({ secret }) => secret)]
  t.equal(secrets.length, 4)
  for (const path of Object.keys(paths)) {
    const url = path.replace('{id}', path.includes('users') ? id : sessionId)
    const authorization = `Bearer ${path === '/revocations' ? FEED_TOKEN : accessToken}`
    const headers = { authorization, cookie: `__Host-gatepass=${refreshToken}`, origin: 'https://auth.example.com' }
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
      for (const address of [url, `${url}?confirm=true&_method=DELETE`]) {
        const response = await app.inject({ method, url: address, headers })
        const text = `${response.body} ${JSON.stringify(response.headers)}`
        t.ok(response.statusCode < 500, `${method} ${address}: ${response.statusCode}`)
        for (const secret of secrets) t.notOk(text.includes(secret), `${method} ${address}`)
      }
    }
  }
  t.equal(await readAllRows(database), before)
})

eachDatabase(t, 'TF5: an e-mail that is registered again is another user', async (t, database) => {
  const { app } = await createService(t, database, { settings: { REGISTRATION: 'open' } })
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const headers = { authorization: `Bearer ${accessToken}` }
  const body = { email: 'ada@example.com', password: PASSWORD }
  const ids = []
  for (let time = 0; time < 2; time++) {
    const { id } = (await app.inject({ method: 'POST', url: '/auth/register', body })).json()
    ids.push(id)
    t.equal((await app.inject({ method: 'DELETE', url: `/admin/users/${id}`, headers })).statusCode, 204)
  }
  t.match(ids, [/^[\da-f-]{36}$/, /^[\da-f-]{36}$/])
  t.not(ids[0], ids[1])
})

/** All rows, as text. */
async function readAllRows (database: Database): Promise<string> {
  const tables = ['users', 'global_state', 'sessions', 'signing_keys', 'revocations', 'audit_events', 'login_attempts']
  const texts = tables.map((table) => sql`coalesce((select string_agg(x::text, ' ' order by x::text) from ${sql.table(table)} x), '')`)
  const { rows: [row] } = await sql<{ text: string }>`select ${sql.join(texts, sql` || `)} as text`.execute(database.kysely)
  return row?.text ?? ''
}
