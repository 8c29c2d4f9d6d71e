import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createDatabase, type Database } from '../../../src/database/index.ts'
import type { Keyring } from '../../../src/keys/keyring.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { insertForged, makeForgedKey } from './attacker.ts'
import { accepts, ADMIN, ageKeys, createManager, openKeyring, listKeyRows, SECRET_KEYS, getSigningKid } from './keyrings.ts'
import { listAuditEvents } from '../../support/rows.ts'
import { goodClaims, decodeHeader } from '../../support/tokens.ts'
import { SILENT } from '../../support/silent-log.ts'

/** Checks that every instance accepts every token from the moment it is signed. Returns the kids that have signed. */
function watch (keyrings: readonly Keyring[]) {
  const tokens: string[] = []
  const seen: string[] = []
  const faults: string[] = []
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      for (const keyring of keyrings) {
        const token = keyring.sign(goodClaims())
        const { kid } = decodeHeader(token)
        if (!seen.includes(kid)) seen.push(kid)
        tokens.push(token)
      }
      const sample = [...tokens.slice(-keyrings.length), ...tokens.filter((_, index) => index % 97 === 0)]
      keyrings.forEach((keyring, index) => {
        for (const token of sample) {
          if (!accepts(keyring.publishedKeys(), token)) faults.push(`instance ${index} refuses a token of ${decodeHeader(token).kid}`)
        }
      })
      await sleep(10)
    }
  })()
  return {
    seen,
    async end () {
      stop.abort()
      await running
      return faults
    }
  }
}

eachDatabase(t, 'KY6: instances rotate together, with one new key per period, and no token is rejected', async (t, database) => {
  const rotationSeconds = 1.6
  const keyrings = await Promise.all([1, 2, 3].map(() => openKeyring(t, database, { rotationSeconds, timing: { leadMs: 1000 } })))
  const watched = watch(keyrings)
  await until(() => watched.seen.length === 5, 30_000)
  t.strictSame(await watched.end(), [])
  const kept = await listKeyRows(database)
  const turns = kept.filter(({ signs_from: from }) => from !== null).map(({ kid }) => kid)
  t.strictSame(watched.seen, turns.slice(0, watched.seen.length), 'each has signed, in the order of the timetable')
  const times = kept.flatMap(({ signs_from: from }) => from === null ? [] : [from.getTime()])
  for (const [index, time] of times.slice(1).entries()) t.ok(time - (times[index] ?? 0) >= 1600, 'no period is shorter than it should be')
  t.ok(kept.length <= turns.length + 1, 'and no key too many is made')
  // They may have rotated once more since the keys were read.
  const events = (await listAuditEvents(database)).slice(0, turns.length - 1)
  t.strictSame(events.map(({ type, details }) => [type, details.kid]), turns.slice(1).map((kid) => ['keys_rotated', kid]))
})

onPostgres(t, 'when the instance that rotates is killed, another one goes on', async (t, _database, url) => {
  const instances = await Promise.all([1, 2, 3].map(() => openInstance(t, url)))
  const watched = watch(instances.slice(1).map(({ keyring }) => keyring))
  for (let round = 0; round < 2; round++) {
    const count = watched.seen.length
    await until(() => watched.seen.length > count, 20_000)
    // Closes its connections, which releases its locks.
    if (round === 0) await instances[0]?.database.close()
  }
  t.strictSame(await watched.end(), [])
})

