import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit, SYSTEM_ACTOR, type Actor, type AuditEntry } from '../audit/index.ts'
import type { Algorithm } from '../contract/index.ts'
import { transact, type Database } from '../database/index.ts'
import { CredentialStoreUnavailableError, NotFoundError } from '../errors.ts'
import { createKeyEncryption, generateKeyPairFor, type KeyEncryption } from './private-keys.ts'
import { createKeyMacs, type KeyMacs } from './key-macs.ts'
import { toKeyListing, type KeyListing } from './list.ts'
import {
  inSequence, isRevoked, planAlgorithm, planEarlyRotation, planFirstKeys, planRevocation, planRotation, type NewKey, type Plan
} from './plans.ts'
import { assertOwnSecrets, revokeRejectedKeys } from './rejected-keys.ts'
import { isTrusted, toTiming, type TimedKey, type Timing } from './schedule.ts'
import { isClean, lockKeyring, readKeyring, saveKeyring, saveProtection, type KeyMaterial, type KeyringState } from './store.ts'

/** An orderly rotation or, where keys are `compromised`, an emergency. */
export interface RotationOrder {
  /** A kid, or "all". */
  compromised?: string | undefined
  /** In an emergency, the standby signs next, where there is one; otherwise a key that is made now. */
  useStandby?: boolean | undefined
}

export interface KeyManagerOptions {
  database: Database
  /** The first encrypts, all decrypt. */
  secretKeys: readonly Buffer[]
  /** The algorithm of new keys. */
  algorithm: Algorithm
  /** Between two rotations. */
  rotationSeconds: number
  /** Overrides what follows from `rotationSeconds`. */
  timing?: Partial<Timing> | undefined
}

/** Changes the keyring in the database. Instances that sign read the change from there. */
export interface KeyManager {
  readonly timing: Timing
  list (): Promise<KeyListing>
  /**
   * Rotates the signing key, or revokes a compromised one.
   *
   * @returns the schedule after the change
   * @throws NotFoundError where the compromised key is unknown
   * @throws SecretKeysError where the keyring was made with other secrets, unless all keys are compromised
   */
  rotate (order: RotationOrder, actor: Actor): Promise<KeyListing>
  /** Encrypts private keys, and makes MACs, again where they are under an older secret. Returns the number of keys. */
  reseal (): Promise<number>
  /** Ensures that there are keys, and that new ones have the configured algorithm. */
  ensureKeys (): Promise<void>
  /** Runs a rotation or a cleanup that is due; one instance does it. Returns whether there was anything to do. */
  runDueRotation (state: KeyringState): Promise<boolean>
}

interface KeyProtection {
  encryption: KeyEncryption
  macs: KeyMacs
}

interface Change {
  plan: Plan
  materials: ReadonlyMap<string, KeyMaterial>
  actor: Actor
}

const ATTEMPTS = 5
/** A revocation waits until the replacement is known everywhere, and checks this often within the time of propagation. */
const CHECKS_PER_PROPAGATION = 8
const MAX_CHECKS = 40

/** @throws TypeError without a secret */
export function createKeyManager ({ database, secretKeys, algorithm, rotationSeconds, timing: overrides }: KeyManagerOptions): KeyManager {
  const timing = { ...toTiming(rotationSeconds), ...overrides }
  const protection: KeyProtection = { encryption: createKeyEncryption(secretKeys), macs: createKeyMacs(secretKeys) }
  const planOptions = { algorithm, timing }
  const read = () => readKeyring(database.reserved, protection.macs)
  const list = async () => toKeyListing(await read(), timing)

  /** Generates keys before the transaction, because that is slow; starts again where the transaction turns out to need more. */
  async function change (plan: Plan, actor: Actor): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const state = await read()
      assertOwnSecrets(state)
      const needed = countNewKeys(plan, state)
      if (needed === undefined && isClean(state)) return false
      const materials = await generateMaterials(needed ?? 0, algorithm, protection.encryption)
      const hasChanged = await transactChange(database, protection.macs, { plan, materials, actor }).catch((error: unknown) => {
        if (!(error instanceof MoreKeysNeededError)) throw error
      })
      if (hasChanged !== undefined) return hasChanged
    }
    throw new CredentialStoreUnavailableError({ cause: new Error('the keyring kept changing') })
  }

  /** Chosen once, so that their replacements are never among them. */
  async function findCompromised (compromised: string, actor: Actor): Promise<ReadonlySet<string>> {
    const { keys, rejected } = await read()
    const kids = new Set(keys.filter((key) => compromised === 'all' ? isTrusted(key) : key.kid === compromised).map(({ kid }) => kid))
    const rejectedCount = rejected.length === 0 ? 0 : await revokeRejectedKeys(database, protection.macs, compromised, actor)
    if (kids.size + rejectedCount === 0 && compromised !== 'all') throw new NotFoundError()
    return kids
  }

  async function revoke (kids: ReadonlySet<string>, useStandby: boolean, actor: Actor): Promise<void> {
    const known = new Set((await read()).keys.map(({ kid }) => kid))
    const plan = planRevocation(kids, { ...planOptions, avoided: useStandby ? new Set() : known })
    for (let check = 0; check < MAX_CHECKS; check++) {
      await change(plan, actor)
      if (isRevoked((await read()).keys, kids)) return
      await sleep(timing.propagationMs / CHECKS_PER_PROPAGATION)
    }
    throw new CredentialStoreUnavailableError({ cause: new Error('the replacement of a compromised key was not known everywhere in time') })
  }

  return {
    timing,
    list,
    async rotate ({ compromised, useStandby = false }, actor) {
      const kids = compromised === undefined ? undefined : await findCompromised(compromised, actor)
      await change(planFirstKeys, SYSTEM_ACTOR)
      if (kids === undefined) await change(planEarlyRotation(planOptions), actor)
      else await revoke(kids, useStandby, actor)
      return list()
    },
    reseal: () => reseal(database, protection),
    async ensureKeys () {
      await change(inSequence(planFirstKeys, planAlgorithm(planOptions)), SYSTEM_ACTOR)
    },
    async runDueRotation (state) {
      const plan = inSequence(planFirstKeys, planRotation(planOptions))
      return countNewKeys(plan, state) === undefined && isClean(state) ? false : change(plan, SYSTEM_ACTOR)
    }
  }
}

