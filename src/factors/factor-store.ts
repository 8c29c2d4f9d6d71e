// The rows of TOTP and recovery codes, and the list of passkeys.
import { sql, type Transaction } from 'kysely'
import { epochMs, isoDaySql, toDate, type Queryable, type Tables } from '../database/index.ts'
import { STEP_SECONDS } from './totp.ts'
import type { RecoveryCode } from './recovery-codes.ts'
import type { SealedSecret } from './totp-secrets.ts'

/** A secret that was shown is confirmed within so many hours, or never. */
export const PENDING_HOURS = 24

/** The row of a user, and the time step of now. */
interface StoredTotp {
  /** Null until a secret is confirmed. */
  secretJwe: string | null
  /** Null where none waits to be confirmed, or for too long. */
  pendingJwe: string | null
  /** By the database's clock. */
  step: number
}

/** A passkey, as its user sees it. */
export interface ListedPasskey {
  id: string
  name: string
  createdAt: Date
  /** YYYY-MM-DD; null: never. */
  lastUsedOn: string | null
  /** Whether it is synchronized to other devices. */
  isBackedUp: boolean
  credentialId: Buffer
  rpId: string
}

export async function findTotp (db: Queryable, userId: string): Promise<StoredTotp | undefined> {
  const { rows: [row] } = await sql<{ secret_jwe: string | null, pending_jwe: string | null, step: string }>`
    select secret_jwe,
      case when pending_at > statement_timestamp() - make_interval(hours => ${PENDING_HOURS}) then pending_jwe end as pending_jwe,
      floor(extract(epoch from clock_timestamp()) / ${sql.lit(STEP_SECONDS)})::bigint as step
    from totp where user_id = ${userId}`.execute(db)
  return row && { secretJwe: row.secret_jwe, pendingJwe: row.pending_jwe, step: Number(row.step) }
}

/** The secret that logs in stays as it is until another one is confirmed. */
export async function savePending (trx: Transaction<Tables>, userId: string, { jwe, keyId }: SealedSecret): Promise<void> {
  await sql`insert into totp (user_id, pending_jwe, pending_key_id, pending_at) values (${userId}, ${jwe}, ${keyId}, statement_timestamp())
    on conflict (user_id) do update set pending_jwe = excluded.pending_jwe, pending_key_id = excluded.pending_key_id,
      pending_at = excluded.pending_at`.execute(trx)
}

/** @param step of the code that has confirmed it: it is used */
export async function confirmPending (trx: Transaction<Tables>, userId: string, step: number): Promise<void> {
  await sql`update totp set secret_jwe = pending_jwe, key_id = pending_key_id, last_step = ${step}, confirmed_at = statement_timestamp(),
      pending_jwe = null, pending_key_id = null, pending_at = null
    where user_id = ${userId}`.execute(trx)
}

/** Replaces those that are left. */
export async function saveRecoveryCodes (trx: Transaction<Tables>, userId: string, codes: readonly RecoveryCode[]): Promise<void> {
  await deleteRecoveryCodes(trx, userId)
  await trx.insertInto('recovery_codes').values(codes.map(({ digest }) => ({ user_id: userId, digest }))).execute()
}

export async function deleteRecoveryCodes (trx: Transaction<Tables>, userId: string): Promise<void> {
  await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
}

/** Oldest first. */
export async function listPasskeys (db: Queryable, userId: string): Promise<ListedPasskey[]> {
  const rows = await db.selectFrom('passkeys')
    .select(['id', 'name', epochMs('created_at').as('created_at'), isoDaySql('last_used_on').as('last_used_on')])
    .select(['backed_up', 'credential_id', 'rp_id'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: toDate(row.created_at),
    lastUsedOn: row.last_used_on as string | null,
    isBackedUp: row.backed_up,
    // PGlite returns a Uint8Array.
    credentialId: Buffer.from(row.credential_id),
    rpId: row.rp_id
  }))
}
