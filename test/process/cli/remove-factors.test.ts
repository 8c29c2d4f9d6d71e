// `gatepass user remove-factors`, for who has lost the phone and the recovery codes, beside a service that runs.
import t from 'tap'
import { onPostgres } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { postgresSettings, QUICK, runCommand } from '../../support/process.ts'
import { enrolTotp, post } from '../../support/second-factors.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'

onPostgres(t, 'MF8: remove-factors removes all second factors of a user, ends the sessions, and says so', async (t, database, url) => {
  const settings = { ...postgresSettings(url), ...QUICK }
  const { app } = await createService(t, database)
  await createUser(database)
  const userId = await createUser(database, 'eve@example.com')
  const { refreshToken } = await enrolTotp(app, database)
  const { refreshToken: refreshTokenOfEve } = await enrolTotp(app, database, 'eve@example.com')
  const run = (...words: string[]) => runCommand(t, ['user', 'remove-factors', ...words], settings).ended

  const { code, stdout } = await run('ada@example.com')
  t.equal(code, 0)
  t.match(stdout, /The second factors are removed, and the sessions of the user have ended\.\n/)
  t.equal((await post(app, '/auth/login', { email: 'ada@example.com', password: PASSWORD })).status, 200, 'the password is enough')
  t.equal((await post(app, '/auth/refresh', { refresh_token: refreshToken })).status, 401)
  for (const table of ['totp', 'recovery_codes'] as const) {
    const rows = await database.kysely.selectFrom(table).select('user_id').distinct().execute()
    t.strictSame(rows, [{ user_id: userId }], `${table}: those of others stay`)
  }
  t.equal((await post(app, '/auth/refresh', { refresh_token: refreshTokenOfEve })).status, 200)
  const events = await database.kysely.selectFrom('audit_events').select('type').execute()
  t.ok(events.some(({ type }) => type === 'second_factors_removed'), 'it is audited')

  const again = await run('ada@example.com', '--json')
  t.match({ code: again.code, ...JSON.parse(again.stdout) }, { code: 0, email: 'ada@example.com', removed: false })
  t.match((await run('ada@example.com')).stdout, /The user has no second factor\.\n/)
  t.match(await run('nobody@example.com'), { code: 1, stderr: /There is no such user\./ })
})
