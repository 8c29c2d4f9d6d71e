// Keyrings of several instances on one database, and an edge that verifies their tokens.
import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Test } from 'tap'
import type { Actor } from '../../../src/audit/index.ts'
import type { FeedKeys } from '../../../src/contract/index.ts'
import type { Database, Queryable } from '../../../src/database/index.ts'
import { createLocalKeySource, type KeySource } from '../../../src/edge/index.ts'
import { createKeyManager, type KeyManager } from '../../../src/keys/key-manager.ts'
import { createKeyring, type Keyring, type KeyringOptions } from '../../../src/keys/keyring.ts'
import { SILENT } from '../../support/silent-log.ts'
import { decodeHeader, goodClaims } from '../../support/tokens.ts'

export const SECRET_KEYS = [randomBytes(32)]
export const ADMIN: Actor = { actorId: randomUUID(), origin: { ip: '192.0.2.7', userAgent: 'test', requestId: 'req-1' } }

/** @returns an instance's keyring; it is closed with the test */
export async function openKeyring (t: Test, database: Database, overrides: Partial<KeyringOptions> = {}): Promise<Keyring> {
  const keyring = await createKeyring({ database, secretKeys: SECRET_KEYS, algorithm: 'ES256', log: SILENT, ...overrides })
  t.teardown(() => keyring.close())
  return keyring
}

/** Changes the keyring and does not sign, like the command line. */
export function createManager (database: Database, overrides: Partial<KeyringOptions> = {}): KeyManager {
  return createKeyManager({ database, secretKeys: SECRET_KEYS, algorithm: 'ES256', rotationSeconds: 30 * 86_400, ...overrides })
}

/** The kid that a keyring signs with now. */
export function getSigningKid (keyring: Keyring): string {
  return decodeHeader(keyring.sign(goodClaims())).kid
}

// Making the keys takes longer than a signature, and a keyring publishes the same object until something changes.
const keySources = new WeakMap<FeedKeys, KeySource>()

/** Whether an edge with these keys accepts the signature of a token. */
export function accepts (keys: FeedKeys, token: string): boolean {
  const { kid } = decodeHeader(token)
  const source = keySources.get(keys) ?? createLocalKeySource(keys.jwks.keys)
  keySources.set(keys, source)
  try {
    return !keys.revoked.includes(kid) && typeof source.find(kid)?.verify(token) === 'object'
  } catch {
    return false
  }
}

/** Moves all times of the keyring into the past, as if time had passed. */
export async function ageKeys (database: Database, seconds: number): Promise<void> {
  const earlier = (column: string) => sql`${sql.ref(column)} = ${sql.ref(column)} - make_interval(secs => ${seconds})`
  await sql`update signing_keys set ${sql.join(
    ['published_at', 'signs_from', 'verifies_until', 'revoked_at'].map(earlier)
  )}`.execute(database.kysely)
}

export async function listKeyRows (database: Database) {
  return database.kysely.selectFrom('signing_keys').selectAll().orderBy('published_at').orderBy(
    'signs_from', (order) => order.asc().nullsLast()
  ).execute()
}

/** A database that can be made unavailable. */
export function interruptible (database: Database): { database: Database, interrupt (isAway: boolean): void } {
  let isAway = false
  const cut = (db: Queryable) => new Proxy(db, {
    get (target, name) {
      if (isAway) throw new Error('away')
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
  return {
    database: { ...database, kysely: cut(database.kysely), reserved: cut(database.reserved) },
    interrupt (wanted) { isAway = wanted }
  }
}

/** A database that delivers no notifications. */
export function withoutNotifications (database: Database): Database {
  return { ...database, listen: async () => ({ connected: false, close: async () => {} }) }
}
