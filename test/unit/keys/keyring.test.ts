import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { CredentialStoreUnavailableError } from '../../../src/errors.ts'
import { createKeyring, type Keyring } from '../../../src/keys/keyring.ts'
import { SecretKeysError } from '../../../src/secrets/secret-keys.ts'
import { createKeyEncryption } from '../../../src/keys/private-keys.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import {
  accepts, ADMIN, ageKeys, createManager, withoutNotifications, interruptible, openKeyring, listKeyRows, SECRET_KEYS, getSigningKid
} from './keyrings.ts'
import { listAuditEvents } from '../../support/rows.ts'
import { goodClaims, decodeHeader } from '../../support/tokens.ts'
import { SILENT } from '../../support/silent-log.ts'

const listKids = (keyring: Keyring) => keyring.publishedKeys().jwks.keys.map(({ kid }) => kid)

eachDatabase(t, 'the first start creates a signing key and a standby, the second finds them', async (t, database) => {
  const first = await openKeyring(t, database)
  const token = first.sign(goodClaims())
  const [signing, standby] = await listKeyRows(database)
  t.match([signing, standby], [{ kid: decodeHeader(token).kid, signs_from: Date }, { signs_from: null }])
  t.strictSame(listKids(first), [signing?.kid, standby?.kid])
  t.equal(accepts(first.publishedKeys(), token), true)
  t.strictSame(await listAuditEvents(database), [], 'where there was nothing, nothing has been rotated')
  await first.close()
  const second = await openKeyring(t, database)
  t.strictSame(second.publishedKeys(), first.publishedKeys())
  t.equal(getSigningKid(second), decodeHeader(token).kid)
  t.equal(second.canSign, true)
})

eachDatabase(t, 'instances that open an empty keyring at the same time have the same keys', async (t, database) => {
  const keyrings = await Promise.all(Array.from({ length: 5 }, () => openKeyring(t, database)))
  t.equal((await listKeyRows(database)).length, 2)
  for (const keyring of keyrings) t.strictSame(keyring.publishedKeys(), keyrings[0]?.publishedKeys())
  t.equal(new Set(keyrings.map(getSigningKid)).size, 1)
})

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  eachDatabase(t, `tokens are signed with ${algorithm} where it is configured`, async (t, database) => {
    const keyring = await openKeyring(t, database, { algorithm })
    const token = keyring.sign(goodClaims())
    t.strictSame(Object.keys(decodeHeader(token)).sort(), ['alg', 'kid', 'typ'])
    t.match(decodeHeader(token), { alg: algorithm, typ: 'at+jwt' })
    t.equal(accepts(keyring.publishedKeys(), token), true)
    const [header, , signature] = token.split('.')
    t.equal(accepts(keyring.publishedKeys(), `${header}.${keyring.sign(goodClaims()).split('.')[1]}.${signature}`), false)
  })
}

eachDatabase(t, 'KY8: the database holds no unencrypted private key', async (t, database) => {
  await openKeyring(t, database)
  const dump = (await sql<{ row: string }>`select t::text as row from signing_keys t`.execute(database.kysely)).rows.map(({ row }) => row)
    .join('\n')
  t.notMatch(dump, /PRIVATE|"d"/)
  for (const { kid, private_jwe: jwe } of await listKeyRows(database)) {
    const { d = '', x = '' } = await createKeyEncryption(SECRET_KEYS).decrypt(jwe ?? '', kid)
    t.ok(d.length > 40 && !dump.includes(d) && !dump.includes(Buffer.from(d, 'base64url').toString('hex')))
    t.ok(dump.includes(x), 'the public part is there')
  }
})

eachDatabase(t, 'a keyring made with another secret is not changed, and the error is one sentence', async (t, database) => {
  await openKeyring(t, database)
  const before = await listKeyRows(database)
  const error = await createKeyring({
    database, secretKeys: [randomBytes(32)], algorithm: 'EdDSA', log: SILENT
  }).catch((error: unknown) => error)
  t.ok(error instanceof SecretKeysError)
  t.match(error, { message: /^SECRET_KEYS [^\n]+ cannot open the keyring[^\n]+\.$/ })
  t.strictSame(await listKeyRows(database), before)
})

