import { sql, type Transaction } from 'kysely'
import { epochMs, KEYRING_LOCK, type Queryable, type Tables } from '../database/index.ts'
import { ACCESS_TOKEN, type KeyMacs } from './key-macs.ts'
import { readRow, type KeyRow, type RejectedKey, type StoredKey } from './key-rows.ts'
import { isTrusted, needsPrivateKey, type TimedKey } from './schedule.ts'

/** Instances LISTEN here. A notification only wakes them; what there is to know is read from the table. */
export const KEYS_CHANNEL = 'gatepass_keys'

/** What is kept of a key beside its times. */
export type KeyMaterial = Pick<StoredKey, 'publicJwk' | 'privateJwe'>

/** The keyring as it was at a moment of the database's time. */
export interface Reading {
  /** Epoch milliseconds. */
  readonly now: number
  /** Those with a good MAC, and no others. */
  readonly keys: readonly StoredKey[]
  readonly rejected: readonly RejectedKey[]
  /** Whether nothing here was made with a secret of ours: then the secrets are wrong, and it is not for us to change anything. */
  readonly isForeign: boolean
}

/** One change at a time, whoever makes it: held until the transaction ends. */
export async function lockKeyring (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${KEYRING_LOCK})`.execute(trx)
}

/** Reads all keys and the time, in one statement, and sorts out what is not bound to our secrets. */
export async function readKeyring (db: Queryable, macs: KeyMacs): Promise<Reading> {
  const { rows } = await sql<{ now: string } & (KeyRow | { kid: null })>`
    select moment.now, kid, purpose, algorithm, public_jwk, private_jwe, mac, mac_key_id,
      ${epochMs('published_at')} as published_ms, ${epochMs('signs_from')} as signs_ms, ${epochMs('verifies_until')} as verified_ms, ${epochMs('revoked_at')} as revoked_ms
    from (select floor(extract(epoch from statement_timestamp()) * 1000)::text as now) as moment left join signing_keys on true
    order by published_at, signs_from nulls last, kid`.execute(db)
  const [first] = rows
  if (first === undefined) throw new Error('the database told no time')
  const good: StoredKey[] = []
  const rejected: RejectedKey[] = []
  for (const row of rows) {
    if (row.kid === null) continue
    const read = readRow(row, macs)
    if ('key' in read) good.push(read.key)
    else rejected.push(read.rejected)
  }
  const isForeign = good.length === 0 && rejected.some(({ reason }) => reason === 'unknown_secret')
  return { now: Number(first.now), keys: good.filter(({ purpose }) => purpose === ACCESS_TOKEN), rejected, isForeign }
}

/**
 * Brings the table from one timetable to another, takes away what is of no use any more, and tells every instance.
 *
 * @param trx holds the lock
 * @param change the timetable as it was read, as it shall be, what new keys consist of, the time, and what makes MACs
 */
export async function saveKeyring (trx: Transaction<Tables>, { before, after, materials, now, macs }: {
  before: readonly StoredKey[]
  after: readonly TimedKey[]
  materials: ReadonlyMap<string, KeyMaterial>
  now: number
  macs: KeyMacs
}): Promise<void> {
  for (const key of after) {
    const known = before.find(({ kid }) => kid === key.kid)
    if (known === undefined) await insertKey(trx, key, materials.get(key.kid), macs)
    else if (!isSame(known, key)) await updateKey(trx, known, key, macs)
  }
  await tidy(trx, after, now)
  await notify(trx)
}

/** Wakes every instance, once the transaction is committed. */
export async function notify (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(trx)
}

/** Whether something is kept that is of no use any more. */
export function isTidy ({ keys, now }: Reading): boolean {
  return keys.every((key) => !isOver(key, now) && (key.privateJwe === null || needsPrivateKey(key, now)))
}

/** The same key under another secret. */
export async function replaceSeals (trx: Transaction<Tables>, key: StoredKey, privateJwe: string | null, macs: KeyMacs): Promise<void> {
  await trx.updateTable('signing_keys').set({ private_jwe: privateJwe, ...macOf(key, macs) }).where('kid', '=', key.kid).execute()
}

/** A row that is not believed becomes a key that is never trusted; where no key of ours can be behind it, it goes. */
export async function revokeRejected (trx: Transaction<Tables>, { kid, purpose, publicJwk }: RejectedKey, now: number, macs: KeyMacs): Promise<void> {
  if (publicJwk === undefined) {
    await trx.deleteFrom('signing_keys').where('kid', '=', kid).execute()
    return
  }
  const { mac, macKeyId } = macs.make({ purpose, publicJwk, isRevoked: true })
  const revokedAt = sql<Date>`coalesce(revoked_at, ${new Date(now)}::timestamptz)`
  // Its times may be anybody's, and must say nothing about those of others.
  await trx.updateTable('signing_keys')
    .set({ mac, mac_key_id: macKeyId, revoked_at: revokedAt, private_jwe: null, signs_from: null, verifies_until: null })
    .where('kid', '=', kid).execute()
}

/** A private key that will not sign again is a risk and nothing else. A revoked key stays, without it, so that nobody forgets. */
async function tidy (trx: Transaction<Tables>, keys: readonly TimedKey[], now: number): Promise<void> {
  const over = keys.filter((key) => isOver(key, now)).map(({ kid }) => kid)
  const spent = keys.filter((key) => !needsPrivateKey(key, now)).map(({ kid }) => kid)
  if (spent.length > 0) await trx.updateTable('signing_keys').set({ private_jwe: null }).where('kid', 'in', spent).execute()
  if (over.length > 0) await trx.deleteFrom('signing_keys').where('kid', 'in', over).execute()
}

function isOver ({ verifiesUntil, revokedAt }: TimedKey, now: number): boolean {
  return revokedAt === undefined && verifiesUntil !== undefined && verifiesUntil <= now
}

async function insertKey (trx: Transaction<Tables>, key: TimedKey, material: KeyMaterial | undefined, macs: KeyMacs): Promise<void> {
  if (material === undefined) throw new TypeError(`there is nothing to keep of key ${key.kid}`)
  const { publicJwk, privateJwe } = material
  await trx.insertInto('signing_keys').values({
    kid: key.kid,
    purpose: ACCESS_TOKEN,
    algorithm: key.algorithm,
    public_jwk: JSON.stringify(publicJwk),
    private_jwe: privateJwe,
    ...macOf({ ...key, purpose: ACCESS_TOKEN, publicJwk }, macs),
    ...timesOf(key)
  }).execute()
}

async function updateKey (trx: Transaction<Tables>, known: StoredKey, key: TimedKey, macs: KeyMacs): Promise<void> {
  const isJustRevoked = isTrusted(known) && !isTrusted(key)
  const changes = { ...timesOf(key), ...isJustRevoked && macOf({ ...known, ...key }, macs) }
  await trx.updateTable('signing_keys').set(changes).where('kid', '=', key.kid).execute()
}

function macOf (key: Pick<StoredKey, 'purpose' | 'publicJwk' | 'revokedAt'>, macs: KeyMacs) {
  const { mac, macKeyId } = macs.make({ ...key, isRevoked: key.revokedAt !== undefined })
  return { mac, mac_key_id: macKeyId }
}

function timesOf ({ publishedAt, signsFrom, verifiesUntil, revokedAt }: TimedKey) {
  return { published_at: new Date(publishedAt), signs_from: toDate(signsFrom), verifies_until: toDate(verifiesUntil), revoked_at: toDate(revokedAt) }
}

function isSame (a: TimedKey, b: TimedKey): boolean {
  return a.signsFrom === b.signsFrom && a.verifiesUntil === b.verifiesUntil && a.revokedAt === b.revokedAt
}

function toDate (time: number | undefined): Date | null {
  return time === undefined ? null : new Date(time)
}
