import type { PublicJwk } from './claims.ts'

// What the issuing half tells every edge about tokens that must no longer be accepted, and how it travels.

/** One session ended: its tokens are refused until the last of them has expired anyway. `exp` is NumericDate. */
export interface SessionRevoked {
  sid: string
  exp: number
}

/** Tokens with `iat < before` are refused, of one user or, without `sub`, of everybody; the client refreshes and goes on. */
export interface RefreshRequired {
  sub?: string
  before: number
  exp: number
}

/** The whole JWKS as it is now, and the kids that are never trusted again, whatever a cached JWKS says. */
export interface FeedKeys {
  jwks: { keys: PublicJwk[] }
  revoked: string[]
}

/** The database's time of the last good catch-up, RFC 3339. What comes from an instance cut off from it must not look fresh. */
export interface FeedHeartbeat {
  as_of: string
}

/** All that is in force. A large one comes in parts, `last` on the last; entries are only ever added, so any part may be applied at once. */
export interface FeedSnapshot extends FeedHeartbeat {
  last: boolean
  revoked: SessionRevoked[]
  refresh_required: RefreshRequired[]
  keys: FeedKeys
}

/** The names and the data of the events of the feed as SSE. The id of each is `epoch-seq`. */
export interface FeedEvents {
  snapshot: FeedSnapshot
  revoked: SessionRevoked
  refresh_required: RefreshRequired
  keys: FeedKeys
  heartbeat: FeedHeartbeat
}

/** The feed as JSON, whole; `cursor` is `epoch-seq`, and the ETag. */
export interface FeedDocument extends Omit<FeedSnapshot, 'last'> {
  cursor: string
}

/** On both 200 and 304 of the feed as JSON: `as_of`, which moves when nothing else does. */
export const AS_OF_HEADER = 'gatepass-as-of'
