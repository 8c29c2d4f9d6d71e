// Secrets of TOTP after a change of SECRET_KEYS.
import { sql } from 'kysely'
import type { Database, Queryable } from '../database/index.ts'
import { createTotpSecrets } from './totp-secrets.ts'

interface ResealOptions {
  /** The first encrypts, all decrypt. */
  secretKeys: readonly Buffer[]
  batchSize?: number
}

interface SecretRow {
  user_id: string
  secret_jwe: string | null
  pending_jwe: string | null
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/**
 * Encrypts the secrets under the first of SECRET_KEYS that are under another one, those that wait to be confirmed too. It may run beside
 * the service, and again: a secret that somebody replaces meanwhile is left alone. Secrets under an unknown key stay as they are.
 *
 * @returns the number of secrets
 * @throws SecretKeysError for a damaged one
 */
export async function resealTotpSecrets (database: Database, { secretKeys, batchSize = 500 }: ResealOptions): Promise<number> {
  const secrets = createTotpSecrets(secretKeys)
  const [current] = secrets.keyIds
  const db = database.kysely
  let count = 0

  async function reseal (column: 'secret' | 'pending', userId: string, jwe: string | null): Promise<void> {
    if (jwe === null || secrets.isCurrent(jwe) || !secrets.isKnown(jwe)) return
    const sealed = await secrets.seal(userId, await secrets.open(userId, jwe))
    const [jweColumn, keyColumn] = [sql.ref(`${column}_jwe`), sql.ref(column === 'secret' ? 'key_id' : 'pending_key_id')]
    const { numAffectedRows } = await sql`update totp set ${jweColumn} = ${sealed.jwe}, ${keyColumn} = ${sealed.keyId}
      where user_id = ${userId} and ${jweColumn} = ${jwe}`.execute(db)
    count += Number(numAffectedRows ?? 0)
  }

  for (let after: string | undefined = NIL_UUID; after !== undefined;) {
    const rows: SecretRow[] = await listOthers(db, { current, after, batchSize })
    for (const { user_id: userId, secret_jwe: secret, pending_jwe: pending } of rows) {
      await reseal('secret', userId, secret)
      await reseal('pending', userId, pending)
    }
    after = rows.length === batchSize ? rows.at(-1)?.user_id : undefined
  }
  return count
}

async function listOthers (
  db: Queryable, { current, after, batchSize }: { current: string, after: string, batchSize: number }
): Promise<SecretRow[]> {
  const { rows } = await sql<SecretRow>`select user_id, secret_jwe, pending_jwe from totp
    where user_id > ${after} and (key_id <> ${current} or pending_key_id <> ${current})
    order by user_id limit ${batchSize}`.execute(db)
  return rows
}

/** Of how many users SECRET_KEYS cannot decrypt the secret that logs in: they need recovery codes, passkeys, or an admin. */
export async function countUnreadableSecrets (db: Queryable, secretKeys: readonly Buffer[]): Promise<number> {
  const { keyIds } = createTotpSecrets(secretKeys)
  const { rows: [row] } = await sql<{ count: number }>`
    select count(*)::int as count from totp where key_id <> all(${[...keyIds]}::text[])`.execute(db)
  return row?.count ?? 0
}

/** Logs it: most likely a secret was removed too early. */
export async function reportUnreadableSecrets ({ database, secretKeys, log }: {
  database: Pick<Database, 'kysely'>, secretKeys: readonly Buffer[], log: { warn (details: object, sentence: string): void }
}): Promise<void> {
  const count = await countUnreadableSecrets(database.kysely, secretKeys)
  const sentence = 'authenticator apps of users were enrolled with a secret that is not in SECRET_KEYS: put it back'
  if (count > 0) log.warn({ event: 'totp_secrets_unreadable', count }, sentence)
}
