import { recordAudit, type AuditEntry } from '../audit/index.ts'
import { transact, type Database } from '../database/index.ts'
import type { KeyMacs } from './key-macs.ts'
import { toShownKid } from './key-rows.ts'
import type { Sealer } from './key-encryption.ts'
import { createUnfitSecretsError, type SecretKeysError } from '../secrets/index.ts'
import { lockKeyring, notify, readKeyring, replaceSeals, revokeRejected, type Reading } from './store.ts'

/** So many rows are revoked by one order, and told of in the audit: edges remember revoked keys for ever. */
export const MAX_REJECTED = 100

export interface Seals {
  sealer: Sealer
  macs: KeyMacs
}

/** @returns why nothing in the keyring is ours to change; undefined where it is */
export function findUnfit ({ isForeign, rejected }: Reading): SecretKeysError | undefined {
  const { kid = '' } = rejected.find(({ reason }) => reason === 'unknown_secret') ?? {}
  return isForeign ? createUnfitSecretsError(toShownKid(kid)) : undefined
}

/** @throws SecretKeysError where the keyring was made with secrets that are not ours */
export function assertOurs (reading: Reading): void {
  const unfit = findUnfit(reading)
  if (unfit !== undefined) throw unfit
}

/**
 * Seals and binds to the first secret whatever was under an older one, keys that are revoked or have no private part any more, too.
 * Only what has a good MAC: a new one must not make a forged row a good one.
 *
 * @returns how many keys that were
 * @throws SecretKeysError where none of the secrets is the one
 */
export async function reseal (database: Database, { sealer, macs }: Seals): Promise<number> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const reading = await readKeyring(trx, macs)
    assertOurs(reading)
    let count = 0
    for (const key of reading.keys) {
      const { kid, privateJwe } = key
      if (macs.isCurrent(key) && (privateJwe === null || sealer.isCurrent(privateJwe))) continue
      await replaceSeals(trx, key, privateJwe === null ? null : await sealer.seal(await sealer.open(privateJwe, kid)), macs)
      count++
    }
    return count
  })
}

/**
 * Revokes rows that are not believed. What is said of a key of ours, by whoever has changed it or by a secret that is lost, is that
 * it is never trusted again, and that needs no proof.
 *
 * @param compromised a kid, as it is shown, or "all"
 * @returns how many there were
 */
export async function revokeRejectedKeys (
  database: Database, macs: KeyMacs, compromised: string, by: Pick<AuditEntry, 'actorId' | 'origin'>
): Promise<number> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const reading = await readKeyring(trx, macs)
    // With a lost secret all is to be begun anew, or nothing.
    if (compromised !== 'all') assertOurs(reading)
    const isMeant = (kid: string) => compromised === 'all' || toShownKid(kid) === compromised
    const chosen = reading.rejected.filter(({ kid }) => isMeant(kid)).slice(0, MAX_REJECTED)
    for (const key of chosen) {
      await revokeRejected(trx, key, reading.now, macs)
      if (key.publicJwk === undefined) continue
      await recordAudit(trx, { type: 'key_revoked', details: { kid: key.kid, algorithm: key.publicJwk.alg }, ...by })
    }
    if (chosen.length > 0) await notify(trx)
    return chosen.length
  })
}
