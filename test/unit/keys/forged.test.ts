// An attacker with write access to the database, but without SECRET_KEYS, cannot add a trusted key.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import type { Keyring, KeyringLog } from '../../../src/keys/keyring.ts'
import { eachDatabase } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { insertForged, insertIntoEmpty, makeForgedKey, tamper } from './attacker.ts'
import { accepts, ADMIN, createManager, openKeyring, listKeyRows, getSigningKid } from './keyrings.ts'
import { listAuditEvents } from '../../support/rows.ts'
import { goodClaims, decodeHeader } from '../../support/tokens.ts'
import { SILENT } from '../../support/silent-log.ts'

const timing = { propagationMs: 20 }
const WRONG_SECRET = { message: /^SECRET_KEYS [^\n]+ cannot open the keyring[^\n]+\.$/ }
const listKids = (keyring: Keyring) => keyring.publishedKeys().jwks.keys.map(({ kid }) => kid)

async function rejections (database: Database) {
  return (await listAuditEvents(database)).filter(({ type }) => type === 'signing_key_rejected').map(({ details }) => details)
}

function listening (): { log: KeyringLog, told: object[] } {
  const told: object[] = []
  return { told, log: { ...SILENT, error: (details) => { told.push(details) } } }
}

eachDatabase(t, 'a key that was inserted by SQL is never published, and every instance logs it once', async (t, database) => {
  const [one, other] = [listening(), listening()]
  const keyrings = [await openKeyring(t, database, { timing, log: one.log }), await openKeyring(t, database, { timing, log: other.log })]
  const honest = keyrings.map((keyring) => keyring.publishedKeys())
  const forged = await makeForgedKey()
  await insertForged(database, forged)
  await until(() => one.told.length > 0 && other.told.length > 0, 5_000)
  await until(async () => (await rejections(database)).length > 0, 5_000)
  // The keyring is read several times.
  for (const keyring of keyrings) {
    for (let look = 0; look < 3; look++) {
      await keyring.rotate(
        { compromised: 'fffffffffffffff0' }, ADMIN
      ).catch(() => {})
    }
  }
  t.strictSame(keyrings.map((keyring) => keyring.publishedKeys()), honest)
  for (const keyring of keyrings) {
    t.equal(accepts(keyring.publishedKeys(), forged.sign(goodClaims())), false)
    t.equal(keyring.rejected, 1)
    t.match((await keyring.list()).rejected, [{ kid: forged.kid, reason: 'wrong_mac' }])
  }
  for (const { told } of [one, other]) t.strictSame(told, [{ event: 'signing_key_rejected', kid: forged.kid, reason: 'wrong_mac' }])
  t.strictSame(await rejections(database), [{ kid: forged.kid, reason: 'wrong_mac' }], 'the audit has it once, whoever saw it')
})

const EARLIER = '2020-01-01T00:00:00.000Z'
const LATER = '2099-01-01T00:00:00.000Z'

const FORGERIES: ReadonlyArray<[name: string, reason: string, changes: object]> = [
  ['one that stands by for longer than the honest one', 'wrong_mac', { published_at: EARLIER, signs_from: null, verifies_until: null }],
  ['one that signs from now on', 'wrong_mac', { signs_from: new Date().toISOString() }],
  ['one that will sign after all others', 'wrong_mac', { signs_from: LATER }],
  ['one that was revoked', 'wrong_mac', { revoked_at: EARLIER }],
  ['one under a secret of its own', 'unknown_secret', { mac: 'AAAA', mac_key_id: 'AAAA' }],
  ['one for another purpose', 'wrong_mac', { purpose: 'id-token' }],
  ['one of no algorithm', 'malformed', { algorithm: 'none' }],
  ['one that is no key', 'malformed', { public_jwk: ['no key'] }],
  ['one that is published for ever', 'malformed', { published_at: 'infinity', kid: '00000000000000aa' }],
  ['one whose id no log should have', 'malformed', { kid: '\x1b[2J\nad' + 'm'.repeat(300) }]
]

