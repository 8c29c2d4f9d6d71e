// What somebody who can write to the database gets trusted without SECRET_KEYS: nothing.
import t from 'tap'
import type { Keyring } from '../../src/keys/index.ts'
import { eachDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { insertForged, makeForgedKey } from './attacker.ts'
import { accepts, claims, openKeyring, rows, signerOf } from './service.ts'

const kidsOf = (keyring: Keyring) => keyring.state().jwks.keys.map(({ kid }) => kid)

eachDatabase(t, 'a key that was inserted by SQL is in no key set, and no token of it is accepted', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing: { settleMs: 20 } })
  const honest = kidsOf(keyring)
  const forged = await makeForgedKey()
  await insertForged(database, forged)
  await until(async () => (await database.kysely.selectFrom('audit_events').select('type').execute()).length > 0, 5_000).catch(() => {})
  t.strictSame(kidsOf(keyring), honest)
  t.equal(accepts(keyring.state(), forged.sign(claims())), false)
  t.ok(honest.includes(signerOf(keyring)))
  t.equal((await rows(database)).length, 3)
})
