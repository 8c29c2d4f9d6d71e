// A short `npm run chaos`: every fault happens at least once, and every invariant holds.
import { randomInt } from 'node:crypto'
import t from 'tap'
import { DATABASE_FAULTS } from '../../chaos/faults.js'
import { runChaos } from '../../chaos/run.js'
import { findPostgres } from '../../scripts/postgres.js'

const SECONDS = 25

t.test('RS26, AV1, AV8, F1, F2, F12: while the database is stopped, killed and hung, and instances are killed, every invariant holds', {
  skip: findPostgres() === undefined && 'there is no Postgres server on this machine'
}, async (t) => {
  t.setTimeout(600_000)
  const seed = randomInt(2 ** 32)
  t.comment(`npm run chaos -- --seconds ${SECONDS} --seed ${seed}`)
  const { violations, counts, recoveryMs, revokedTokens } = await runChaos({ seconds: SECONDS, seed })
  t.comment(`ready ${recoveryMs} ms after the last fault`)
  t.strictSame(violations, [])
  // An invariant says nothing about what did not happen.
  const expected = [
    ...Object.keys(DATABASE_FAULTS).map((name) => `database ${name}`), 'instance killed', 'refresh: response lost', 'refresh: 200',
    'refresh: 503',
    'login: 200', 'logout: 204', 'admin PATCH: 200', '/me: 200', '/reports: 200', 'revoked token: 401', 'sessions refreshed at the end'
  ]
  t.strictSame(expected.filter((name) => counts[name] === undefined), [])
  t.ok(revokedTokens > 0)
})