async function openInstance (t: Test, url: string): Promise<{ database: Database, keyring: Keyring }> {
  const database = await createDatabase({ url, poolSize: 3, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close().catch(() => {}))
  return { database, keyring: await openKeyring(t, database, { rotationSeconds: 1.6, timing: { leadMs: 1000 } }) }
}

eachDatabase(t, 'after an outage longer than the interval, the standby is scheduled with the full lead time', async (t, database) => {
  const before = await openKeyring(t, database)
  const [first, second] = [
    getSigningKid(before), before.publishedKeys().jwks.keys.map(({ kid }) => kid).find((kid) => kid !== getSigningKid(before))
  ]
  await before.close()
  await ageKeys(database, 90 * 86_400)
  const after = await openKeyring(t, database, { timing: { propagationMs: 200 } })
  t.equal(getSigningKid(after), first, 'there is no gap: it goes on')
  await until(() => getSigningKid(after) === second, 5_000)
  const { keys } = await after.list()
  t.strictSame(keys.map(({ state }) => state), ['standby', 'signing', 'verifying'])
  t.equal(keys[0]?.signsFrom, null)
})

eachDatabase(t, 'a rotation on request waits until verifiers know the key, and a second request changes nothing', async (t, database) => {
  const keyring = await openKeyring(t, database)
  const current = getSigningKid(keyring)
  const once = await keyring.rotate({}, ADMIN)
  const [standby, next, signing] = once.keys
  t.match(signing, { kid: current, state: 'signing' })
  t.match(standby, { state: 'standby', signsFrom: null, verifiesUntil: null })
  t.ok((next?.signsFrom?.getTime() ?? 0) >= (next?.publishedAt.getTime() ?? Infinity) + 310_000)
  t.equal(signing?.verifiesUntil?.getTime(), (next?.signsFrom?.getTime() ?? 0) + 3_900_000)
  const twice = await keyring.rotate({}, ADMIN)
  t.strictSame(twice.keys, once.keys)
  t.match(
    await listAuditEvents(database),
    [{
      type: 'keys_rotated',
      actor_id: ADMIN.actorId,
      ip: '192.0.2.7',
      details: { kid: next?.kid, algorithm: 'ES256', signs_from: next?.signsFrom?.toISOString() }
    }]
  )
  t.equal((await listAuditEvents(database)).length, 1)
})

for (const [from, to] of [['ES256', 'EdDSA'], ['EdDSA', 'RS256']] as const) {
  eachDatabase(t, `from ${from} to ${to} on a running system no token is rejected`, async (t, database) => {
    const timing = { leadMs: 600, propagationMs: 100 }
    const old = await openKeyring(t, database, { algorithm: from, timing })
    const current = getSigningKid(old)
    const other = await openKeyring(t, database, { algorithm: to, timing })
    t.equal(getSigningKid(other), current, 'it begins with what there is')
    const watched = watch([old, other])
    await until(() => watched.seen.length === 2, 10_000)
    t.strictSame(await watched.end(), [])
    // Also on the instance that has not been restarted yet.
    await until(() => decodeHeader(old.sign(goodClaims())).alg === to, 5_000)
    const kept = await listKeyRows(database)
    const successor = kept.find(({ kid }) => kid === watched.seen[1])
    t.match(successor, { algorithm: to })
    t.ok(
      (successor?.signs_from?.getTime() ?? 0) - (successor?.published_at.getTime() ?? Infinity) >= 600,
      'not before everybody can know it'
    )
    t.strictSame(
      kept.map(({ algorithm }) => algorithm).sort(), [from, to, to].sort(),
      'the one that stood by for the old one is withdrawn, another one stands by'
    )
    await old.close()
    const again = await openKeyring(t, database, { algorithm: to, timing })
    t.strictSame(again.publishedKeys(), other.publishedKeys(), 'who comes later changes nothing')
  })
}

eachDatabase(t, 'changing the secret on two instances, one after the other, logs nobody out', async (t, database) => {
  const [older] = SECRET_KEYS
  const newer = randomBytes(32)
  const steps = [[older], [older, newer], [newer, older], [newer]].map((secrets) => secrets.filter((secret) => secret !== undefined))
  const current: Keyring[] = []
  const tokens: string[] = []
  for (const secretKeys of steps) {
    for (const index of [0, 1]) {
      await current[index]?.close()
      current[index] = await openKeyring(t, database, { secretKeys })
      tokens.push(...current.map((keyring) => keyring.sign(goodClaims())))
      t.strictSame(current.flatMap((keyring) => tokens.filter((token) => !accepts(keyring.publishedKeys(), token))), [])
    }
    // As the instructions say, before the old one is dropped.
    if (secretKeys[0] === newer) {
      t.equal(
        await createManager(database, { secretKeys }).reseal(), 0, 'the first that has it first has done it already'
      )
    }
  }
})

eachDatabase(t, 'keys under an older secret can be resealed without a restart', async (t, database) => {
  await openKeyring(t, database)
  const secretKeys = [randomBytes(32), ...SECRET_KEYS]
  const before = await listKeyRows(database)
  const manager = createManager(database, { secretKeys })
  t.equal(await manager.reseal(), 2)
  t.equal(await manager.reseal(), 0)
  const after = await listKeyRows(database)
  const withoutSeals = (kept: typeof after) => kept.map(({ private_jwe: jwe, mac, mac_key_id: id, ...rest }) => rest)
  t.strictSame(withoutSeals(after), withoutSeals(before))
  t.notSame(after, before)
  await openKeyring(t, database, { secretKeys: secretKeys.slice(0, 1) })
})

eachDatabase(t, 'two instances with the secrets in different orders trust each other\'s keys', async (t, database) => {
  const [older, newer] = [...SECRET_KEYS, randomBytes(32)]
  if (older === undefined || newer === undefined) throw new Error('there are two')
  const timing = { propagationMs: 100 }
  const one = await openKeyring(t, database, { secretKeys: [older, newer], timing })
  const other = await openKeyring(t, database, { secretKeys: [newer, older], timing })
  await ageKeys(database, 60)
  const revoked = getSigningKid(one)
  await one.rotate({ compromised: revoked }, ADMIN)
  await other.rotate({}, ADMIN)
  await ageKeys(database, 400)
  // Each has created keys under its own first secret; one of the keys only verifies now, without a private key.
  await other.rotate({}, ADMIN)
  await one.rotate({ compromised: (await one.list()).keys.find(({ state }) => state === 'standby')?.kid }, ADMIN)
  await until(
    () => one.publishedKeys().jwks.keys.length === other.publishedKeys().jwks.keys.length &&
      one.publishedKeys().revoked.length === 2 && other.publishedKeys().revoked.length === 2,
    5_000
  )
  t.strictSame([one.rejected, other.rejected], [0, 0])
  t.equal(new Set((await listKeyRows(database)).map(({ mac_key_id: id }) => id)).size, 2)
  for (const keyring of [one, other]) {
    t.ok([one, other].every((verifying) => accepts(verifying.publishedKeys(), keyring.sign(goodClaims()))))
  }
  const resealed = await createManager(database, { secretKeys: [newer, older] }).reseal()
  t.ok(resealed >= 2, 'those without a private part and the revoked ones, too')
  t.equal(new Set((await listKeyRows(database)).map(({ mac_key_id: id }) => id)).size, 1)
  t.ok((await listKeyRows(database)).some(({ private_jwe: jwe, revoked_at: at }) => jwe === null && at === null))
  const alone = await openKeyring(t, database, { secretKeys: [newer], timing })
  t.strictSame(alone.publishedKeys().jwks, other.publishedKeys().jwks)
  t.strictSame(new Set(alone.publishedKeys().revoked), new Set(other.publishedKeys().revoked))
  t.ok(alone.publishedKeys().revoked.includes(revoked))
  t.equal(alone.rejected, 0)
})

eachDatabase(t, 'an instance with only the old secret keeps its keys when all keys are resealed under the new one', async (t, database) => {
  const timing = { propagationMs: 20 }
  const left = await openKeyring(t, database, { timing })
  const state = left.publishedKeys()
  const [before] = await listKeyRows(database)
  const secretKeys = [randomBytes(32), ...SECRET_KEYS]
  t.equal(await createManager(database, { secretKeys }).reseal(), 2)
  const renewed = await openKeyring(t, database, { secretKeys })
  await left.rotate({}, ADMIN).then(() => t.fail('it has no say any more'), () => {})
  t.not((await listKeyRows(database))[0]?.mac_key_id, before?.mac_key_id)
  t.strictSame(left.publishedKeys(), state)
  t.equal(accepts(renewed.publishedKeys(), left.sign(goodClaims())), true)
  t.strictSame(await listAuditEvents(database), [], 'honest keys are called no forgeries')
})

eachDatabase(t, 'resealing does not make a forged row valid', async (t, database) => {
  const keyring = await openKeyring(t, database, { timing: { propagationMs: 20 } })
  const forged = [await makeForgedKey(), await makeForgedKey()]
  await insertForged(database, forged[0] ?? await makeForgedKey())
  await insertForged(database, forged[1] ?? await makeForgedKey(), { revoked_at: '2020-01-01T00:00:00.000Z' })
  await until(() => keyring.rejected === 2, 5_000)
  const secretKeys = [randomBytes(32), ...SECRET_KEYS]
  t.equal(await createManager(database, { secretKeys }).reseal(), 2)
  const renewed = await openKeyring(t, database, { secretKeys })
  t.equal(renewed.rejected, 2)
  t.strictSame(renewed.publishedKeys(), keyring.publishedKeys())
  for (const { sign } of forged) t.equal(accepts(renewed.publishedKeys(), sign(goodClaims())), false)
})
