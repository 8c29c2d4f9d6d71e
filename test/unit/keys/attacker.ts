// An attacker with write access to the database, but without SECRET_KEYS.
import { createPrivateKey } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { sql, type Updateable } from 'kysely'
import type { AccessClaims } from '../../../src/contract/index.ts'
import type { Database, Tables } from '../../../src/database/index.ts'
import { generateKeyPairFor, type KeyPair } from '../../../src/keys/private-keys.ts'

export interface ForgedKey extends KeyPair {
  kid: string
  /** @returns a token that is valid where the key is trusted */
  sign (claims: AccessClaims): string
}

export async function makeForgedKey (): Promise<ForgedKey> {
  const pair = await generateKeyPairFor('ES256')
  const { kid } = pair.publicJwk
  const key = createPrivateKey({ key: pair.privateJwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { ...pair, kid, sign: createSigner({ key, algorithm: 'ES256', header: { alg: 'ES256', typ: 'at+jwt', kid } }) }
}

/** Inserts a copy of a genuine row, MAC included, with the forged key, and notifies the instances. */
export async function insertForged (database: Database, { publicJwk, kid }: ForgedKey, changes: object = {}): Promise<void> {
  const row = JSON.stringify({ kid, algorithm: 'ES256', public_jwk: publicJwk, private_jwe: null, ...changes })
  await sql`insert into signing_keys select (jsonb_populate_record(genuine, ${row}::jsonb)).*
    from signing_keys as genuine order by signs_from nulls last limit 1`.execute(database.kysely)
  await notify(database)
}

/** The same for an empty table. */
export async function insertIntoEmpty (database: Database, { publicJwk, kid }: ForgedKey, changes: object = {}): Promise<void> {
  const now = new Date().toISOString()
  const row = {
    kid,
    algorithm: 'ES256',
    public_jwk: publicJwk,
    purpose: 'access-token',
    mac: 'AAAA',
    mac_key_id: 'BBBB',
    created_at: now,
    published_at: now,
    signs_from: now,
    ...changes
  }
  await sql`insert into signing_keys select (jsonb_populate_record(null::signing_keys, ${JSON.stringify(row)}::jsonb)).*`.execute(
    database.kysely
  )
  await notify(database)
}

/** Changes columns of a row, and notifies the instances. */
export async function tamper (database: Database, kid: string, changes: Updateable<Tables['signing_keys']>): Promise<void> {
  await database.kysely.updateTable('signing_keys').set(changes).where('kid', '=', kid).execute()
  await notify(database)
}

async function notify (database: Database): Promise<void> {
  await sql`select pg_notify('gatepass_keys', '')`.execute(database.kysely)
}
