import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit, type AuditEntry, type Origin } from '../audit/index.ts'
import type { Algorithm } from '../contract/index.ts'
import { transact, type Database } from '../database/index.ts'
import { CredentialStoreUnavailableError, NotFoundError } from '../errors.ts'
import { createKeyMacs } from './key-macs.ts'
import { generateKeyPairFor } from './key-pair.ts'
import { listingOf, type KeyListing } from './list.ts'
import { inOrder, isRevoked, planAlgorithm, planBeginning, planEarlyRotation, planRevocation, planRotation, type NewKey, type Plan } from './plans.ts'
import { assertOurs, reseal, revokeRejectedKeys, type Seals } from './repairs.ts'
import { createSealer, type Sealer } from './key-encryption.ts'
import { isTidy, lockKeyring, readKeyring, saveKeyring, type KeyMaterial, type Reading } from './store.ts'
import { isTrusted, timingOf, type TimedKey, type Timing } from './schedule.ts'

/** Who changes the keyring, as the audit will tell it. */
export interface KeyActor {
  /** null: the system, and the command line */
  actorId: string | null
  origin: Origin | undefined
}

/** What is asked for: an orderly rotation, or, where keys are `compromised`, an emergency. */
export interface RotationOrder {
  /** A kid, or "all" that there are. */
  compromised?: string | undefined
}

export interface KeeperOptions {
  database: Database
  /** The first seals, all open. */
  secretKeys: readonly Buffer[]
  /** Of the keys that are made. */
  algorithm: Algorithm
  /** From one key to the next. */
  rotationSeconds: number
  /** What of the timing shall not follow from that. */
  timing?: Partial<Timing> | undefined
}

/** Changes the keyring, in the database and nowhere else. Whoever signs learns of it from there. */
export interface KeyKeeper {
  readonly timing: Timing
  list (): Promise<KeyListing>
  /**
   * Lets the next key sign, in order or in an emergency.
   *
   * @returns the timetable as it is then
   * @throws NotFoundError when the compromised key is not known
   * @throws SecretKeysError when the secrets are not those of the keyring, unless all is to be begun anew
   */
  rotate (order: RotationOrder, by: KeyActor): Promise<KeyListing>
  /** Seals what was sealed under an older secret anew, with its MAC; says how many keys that were. */
  reseal (): Promise<number>
  /** Sees to it that there are keys, and of the algorithm that is set now. */
  begin (): Promise<void>
  /** Does what is due, if anything is; says whether something was. Of several instances, one does it. */
  keepUp (reading: Reading): Promise<boolean>
}

const SYSTEM: KeyActor = { actorId: null, origin: undefined }
const ATTEMPTS = 5
/** An emergency waits for the replacement to be known everywhere; in this many looks, with room. */
const LOOKS_WHILE_SETTLING = 8
const MAX_LOOKS = 40

