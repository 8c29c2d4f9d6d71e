import type { Queryable } from '../database/index.ts'
import { countForeignPasskeys } from './passkey-store.ts'
import type { RelyingParty } from './webauthn.ts'

interface Reporting {
  database: { readonly kysely: Queryable }
  log: { warn (details: object, sentence: string): void }
}

/**
 * What is wrong with the passkeys that there are.
 *
 * @returns one sentence for the operator; undefined if all can be used
 */
export async function findPasskeyFault (db: Queryable, { rpId }: Pick<RelyingParty, 'rpId'>): Promise<string | undefined> {
  const count = await countForeignPasskeys(db, rpId)
  if (count === 0) return undefined
  const were = count === 1 ? 'passkey was' : 'passkeys were'
  return `${count} ${were} made for another domain than ${rpId}, and can do nothing: set PASSKEY_RP_ID to that domain, or make new ones.`
}

/** Logs it. */
export async function reportPasskeys ({ database, log }: Reporting, relyingParty: RelyingParty): Promise<void> {
  const warning = await findPasskeyFault(database.kysely, relyingParty)
  if (warning !== undefined) log.warn({ event: 'setting_warning', warning }, 'a setting is probably a mistake')
}
