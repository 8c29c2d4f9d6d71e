import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { deleteExpiredCounters } from '../../../src/throttle/counters.ts'
import { createDatabase, type Database } from '../../../src/database/index.ts'
import { OverloadedError } from '../../../src/errors.ts'
import { onPostgres } from '../../support/database.ts'
import { succeed, createLoginThrottle, measureWait } from './counters.ts'
import { SILENT } from '../../support/silent-log.ts'

const EMAIL = 'ada@example.com'
// The first wait is half a minute, longer than the race.
const RATE = 2
const GUESSES = 1000
// Almost as many as both instances have connections: more would wait for one, and on a busy machine for too long.
const LANES = 36

async function connectAgain (t: Test, url: string): Promise<Database> {
  const database = await createDatabase({ url, poolSize: 20, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close())
  return database
}

onPostgres(t, 'AB8: of a thousand guesses at once, on two instances, only the free ones pass', async (t, database, url) => {
  const [one, two] = [createLoginThrottle(database, RATE), createLoginThrottle(await connectAgain(t, url), RATE)]
  const race = async (guess: (index: number) => { email: string, ip: string }) => {
    const outcomes: Array<Awaited<ReturnType<typeof measureWait>>> = []
    await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
      const throttle = lane % 2 === 0 ? one : two
      for (let index = lane; index < GUESSES; index += LANES) outcomes.push(await measureWait(throttle.admitLogin(guess(index))))
    }))
    const refused = outcomes.filter(({ seconds }) => seconds > 0)
    t.ok(refused.every(({ seconds }) => seconds > 1), 'an attempt that lost a race gets the whole wait')
    return { passed: GUESSES - refused.length, by: [...new Set(refused.map(({ by }) => by))] }
  }
  const elsewhere = (index: number) => `2001:db8:${index.toString(16)}::1`
  t.strictSame(await race(() => ({ email: EMAIL, ip: '192.0.2.1' })), { passed: RATE, by: ['account and address'] })
  t.strictSame(await race((index) => ({ email: `user${index}@example.com`, ip: '192.0.2.2' })), { passed: 5 * RATE, by: ['address'] })
  t.strictSame(await race((index) => ({ email: 'bob@example.com', ip: elsewhere(index) })), { passed: 10 * RATE, by: ['account'] })
})

onPostgres(t, 'concurrent logins, failures and cleanup never deadlock', async (t, database, url) => {
  const other = await connectAgain(t, url)
  const [one, two] = [createLoginThrottle(database, 10_000), createLoginThrottle(other, 10_000)]
  let [removed, refunded] = [0, 0]
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    const throttle = lane % 2 === 0 ? one : two
    for (let turn = 0; turn < 30; turn++) {
      const attempt = { email: `user${(lane * turn) % 3}@example.com`, ip: `192.0.2.${(lane + turn) % 3}` }
      if (turn % 3 === 0) await succeed(throttle, attempt)
      else if (lane % 6 === 1) await throttle.admitLogin({ ...attempt, ip: `198.51.100.${turn}` })
      else {
        const { counted } = await throttle.admitLogin(attempt)
        await throttle.refundOnOverload(counted, () => Promise.reject(new OverloadedError())).catch((error) => {
          if (!(error instanceof OverloadedError)) throw error
          refunded++
        })
      }
      if (lane === 0) removed += await deleteExpiredCounters(other, { batchSize: 2 })
    }
  }))
  const {
    rows: [stat]
  } = await sql<{ deadlocks: string }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(database.kysely)
  t.equal(stat?.deadlocks, '0')
  t.equal(refunded, 600)
  t.ok(removed > 0, `${removed} counters went in the meantime`)
})

onPostgres(t, 'AB8: a counter is not reset by a restart', async (t, database, url) => {
  for (let index = 0; index < RATE; index++) await createLoginThrottle(database, RATE).admitLogin({ email: EMAIL, ip: '192.0.2.1' })
  t.match(await measureWait(createLoginThrottle(await connectAgain(t, url), RATE).admitLogin({ email: EMAIL, ip: '192.0.2.1' })), {
    by: 'account and address'
  })
})
