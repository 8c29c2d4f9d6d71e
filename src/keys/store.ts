import { sql, type Transaction } from 'kysely'
import { ALGORITHMS, type PublicJwk } from '../contract/index.ts'
import { type Queryable, type Tables } from '../database/index.ts'
import { parsePublicJwk } from './key-pair.ts'
import { needsPrivateKey, type TimedKey } from './timetable.ts'

/** Instances LISTEN here. A notification only wakes them; what there is to know is read from the table. */
export const KEYS_CHANNEL = 'gatepass_keys'

/** A signing key as it is kept. */
export interface StoredKey extends TimedKey {
  readonly publicJwk: PublicJwk
  /** Sealed; null once it will not sign any more. */
  readonly privateJwe: string | null
}

/** What is kept of a key beside its times. */
export type KeyMaterial = Pick<StoredKey, 'publicJwk' | 'privateJwe'>

/** The keyring as it was at a moment of the database's time. */
export interface Reading {
  /** Epoch milliseconds. */
  now: number
  keys: StoredKey[]
}

// Any number will do, as long as nobody else uses it.
const KEYRING_LOCK = 7_283_640_253

interface Row {
  now: number
  kid: string | null
  algorithm: string
  public_jwk: Record<string, unknown>
  private_jwe: string | null
  published_at: Date
  signs_from: Date | null
  verifies_until: Date | null
  revoked_at: Date | null
}

/** One change at a time, whoever makes it: held until the transaction ends. */
export async function lockKeyring (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${KEYRING_LOCK})`.execute(trx)
}

/** Reads all keys and the time, in one statement. */
export async function readKeyring (db: Queryable): Promise<Reading> {
  const { rows } = await sql<Row>`
    select moment.now, kid, algorithm, public_jwk, private_jwe, published_at, signs_from, verifies_until, revoked_at
    from (select floor(extract(epoch from statement_timestamp()) * 1000)::float8 as now) as moment left join signing_keys on true
    order by published_at, signs_from nulls last, kid`.execute(db)
  const [first] = rows
  if (first === undefined) throw new Error('the database told no time')
  return { now: first.now, keys: rows.flatMap((row) => row.kid === null ? [] : fromRow({ ...row, kid: row.kid })) }
}

/**
 * Brings the table from one timetable to another, takes away what is of no use any more, and tells every instance.
 *
 * @param trx holds the lock
 * @param change the timetable as it was read, as it shall be, what new keys consist of, and the time
 */
export async function saveKeyring (trx: Transaction<Tables>, { before, after, materials, now }: {
  before: readonly StoredKey[]
  after: readonly TimedKey[]
  materials: ReadonlyMap<string, KeyMaterial>
  now: number
}): Promise<void> {
  for (const key of after) {
    const known = before.find(({ kid }) => kid === key.kid)
    if (known === undefined) await insertKey(trx, key, materials.get(key.kid))
    else if (!isSame(known, key)) await trx.updateTable('signing_keys').set(timesOf(key)).where('kid', '=', key.kid).execute()
  }
  await tidy(trx, after, now)
  await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(trx)
}

/** Whether something is kept that is of no use any more. */
export function isTidy ({ keys, now }: Reading): boolean {
  return keys.every((key) => !isOver(key, now) && (key.privateJwe === null || needsPrivateKey(key, now)))
}

export async function replacePrivateKey (trx: Transaction<Tables>, kid: string, privateJwe: string): Promise<void> {
  await trx.updateTable('signing_keys').set({ private_jwe: privateJwe }).where('kid', '=', kid).execute()
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

async function insertKey (trx: Transaction<Tables>, key: TimedKey, material: KeyMaterial | undefined): Promise<void> {
  if (material === undefined) throw new TypeError(`there is nothing to keep of key ${key.kid}`)
  const { publicJwk, privateJwe } = material
  await trx.insertInto('signing_keys').values({
    kid: key.kid,
    algorithm: key.algorithm,
    public_jwk: JSON.stringify(publicJwk),
    private_jwe: privateJwe,
    ...timesOf(key)
  }).execute()
}

function timesOf ({ publishedAt, signsFrom, verifiesUntil, revokedAt }: TimedKey) {
  return { published_at: new Date(publishedAt), signs_from: toDate(signsFrom), verifies_until: toDate(verifiesUntil), revoked_at: toDate(revokedAt) }
}

function isSame (a: TimedKey, b: TimedKey): boolean {
  return a.signsFrom === b.signsFrom && a.verifiesUntil === b.verifiesUntil && a.revokedAt === b.revokedAt
}

function fromRow (row: Row & { kid: string }): StoredKey {
  const { kid } = row
  const algorithm = ALGORITHMS.find((name) => name === row.algorithm)
  if (algorithm === undefined) throw new TypeError(`key ${kid} is for an algorithm that is not known: ${row.algorithm}`)
  return {
    kid,
    algorithm,
    publicJwk: parsePublicJwk({ ...row.public_jwk, kid, alg: algorithm }),
    privateJwe: row.private_jwe,
    publishedAt: row.published_at.getTime(),
    signsFrom: row.signs_from?.getTime(),
    verifiesUntil: row.verifies_until?.getTime(),
    revokedAt: row.revoked_at?.getTime()
  }
}

function toDate (time: number | undefined): Date | null {
  return time === undefined ? null : new Date(time)
}
