import { sql, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../audit/index.ts'
import { transact, type Database, type Tables } from '../database/index.ts'
import { createWrongSecretError, type SecretKeysError } from '../secrets/index.ts'
import type { KeyMacs } from './key-macs.ts'
import { lockKeyring, notifyInstances, readKeyring, type KeyringState, type RejectedKey } from './store.ts'

// Rows of signing_keys that are not bound to SECRET_KEYS: how they are reported, and how an operator gets rid of them.

/** At most so many rows are revoked by one request, and reported one by one: edges keep revoked ids for ever. */
export const MAX_REJECTED = 100

const EVENT = 'signing_key_rejected'
const PRINTED_LENGTH = 64

/** A kid without control characters, for a log or a terminal: anybody may have written the row. */
export function toPrintableKid (kid: string): string {
  return kid.slice(0, PRINTED_LENGTH).replace(/[^\w.-]/g, '?')
}

/** @returns an error where the keyring was made with other secrets, so that nothing may be changed */
export function findWrongSecret ({ hasWrongSecrets, rejected }: KeyringState): SecretKeysError | undefined {
  const { kid = '' } = rejected.find(({ reason }) => reason === 'unknown_secret') ?? {}
  return hasWrongSecrets ? createWrongSecretError(toPrintableKid(kid)) : undefined
}

/** @throws SecretKeysError where the keyring was made with other secrets */
export function assertOwnSecrets (state: KeyringState): void {
  const error = findWrongSecret(state)
  if (error !== undefined) throw error
}

/** Reports rejected rows: each instance logs a row once, and one of the instances records it in the audit once a day. */
export class RejectionReporter {
  readonly #database: Database
  readonly #log: { error (details: object, sentence: string): void }
  /** Printable kids. */
  readonly #logged = new Set<string>()
  readonly #recorded = new Set<string>()
  #isFlooded = false

  constructor (database: Database, log: { error (details: object, sentence: string): void }) {
    this.#database = database
    this.#log = log
  }

  /** @param rejected all rejected rows of one reading */
  async report (rejected: readonly RejectedKey[]): Promise<void> {
    const reported = rejected.slice(0, MAX_REJECTED)
    for (const { kid, reason } of reported.filter(({ kid }) => !this.#logged.has(toPrintableKid(kid)))) {
      const details = { event: EVENT, kid: toPrintableKid(kid), reason }
      this.#log.error(details, 'a row of signing_keys is not bound to SECRET_KEYS and is not trusted')
    }
    replaceAll(this.#logged, reported)
    const wasFlooded = this.#isFlooded
    this.#isFlooded = rejected.length > reported.length
    if (this.#isFlooded && !wasFlooded) {
      this.#log.error({ event: EVENT, count: rejected.length }, 'signing_keys has more such rows than are reported one by one')
    }
    const unrecorded = reported.filter(({ kid }) => !this.#recorded.has(toPrintableKid(kid)))
    if (unrecorded.length > 0) await recordRejections(this.#database, unrecorded)
    // After the transaction: where it fails, the next report tries again.
    replaceAll(this.#recorded, reported)
  }
}

function replaceAll (kids: Set<string>, keys: readonly RejectedKey[]): void {
  kids.clear()
  for (const { kid } of keys) kids.add(toPrintableKid(kid))
}

/** Under the lock of the keyring, so that only one instance records a row. */
async function recordRejections (database: Database, rejected: readonly RejectedKey[]): Promise<void> {
  await transact(database, async (trx) => {
    await lockKeyring(trx)
    const { rows } = await sql<{ kid: string }>`
      select details->>'kid' as kid from audit_events
      where type = ${EVENT} and at > statement_timestamp() - interval '1 day'`.execute(trx)
    const known = new Set(rows.map(({ kid }) => kid))
    for (const { kid, reason } of rejected) {
      const printable = toPrintableKid(kid)
      if (!known.has(printable)) await recordAudit(trx, { type: EVENT, details: { kid: printable, reason } })
      known.add(printable)
    }
  })
}

/**
 * Revokes rejected rows. That needs no valid MAC: revoking a key only lowers trust.
 *
 * @param compromised a printable kid, or "all"
 * @returns how many there were
 * @throws SecretKeysError where the keyring was made with other secrets, unless all are compromised
 */
export async function revokeRejectedKeys (database: Database, macs: KeyMacs, compromised: string, actor: Actor): Promise<number> {
  return transact(database, async (trx) => {
    await lockKeyring(trx)
    const state = await readKeyring(trx, macs)
    // Where a secret is lost, the only way is to replace the whole keyring.
    if (compromised !== 'all') assertOwnSecrets(state)
    const isMeant = (kid: string) => compromised === 'all' || toPrintableKid(kid) === compromised
    const chosen = state.rejected.filter(({ kid }) => isMeant(kid)).slice(0, MAX_REJECTED)
    for (const key of chosen) {
      await revokeRow(trx, key, state.now, macs)
      if (key.publicJwk === undefined) continue
      await recordAudit(trx, { type: 'key_revoked', details: { kid: key.kid, algorithm: key.publicJwk.alg }, ...actor })
    }
    if (chosen.length > 0) await notifyInstances(trx)
    return chosen.length
  })
}

/** Turns a rejected row into a revoked key with a valid MAC. A malformed row cannot be one of our keys, and is deleted. */
async function revokeRow (trx: Transaction<Tables>, { kid, purpose, publicJwk }: RejectedKey, now: number, macs: KeyMacs): Promise<void> {
  if (publicJwk === undefined) {
    await trx.deleteFrom('signing_keys').where('kid', '=', kid).execute()
    return
  }
  const { mac, macKeyId } = macs.make({ purpose, publicJwk, isRevoked: true })
  const revokedAt = sql<Date>`coalesce(revoked_at, ${new Date(now)}::timestamptz)`
  // Its times may be forged, and must not change the schedule of other keys.
  await trx.updateTable('signing_keys')
    .set({ mac, mac_key_id: macKeyId, revoked_at: revokedAt, private_jwe: null, signs_from: null, verifies_until: null })
    .where('kid', '=', kid).execute()
}
