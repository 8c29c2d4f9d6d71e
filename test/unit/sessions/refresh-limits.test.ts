// AB14
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t from 'tap'
import { createRefreshCounters } from '../../../src/sessions/refresh.ts'
import { toRefreshLimits } from '../../../src/sessions/limits.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { ageSession, readSession } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { createUser } from '../../support/users.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'

const LIMITS = toRefreshLimits(10)
// Few enough at once that the slowest machine answers each in time: what is asked here is how many, not how fast.
const AT_ONCE = 50
const MOST = 20 * LIMITS.session.burst

/**
 * Refreshes until the limit is met.
 *
 * @param requestOf what the request with this number has of its own
 * @returns all replies, and how many of them the limit lets pass in the time that they took
 */
async function refreshUntilLimited (
  app: FastifyInstance, requestOf: (index: number) => InjectOptions
): Promise<{ replies: LightMyRequestResponse[], mayPass: number }> {
  const startedAt = performance.now()
  const replies: LightMyRequestResponse[] = []
  while (replies.length < MOST && !replies.some(({ statusCode }) => statusCode === 429)) {
    const next = Array.from({ length: AT_ONCE }, (_, index) =>
      app.inject({ method: 'POST', url: '/auth/refresh', ...requestOf(replies.length + index) }))
    replies.push(...await Promise.all(next))
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { replies, mayPass: LIMITS.session.burst + Math.ceil(seconds * LIMITS.session.perSecond) }
}

t.test('the limits are those that are written down', async (t) => {
  t.strictSame(LIMITS, {
    session: { burst: 1_000, perSecond: 10 },
    address: { burst: 5_000, perSecond: 500 },
    invalid: { burst: 1_000, perSecond: 10 }
  })
  t.strictSame(toRefreshLimits(1), LIMITS, 'who is strict with passwords is no stricter with tabs')
  t.strictSame(toRefreshLimits(20).session, { burst: 2_000, perSecond: 20 })
})

onPostgres(t, 'AB14: ten thousand random tokens are limited, cost no query, and are nothing to whoever shares their address', async (
  t, database
) => {
  const counters = createRefreshCounters()
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: 10, refreshCounters: counters })
  await createUser(database)
  const { refreshToken } = await logIn(app)
  // Whoever asked the database would wait, and be told 503.
  const held = await database.kysely.startTransaction().execute()
  // On a busy machine it is held for longer than the service allows.
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(held)
  await sql`lock table sessions in access exclusive mode`.execute(held)
  const statuses = new Map<number, number>()
  const limited: LightMyRequestResponse[] = []
  for (let turn = 0; turn < 100; turn++) {
    const replies = await Promise.all(Array.from({ length: 100 }, () => refresh(app, randomBytes(41).toString('base64url'))))
    for (const reply of replies) statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1)
    limited.push(...replies.filter(({ statusCode }) => statusCode === 429).slice(0, 1))
  }
  const refused = statuses.get(401) ?? 0
  t.comment(Object.fromEntries(statuses))
  t.ok(refused >= 1_000 && refused < 5_000, `${refused} of them were looked at`)
  t.equal(statuses.get(429), 10_000 - refused)
  t.match(counters, { invalid: refused, rate_limited: 10_000 - refused, unavailable: 0 })
  // One of them: a further one may come when there is room for it again.
  t.match(limited[0]?.json(), { status: 429, code: 'too_many_attempts' })
  t.match(limited[0]?.headers, { 'content-type': /^application\/problem\+json/, 'retry-after': '1' })
  await held.rollback().execute()
  await refreshTokens(app, refreshToken)
})

eachDatabase(t, 'AB14: one session is refreshed so often and no more, by whomever and from wherever, and is not lost by it', async (
  t, database
) => {
  const counters = createRefreshCounters()
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: 10, refreshCounters: counters })
  await createUser(database)
  const [{ refreshToken, sessionId }, other] = [await logIn(app), await logIn(app)]
  const { replies, mayPass } = await refreshUntilLimited(app, (index) => ({
    remoteAddress: `10.0.0.${index % 200}`, body: { refresh_token: refreshToken }
  }))
  const good = replies.filter(({ statusCode }) => statusCode === 200).length
  t.ok(good >= LIMITS.session.burst && good <= mayPass, `${good} were answered`)
  t.strictSame(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200, 429]))
  t.match(counters, { rate_limited: replies.length - good, replayed: good, unavailable: 0 })
  t.match(replies.find(({ statusCode }) => statusCode === 429)?.headers, { 'retry-after': '1', 'set-cookie': undefined })
  await refreshTokens(app, other.refreshToken)
  t.equal((await readSession(database, sessionId)).ended_at, null)
})

eachDatabase(t, 'AB14: ten tabs that race, whose answers are lost and who try again, never meet a limit', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: 1 })
  await createUser(database)
  let { refreshToken, sessionId } = await logIn(app)
  for (let turn = 0; turn < 3; turn++) {
    await ageSession(database, sessionId, 200)
    // As many as there are tabs, each three times.
    const replies = await Promise.all(Array.from({ length: 30 }, () => refreshTokens(app, refreshToken)))
    refreshToken = replies[0]?.refreshToken ?? ''
  }
})

eachDatabase(t, 'AB14: a browser that is told to wait keeps its cookie', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: 10 })
  await createUser(database)
  const { refreshToken } = await logIn(app)
  const headers = { cookie: `__Host-gatepass=${refreshToken}`, origin: 'https://auth.example.com' }
  const { replies } = await refreshUntilLimited(app, () => ({ headers }))
  const limited = replies.filter(({ statusCode }) => statusCode === 429)
  t.ok(limited.length > 0)
  t.ok(limited.every((reply) => reply.headers['set-cookie'] === undefined && reply.headers['retry-after'] === '1'))
})

eachDatabase(t, 'every way a refresh can end is counted', async (t, database) => {
  const counters = createRefreshCounters()
  const app = await createAuthenticationApp(t, database, { refreshCounters: counters })
  await createUser(database)
  const first = await logIn(app)
  await refresh(app, first.refreshToken)
  await ageSession(database, first.sessionId, 200)
  const second = await refreshTokens(app, first.refreshToken)
  await ageSession(database, first.sessionId, 40)
  await refresh(app, first.refreshToken)
  await ageSession(database, first.sessionId, 200)
  const third = await refreshTokens(app, first.refreshToken)
  await ageSession(database, first.sessionId, 200)
  const fourth = await refreshTokens(app, third.refreshToken)
  await ageSession(database, first.sessionId, 200)
  await refresh(app, first.refreshToken)
  await refresh(app, fourth.refreshToken)
  await refresh(app, second.accessToken)
  await app.inject({ method: 'POST', url: '/auth/refresh' })
  t.strictSame(counters, {
    rotated: 2,
    replayed: 1,
    recovered: 1,
    retry: 1,
    from_future: 0,
    reused: 1,
    inactive: 1,
    invalid: 1,
    missing: 1,
    rate_limited: 0,
    unavailable: 0
  })
})
