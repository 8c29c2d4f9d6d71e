// How often one account may log in, and that it keeps nobody else out of the hashing queue.
import t from 'tap'
import { InvalidCredentialsError, TooManyAttemptsError } from '../../../src/errors.ts'
import { createLoginLimiter, toLoginLimit } from '../../../src/sessions/limits.ts'
import { ask, logIn as tokensFor } from '../../support/client.ts'
import { onPostgres } from '../../support/database.ts'
import { freePort } from '../../../scripts/free-port.js'
import { postgresSettings, startService } from '../../support/process.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD }

t.test('thirty at once, then one in two seconds, however the e-mail is written, and in proportion where more is allowed', async (t) => {
  let nowMs = 0
  const limiter = createLoginLimiter(toLoginLimit(10), () => nowMs)
  const waitOf = async (email = 'ada@example.com') => limiter.run(email, async () => 0).catch((error: unknown) => {
    if (!(error instanceof TooManyAttemptsError)) throw error
    return Number(error.headers['retry-after'])
  })
  for (let turn = 0; turn < 30; turn++) t.equal(await waitOf(turn % 2 === 0 ? 'ada@example.com' : ' ADA@Example.com'), 0)
  t.equal(await waitOf(), 2)
  t.equal(await waitOf('bob@example.com'), 0)
  nowMs = 1_999
  t.equal(await waitOf(), 1)
  nowMs = 2_000
  t.equal(await waitOf(), 0)
  t.equal(await waitOf(), 2)
  nowMs = 120_000
  for (let turn = 0; turn < 30; turn++) t.equal(await waitOf(), 0)
  t.equal(await waitOf(), 2)
  t.strictSame([1, 10, 200].map(toLoginLimit), [
    { burst: 30, perSecond: 0.5 }, { burst: 30, perSecond: 0.5 }, { burst: 600, perSecond: 10 }
  ])
})

t.test('what fails is not counted, and takes a place only as long as it is looked at', async (t) => {
  const limiter = createLoginLimiter(toLoginLimit(10), () => 0)
  const wrong = async () => { throw new InvalidCredentialsError() }
  for (let turn = 0; turn < 100; turn++) await t.rejects(limiter.run('ada@example.com', wrong), InvalidCredentialsError)
  const ends: Array<() => void> = []
  const guesses = Array.from({ length: 31 }, () => limiter.run('ada@example.com', () =>
    new Promise<void>((_resolve, reject) => ends.push(() => reject(new InvalidCredentialsError())))))
  const outcomes = Promise.allSettled(guesses)
  t.equal(ends.length, 30, 'the last was not begun')
  for (const end of ends) end()
  t.strictSame(
    (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof TooManyAttemptsError),
    [...Array(30).fill(false), true]
  )
  t.equal(await limiter.run('ada@example.com', async () => 'in'), 'in')
})

onPostgres(t, 'an account that logs in 110 times at once keeps nobody else out', async (t, _database, url) => {
  const METRICS_PORT = String(await freePort())
  // One hash at a time, and fifty that wait.
  const settings = {
    TRUST_PROXY: '127.0.0.1,::1',
    LOGIN_RATE_PER_MINUTE: '10',
    UV_THREADPOOL_SIZE: '2',
    ARGON2_MEMORY: '19456',
    ARGON2_TIME: '2',
    METRICS_PORT
  }
  const service = await startService(t, { ...postgresSettings(url), ...ADMIN, ...settings })
  const admin = await tokensFor(service.address, ADMIN.ADMIN_EMAIL, PASSWORD)
  for (const email of ['ada@example.com', 'bob@example.com']) {
    t.match(await ask(`${service.address}/admin/users`, {
      method: 'POST', token: admin.accessToken, body: { email, password: PASSWORD, role: 'user' }
    }), { status: 201 })
  }
  const logInFrom = (ip: string, email: string) => ask(`${service.address}/auth/login`, {
    method: 'POST', headers: { 'x-forwarded-for': ip }, body: { email, password: PASSWORD }
  })
  const startedAt = performance.now()
  const flood = Array.from({ length: 110 }, (_, index) => logInFrom(`10.0.0.${index}`, 'ada@example.com'))
  await until(async () =>
    Number(/^gatepass_hashing_waiting (\d+)$/m.exec(await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text())?.[1]) > 10)
  t.match(await logInFrom('10.0.1.1', 'bob@example.com'), { status: 200 })
  const answers = await Promise.all(flood)
  const good = answers.filter(({ status }) => status === 200).length
  // One more for each two seconds that it took.
  t.ok(good >= 30 && good <= 31 + (performance.now() - startedAt) / 2_000, `${good} were let in`)
  t.strictSame([...new Set(answers.map(({ status }) => status))].sort(), [200, 429])
  for (const { status, body, headers } of answers) {
    if (status === 429) {
      t.match(
        { body, retryAfter: Number(headers.get('retry-after')) > 0 },
        { body: { code: 'too_many_attempts' }, retryAfter: true }
      )
    }
  }
})

onPostgres(t, 'changes of a password count with logins, and the throttle forgets what was turned away here', async (t, database) => {
  const { app } = await createService(t, database, { settings: { LOGIN_RATE_PER_MINUTE: '10' } })
  await createUser(database, 'ada@example.com')
  const { accessToken } = await logIn(app, 'ada@example.com')
  const change = (password: string) => app.inject({
    method: 'PUT',
    url: '/account/password',
    headers: { authorization: `Bearer ${accessToken}` },
    body: { current_password: password, new_password: 'short' }
  })
  for (let turn = 0; turn < 5; turn++) t.equal((await change('wrong')).statusCode, 403)
  const statuses = []
  for (let turn = 0; turn < 40; turn++) statuses.push((await change(PASSWORD)).statusCode)
  t.ok(statuses.indexOf(429) >= 29, 'the login was one of thirty')
  t.strictSame([...new Set(statuses)], [422, 429])
  const login = await app.inject({ method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: PASSWORD } })
  t.ok([200, 429].includes(login.statusCode))
  const held = await database.kysely.selectFrom('login_attempts').select('blocked_until').where('blocked_until', 'is not', null).execute()
  t.strictSame(held, [], 'no counter of the throttle holds anybody up')
})

onPostgres(t, 'one address that tries 200 accounts at once keeps nobody else out', async (t, database) => {
  // One hash at a time, and fifty that wait.
  const { app } = await createService(t, database, { settings: { UV_THREADPOOL_SIZE: '2', ARGON2_MEMORY: '8192', ARGON2_TIME: '2' } })
  await createUser(database, 'bob@example.com')
  const logInFrom = (remoteAddress: string, email: string) =>
    app.inject({ method: 'POST', url: '/auth/login', remoteAddress, body: { email, password: PASSWORD } })
  let turnedAway = 0
  const flood = Array.from({ length: 200 }, async (_, index) => {
    const { statusCode } = await logInFrom('192.0.2.1', `user${index}@example.com`)
    if (statusCode === 503) turnedAway++
    return statusCode
  })
  await until(() => turnedAway > 0)
  t.equal((await logInFrom('192.0.2.2', 'bob@example.com')).statusCode, 200)
  t.strictSame([...new Set(await Promise.all(flood))].sort(), [401, 503])
})
