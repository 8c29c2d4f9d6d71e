import { createHash } from 'node:crypto'
import { type FeedKeys, type PublicJwk } from '../contract/index.ts'
import { type StoredKey } from './store.ts'
import { publishedKeysAt } from './timetable.ts'

/** What the world is told of the keys. */
export interface Published {
  readonly state: FeedKeys
  /** The JWKS (RFC 7517 5) as it is sent. */
  readonly body: string
  /** RFC 9110 8.8.3: a strong one. */
  readonly etag: string
}

/**
 * Writes down what is to be told, once for all who ask.
 *
 * @param keys the timetable
 * @param revoked every kid that is known to have been revoked
 * @param now the database's time
 */
export function publish (keys: readonly StoredKey[], revoked: ReadonlySet<string>, now: number): Published {
  const trusted = publishedKeysAt(keys, now).filter(({ kid }) => !revoked.has(kid))
  const jwks: { keys: PublicJwk[] } = { keys: trusted.map(({ publicJwk }) => publicJwk) }
  const body = JSON.stringify(jwks)
  return { state: { jwks, revoked: [...revoked] }, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

export function isSamePublication (a: Published, b: Published): boolean {
  return a.etag === b.etag && a.state.revoked.length === b.state.revoked.length
}