for (const [name, reason, changes] of FORGERIES) {
  eachDatabase(t, `${name} changes neither the keys nor the timetable`, async (t, database) => {
    const keyring = await openKeyring(t, database, { timing })
    const [state, listed] = [keyring.publishedKeys(), await keyring.list()]
    const standby = listKids(keyring).find((kid) => kid !== getSigningKid(keyring))
    await insertForged(database, await makeForgedKey(), changes)
    await until(() => keyring.rejected === 1, 5_000)
    const fresh = await openKeyring(t, database, { timing })
    for (const each of [keyring, fresh]) {
      t.strictSame(each.publishedKeys(), state)
      const { keys, nextRotationAt, rejected } = await each.list()
      t.strictSame({ keys, nextRotationAt }, { keys: listed.keys, nextRotationAt: listed.nextRotationAt })
      t.match(rejected, [{ reason, kid: /^[\w.?-]{1,64}$/ }])
    }
    const { keys } = await keyring.rotate({}, ADMIN)
    t.equal(keys.find(({ state, signsFrom }) => state === 'standby' && signsFrom !== null)?.kid, standby, 'the real standby is next')
    t.equal(keys.length, 3)
    t.match(await rejections(database), [{ reason }])
  })
}

eachDatabase(t, 'a forged key that exists before the first start is not used, and the operator is told', async (t, database) => {
  const forged = await makeForgedKey()
  await insertIntoEmpty(database, forged)
  await t.rejects(
    openKeyring(t, database),
    { message: new RegExp(`^SECRET_KEYS [^\\n]+ cannot open the keyring, because key ${forged.kid} [^\\n]+\\.$`) }
  )
  t.equal((await listKeyRows(database)).length, 1)
  await createManager(database, { timing }).rotate({ compromised: 'all' }, ADMIN)
  const keyring = await openKeyring(t, database)
  t.equal(accepts(keyring.publishedKeys(), forged.sign(goodClaims())), false)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true)
  t.strictSame(keyring.publishedKeys().revoked, [forged.kid])
})

const TAMPERINGS: ReadonlyArray<[name: string, tamper: (database: Database, kid: string, standby: string) => Promise<unknown>]> = [
  ['public key', async (database, kid) => tamper(database, kid, { public_jwk: JSON.stringify((await makeForgedKey()).publicJwk) })],
  ['algorithm', (database, kid) => tamper(database, kid, { algorithm: 'EdDSA' })],
  ['purpose', (database, kid) => tamper(database, kid, { purpose: 'id-token' })],
  ['MAC', (database, kid) => tamper(database, kid, { mac: '' })],
  [
    'MAC, for that of another',
    async (database, kid, standby) => tamper(database, kid, {
      mac: (await listKeyRows(database)).find((row) => row.kid === standby)?.mac ?? ''
    })
  ],
  ['secret', (database, kid) => tamper(database, kid, { mac_key_id: 'AAAA' })]
]

for (const [name, change] of TAMPERINGS) {
  eachDatabase(t, `a key whose row has another ${name} is not trusted any more, and another one signs`, async (t, database) => {
    const keyring = await openKeyring(t, database, { timing })
    const token = keyring.sign(goodClaims())
    const { kid } = decodeHeader(token)
    const standby = listKids(keyring).find((other) => other !== kid) ?? ''
    await change(database, kid, standby)
    await until(() => keyring.canSign && getSigningKid(keyring) === standby, 5_000)
    for (const each of [keyring, await openKeyring(t, database, { timing })]) {
      t.equal(accepts(each.publishedKeys(), token), false)
      t.equal(accepts(each.publishedKeys(), each.sign(goodClaims())), true)
      t.equal(getSigningKid(each), standby)
      t.strictSame(each.publishedKeys().revoked, [], 'what is put right again is good again')
    }
    t.match(await rejections(database), [{ kid }])
  })
}

eachDatabase(t, 'two keys with swapped rows are both rejected', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const honest = listKids(keyring)
  const [one, other] = (await listKeyRows(database)).map(({ kid, mac, public_jwk: jwk, private_jwe: jwe }) => ({
    kid, changes: { mac, private_jwe: jwe, public_jwk: JSON.stringify(jwk) }
  }))
  if (one === undefined || other === undefined) throw new Error('there are two keys')
  await tamper(database, one.kid, other.changes)
  await tamper(database, other.kid, one.changes)
  await until(() => !listKids(keyring).some((kid) => honest.includes(kid)) && keyring.canSign, 5_000)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true)
  t.strictSame((await rejections(database)).map(({ kid }) => kid).sort(), [...honest].sort())
})

