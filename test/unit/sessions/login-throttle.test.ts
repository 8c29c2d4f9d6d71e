// Throttling as a client of the login meets it; `test/unit/throttle/throttle.test.ts` holds the numbers.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t from 'tap'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { createDatabase, type Database } from '../../../src/database/index.ts'
import { ageCounters } from '../throttle/counters.ts'
import { eachDatabase, onCountingPostgres, onPostgres } from '../../support/database.ts'
import { createService as createWholeService } from '../../support/service.ts'
import { createUser, hasher } from '../../support/users.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { PASSWORD } from '../../support/password.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { SILENT } from '../../support/silent-log.ts'

const RATE = 10
const EMAIL = 'ada@example.com'

function countingHasher () {
  const counting = { ...hasher, verified: 0 }
  counting.verify = async (hash, password) => {
    counting.verified++
    return hasher.verify(hash, password)
  }
  return counting
}

function guess (
  app: FastifyInstance,
  { email = EMAIL, password = 'wrong', ip = '192.0.2.1', headers = {} }: {
    email?: string, password?: string, ip?: string, headers?: Record<string, string>
  } = {}
): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'POST', url: '/auth/login', remoteAddress: ip, headers, body: { email, password } })
}

/** A machine that is busy may have let some of the wait pass. */
function isAbout (retryAfter: unknown, seconds: number): boolean {
  return Number(retryAfter) <= seconds && Number(retryAfter) > seconds - 3
}

async function countStatuses (replies: ReadonlyArray<Promise<LightMyRequestResponse>>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { statusCode } of await Promise.all(replies)) counts[statusCode] = (counts[statusCode] ?? 0) + 1
  return counts
}

eachDatabase(t, 'AB10, AB15: unknown, wrong and disabled are throttled alike, to the byte, and no hash is paid for it', async (
  t, database
) => {
  const counting = countingHasher()
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: RATE, hasher: counting })
  await createUser(database)
  await createUser(database, 'eve@example.com')
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('email', '=', 'eve@example.com').execute()
  const answersTo = async (email: string, ip: string) => {
    const answers = []
    for (let turn = 0; turn < 12; turn++) {
      const { statusCode, headers: { date, 'retry-after': retryAfter, ...headers }, body } = await guess(app, { email, ip })
      answers.push({ statusCode, headers, body, isSix: isAbout(retryAfter, 6) })
    }
    return answers
  }
  const wrong = await answersTo(EMAIL, '192.0.2.1')
  t.strictSame(wrong.map(({ statusCode }) => statusCode), [...Array<number>(10).fill(401), 429, 429])
  t.match(wrong.at(-1), { isSix: true, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } })
  t.match(JSON.parse(wrong.at(-1)?.body ?? ''), {
    status: 429, code: 'too_many_attempts', detail: 'Too many attempts; wait before the next one.'
  })
  t.strictSame(await answersTo('nobody@example.com', '192.0.2.2'), wrong)
  t.strictSame(await answersTo('eve@example.com', '192.0.2.3'), wrong)
  t.equal(counting.verified, 30)
  t.strictSame(await listAuditTypes(database), Array(30).fill('login_failed'))
})

eachDatabase(t, 'AB3: while an attempt has to wait the right password is no better, and afterwards it clears everything', async (
  t, database
) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: RATE })
  await createUser(database)
  for (const seconds of [6, 12, 24]) {
    while ((await guess(app)).statusCode === 401);
    const { statusCode, headers } = await guess(app, { password: PASSWORD })
    t.equal(statusCode, 429)
    t.ok(isAbout(headers['retry-after'], seconds), `${headers['retry-after']} s`)
    await ageCounters(database, seconds)
  }
  t.equal((await guess(app, { password: PASSWORD })).statusCode, 200)
  t.strictSame(await countStatuses(Array.from({ length: 10 }, () => guess(app))), { 401: 10 })
  t.equal((await guess(app)).statusCode, 429)
})

eachDatabase(t, 'a user behind a busy address, and one who logs in again and again, need not wait', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: RATE })
  for (let index = 0; index < 5; index++) await createUser(database, `user${index}@example.com`)
  for (let turn = 0; turn < 60; turn++) {
    t.equal((await guess(app, { email: `user${turn % 5}@example.com`, password: PASSWORD })).statusCode, 200)
  }
})

eachDatabase(t, 'AB7: one password at many accounts is stopped at the address', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: RATE })
  const statuses: Record<number, number> = {}
  for (let index = 0; index < 120; index++) {
    const { statusCode } = await guess(app, { email: `user${index}@example.com`, ip: `2001:db8::${index.toString(16)}` })
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
  }
  t.strictSame(statuses, { 401: 50, 429: 70 })
})

