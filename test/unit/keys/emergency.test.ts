import t from 'tap'
import { NotFoundError } from '../../../src/errors.ts'
import type { Keyring } from '../../../src/keys/keyring.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { accepts, ADMIN, age, audited, claims, createKeeper, deaf, headerOf, openKeyring, rows, signerOf } from './service.ts'

const timing = { settleMs: 200 }
const kidsOf = (keyring: Keyring) => keyring.state().jwks.keys.map(({ kid }) => kid)

eachDatabase(t, 'a compromised key is gone at once, everywhere, and the one that stood by signs', async (t, database) => {
  const one = await openKeyring(t, database, { timing })
  const others = [await openKeyring(t, database, { timing }), await openKeyring(t, database, { timing })]
  await age(database, 60)
  const stolen = one.sign(claims())
  const { kid } = headerOf(stolen)
  const standby = kidsOf(one).find((known) => known !== kid)
  const startedAt = performance.now()
  const { keys } = await one.rotate({ compromised: kid }, ADMIN)
  t.ok(isInTime(performance.now() - startedAt, 5_000))
  t.equal(accepts(one.state(), stolen), false, 'where it was asked for, before the answer')
  t.equal(signerOf(one), standby)
  for (const keyring of others) {
    await until(() => keyring.state().revoked.length > 0, 5_000)
    t.strictSame(keyring.state(), one.state())
    t.equal(accepts(keyring.state(), stolen), false)
    t.equal(signerOf(keyring), standby)
  }
  t.strictSame(keys.map(({ state }) => state).sort(), ['revoked', 'signing', 'standby'])
  t.match((await rows(database)).find((row) => row.kid === kid), { private_jwe: null, revoked_at: Date })
  const events = await audited(database)
  t.strictSame(events.map(({ type, actor_id: actor, details }) => [type, actor, details.kid]).sort(), [['key_revoked', ADMIN.actorId, kid], ['keys_rotated', ADMIN.actorId, standby]])
})

eachDatabase(t, 'a replacement is known to every instance before it signs, however young it is', async (t, database) => {
  // The other one has to find out by itself.
  const [one, other] = [await openKeyring(t, database, { timing }), await openKeyring(t, deaf(database), { timing })]
  for (const which of ['all', 'all', 'signing']) {
    const compromised = which === 'signing' ? signerOf(one) : which
    const before = kidsOf(one)
    const refused: string[] = []
    const signed = new Set<string>()
    const looking = setInterval(() => {
      for (const keyring of [one, other]) {
        const token = keyring.sign(claims())
        const { kid } = headerOf(token)
        signed.add(kid)
        if (![one, other].every((keyring) => accepts(keyring.state(), token)) && !one.state().revoked.includes(kid) && !other.state().revoked.includes(kid)) refused.push(token)
      }
    }, 2)
    await one.rotate({ compromised }, ADMIN)
    await until(() => signerOf(other) === signerOf(one), 5_000)
    clearInterval(looking)
    t.strictSame(refused, [], 'no token of the replacement is refused, not even once')
    t.ok(signed.size >= 2)
    t.equal(kidsOf(one).length, 2)
    if (which === 'all') t.notOk(kidsOf(one).some((kid) => before.includes(kid)), 'the one that stood by is gone, too')
  }
})

eachDatabase(t, 'a compromised key that does not sign is revoked, and signing goes on', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const current = signerOf(keyring)
  const standby = kidsOf(keyring).find((kid) => kid !== current) ?? ''
  await keyring.rotate({ compromised: standby }, ADMIN)
  t.equal(signerOf(keyring), current)
  t.equal(kidsOf(keyring).includes(standby), false)
  t.equal(kidsOf(keyring).length, 2, 'another one stands by')
  t.strictSame(await audited(database).then((events) => events.map(({ type }) => type)), ['key_revoked'])
})

eachDatabase(t, 'a key whose turn was near is revoked before it has signed, and the one before it goes on', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const { keys } = await keyring.rotate({}, ADMIN)
  const [standby, scheduled, signing] = keys
  const after = await keyring.rotate({ compromised: scheduled?.kid }, ADMIN)
  t.match(after.keys.find(({ kid }) => kid === signing?.kid), { state: 'signing', verifiesUntil: null })
  t.match(after.keys.find(({ kid }) => kid === scheduled?.kid), { state: 'revoked', signsFrom: null })
  t.match(after.keys.find(({ kid }) => kid === standby?.kid), { state: 'standby' })
})

eachDatabase(t, 'a key that is not known is not found, and one that is revoked already is left at that', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await age(database, 60)
  const current = signerOf(keyring)
  for (const compromised of ['0123456789abcdef', '', 'ALL', '\0', `${current} `]) await t.rejects(keyring.rotate({ compromised }, ADMIN), NotFoundError)
  t.equal(signerOf(keyring), current)
  await keyring.rotate({ compromised: current }, ADMIN)
  const events = await audited(database)
  const { keys } = await keyring.rotate({ compromised: current }, ADMIN)
  t.strictSame(await audited(database), events, 'who asks again, for the answer was lost, does it no second time')
  t.equal(keys.length, 3)
})

eachDatabase(t, 'KY7: a revoked key is never trusted again, whatever the database says later', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await age(database, 60)
  const stolen = keyring.sign(claims())
  const before = await rows(database)
  await keyring.rotate({ compromised: headerOf(stolen).kid }, ADMIN)
  await database.kysely.deleteFrom('signing_keys').execute()
  for (const row of before) await database.kysely.insertInto('signing_keys').values({ ...row, public_jwk: JSON.stringify(row.public_jwk) }).execute()
  await createKeeper(database).rotate({}, ADMIN)
  await until(() => kidsOf(keyring).length === 2, 5_000)
  t.equal(accepts(keyring.state(), stolen), false)
  t.not(signerOf(keyring), headerOf(stolen).kid)
  t.equal(accepts(keyring.state(), keyring.sign(claims())), true)
  await keyring.close()
})

eachDatabase(t, 'it is remembered for as long as there is a keyring', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await age(database, 60)
  const kid = signerOf(keyring)
  await keyring.rotate({ compromised: kid }, ADMIN)
  await age(database, 400 * 86_400)
  const later = await openKeyring(t, database, { timing })
  await later.rotate({}, ADMIN)
  t.strictSame(later.state().revoked, [kid])
})

onPostgres(t, 'KY7: from the answer to all other instances it is a matter of milliseconds', async (t, database) => {
  const [one, other] = [await openKeyring(t, database, { timing: { settleMs: 0 } }), await openKeyring(t, database, { timing: { settleMs: 10_000 } })]
  const delays: number[] = []
  for (let run = 0; run < 20; run++) {
    const stolen = one.sign(claims())
    await one.rotate({ compromised: headerOf(stolen).kid }, ADMIN)
    const answeredAt = performance.now()
    while (accepts(other.state(), stolen)) await new Promise((resolve) => setImmediate(resolve))
    delays.push(performance.now() - answeredAt)
  }
  delays.sort((a, b) => a - b)
  t.comment(`median ${delays[10]?.toFixed(1)} ms, longest ${delays[19]?.toFixed(1)} ms`)
  t.ok(isInTime(delays[10] ?? Infinity, 100))
})
