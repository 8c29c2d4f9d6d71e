import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import { SYSTEM_ACTOR } from '../../../src/audit/index.ts'
import { insertUser } from '../../../src/accounts/store.ts'
import { parseEmail } from '../../../src/accounts/email.ts'
import { decideAttempt, type Counter, type AttemptLimit } from '../../../src/throttle/policy.ts'
import { consumeSql, type ThrottleDecision } from '../../../src/throttle/counters.ts'
import { createDatabase, isDatabaseUnavailable, prepare, type Database } from '../../../src/database/index.ts'
import { OverloadedError } from '../../../src/errors.ts'
import { eachDatabase } from '../../support/database.ts'
import { ageCounters, measure, succeed, createLoginThrottle, measureWait } from './counters.ts'
import { SILENT } from '../../support/silent-log.ts'

const EMAIL = 'ada@example.com'
const DAY_SECONDS = 86_400
const attempt = (index: number) => ({ email: `user${index}@example.com`, ip: `198.51.${index >> 8}.${index & 255}` })
const listCounters = (database: Database) => database.kysely.selectFrom('login_attempts').selectAll().orderBy('key').execute()

eachDatabase(t, 'AB1: the SQL has the documented limits', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const slow = createLoginThrottle(database, 1)
  const table: Array<[by: string, work: (index: number) => Promise<unknown>, free: number, waits: number[]]> = [
    ['account and address', () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 10, [6, 12, 24, 48, 96, 192, 384, 768, 900, 900]],
    ['account and address',
      () => throttle.admitGuess({ email: 'bob@example.com', ip: '192.0.2.2' }), 10, [6, 12, 24, 48, 96, 192, 384, 768, 900, 900]],
    ['address', (index) => throttle.admitLogin({ ...attempt(index), ip: '192.0.2.3' }), 50, [6, 12, 24, 48, 60, 60]],
    ['account', (index) => throttle.admitLogin({ ...attempt(index), email: 'eve@example.com' }), 100, [6, 12, 24, 48, 96, 192, 300, 300]],
    ['registering address', () => throttle.admitRegistration('192.0.2.1'), 10, [6, 12, 24, 48, 60, 60]],
    ['admin', () => slow.admitAdmin('0192e4a0-0000-7000-8000-000000000000'), 100, [60, 120, 240, 480, 600, 600]],
    ['account and address', () => slow.admitLogin({ email: 'max@example.com', ip: '192.0.2.9' }), 1, [60, 120, 240, 480, 900]]
  ]
  for (const [by, work, free, waits] of table) t.strictSame(await measure(database, work, waits.length), { free, waits, by: [by] })
})

eachDatabase(t, 'the SQL decides as the reference model does', async (t, database) => {
  const limit: AttemptLimit = { name: 'any', free: 3, firstWaitMs: 1000, longestWaitMs: 7000, exemptKnownAddress: false }
  const statement = prepare<ThrottleDecision, { key: string }>(`with ${consumeSql([{ limit, key: ':key' }])} select * from decision`)
  const findCounter = async (key: string): Promise<Counter | undefined> => {
    const row = await database.kysely.selectFrom('login_attempts')
      .select(['decayed_at', 'blocked_until']).where('key', '=', key).executeTakeFirst()
    return row && { decayedAt: row.decayed_at.getTime(), blockedUntil: row.blocked_until?.getTime() }
  }
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12_000 }), { maxLength: 30 }), async (pauses) => {
    const key = randomUUID()
    for (const pause of pauses) {
      await ageCounters(database, pause / 1000)
      const before = await findCounter(key)
      const earliest = await readClock(database)
      const { rows: [decision] } = await database.kysely.executeQuery(statement({ key }))
      const latest = await readClock(database)
      const after = await findCounter(key)
      // The statement read the clock in between.
      const isNear = (one: number | undefined, other: number | undefined, ms: number) =>
        one === other || Math.abs((one ?? 0) - (other ?? 0)) <= ms + latest - earliest
      const isDecision = ({ counter, waitMs }: ReturnType<typeof decideAttempt>) => decision?.counted === true
        ? waitMs === 0 && isNear(after?.decayedAt, counter?.decayedAt, 2) && isNear(after?.blockedUntil, counter?.blockedUntil, 2)
        : waitMs > 0 && isNear(after?.decayedAt, before?.decayedAt, 0) && isNear((decision?.wait_seconds ?? 0) * 1000, waitMs, 1000)
      const decisions = [earliest, latest].map((now) => decideAttempt(limit, before, now))
      if (!decisions.some(isDecision)) throw new Error(JSON.stringify({ before, after, decision, decisions }))
    }
  }), { numRuns: 40 })
})