eachDatabase(t, 'a keyring whose secret is lost can be replaced', async (t, database) => {
  const lost = await openKeyring(t, database)
  const token = lost.sign(goodClaims())
  await lost.close()
  const secretKeys = [randomBytes(32)]
  await createManager(database, { secretKeys, timing: { propagationMs: 10 } }).rotate({ compromised: 'all' }, ADMIN)
  const keyring = await openKeyring(t, database, { secretKeys })
  t.equal(accepts(keyring.publishedKeys(), token), false)
  t.equal(accepts(keyring.publishedKeys(), keyring.sign(goodClaims())), true)
})

eachDatabase(t, 'F26: a private key that does not belong to its public key does not sign', async (t, database) => {
  await openKeyring(t, database)
  const [one, other] = await listKeyRows(database)
  const encryption = createKeyEncryption(SECRET_KEYS)
  const stolen = { ...await encryption.decrypt(other?.private_jwe ?? '', 'other'), kid: one?.kid ?? '' }
  await database.kysely.updateTable('signing_keys').set({ private_jwe: await encryption.encrypt(stolen) }).where('kid', '=', one?.kid ?? '')
    .execute()
  await t.rejects(
    createKeyring({ database, secretKeys: SECRET_KEYS, algorithm: 'ES256', log: SILENT }),
    { message: /^The private key [0-9a-f]{16} in the database is not that of its public key: [^\n]+\.$/ }
  )
})

eachDatabase(t, 'the iat of the claims counts as database time', async (t, database) => {
  const keyring = await openKeyring(t, database)
  const now = Math.floor(Date.now() / 1000)
  const current = getSigningKid(keyring)
  const { keys } = await keyring.rotate({}, ADMIN)
  const scheduled = keys.find(({ state, signsFrom }) => state === 'standby' && signsFrom !== null)
  const from = Math.ceil((scheduled?.signsFrom?.getTime() ?? 0) / 1000)
  t.ok(from > now + 300)
  t.equal(decodeHeader(keyring.sign(goodClaims({}, from - 1))).kid, current)
  t.equal(decodeHeader(keyring.sign(goodClaims({}, from))).kid, scheduled?.kid)
  t.equal(decodeHeader(keyring.sign(goodClaims({}, 0))).kid, current, 'one that lies in the past finds no key that has retired')
})

eachDatabase(t, 'an instance knows a change at once, and notifies its listeners', async (t, database) => {
  // Without the notification it would take a minute or so.
  const timing = { propagationMs: 120_000 }
  const [one, other] = [await openKeyring(t, database, { timing }), await openKeyring(t, database, { timing })]
  const told: object[] = []
  const stop = other.onChange((state) => told.push(state))
  other.onChange(() => { throw new Error('one that fails keeps no other from being told') })
  await one.rotate({}, ADMIN)
  await until(() => told.length === 1, 5_000)
  t.strictSame(told, [one.publishedKeys()])
  t.equal(other.publishedKeys(), told[0])
  stop()
  await createManager(database).rotate({ compromised: listKids(one)[2] }, ADMIN)
  await until(() => other.publishedKeys().revoked.length === 1, 5_000)
  t.equal(told.length, 1)
})

eachDatabase(t, 'an instance without notifications polls', async (t, database) => {
  const keyring = await openKeyring(t, withoutNotifications(database), { timing: { propagationMs: 20 } })
  const { keys } = await createManager(database).rotate({}, ADMIN)
  await until(() => listKids(keyring).length === 3, 5_000)
  t.strictSame(new Set(listKids(keyring)), new Set(keys.map(({ kid }) => kid)))
})

