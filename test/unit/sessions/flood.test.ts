// Logins that hold every connection of the pool, because their database is slow, and what must work all the same.
import pg from 'pg'
import t, { type Test } from 'tap'
import { onPostgres } from '../../support/database.ts'
import { isInTime } from '../../support/patience.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

/** The pool of the tests has 20. */
const FLOOD = 60

/** What it holds up as long as it is held: every login, in its first statement. */
async function holdLogins (t: Test, url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('begin; lock table login_attempts in exclusive mode')
  return async () => { await client.query('commit') }
}

onPostgres(t, 'AV4, F5: while logins hold all connections, sessions end, users change, and everybody learns of it', async (
  t, database, url
) => {
  const { app } = await createService(t, database)
  await createUser(database, 'root@example.com', 'admin')
  const ids = await Promise.all(['ada', 'bob', 'eve'].map((name) => createUser(database, `${name}@example.com`)))
  const root = await logIn(app, 'root@example.com')
  const [ada, bob, eve, out] = await Promise.all(['ada', 'bob', 'eve', 'root'].map((name) => logIn(app, `${name}@example.com`)))
  if (ada === undefined || bob === undefined || eve === undefined || out === undefined) throw new Error('no sessions')
  const asRoot = { authorization: `Bearer ${root.accessToken}` }

  const letGo = await holdLogins(t, url)
  const flood = Array.from({ length: FLOOD }, () => app.inject({
    method: 'POST', url: '/auth/login', body: { email: 'bob@example.com', password: PASSWORD }
  }))
  await until(() => database.load.waiting > 20)
  const refreshed = app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: bob.refreshToken } })

  const begunAt = performance.now()
  const answers = await Promise.all([
    app.inject({ method: 'DELETE', url: `/admin/sessions/${ada.sessionId}`, headers: asRoot }),
    app.inject({ method: 'PATCH', url: `/admin/users/${ids[2]}`, headers: asRoot, body: { disabled: true } }),
    app.inject({ method: 'DELETE', url: '/account/sessions', headers: { authorization: `Bearer ${bob.accessToken}` } }),
    app.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: out.refreshToken } }),
    app.inject({ method: 'POST', url: '/admin/keys/rotate', headers: asRoot, body: {} }),
    app.inject({ url: '/admin/users', headers: asRoot })
  ])
  t.strictSame(answers.map(({ statusCode }) => statusCode), [204, 200, 204, 204, 200, 200])
  for (const { accessToken } of [ada, bob, eve, out]) {
    await until(async () => (await app.inject({ url: '/me', headers: { authorization: `Bearer ${accessToken}` } })).statusCode === 401)
  }
  const tookMs = performance.now() - begunAt
  t.ok(database.load.waiting > 0, 'the flood was still there')
  t.comment(`done and known after ${Math.round(tookMs)} ms`)
  // Who asks the pool gets nothing before connections run into the deadline of their statements.
  t.ok(isInTime(tookMs, 2_000))

  t.match(await refreshed, { statusCode: 503 }, 'as one finds out who waits with the logins')
  await letGo()
  const statuses = new Set((await Promise.all(flood)).map(({ statusCode }) => statusCode))
  t.strictSame([...statuses].filter((status) => ![200, 503].includes(status)), [])
  t.equal(
    (await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'bob@example.com', password: PASSWORD } })).statusCode,
    200,
    'and then it is over'
  )
})