class MoreKeysNeededError extends Error {}

/** @returns how many new keys a plan needs; undefined where it changes nothing */
function countNewKeys (plan: Plan, { keys, now }: KeyringState): number | undefined {
  let count = 0
  const after = plan(keys, now, () => ({ kid: `new ${count++}`, algorithm: 'ES256' }))
  return after === keys ? undefined : count
}

async function generateMaterials (count: number, algorithm: Algorithm, encryption: KeyEncryption): Promise<Map<string, KeyMaterial>> {
  const entries = Array.from({ length: count }, async (): Promise<[kid: string, material: KeyMaterial]> => {
    const { publicJwk, privateJwk } = await generateKeyPairFor(algorithm)
    return [publicJwk.kid, { publicJwk, privateJwe: await encryption.encrypt(privateJwk) }]
  })
  return new Map(await Promise.all(entries))
}

/** Plans again on the state under the lock, because another instance may have changed it. */
async function transactChange (database: Database, macs: KeyMacs, { plan, materials, actor }: Change): Promise<boolean> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const state = await readKeyring(trx, macs)
    assertOwnSecrets(state)
    const { keys: before, now } = state
    const unused = [...materials.values()].map(({ publicJwk: { kid, alg } }): NewKey => ({ kid, algorithm: alg }))
    const after = plan(before, now, () => {
      const key = unused.shift()
      if (key === undefined) throw new MoreKeysNeededError()
      return key
    })
    if (after === before && isClean(state)) return false
    await saveKeyring(trx, { before, after, materials, now, macs })
    for (const entry of toAuditEntries(before, after)) await recordAudit(trx, { ...entry, ...actor })
    return true
  })
}

/** The audit events of a change; none for the first keys of the database. */
function toAuditEntries (before: readonly TimedKey[], after: readonly TimedKey[]): AuditEntry[] {
  if (before.length === 0) return []
  return after.flatMap((key): AuditEntry[] => {
    const known = before.find(({ kid }) => kid === key.kid)
    const { kid, algorithm, signsFrom, revokedAt } = key
    if (revokedAt !== undefined && known?.revokedAt === undefined) return [{ type: 'key_revoked', details: { kid, algorithm } }]
    if (signsFrom === undefined || known?.signsFrom === signsFrom) return []
    return [{ type: 'keys_rotated', details: { kid, algorithm, signs_from: new Date(signsFrom).toISOString() } }]
  })
}

/**
 * Protects every key with the first secret, revoked keys and those without a private key too. Only keys with a valid MAC: a forged row must
 * not get one.
 */
async function reseal (database: Database, { encryption, macs }: KeyProtection): Promise<number> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const state = await readKeyring(trx, macs)
    assertOwnSecrets(state)
    let count = 0
    for (const key of state.keys) {
      const { kid, privateJwe } = key
      if (macs.isCurrent(key) && (privateJwe === null || encryption.isCurrent(privateJwe))) continue
      const encrypted = privateJwe === null ? null : await encryption.encrypt(await encryption.decrypt(privateJwe, kid))
      await saveProtection(trx, key, encrypted, macs)
      count++
    }
    return count
  })
}
