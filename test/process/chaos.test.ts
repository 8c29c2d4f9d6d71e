// `npm run chaos`, in short: everything breaks at least once, and nothing that was promised is lost.
import { randomInt } from 'node:crypto'
import t from 'tap'
import { DATABASE_FAULTS } from '../../chaos/faults.js'
import { runChaos } from '../../chaos/run.js'
import { findPostgres } from '../../scripts/postgres.js'

const SECONDS = 25

t.test('RS26, AV1, AV8, F1, F2, F12: while the database is stopped, killed and hung, and instances are killed, every promise is kept', {
  skip: findPostgres() === undefined && 'there is no Postgres server on this machine'
}, async (t) => {
  t.setTimeout(600_000)
  const seed = randomInt(2 ** 32)
  t.comment(`npm run chaos -- --seconds ${SECONDS} --seed ${seed}`)
  const { breaches, counts, recoveryMs, revoked } = await runChaos({ seconds: SECONDS, seed })
  t.comment(`ready ${recoveryMs} ms after the end`)
  t.strictSame(breaches, [])
  // What has not happened has not been tried.
  const happened = [...Object.keys(DATABASE_FAULTS).map((name) => `database ${name}`), 'instance killed', 'refresh: answer lost', 'refresh: 200', 'refresh: 503', 'login: 200', 'logout: 204', 'admin PATCH: 200', '/me: 200', '/reports: 200', 'revoked token: 401', 'sessions that went on']
  t.strictSame(happened.filter((name) => counts[name] === undefined), [])
  t.ok(revoked > 0)
})
