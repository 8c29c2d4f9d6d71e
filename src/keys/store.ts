import { sql, type Selectable, type Transaction } from 'kysely'
import { ALGORITHMS, parsePublicJwk, type PublicJwk } from '../contract/index.ts'
import { epochMs, KEYRING_LOCK, toDate, type Queryable, type Tables } from '../database/index.ts'
import { ACCESS_TOKEN, type KeyMacs, type Mac, type RowRejection } from './key-macs.ts'
import { KID_PATTERN } from './private-keys.ts'
import { isTrusted, needsPrivateKey, type TimedKey } from './schedule.ts'

/** Instances LISTEN here. A notification only wakes them up; the state is read from the table. */
export const KEYS_CHANNEL = 'gatepass_keys'

/**
 * For statements that grant tokens: how many keys are revoked. As none is ever deleted, another number than that of an instance shows that
 * it has not read a revocation yet. Until its notification it would sign with a key that others reject already.
 */
export const REVOKED_KEYS_SQL = '(select count(*) from signing_keys where revoked_at is not null)::int'

/** A signing key whose row has a valid MAC. */
export interface StoredKey extends TimedKey, Mac {
  readonly purpose: string
  readonly publicJwk: PublicJwk
  /** Encrypted; null once the key will not sign any more. */
  readonly privateJwe: string | null
}

/** A row without a valid MAC: nothing of it may be trusted. */
export interface RejectedKey {
  readonly kid: string
  readonly reason: RowRejection
  /** From the row itself, not authenticated: it may only lower trust. */
  readonly isRevoked: boolean
  readonly purpose: string
  /** Undefined where the row is malformed. */
  readonly publicJwk: PublicJwk | undefined
}

/** A new key, without its times. */
export type KeyMaterial = Pick<StoredKey, 'publicJwk' | 'privateJwe'>

/** The keyring at one moment. */
export interface KeyringState {
  /** The database's time, epoch milliseconds. */
  readonly now: number
  /** Only keys with a valid MAC. */
  readonly keys: readonly StoredKey[]
  readonly rejected: readonly RejectedKey[]
  /** As `REVOKED_KEYS_SQL` counts them. */
  readonly revokedCount: number
  /** No key was made with one of our SECRET_KEYS: the setting is wrong, and nothing may be changed. */
  readonly hasWrongSecrets: boolean
}

type TimeColumn = 'created_at' | 'published_at' | 'signs_from' | 'verifies_until' | 'revoked_at'

/** Times are epoch milliseconds as text, see `epochMs`. */
interface KeyRow extends Omit<Selectable<Tables['signing_keys']>, TimeColumn> {
  published_ms: string
  signs_ms: string | null
  verified_ms: string | null
  revoked_ms: string | null
}