eachDatabase(t, 'a login reads the credentials, and counts the same whether there is such an account or not', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const user = await insertUser(database.kysely, { email: parseEmail(EMAIL), passwordHash: 'hash', role: 'user' }, SYSTEM_ACTOR)
  const admit = (email: string) => throttle.admitLogin({ email, ip: '192.0.2.1' })
  t.strictSame((await admit(' ADA@example.com')).found, {
    id: user.id, email: EMAIL, role: 'user', passwordHash: 'hash', disabled: false, hasSecondFactor: false
  })
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).execute()
  t.match((await admit(EMAIL)).found, { id: user.id, disabled: true })
  t.equal((await admit('nobody@example.com')).found, undefined)
  const [known, unknown] = [await measure(database, () => admit(EMAIL), 4), await measure(database, () => admit('nobody@example.com'), 4)]
  t.strictSame(known, { free: 8, waits: [6, 12, 24, 48], by: ['account and address'] })
  t.strictSame(unknown, { ...known, free: 9 })
})

eachDatabase(t, 'AB13: all spellings of an e-mail or an address count together', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const emails = [EMAIL, ' Ada@Example.COM ', 'ａda@example.com', 'ADA@EXAMPLE.COM', 'ada@example.com\u3000']
  const addresses = ['::ffff:192.0.2.1', '192.0.2.1', '::ffff:c000:201', '192.0.2.1:4711']
  for (let index = 0; index < 10; index++) {
    await throttle.admitLogin({ email: emails[index % emails.length] ?? '', ip: addresses[index % addresses.length] ?? '' })
  }
  for (const email of emails) {
    for (const ip of addresses) {
      t.strictSame(await measureWait(throttle.admitLogin({ email, ip })), { seconds: 6, by: 'account and address' })
    }
  }
  for (let host = 1; host <= 10; host++) await throttle.admitLogin({ email: EMAIL, ip: `2001:db8:1:2:${host}::${host}` })
  t.strictSame(
    await measureWait(throttle.admitLogin({ email: EMAIL, ip: '2001:db8:1:2:ffff::1' })),
    { seconds: 6, by: 'account and address' }
  )
  t.strictSame(await measureWait(throttle.admitLogin({ email: EMAIL, ip: '2001:db8:1:3::1' })), { seconds: 0, by: '' })
})

eachDatabase(t, 'a successful login resets account and address, and is refunded elsewhere', async (t, database) => {
  const throttle = createLoginThrottle(database)
  for (let index = 0; index < 9; index++) await throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
  await succeed(throttle, { email: EMAIL, ip: '192.0.2.1' })
  // Nine of the address's fifty attempts have failed.
  t.strictSame(
    await measure(database, () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 1),
    { free: 10, waits: [6], by: ['account and address'] }
  )
  for (let index = 0; index < 300; index++) await succeed(throttle, { ...attempt(index), ip: '192.0.2.1' })
  t.strictSame(await measure(database, (index) => throttle.admitLogin({ ...attempt(index + 1000), ip: '192.0.2.1' }), 1),
    { free: 50 - 9 - 10, waits: [6], by: ['address'] }, 'the address has as many attempts left as if nobody had logged in')
})

eachDatabase(t, 'logins to one\'s own account do not reset guesses at other accounts', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const { free, by } = await measure(database, async (index) => {
    await succeed(throttle, { email: 'mallory@example.com', ip: '192.0.2.1' })
    await throttle.admitLogin({ ...attempt(index), ip: '192.0.2.1' })
  }, 1)
  t.strictSame({ free, by }, { free: 50, by: ['address'] })
})

eachDatabase(t, 'AB4: nobody can lock another user out', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const home = { email: EMAIL, ip: '192.0.2.1' }
  await succeed(throttle, home)
  // An hour of attack from many addresses.
  for (let minute = 0; minute < 60; minute++) {
    for (let index = 0; index < 4; index++) await measureWait(throttle.admitLogin({ ...attempt(minute * 4 + index), email: EMAIL }))
    await ageCounters(database, 60)
  }
  for (let index = 1000; (await measureWait(throttle.admitLogin({ ...attempt(index), email: EMAIL }))).seconds === 0;) index++
  t.match(await measureWait(throttle.admitLogin({ email: EMAIL, ip: '203.0.113.1' })), { by: 'account' }, 'an unknown address has to wait,')
  await succeed(throttle, home)
  t.strictSame(
    await measure(database, () => throttle.admitLogin(home), 1),
    { free: 10, waits: [6], by: ['account and address'] }, 'but not the known one,'
  )
  await ageCounters(database, 300)
  t.strictSame(
    await measureWait(throttle.admitLogin({ email: EMAIL, ip: '203.0.113.1' })),
    { seconds: 0, by: '' }, 'and an unknown one gets in after the wait'
  )
})