/** @throws TypeError without a secret */
export function createKeyKeeper ({ database, secretKeys, algorithm, rotationSeconds, timing: given }: KeeperOptions): KeyKeeper {
  const timing = { ...timingOf(rotationSeconds), ...given }
  const seals: Seals = { sealer: createSealer(secretKeys), macs: createKeyMacs(secretKeys) }
  const planned = { algorithm, timing }
  const read = () => readKeyring(database.reserved, seals.macs)
  const list = async () => listingOf(await read(), timing)

  /** Keys are made before the transaction, for that takes time; if then more are needed than thought, it is all done again. */
  async function change (plan: Plan, by: KeyActor): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const seen = await read()
      assertOurs(seen)
      const needed = countNewKeys(plan, seen)
      if (needed === undefined && isTidy(seen)) return false
      const materials = await makeKeys(needed ?? 0, algorithm, seals.sealer)
      const outcome = await transactChange(database, seals, { plan, materials, by }).catch((error: unknown) => {
        if (!(error instanceof MoreKeysNeededError)) throw error
      })
      if (outcome !== undefined) return outcome
    }
    throw new CredentialStoreUnavailableError({ cause: new Error('the keyring kept changing') })
  }

  /** Keys that come in place of others are not among those that were meant. */
  async function findCompromised (compromised: string, by: KeyActor): Promise<ReadonlySet<string>> {
    const { keys, rejected } = await read()
    const kids = new Set(keys.filter((key) => compromised === 'all' ? isTrusted(key) : key.kid === compromised).map(({ kid }) => kid))
    const others = rejected.length === 0 ? 0 : await revokeRejectedKeys(database, seals.macs, compromised, by)
    if (kids.size + others === 0 && compromised !== 'all') throw new NotFoundError()
    return kids
  }

  async function revoke (kids: ReadonlySet<string>, by: KeyActor): Promise<void> {
    const plan = planRevocation(kids, planned)
    for (let look = 0; look < MAX_LOOKS; look++) {
      await change(plan, by)
      if (isRevoked((await read()).keys, kids)) return
      await sleep(timing.settleMs / LOOKS_WHILE_SETTLING)
    }
    throw new CredentialStoreUnavailableError({ cause: new Error('the replacement of a compromised key did not settle') })
  }

  return {
    timing,
    list,
    async rotate ({ compromised }, by) {
      const kids = compromised === undefined ? undefined : await findCompromised(compromised, by)
      await change(planBeginning, SYSTEM)
      if (kids === undefined) await change(planEarlyRotation(planned), by)
      else await revoke(kids, by)
      return list()
    },
    reseal: () => reseal(database, seals),
    async begin () {
      await change(inOrder(planBeginning, planAlgorithm(planned)), SYSTEM)
    },
    async keepUp (reading) {
      const plan = inOrder(planBeginning, planRotation(planned))
      return countNewKeys(plan, reading) === undefined && isTidy(reading) ? false : change(plan, SYSTEM)
    }
  }
}

class MoreKeysNeededError extends Error {}

/** @returns how many new keys a plan takes; undefined where there is nothing to do */
function countNewKeys (plan: Plan, { keys, now }: Reading): number | undefined {
  let count = 0
  const after = plan(keys, now, () => ({ kid: `new ${count++}`, algorithm: 'ES256' }))
  return after === keys ? undefined : count
}

async function makeKeys (count: number, algorithm: Algorithm, sealer: Sealer): Promise<Map<string, KeyMaterial>> {
  const pairs = await Promise.all(Array.from({ length: count }, () => generateKeyPairFor(algorithm)))
  return new Map(await Promise.all(pairs.map(async ({ publicJwk, privateJwk }) => [publicJwk.kid, { publicJwk, privateJwe: await sealer.seal(privateJwk) }] as const)))
}

/** The plan is made once more, on what is found under the lock: another instance may have been quicker. */
async function transactChange (database: Database, { macs }: Seals, { plan, materials, by }: { plan: Plan, materials: ReadonlyMap<string, KeyMaterial>, by: KeyActor }): Promise<boolean> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const reading = await readKeyring(trx, macs)
    assertOurs(reading)
    const { keys: before, now } = reading
    const spare = [...materials.values()].map(({ publicJwk: { kid, alg } }): NewKey => ({ kid, algorithm: alg }))
    const after = plan(before, now, () => {
      const key = spare.shift()
      if (key === undefined) throw new MoreKeysNeededError()
      return key
    })
    if (after === before && isTidy(reading)) return false
    await saveKeyring(trx, { before, after, materials, now, macs })
    for (const entry of entriesOf(before, after)) await recordAudit(trx, { ...entry, ...by })
    return true
  })
}

/** What has happened from one timetable to the next. The first keys of all are no event. */
function entriesOf (before: readonly TimedKey[], after: readonly TimedKey[]): AuditEntry[] {
  if (before.length === 0) return []
  return after.flatMap((key): AuditEntry[] => {
    const known = before.find(({ kid }) => kid === key.kid)
    const { kid, algorithm, signsFrom, revokedAt } = key
    if (revokedAt !== undefined && known?.revokedAt === undefined) return [{ type: 'key_revoked', details: { kid, algorithm } }]
    if (signsFrom !== undefined && known?.signsFrom !== signsFrom) return [{ type: 'keys_rotated', details: { kid, algorithm, signs_from: new Date(signsFrom).toISOString() } }]
    return []
  })
}