eachDatabase(t, 'whoever found no room to hash has tried nothing', async (t, database) => {
  const busy = createPasswordHasher({ memoryKib: 1024, passes: 1, parallelism: 1, concurrency: 1, maxQueue: 0 })
  let isFull = true
  const app = await createAuthenticationApp(t, database, {
    loginRatePerMinute: RATE,
    hasher: {
      ...busy,
      async verify (hash, password) {
        if (!isFull) return hasher.verify(hash, password)
        const [, refused] = await Promise.allSettled([busy.verify(hash, password), busy.verify(hash, password)])
        if (refused.status === 'rejected') throw refused.reason
        return t.fail('there was room')
      }
    }
  })
  await createUser(database)
  for (let turn = 0; turn < 25; turn++) {
    t.match(await guess(app, { password: PASSWORD }), { statusCode: 503, headers: { 'retry-after': '2' } })
  }
  isFull = false
  t.equal((await guess(app, { password: PASSWORD })).statusCode, 200)
})

onPostgres(t, 'of a thousand guesses on two instances, forty at a time, ten are hashed', async (t, database) => {
  const counting = countingHasher()
  const createApp = () => createAuthenticationApp(t, database, { loginRatePerMinute: RATE, hasher: counting })
  const [one, two] = [await createApp(), await createApp()]
  await createUser(database)
  const startedAt = performance.now()
  // As many at a time as there are connections: more would wait for one, and on a busy machine for too long.
  const statuses: Record<number, number> = {}
  await Promise.all(Array.from({ length: 40 }, async (_, lane) => {
    for (let turn = 0; turn < 25; turn++) {
      const { statusCode } = await guess(lane % 2 === 0 ? one : two)
      statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
    }
  }))
  const waitsOver = (performance.now() - startedAt) / 6000
  t.equal((statuses[401] ?? 0) + (statuses[429] ?? 0), 1000, JSON.stringify(statuses))
  t.ok((statuses[401] ?? 0) >= 10 && (statuses[401] ?? 0) <= 10 + waitsOver, `${statuses[401]} passed`)
  t.equal(counting.verified, statuses[401])
})

onCountingPostgres(t, 'a login is two statements, well or not, and one while it has to wait', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { loginRatePerMinute: RATE })
  await createUser(database)
  const table: Array<[name: string, work: () => Promise<LightMyRequestResponse>, status: number, statements: number]> = [
    ['the first from an address', () => guess(app, { password: PASSWORD }), 200, 2],
    ['from a known one', () => guess(app, { password: PASSWORD }), 200, 2],
    ['wrong', () => guess(app), 401, 2],
    ['unknown', () => guess(app, { email: 'nobody@example.com' }), 401, 2]
  ]
  for (const [name, work, status, statements] of table) {
    const before = await statementsOf(database)
    t.equal((await work()).statusCode, status, name)
    t.equal(await statementsOf(database) - before, statements, name)
  }
  while ((await guess(app)).statusCode === 401);
  const before = await statementsOf(database)
  t.equal((await guess(app)).statusCode, 429)
  t.equal(await statementsOf(database) - before, 1)
})

/** Those so far that have to do with a login: the keyring has its own. */
async function statementsOf (database: Database): Promise<number> {
  const { rows: [row] } = await sql<{ calls: string }>`select coalesce(sum(calls), 0) as calls from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
    and query ~ '\\m(users|sessions|login_attempts|audit_events)\\M'`.execute(database.kysely)
  return Number(row?.calls)
}

eachDatabase(t, 'AB6: the address is the one that TRUST_PROXY says, and no header of anybody else\'s', async (t, database) => {
  const settings = { LOGIN_RATE_PER_MINUTE: String(RATE), TRUST_PROXY: '10.0.0.1' }
  const { app } = await createWholeService(t, database, { settings })
  await createUser(database, EMAIL)
  const through = (proxy: string, client: string) => guess(app, {
    ip: proxy, headers: { 'x-forwarded-for': client, forwarded: `for=${client}`, 'x-real-ip': client }
  })
  for (let index = 0; index < 10; index++) t.equal((await through('192.0.2.1', `198.51.100.${index}`)).statusCode, 401)
  t.equal((await through('192.0.2.1', '198.51.100.99')).statusCode, 429, 'a stranger may say what he likes')
  for (let index = 0; index < 10; index++) t.equal((await through('10.0.0.1', `203.0.113.9, 198.51.100.${index % 2}`)).statusCode, 401)
  t.equal((await through('10.0.0.1', '198.51.100.0')).statusCode, 401, 'the proxy names its client,')
  for (let index = 0; index < 4; index++) await through('10.0.0.1', '198.51.100.0')
  t.equal((await through('10.0.0.1', '203.0.113.1, 198.51.100.0')).statusCode, 429, 'the last one in the list')
  t.equal((await through('10.0.0.1', '198.51.100.1')).statusCode, 401)
})

eachDatabase(t, 'where the database is away nobody gets in, and nobody is told that a password is wrong', async (t, database) => {
  const away = await createDatabase({ url: 'postgres://nobody@/nowhere?host=/nowhere', poolSize: 2, dataDir: undefined, log: SILENT })
  t.teardown(() => away.close())
  const counting = countingHasher()
  const app = await createAuthenticationApp(t, database, { database: away, hasher: counting })
  const reply = await guess(app, { password: PASSWORD })
  t.match(reply, { statusCode: 503, headers: { 'retry-after': '2' } })
  t.equal(reply.json().code, 'credential_store_unavailable')
  t.equal(counting.verified, 0)
})