eachDatabase(t, 'an address is known for thirty days, and its failures do not count against the account', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const home = { email: EMAIL, ip: '192.0.2.1' }
  const { account } = await succeed(throttle, home)
  const findCounter = () => database.kysely.selectFrom('login_attempts').selectAll().where('key', '=', account).executeTakeFirstOrThrow()
  const before = await findCounter()
  await throttle.admitLogin(home)
  t.strictSame(await findCounter(), before)
  await ageCounters(database, 29 * DAY_SECONDS)
  t.equal((await throttle.admitLogin(home)).counted.account, null)
  await ageCounters(database, DAY_SECONDS)
  t.type((await throttle.admitLogin(home)).counted.account, 'string')
  t.type(
    (await throttle.admitLogin({ ...home, email: 'bob@example.com' })).counted.account,
    'string', 'it is not known to the other account'
  )
})

eachDatabase(t, 'a blocked attempt is not counted and writes nothing', async (t, database) => {
  const throttle = createLoginThrottle(database)
  for (let index = 0; index < 50; index++) await throttle.admitLogin({ ...attempt(index), ip: '192.0.2.1' })
  const before = await listCounters(database)
  for (let index = 0; index < 20; index++) {
    t.match(await measureWait(throttle.admitLogin({ email: `new${index}@example.com`, ip: '192.0.2.1' })), { by: 'address' })
    t.match(await measureWait(throttle.admitGuess({ ...attempt(index), ip: '192.0.2.1' })), { by: 'address' })
  }
  t.strictSame(await listCounters(database), before)
})

eachDatabase(t, 'an attempt whose password was not checked is refunded', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const busy = () => Promise.reject(new OverloadedError())
  for (let turn = 0; turn < 30; turn++) {
    const { counted } = await throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
    await t.rejects(throttle.refundOnOverload(counted, busy), OverloadedError)
  }
  t.equal((await measure(database, () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 1)).free, 10)
  const { counted } = await throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.1' })
  t.equal(await throttle.refundOnOverload(counted, async () => 'hash'), 'hash')
  t.equal(
    (await measure(database, () => throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.1' }), 1)).free,
    9, 'an attempt that was hashed stays counted'
  )
})

eachDatabase(t, 'AB8, F24: the table does not tell who was counted, and other keys do not evict a counter', async (t, database) => {
  const throttle = createLoginThrottle(database)
  const blocked = { email: EMAIL, ip: '192.0.2.1' }
  for (let index = 0; index < 10; index++) await throttle.admitLogin(blocked)
  const { rows: [table] } = await sql<{ text: string }>`select string_agg(login_attempts::text, ' ') as text from login_attempts`
    .execute(database.kysely)
  t.notMatch(table?.text, /ada|example|192|0, 2/)
  const listKeys = async () => (await listCounters(database)).map(({ key }) => key)
  const keys = await listKeys()
  t.equal(keys.length, 3)
  await createLoginThrottle(database, 10, 8).admitLogin(blocked)
  t.equal((await listCounters(database)).length, 6, 'the keys depend on the secret')
  for (let index = 0; index < 500; index++) await throttle.admitLogin(attempt(index))
  const left = new Set(await listKeys())
  t.ok(left.size > 500)
  t.strictSame(keys.filter((key) => !left.has(key)), [])
})

eachDatabase(t, 'a change of the rate does not break existing counters', async (t, database) => {
  const many = createLoginThrottle(database, 10_000)
  for (let index = 0; index < 300; index++) await many.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
  const few = createLoginThrottle(database, 1)
  const guess = () => measureWait(few.admitLogin({ email: EMAIL, ip: '192.0.2.1' }))
  t.strictSame(await guess(), { seconds: 0, by: '' }, 'it was not blocked before')
  t.strictSame(await guess(), { seconds: 900, by: 'account and address' })
  await ageCounters(database, 900)
  t.strictSame(await guess(), { seconds: 0, by: '' })
  const [longest] = await database.kysely.selectFrom('login_attempts')
    .select(sql<string>`max(extract(epoch from decayed_at - now()))`.as('seconds')).execute()
  t.ok(Number(longest?.seconds) <= 20 * 1800, 'the remaining decay is bounded')
})

t.test('AB9, F24: a throttle without its database admits nobody', async (t) => {
  const database = await createDatabase({ url: 'postgres://nobody@/nowhere?host=/nowhere', poolSize: 2, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close())
  const throttle = createLoginThrottle(database)
  const works = [
    () => throttle.admitLogin(attempt(1)), () => throttle.admitGuess(attempt(1)),
    () => throttle.admitRegistration('192.0.2.1'), () => throttle.admitAdmin('admin')
  ]
  for (const work of works) t.equal(await work().then(() => 'admitted', isDatabaseUnavailable), true)
})

async function readClock (database: Database): Promise<number> {
  const { rows: [clock] } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.kysely)
  return clock?.now.getTime() ?? 0
}