eachDatabase(t, 'an instance without the secret of a new keyring does not use it, and logs that once', async (t, database) => {
  const old = await openKeyring(t, database, { timing: { propagationMs: 50 } })
  const token = old.sign(goodClaims())
  const errors: string[] = []
  const secretKeys = [randomBytes(32), ...SECRET_KEYS]
  const log = { ...SILENT, error: (_details: object, sentence: string) => { errors.push(sentence) } }
  const behind = await openKeyring(t, database, { timing: { propagationMs: 50 }, log })
  await createManager(database, { secretKeys, timing: { propagationMs: 50 } }).rotate({ compromised: 'all' }, ADMIN)
  await until(() => !behind.canSign, 5_000)
  t.throws(() => behind.sign(goodClaims()), CredentialStoreUnavailableError)
  const ahead = await openKeyring(t, database, { secretKeys })
  t.strictSame(listKids(behind), [], 'it cannot tell them from forged ones')
  t.strictSame(
    new Set(behind.publishedKeys().revoked), new Set(ahead.publishedKeys().revoked), 'and edges that hear it alone learn what was revoked'
  )
  t.equal(accepts(behind.publishedKeys(), token), false)
  const before = await listKeyRows(database)
  await behind.rotate({}, ADMIN).then(() => t.fail('it has no say'), ({ cause }) => t.ok(cause instanceof SecretKeysError))
  t.strictSame(await listKeyRows(database), before)
  t.equal(errors.filter((sentence) => sentence === 'a signing key cannot be decrypted').length, 1)
  const rejected = (await listAuditEvents(database)).filter(({ type }) => type === 'signing_key_rejected')
  t.ok(rejected.every(({ details }) => details.reason === 'unknown_secret'), 'if it has told of one before all were, it has told the truth')
})

onPostgres(t, 'during an outage of the database the last known keys stay in use', async (t, database) => {
  const warnings: string[] = []
  const log = {
    ...SILENT,
    warn: (_details: object, sentence: string) => { warnings.push(sentence) },
    info: (_details: object, sentence: string) => { if (warnings.length > 0) warnings.push(sentence) }
  }
  const { database: line, interrupt } = interruptible(database)
  const keyring = await openKeyring(t, line, { timing: { propagationMs: 20, leadMs: 60_000 }, log })
  const current = getSigningKid(keyring)
  const { keys } = await keyring.rotate({}, ADMIN)
  const next = keys.find(({ signsFrom, state }) => state === 'standby' && signsFrom !== null)
  interrupt(true)
  await until(() => warnings.length > 0, 5_000)
  t.equal(getSigningKid(keyring), current)
  t.equal(
    decodeHeader(keyring.sign(goodClaims({}, Math.ceil((next?.signsFrom?.getTime() ?? 0) / 1000)))).kid, next?.kid,
    'the timetable is known ahead'
  )
  t.equal(keyring.publishedKeys().jwks.keys.length, 3)
  t.ok(keyring.jwks().maxAgeSeconds <= 60)
  interrupt(false)
  await until(() => warnings.length > 1, 5_000)
  t.strictSame(warnings, ['the keyring cannot be read; the last known keys stay in use', 'the keyring can be read again'])
})

eachDatabase(t, 'an expired key leaves the JWKS, with or without the database, and is then deleted', async (t, database) => {
  const keyring = await openKeyring(t, database)
  const first = getSigningKid(keyring)
  await keyring.rotate({}, ADMIN)
  await ageKeys(database, 310)
  // Any change makes the instance read it again.
  const { keys } = await keyring.rotate({}, ADMIN)
  t.match(keys.find(({ kid }) => kid === first), { state: 'verifying' })
  t.not(getSigningKid(keyring), first)
  t.ok(
    (await listKeyRows(database)).every(({ private_jwe: jwe }) => jwe !== null),
    'for a while it might still be used by one who has not heard'
  )
  await ageKeys(database, 61)
  const restarted = await openKeyring(t, database)
  t.match(
    (await listKeyRows(database)).find(({ kid }) => kid === first), { private_jwe: null }, 'what will not sign again loses its private part'
  )
  t.equal(listKids(restarted).includes(first), true)
  await ageKeys(database, 3900)
  const later = await openKeyring(t, database)
  t.equal(listKids(later).includes(first), false)
  t.notOk((await listKeyRows(database)).some(({ kid }) => kid === first))
})
