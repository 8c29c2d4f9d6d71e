import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { CompiledQuery, sql } from 'kysely'
import t from 'tap'
import { createUser } from '../../../src/accounts/store.ts'
import { parseEmail } from '../../../src/accounts/email.ts'
import { decideAttempt, type Counter, type Limit } from '../../../src/throttle/policy.ts'
import { countingOf, type Verdict } from '../../../src/throttle/statement.ts'
import { createDatabase, isDatabaseUnavailable, type Database } from '../../../src/database/index.ts'
import { OverloadedError } from '../../../src/errors.ts'
import { eachDatabase } from '../../support/database.ts'
import { age, measure, succeed, throttleOf, waitOf } from './counters.ts'

const EMAIL = 'ada@example.com'
const DAY_SECONDS = 86_400
const attempt = (index: number) => ({ email: `user${index}@example.com`, ip: `198.51.${index >> 8}.${index & 255}` })
const rowsOf = (database: Database) => database.kysely.selectFrom('login_attempts').selectAll().orderBy('key').execute()

eachDatabase(t, 'AB1: what an attempt meets is what is written down', async (t, database) => {
  const throttle = throttleOf(database)
  const slow = throttleOf(database, 1)
  const table: Array<[by: string, work: (index: number) => Promise<unknown>, free: number, waits: number[]]> = [
    ['account and address', () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 10, [6, 12, 24, 48, 96, 192, 384, 768, 900, 900]],
    ['account and address', () => throttle.admitGuess({ email: 'bob@example.com', ip: '192.0.2.2' }), 10, [6, 12, 24, 48, 96, 192, 384, 768, 900, 900]],
    ['address', (index) => throttle.admitLogin({ ...attempt(index), ip: '192.0.2.3' }), 50, [6, 12, 24, 48, 60, 60]],
    ['account', (index) => throttle.admitLogin({ ...attempt(index), email: 'eve@example.com' }), 100, [6, 12, 24, 48, 96, 192, 300, 300]],
    ['registering address', () => throttle.admitRegistration('192.0.2.1'), 10, [6, 12, 24, 48, 60, 60]],
    ['admin', () => slow.admitAdmin('0192e4a0-0000-7000-8000-000000000000'), 100, [60, 120, 240, 480, 600, 600]],
    ['account and address', () => slow.admitLogin({ email: 'max@example.com', ip: '192.0.2.9' }), 1, [60, 120, 240, 480, 900]]
  ]
  for (const [by, work, free, waits] of table) t.strictSame(await measure(database, work, waits.length), { free, waits, by: [by] })
})

eachDatabase(t, 'the statement decides as the rule does', async (t, database) => {
  const limit: Limit = { name: 'any', free: 3, firstWaitMs: 1000, longestWaitMs: 7000, sparesKnown: false }
  const statement = `with ${countingOf([limit])} select * from verdict`
  const counterOf = async (key: string): Promise<Counter | undefined> => {
    const row = await database.kysely.selectFrom('login_attempts').select(['clear_at', 'free_at']).where('key', '=', key).executeTakeFirst()
    return row && { clearAt: row.clear_at.getTime(), freeAt: row.free_at?.getTime() }
  }
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12_000 }), { maxLength: 30 }), async (pauses) => {
    const key = randomUUID()
    for (const pause of pauses) {
      await age(database, pause / 1000)
      const before = await counterOf(key)
      const earliest = await clockOf(database)
      const { rows: [verdict] } = await database.kysely.executeQuery<Verdict>(CompiledQuery.raw(statement, [key]))
      const latest = await clockOf(database)
      const after = await counterOf(key)
      // The statement read the clock in between.
      const isNear = (one: number | undefined, other: number | undefined, ms: number) => one === other || Math.abs((one ?? 0) - (other ?? 0)) <= ms + latest - earliest
      const isDecision = ({ counter, waitMs }: ReturnType<typeof decideAttempt>) => verdict?.counted === true
        ? waitMs === 0 && isNear(after?.clearAt, counter?.clearAt, 2) && isNear(after?.freeAt, counter?.freeAt, 2)
        : waitMs > 0 && isNear(after?.clearAt, before?.clearAt, 0) && isNear((verdict?.wait_seconds ?? 0) * 1000, waitMs, 1000)
      const decisions = [earliest, latest].map((now) => decideAttempt(limit, before, now))
      if (!decisions.some(isDecision)) throw new Error(JSON.stringify({ before, after, verdict, decisions }))
    }
  }), { numRuns: 40 })
})

