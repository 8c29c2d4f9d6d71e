import type { PublicJwk } from './public-jwk.ts'

// The revocation feed: what the issuing half publishes to every edge about tokens that must be rejected, and its wire format.

/** A session ended: its tokens are rejected until `exp` (NumericDate), when the last of them has expired. */
export interface SessionRevoked {
  sid: string
  exp: number
}

/**
 * A not-before: tokens with `iat < before` are rejected, of one user or, without `sub`, of everybody. The session stays: the client
 * refreshes.
 */
export interface RefreshRequired {
  sub?: string
  before: number
  exp: number
}

/** The current JWKS, complete, and the kids that are never trusted again, whatever a cached JWKS contains. */
export interface FeedKeys {
  jwks: { keys: PublicJwk[] }
  revoked: string[]
}

/** The database's time of the last successful sync, RFC 3339: an instance that has lost its database must not look fresh. */
export interface FeedHeartbeat {
  as_of: string
}

/**
 * All revocations in force. A large snapshot is sent in parts; the last one has `last`. Entries are only added, so each part can be
 * applied at once.
 */
export interface FeedSnapshot extends FeedHeartbeat {
  last: boolean
  revoked: SessionRevoked[]
  refresh_required: RefreshRequired[]
  keys: FeedKeys
}

/** Names and data of the feed's server-sent events. The id of an event is `epoch-seq`. */
export interface FeedEvents {
  snapshot: FeedSnapshot
  revoked: SessionRevoked
  refresh_required: RefreshRequired
  keys: FeedKeys
  heartbeat: FeedHeartbeat
}

/** The whole feed as one JSON document; `cursor` is `epoch-seq`, and the ETag. */
export interface FeedDocument extends Omit<FeedSnapshot, 'last'> {
  cursor: string
}

/** A header of both 200 and 304 of the JSON document: `as_of`, which advances even if nothing else changes. */
export const AS_OF_HEADER = 'gatepass-as-of'
