import t from 'tap'
import { NotFoundError } from '../../../src/errors.ts'
import type { Keyring } from '../../../src/keys/keyring.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'
import { accepts, ADMIN, ageKeys, createManager, withoutNotifications, openKeyring, listKeyRows, getSigningKid } from './keyrings.ts'
import { listAuditEvents } from '../../support/rows.ts'
import { goodClaims, decodeHeader } from '../../support/tokens.ts'

const timing = { propagationMs: 200 }
const listKids = (keyring: Keyring) => keyring.publishedKeys().jwks.keys.map(({ kid }) => kid)

for (const useStandby of [false, true]) {
  const successor = useStandby ? 'the standby' : 'a key made now'
  eachDatabase(t, `a compromised key is revoked on every instance at once, and ${successor} signs`, async (t, database) => {
    const one = await openKeyring(t, database, { timing })
    const others = [await openKeyring(t, database, { timing }), await openKeyring(t, database, { timing })]
    await ageKeys(database, 60)
    const stolen = one.sign(goodClaims())
    const { kid } = decodeHeader(stolen)
    const known = listKids(one)
    const standby = known.find((known) => known !== kid)
    const startedAt = performance.now()
    const { keys } = await one.rotate({ compromised: kid, useStandby }, ADMIN)
    t.ok(isInTime(performance.now() - startedAt, 5_000))
    t.equal(accepts(one.publishedKeys(), stolen), false, 'on the instance that got the request, before its response')
    const signing = getSigningKid(one)
    t.equal(known.includes(signing), useStandby, 'a verifier that has the key set has the new key')
    t.ok(listKids(one).includes(standby ?? ''), 'the standby is still published')
    for (const keyring of others) {
      await until(() => keyring.publishedKeys().revoked.length > 0, 5_000)
      t.strictSame(keyring.publishedKeys(), one.publishedKeys())
      t.equal(accepts(keyring.publishedKeys(), stolen), false)
      t.equal(getSigningKid(keyring), signing)
    }
    t.strictSame(keys.map(({ state }) => state).sort(), ['revoked', 'signing', 'standby'])
    t.match((await listKeyRows(database)).find((row) => row.kid === kid), { private_jwe: null, revoked_at: Date })
    const events = await listAuditEvents(database)
    t.strictSame(
      events.map(({ type, actor_id: actor, details }) => [type, actor, details.kid]).sort(),
      [['key_revoked', ADMIN.actorId, kid], ['keys_rotated', ADMIN.actorId, signing]]
    )
  })
}

eachDatabase(t, 'every instance knows a replacement before it signs, however new it is', async (t, database) => {
  // The other one gets no notifications.
  const [one, other] = [await openKeyring(t, database, { timing }), await openKeyring(t, withoutNotifications(database), { timing })]
  for (const which of ['all', 'all', 'signing']) {
    const compromised = which === 'signing' ? getSigningKid(one) : which
    const before = listKids(one)
    const rejected: string[] = []
    const signed = new Set<string>()
    const looking = setInterval(() => {
      for (const keyring of [one, other]) {
        const token = keyring.sign(goodClaims())
        const { kid } = decodeHeader(token)
        signed.add(kid)
        if (![one, other].every((keyring) => accepts(
          keyring.publishedKeys(), token
        )) && !one.publishedKeys().revoked.includes(kid) && !other.publishedKeys().revoked.includes(kid)) rejected.push(token)
      }
    }, 2)
    await one.rotate({ compromised }, ADMIN)
    await until(() => getSigningKid(other) === getSigningKid(one), 5_000)
    clearInterval(looking)
    t.strictSame(rejected, [], 'no token of the replacement is ever rejected')
    t.ok(signed.size >= 2)
    t.equal(listKids(one).length, 2)
    if (which === 'all') t.notOk(listKids(one).some((kid) => before.includes(kid)), 'the standby is revoked, too')
  }
})