eachDatabase(t, 'a login reads what it is checked against, and counts the same whether there is such an account or not', async (t, database) => {
  const throttle = throttleOf(database)
  const user = await createUser(database.kysely, { email: parseEmail(EMAIL), passwordHash: 'hash', role: 'user' }, { actorId: null, origin: undefined })
  const ask = (email: string) => throttle.admitLogin({ email, ip: '192.0.2.1' })
  t.strictSame((await ask(' ADA@example.com')).credentials, { id: user.id, email: EMAIL, role: 'user', passwordHash: 'hash', disabled: false })
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).execute()
  t.match((await ask(EMAIL)).credentials, { id: user.id, disabled: true })
  t.equal((await ask('nobody@example.com')).credentials, undefined)
  const [known, unknown] = [await measure(database, () => ask(EMAIL), 4), await measure(database, () => ask('nobody@example.com'), 4)]
  t.strictSame(known, { free: 8, waits: [6, 12, 24, 48], by: ['account and address'] })
  t.strictSame(unknown, { ...known, free: 9 })
})

eachDatabase(t, 'AB13: all ways to write an e-mail or an address count together', async (t, database) => {
  const throttle = throttleOf(database)
  const emails = [EMAIL, ' Ada@Example.COM ', 'ａda@example.com', 'ADA@EXAMPLE.COM', 'ada@example.com\u3000']
  const addresses = ['::ffff:192.0.2.1', '192.0.2.1', '::ffff:c000:201', '192.0.2.1:4711']
  for (let index = 0; index < 10; index++) {
    await throttle.admitLogin({ email: emails[index % emails.length] ?? '', ip: addresses[index % addresses.length] ?? '' })
  }
  for (const email of emails) for (const ip of addresses) t.strictSame(await waitOf(throttle.admitLogin({ email, ip })), { seconds: 6, by: 'account and address' })
  for (let host = 1; host <= 10; host++) await throttle.admitLogin({ email: EMAIL, ip: `2001:db8:1:2:${host}::${host}` })
  t.strictSame(await waitOf(throttle.admitLogin({ email: EMAIL, ip: '2001:db8:1:2:ffff::1' })), { seconds: 6, by: 'account and address' })
  t.strictSame(await waitOf(throttle.admitLogin({ email: EMAIL, ip: '2001:db8:1:3::1' })), { seconds: 0, by: '' })
})

eachDatabase(t, 'a good login clears account and address, and takes back what it has counted elsewhere', async (t, database) => {
  const throttle = throttleOf(database)
  for (let index = 0; index < 9; index++) await throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
  await succeed(throttle, { email: EMAIL, ip: '192.0.2.1' })
  // Nine have failed at the address, of fifty.
  t.strictSame(await measure(database, () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 1), { free: 10, waits: [6], by: ['account and address'] })
  for (let index = 0; index < 300; index++) await succeed(throttle, { ...attempt(index), ip: '192.0.2.1' })
  t.strictSame(await measure(database, (index) => throttle.admitLogin({ ...attempt(index + 1000), ip: '192.0.2.1' }), 1),
    { free: 50 - 9 - 10, waits: [6], by: ['address'] }, 'as many are left to the address as if nobody had logged in')
})

eachDatabase(t, 'an account of one\'s own does not make guesses at others free', async (t, database) => {
  const throttle = throttleOf(database)
  const { free, by } = await measure(database, async (index) => {
    await succeed(throttle, { email: 'mallory@example.com', ip: '192.0.2.1' })
    await throttle.admitLogin({ ...attempt(index), ip: '192.0.2.1' })
  }, 1)
  t.strictSame({ free, by }, { free: 50, by: ['address'] })
})

eachDatabase(t, 'AB4: nobody can lock somebody else out', async (t, database) => {
  const throttle = throttleOf(database)
  const home = { email: EMAIL, ip: '192.0.2.1' }
  await succeed(throttle, home)
  // An hour of attack from wherever attempts are still free.
  for (let minute = 0; minute < 60; minute++) {
    for (let index = 0; index < 4; index++) await waitOf(throttle.admitLogin({ ...attempt(minute * 4 + index), email: EMAIL }))
    await age(database, 60)
  }
  for (let index = 1000; (await waitOf(throttle.admitLogin({ ...attempt(index), email: EMAIL }))).seconds === 0;) index++
  t.match(await waitOf(throttle.admitLogin({ email: EMAIL, ip: '203.0.113.1' })), { by: 'account' }, 'from elsewhere it has to wait,')
  await succeed(throttle, home)
  t.strictSame(await measure(database, () => throttle.admitLogin(home), 1), { free: 10, waits: [6], by: ['account and address'] }, 'but not at home,')
  await age(database, 300)
  t.strictSame(await waitOf(throttle.admitLogin({ email: EMAIL, ip: '203.0.113.1' })), { seconds: 0, by: '' }, 'and elsewhere after the wait, too')
})

