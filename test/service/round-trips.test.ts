// How many statements a request takes, counted by the server.
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../src/database/index.ts'
import { onCountingPostgres } from '../support/database.ts'
import { WITH_MAIL } from '../support/mails.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { PASSWORD } from '../support/password.ts'

const EMAIL = 'ada@example.com'

onCountingPostgres(t, 'VF22: round trips: none for a guarded request, one for a refresh and a logout, two for a login', async (
  t, database
) => {
  const { app } = await createService(t, database, { settings: WITH_MAIL })
  await createUser(database, EMAIL)
  await logIn(app, EMAIL)
  const { accessToken, refreshToken } = await logIn(app, EMAIL)
  const post = (url: string, body: object) => app.inject({ method: 'POST', url, body })
  const table: Array<[name: string, statements: number, work: () => Promise<{ statusCode: number }>, status: number]> = [
    ['300 x GET /me', 0, async () => {
      for (let turn = 0; turn < 299; turn++) await app.inject({ url: '/me', headers: { authorization: `Bearer ${accessToken}` } })
      return app.inject({ url: '/me', headers: { authorization: `Bearer ${accessToken}` } })
    }, 200],
    ['GET /.well-known/jwks.json', 0, () => app.inject('/.well-known/jwks.json'), 200],
    [
      'a forged refresh', 0, () => post('/auth/refresh', { refresh_token: refreshToken.replace(/.$/, (end) => end === 'A' ? 'B' : 'A') }),
      401
    ],
    ['a refresh', 1, () => post('/auth/refresh', { refresh_token: refreshToken }), 200],
    ['a logout', 1, () => post('/auth/logout', { refresh_token: refreshToken }), 204],
    ['a login', 2, () => post('/auth/login', { email: EMAIL, password: PASSWORD }), 200],
    ['a login that fails', 2, () => post('/auth/login', { email: EMAIL, password: 'wrong' }), 401]
  ]
  for (const [name, statements, work, status] of table) {
    const before = await countStatements(database)
    t.equal((await work()).statusCode, status, name)
    t.equal(await countStatements(database) - before, statements, name)
  }
})

/** Statements on this database so far, without those of this count and those of the service that read revocations and keys. */
async function countStatements (database: Database): Promise<number> {
  const { rows: [row] } = await sql<{ calls: string }>`select coalesce(sum(calls), 0) as calls from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
      and query ~* '\\m(users|sessions|login_attempts|audit_events|mails|mail_proofs)\\M'
      and query !~ 'pg_stat_statements'`.execute(database.kysely)
  return Number(row?.calls)
}