eachDatabase(t, 'revoking a key that does not sign does not interrupt signing', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const current = getSigningKid(keyring)
  const standby = listKids(keyring).find((kid) => kid !== current) ?? ''
  await keyring.rotate({ compromised: standby }, ADMIN)
  t.equal(getSigningKid(keyring), current)
  t.equal(listKids(keyring).includes(standby), false)
  t.equal(listKids(keyring).length, 2, 'there is another standby')
  t.strictSame(await listAuditEvents(database).then((events) => events.map(({ type }) => type)), ['key_revoked'])
})

eachDatabase(t, 'a scheduled key is revoked before it has signed, and its predecessor goes on', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const { keys } = await keyring.rotate({}, ADMIN)
  const [standby, scheduled, signing] = keys
  const after = await keyring.rotate({ compromised: scheduled?.kid }, ADMIN)
  t.match(after.keys.find(({ kid }) => kid === signing?.kid), { state: 'signing', verifiesUntil: null })
  t.match(after.keys.find(({ kid }) => kid === scheduled?.kid), { state: 'revoked', signsFrom: null })
  t.match(after.keys.find(({ kid }) => kid === standby?.kid), { state: 'standby' })
})

eachDatabase(t, 'an unknown key is not found, and a revoked key is not revoked again', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await ageKeys(database, 60)
  const current = getSigningKid(keyring)
  for (const compromised of ['0123456789abcdef', '', 'ALL', '\0', `${current} `]) {
    await t.rejects(
      keyring.rotate({ compromised }, ADMIN), NotFoundError
    )
  }
  t.equal(getSigningKid(keyring), current)
  await keyring.rotate({ compromised: current }, ADMIN)
  const events = await listAuditEvents(database)
  const { keys } = await keyring.rotate({ compromised: current }, ADMIN)
  t.strictSame(await listAuditEvents(database), events, 'a repeated request changes nothing')
  t.equal(keys.length, 3)
})

eachDatabase(t, 'KY7: a revoked key is never trusted again, even if its row is restored', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await ageKeys(database, 60)
  const stolen = keyring.sign(goodClaims())
  const before = await listKeyRows(database)
  await keyring.rotate({ compromised: decodeHeader(stolen).kid }, ADMIN)
  await database.kysely.deleteFrom('signing_keys').execute()
  for (const row of before) {
    await database.kysely.insertInto('signing_keys').values({
      ...row, public_jwk: JSON.stringify(row.public_jwk)
    }).execute()
  }
  await createManager(database).rotate({}, ADMIN)
  await until(() => listKids(keyring).length === 2, 5_000)
  t.equal(accepts(keyring.publishedKeys(), stolen), false)
  t.not(getSigningKid(keyring), decodeHeader(stolen).kid)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true)
  await keyring.close()
})

eachDatabase(t, 'a revoked key stays in the keyring for ever', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await ageKeys(database, 60)
  const kid = getSigningKid(keyring)
  await keyring.rotate({ compromised: kid }, ADMIN)
  await ageKeys(database, 400 * 86_400)
  const later = await openKeyring(t, database, { timing })
  await later.rotate({}, ADMIN)
  t.strictSame(later.publishedKeys().revoked, [kid])
})

onPostgres(t, 'KY7: other instances know a revocation milliseconds after the response', async (t, database) => {
  const [one, other] = [
    await openKeyring(t, database, { timing: { propagationMs: 0 } }), await openKeyring(t, database, { timing: { propagationMs: 10_000 } })
  ]
  const delays: number[] = []
  for (let run = 0; run < 20; run++) {
    const stolen = one.sign(goodClaims())
    await one.rotate({ compromised: decodeHeader(stolen).kid }, ADMIN)
    const answeredAt = performance.now()
    while (accepts(other.publishedKeys(), stolen)) await new Promise((resolve) => setImmediate(resolve))
    delays.push(performance.now() - answeredAt)
  }
  delays.sort((a, b) => a - b)
  t.comment(`median ${delays[10]?.toFixed(1)} ms, longest ${delays[19]?.toFixed(1)} ms`)
  t.ok(isInTime(delays[10] ?? Infinity, 100))
})