eachDatabase(t, 'an address is known for thirty days, and its failures do not count against the account', async (t, database) => {
  const throttle = throttleOf(database)
  const home = { email: EMAIL, ip: '192.0.2.1' }
  const { account } = await succeed(throttle, home)
  const counterOf = () => database.kysely.selectFrom('login_attempts').selectAll().where('key', '=', account).executeTakeFirstOrThrow()
  const before = await counterOf()
  await throttle.admitLogin(home)
  t.strictSame(await counterOf(), before)
  await age(database, 29 * DAY_SECONDS)
  t.equal((await throttle.admitLogin(home)).counted.account, null)
  await age(database, DAY_SECONDS)
  t.type((await throttle.admitLogin(home)).counted.account, 'string')
  t.type((await throttle.admitLogin({ ...home, email: 'bob@example.com' })).counted.account, 'string', 'to the other account it is not known')
})

eachDatabase(t, 'an attempt that is refused counts nowhere and writes nothing', async (t, database) => {
  const throttle = throttleOf(database)
  for (let index = 0; index < 50; index++) await throttle.admitLogin({ ...attempt(index), ip: '192.0.2.1' })
  const before = await rowsOf(database)
  for (let index = 0; index < 20; index++) {
    t.match(await waitOf(throttle.admitLogin({ email: `new${index}@example.com`, ip: '192.0.2.1' })), { by: 'address' })
    t.match(await waitOf(throttle.admitGuess({ ...attempt(index), ip: '192.0.2.1' })), { by: 'address' })
  }
  t.strictSame(await rowsOf(database), before)
})

eachDatabase(t, 'an attempt whose hash could not be had is taken back', async (t, database) => {
  const throttle = throttleOf(database)
  const busy = () => Promise.reject(new OverloadedError())
  for (let turn = 0; turn < 30; turn++) {
    const { counted } = await throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
    await t.rejects(throttle.sparing(counted, busy), OverloadedError)
  }
  t.equal((await measure(database, () => throttle.admitLogin({ email: EMAIL, ip: '192.0.2.1' }), 1)).free, 10)
  const { counted } = await throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.1' })
  t.equal(await throttle.sparing(counted, async () => 'hash'), 'hash')
  t.equal((await measure(database, () => throttle.admitLogin({ email: 'bob@example.com', ip: '192.0.2.1' }), 1)).free, 9, 'one that was hashed stays')
})

eachDatabase(t, 'AB8, F24: the table says nothing of whom it counts, and other keys push nobody out', async (t, database) => {
  const throttle = throttleOf(database)
  const barred = { email: EMAIL, ip: '192.0.2.1' }
  for (let index = 0; index < 10; index++) await throttle.admitLogin(barred)
  const { rows: [table] } = await sql<{ text: string }>`select string_agg(login_attempts::text, ' ') as text from login_attempts`.execute(database.kysely)
  t.notMatch(table?.text, /ada|example|192|0, 2/)
  const keys = new Set((await rowsOf(database)).map(({ key }) => key))
  t.equal(keys.size, 3)
  await throttleOf(database, 10, 8).admitLogin(barred)
  t.equal((await rowsOf(database)).length, 6, 'the keys are those of the secret')
  for (let index = 0; index < 500; index++) await throttle.admitLogin(attempt(index))
  t.match(await waitOf(throttle.admitLogin(barred)), { by: 'account and address' })
})

eachDatabase(t, 'another rate does no harm to what was counted before', async (t, database) => {
  const many = throttleOf(database, 10_000)
  for (let index = 0; index < 300; index++) await many.admitLogin({ email: EMAIL, ip: '192.0.2.1' })
  const few = throttleOf(database, 1)
  const guess = () => waitOf(few.admitLogin({ email: EMAIL, ip: '192.0.2.1' }))
  t.strictSame(await guess(), { seconds: 0, by: '' }, 'whoever had not to wait yet')
  t.strictSame(await guess(), { seconds: 900, by: 'account and address' })
  await age(database, 900)
  t.strictSame(await guess(), { seconds: 0, by: '' })
  const [longest] = await database.kysely.selectFrom('login_attempts').select(sql<string>`max(extract(epoch from clear_at - now()))`.as('seconds')).execute()
  t.ok(Number(longest?.seconds) <= 20 * 1800, 'what has to be made up for is bounded')
})

t.test('AB9, F24: a throttle whose database is away admits nobody', async (t) => {
  const log = { info () {}, warn () {}, error () {} }
  const database = await createDatabase({ url: 'postgres://nobody@/nowhere?host=/nowhere', poolSize: 2, dataDir: undefined, log })
  t.teardown(() => database.close())
  const throttle = throttleOf(database)
  const works = [() => throttle.admitLogin(attempt(1)), () => throttle.admitGuess(attempt(1)), () => throttle.admitRegistration('192.0.2.1'), () => throttle.admitAdmin('admin')]
  for (const work of works) t.equal(await work().then(() => 'admitted', isDatabaseUnavailable), true)
})

async function clockOf (database: Database): Promise<number> {
  const { rows: [clock] } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.kysely)
  return clock?.now.getTime() ?? 0
}
