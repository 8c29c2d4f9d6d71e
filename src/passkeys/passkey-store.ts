import { sql, type Transaction } from 'kysely'
import { epochMs, isoDaySql, toDate, type Queryable, type Tables } from '../database/index.ts'
import { PasskeyExistsError } from '../errors.ts'
import type { NewCredential } from './webauthn.ts'

/** A passkey, for its user. */
export interface Passkey {
  id: string
  name: string
  credentialId: Buffer
  /** It is of use for this RP ID only. */
  rpId: string
  transports: readonly string[]
  isBackedUp: boolean
  createdAt: Date
  /** YYYY-MM-DD in UTC. */
  lastUsedOn: string | null
}

/** What a signature is verified with. */
export interface PasskeyKey {
  id: string
  userId: string
  /** COSE */
  publicKey: Buffer
}

interface PasskeyQuery {
  credentialId: Buffer
  rpId: string
  /** Whose it has to be; undefined: anybody's. */
  userId?: string
}

interface NewPasskey extends NewCredential {
  id: string
  userId: string
  rpId: string
  name: string
  transports: readonly string[]
}

/** Which passkey of a user. */
interface PasskeyReference {
  id: string
  userId: string
}

export async function findPasskey (db: Queryable, { credentialId, rpId, userId }: PasskeyQuery): Promise<PasskeyKey | undefined> {
  const row = await db.selectFrom('passkeys').select(['id', 'user_id', 'public_key'])
    .where('credential_id', '=', credentialId)
    .where('rp_id', '=', rpId)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
    .executeTakeFirst()
  return row && { id: row.id, userId: row.user_id, publicKey: Buffer.from(row.public_key) }
}

/** All passkeys of a user, oldest first; also those for another RP ID, which are of no use. */
export async function listPasskeys (db: Queryable, userId: string): Promise<Passkey[]> {
  const rows = await db.selectFrom('passkeys').select(COLUMNS).where('user_id', '=', userId).orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    credentialId: Buffer.from(row.credential_id),
    rpId: row.rp_id,
    transports: row.transports,
    isBackedUp: row.backed_up,
    createdAt: toDate(row.created_at),
    lastUsedOn: row.last_used_on
  }))
}

const COLUMNS = [
  'id', 'name', 'credential_id', 'rp_id', 'transports', 'backed_up', epochMs('created_at').as('created_at'),
  isoDaySql('last_used_on').as('last_used_on')
] as const

/** @throws PasskeyExistsError where the credential is registered, whoever's it is */
export async function insertPasskey (trx: Transaction<Tables>, passkey: NewPasskey): Promise<void> {
  const inserted = await trx.insertInto('passkeys')
    .values({
      id: passkey.id,
      user_id: passkey.userId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      rp_id: passkey.rpId,
      name: passkey.name,
      counter: passkey.counter,
      transports: [...passkey.transports],
      backed_up: passkey.isBackedUp
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted === undefined) throw new PasskeyExistsError()
}

/** @returns whether there is such a passkey */
export async function renamePasskey (trx: Transaction<Tables>, { id, userId }: PasskeyReference, name: string): Promise<boolean> {
  const { numUpdatedRows } = await trx.updateTable('passkeys').set({ name }).where('id', '=', id).where('user_id', '=', userId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** @returns whether there was such a passkey */
export async function deletePasskey (trx: Transaction<Tables>, { id, userId }: PasskeyReference): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('passkeys').where('id', '=', id).where('user_id', '=', userId).executeTakeFirst()
  return numDeletedRows > 0n
}

/** How many passkeys are of no use, because they were made for another RP ID than this one. */
export async function countForeignPasskeys (db: Queryable, rpId: string): Promise<number> {
  const { rows: [row] } = await sql<{ count: number }>`select count(*)::int as count from passkeys where rp_id <> ${rpId}`.execute(db)
  return row?.count ?? 0
}