/** Serializes changes of the keyring; held until the transaction ends. */
export async function lockKeyring (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${KEYRING_LOCK})`.execute(trx)
}

/** Reads all keys and the time in one statement, and rejects the rows without a valid MAC. */
export async function readKeyring (db: Queryable, macs: KeyMacs): Promise<KeyringState> {
  const { rows } = await sql<{ now: string } & (KeyRow | { kid: null })>`
    select moment.now, kid, purpose, algorithm, public_jwk, private_jwe, mac, mac_key_id,
      ${epochMs('published_at')} as published_ms, ${epochMs('signs_from')} as signs_ms,
      ${epochMs('verifies_until')} as verified_ms, ${epochMs('revoked_at')} as revoked_ms
    from (select floor(extract(epoch from statement_timestamp()) * 1000)::text as now) as moment left join signing_keys on true
    order by published_at, signs_from nulls last, kid`.execute(db)
  const [first] = rows
  if (first === undefined) throw new Error('the statement returned no row')
  const valid: StoredKey[] = []
  const rejected: RejectedKey[] = []
  for (const row of rows) {
    if (row.kid === null) continue
    const result = fromRow(row, macs)
    if ('reason' in result) rejected.push(result)
    else valid.push(result)
  }
  const hasWrongSecrets = valid.length === 0 && rejected.some(({ reason }) => reason === 'unknown_secret')
  const revokedCount = rows.filter((row) => row.kid !== null && row.revoked_ms !== null).length
  return { now: Number(first.now), keys: valid.filter(({ purpose }) => purpose === ACCESS_TOKEN), rejected, revokedCount, hasWrongSecrets }
}

/** Never throws: a malformed row does not prevent the other rows from being read. */
function fromRow (row: KeyRow, macs: KeyMacs): StoredKey | RejectedKey {
  const { kid, purpose, mac, mac_key_id: macKeyId, private_jwe: privateJwe } = row
  const isRevoked = row.revoked_ms !== null
  const parsed = parseRow(row)
  if (parsed === undefined) return { kid, reason: 'malformed', isRevoked, purpose, publicJwk: undefined }
  const { publicJwk, ...times } = parsed
  const fault = macs.findFault({ purpose, publicJwk, isRevoked }, { mac, macKeyId })
  if (fault !== undefined) return { kid, reason: fault, isRevoked, purpose, publicJwk }
  return { kid, algorithm: publicJwk.alg, purpose, publicJwk, privateJwe, mac, macKeyId, ...times }
}

function parseRow (row: KeyRow): Pick<StoredKey, 'publicJwk' | 'publishedAt' | 'signsFrom' | 'verifiesUntil' | 'revokedAt'> | undefined {
  const { kid } = row
  const alg = ALGORITHMS.find((name) => name === row.algorithm)
  if (alg === undefined || !KID_PATTERN.test(kid)) return undefined
  try {
    const publicJwk = parsePublicJwk({ ...row.public_jwk, kid, alg })
    return publicJwk && {
      publicJwk,
      publishedAt: parseTime(row.published_ms),
      signsFrom: parseNullableTime(row.signs_ms),
      verifiesUntil: parseNullableTime(row.verified_ms),
      revokedAt: parseNullableTime(row.revoked_ms)
    }
  } catch {
    return undefined
  }
}

/** @throws TypeError for "Infinity", or a time that a Date cannot represent */
function parseTime (value: string): number {
  const time = toDate(value).getTime()
  if (!Number.isFinite(time)) throw new TypeError('a time of the schedule is not finite')
  return time
}

function parseNullableTime (value: string | null): number | undefined {
  return value === null ? undefined : parseTime(value)
}

/**
 * Writes a new schedule, deletes what is no longer needed, and notifies every instance.
 *
 * @param trx holds the lock
 * @param change the schedule as read, the new one, the material of new keys, and the database's time
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
    else if (!hasSameTimes(known, key)) await updateKey(trx, known, key, macs)
  }
  await cleanup(trx, after, now)
  await notifyInstances(trx)
}

/** Wakes every instance up, once the transaction is committed. */
export async function notifyInstances (trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(trx)
}

/** Whether `cleanup` has nothing to delete. */
export function isClean ({ keys, now }: KeyringState): boolean {
  return keys.every((key) => !isExpired(key, now) && (key.privateJwe === null || needsPrivateKey(key, now)))
}

/** Deletes expired keys, and private keys that will not sign again. A revoked key stays, without its private key. */
async function cleanup (trx: Transaction<Tables>, keys: readonly TimedKey[], now: number): Promise<void> {
  const expired = keys.filter((key) => isExpired(key, now)).map(({ kid }) => kid)
  const notSigning = keys.filter((key) => !needsPrivateKey(key, now)).map(({ kid }) => kid)
  if (notSigning.length > 0) await trx.updateTable('signing_keys').set({ private_jwe: null }).where('kid', 'in', notSigning).execute()
  if (expired.length > 0) await trx.deleteFrom('signing_keys').where('kid', 'in', expired).execute()
}

function isExpired ({ verifiesUntil, revokedAt }: TimedKey, now: number): boolean {
  return revokedAt === undefined && verifiesUntil !== undefined && verifiesUntil <= now
}

async function insertKey (trx: Transaction<Tables>, key: TimedKey, material: KeyMaterial | undefined, macs: KeyMacs): Promise<void> {
  if (material === undefined) throw new TypeError(`there is no material for key ${key.kid}`)
  const { publicJwk, privateJwe } = material
  await trx.insertInto('signing_keys').values({
    kid: key.kid,
    purpose: ACCESS_TOKEN,
    algorithm: key.algorithm,
    public_jwk: JSON.stringify(publicJwk),
    private_jwe: privateJwe,
    ...toMacColumns({ ...key, purpose: ACCESS_TOKEN, publicJwk }, macs),
    ...toTimeColumns(key)
  }).execute()
}

async function updateKey (trx: Transaction<Tables>, known: StoredKey, key: TimedKey, macs: KeyMacs): Promise<void> {
  const isJustRevoked = isTrusted(known) && !isTrusted(key)
  const changes = { ...toTimeColumns(key), ...isJustRevoked && toMacColumns({ ...known, ...key }, macs) }
  await trx.updateTable('signing_keys').set(changes).where('kid', '=', key.kid).execute()
}

/** Saves a private key that was encrypted again, and a new MAC. */
export async function saveProtection (trx: Transaction<Tables>, key: StoredKey, privateJwe: string | null, macs: KeyMacs): Promise<void> {
  await trx.updateTable('signing_keys').set({ private_jwe: privateJwe, ...toMacColumns(key, macs) }).where('kid', '=', key.kid).execute()
}

function toMacColumns (key: Pick<StoredKey, 'purpose' | 'publicJwk' | 'revokedAt'>, macs: KeyMacs) {
  const { mac, macKeyId } = macs.make({ ...key, isRevoked: key.revokedAt !== undefined })
  return { mac, mac_key_id: macKeyId }
}

function toTimeColumns ({ publishedAt, signsFrom, verifiesUntil, revokedAt }: TimedKey) {
  const toNullableDate = (time: number | undefined) => time === undefined ? null : new Date(time)
  return {
    published_at: new Date(publishedAt),
    signs_from: toNullableDate(signsFrom),
    verifies_until: toNullableDate(verifiesUntil),
    revoked_at: toNullableDate(revokedAt)
  }
}

function hasSameTimes (a: TimedKey, b: TimedKey): boolean {
  return a.signsFrom === b.signsFrom && a.verifiesUntil === b.verifiesUntil && a.revokedAt === b.revokedAt
}