eachDatabase(t, 'a revocation that is undone in the table does not restore the key', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const stolen = keyring.sign(goodClaims())
  const { kid } = decodeHeader(stolen)
  await keyring.rotate({ compromised: kid }, ADMIN)
  await tamper(database, kid, { revoked_at: null })
  const fresh = await openKeyring(t, database, { timing })
  for (const each of [keyring, fresh]) t.equal(accepts(each.publishedKeys(), stolen), false)
  t.ok(keyring.publishedKeys().revoked.includes(kid), 'who has known it revoked has forgotten nothing')
  t.equal(listKids(fresh).includes(kid), false)
  t.strictSame(await rejections(database), [{ kid, reason: 'wrong_mac' }])
})

eachDatabase(t, 'a forged revocation rejects a key, and does nothing else', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const token = keyring.sign(goodClaims())
  const { kid } = decodeHeader(token)
  await tamper(database, kid, { revoked_at: new Date() })
  await until(() => keyring.publishedKeys().revoked.length > 0, 5_000)
  t.strictSame(keyring.publishedKeys().revoked, [kid])
  t.equal(accepts(keyring.publishedKeys(), token), false)
  await until(() => keyring.canSign, 5_000)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true, 'another one signs')
  t.strictSame((await openKeyring(t, database, { timing })).publishedKeys().revoked, [], 'who has not trusted it has nothing to revoke')
})

eachDatabase(t, 'a flood of forged rows does not fill the feed, the audit or the log', async (t, database) => {
  const { log, told } = listening()
  const keyring = await openKeyring(t, database, { timing, log })
  const state = keyring.publishedKeys()
  const forged = await makeForgedKey()
  for (let count = 0; count < 300; count++) {
    await insertForged(
      database, forged, { kid: randomBytes(8).toString('hex'), revoked_at: count % 2 === 0 ? EARLIER : null }
    )
  }
  await until(() => keyring.rejected === 300, 10_000)
  await keyring.rotate({}, ADMIN)
  const kids = state.jwks.keys.map(({ kid }) => kid)
  t.ok(kids.every((kid) => listKids(keyring).includes(kid)) && listKids(keyring).length === 3)
  t.strictSame(keyring.publishedKeys().revoked, [])
  t.equal((await keyring.list()).rejected.length, 100)
  const seen = (await rejections(database)).length
  t.ok(seen >= 100 && seen <= 300)
  t.ok(told.length <= 301)
})

eachDatabase(t, 'revoking a rejected row revokes a key of ours, and deletes any other row', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  const { kid } = decodeHeader(keyring.sign(goodClaims()))
  await tamper(database, kid, { public_jwk: JSON.stringify((await makeForgedKey()).publicJwk) })
  await insertForged(database, await makeForgedKey(), { kid: 'nobody\'s key' })
  await until(() => keyring.rejected === 2 && keyring.canSign, 5_000)
  const listed = await keyring.list()
  t.strictSame(listed.rejected.map(({ kid }) => kid).sort(), [kid, 'nobody?s?key'].sort())
  for (const { kid } of listed.rejected) await keyring.rotate({ compromised: kid }, ADMIN)
  const { keys, rejected } = await keyring.list()
  t.strictSame(rejected, [])
  t.match(keys.find((key) => key.kid === kid), { state: 'revoked' })
  t.equal((await listKeyRows(database)).some((row) => row.kid === 'nobody\'s key'), false)
  t.strictSame((await openKeyring(t, database)).publishedKeys().revoked, [kid])
  t.strictSame(
    (await listAuditEvents(database)).filter(({ type }) => type === 'key_revoked').map(({ details, actor_id: actor }) => [
      details.kid, actor
    ]),
    [[kid, ADMIN.actorId]]
  )
})

eachDatabase(t, 'with wrong secrets nothing is changed and nothing is reported as forged', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing })
  await keyring.rotate({ compromised: getSigningKid(keyring) }, ADMIN)
  const [before, told] = [await listKeyRows(database), await listAuditEvents(database)]
  const secretKeys = [randomBytes(32)]
  await t.rejects(openKeyring(t, database, { secretKeys }), WRONG_SECRET)
  const manager = createManager(database, { secretKeys })
  await t.rejects(manager.rotate({}, ADMIN), WRONG_SECRET)
  await t.rejects(manager.rotate({ compromised: getSigningKid(keyring) }, ADMIN), WRONG_SECRET)
  await t.rejects(manager.reseal(), WRONG_SECRET)
  await t.rejects(manager.ensureKeys(), WRONG_SECRET)
  t.strictSame(await listKeyRows(database), before)
  t.strictSame(await listAuditEvents(database), told)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true)
})
