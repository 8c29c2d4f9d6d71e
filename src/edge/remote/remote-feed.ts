import { ClockSkew, logClockSkew } from '../../contract/index.ts'
import type { DenyList } from '../../verify/index.ts'
import { isStale, type FeedState } from './edge-health.ts'
import type { EdgeLog } from './edge-log.ts'
import { createFeedAge } from './feed-age.ts'
import { createFeedClient } from './feed-client.ts'
import { createFeedReader, type FeedSink } from './feed-reader.ts'
import type { IssuerClient } from './issuer-client.ts'
import type { RemoteKeys } from './remote-keys.ts'
import type { Time } from '../../verify/index.ts'

export interface RevocationOptions {
  /** One of the issuer's feed tokens. */
  token: string
  /** Seconds that the knowledge of revocations may be behind; 60 if not said. */
  maxStaleness?: number
  /** What becomes of good tokens while it is behind for longer: `accept` if not said, or `reject`, with 503. */
  onStale?: 'accept' | 'reject'
}

/** The revocation feed of an issuer from afar, read into a deny list. */
export interface RemoteFeed {
  start (): void
  readonly state: FeedState
  /** Whether all of it has come in, in this process. */
  readonly isSynced: boolean
  /** Whether good tokens are refused for want of knowledge. */
  failsClosed (): boolean
}

export interface RemoteFeedOptions {
  options: RevocationOptions
  client: IssuerClient
  keys: Pick<RemoteKeys, 'replace' | 'revoke'>
  denyList: DenyList
  time: Time
  log: EdgeLog
  /** How far behind an earlier process was. */
  restoredMs: number | undefined
  /** Called when there is something new to write down. */
  onChange: () => void
  onUpdate: () => void
  signal: AbortSignal
}

const MAX_STALENESS_SECONDS = 60
/** How old `as_of` may be when it comes in: an instance that is 10 s behind its database serves no feed, and the way takes time. */
const AS_OF_MAX_AGE_MS = 15_000

/** @throws TypeError for an option that cannot be meant */
export function createRemoteFeed ({ options, keys, denyList, time, restoredMs, onChange, ...rest }: RemoteFeedOptions): RemoteFeed {
  const { token, maxStaleness = MAX_STALENESS_SECONDS, onStale = 'accept' } = options
  assertOptions({ token, maxStaleness, onStale })
  const clockSkew = new ClockSkew({ usuallyFresh: true })
  const age = createFeedAge(time, restoredMs)
  const sink: FeedSink = {
    revokeSession (revoked) {
      denyList.revokeSession(revoked)
      onChange()
    },
    requireRefresh (required) {
      denyList.requireRefresh(required)
      onChange()
    },
    updateKeys ({ jwks, revoked }) {
      keys.revoke(revoked)
      for (const kid of revoked) denyList.revokeKey(kid)
      if (jwks.keys.length > 0) keys.replace(jwks.keys)
    },
    observeTime (epochMs) {
      denyList.observeTime(epochMs)
      const hasChanged = clockSkew.observe({ ours: time.now(), issuers: epochMs, maxAgeMs: AS_OF_MAX_AGE_MS })
      if (hasChanged) logClockSkew(rest.log, clockSkew, 'issuer')
    }
  }
  const reader = createFeedReader(sink, age)
  const feed = createFeedClient({ token, reader, age, time, ...rest })
  const maxStalenessMs = maxStaleness * 1000
  const rejectsStale = onStale === 'reject'
  return {
    start: feed.start,
    get state () { return { ageMs: age.ageMs, maxStalenessMs, rejectsStale, failure: feed.failure, clockSkew } },
    get isSynced () { return reader.cursor !== undefined },
    failsClosed: () => rejectsStale && isStale({ ageMs: age.ageMs, maxStalenessMs })
  }
}

function assertOptions ({ token, maxStaleness, onStale }: Required<RevocationOptions>): void {
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw new TypeError('revocations need a token of the feed')
  if (typeof maxStaleness !== 'number' || !(maxStaleness > 0)) throw new TypeError('maxStaleness must be a number of seconds')
  if (onStale !== 'accept' && onStale !== 'reject') throw new TypeError('onStale must be "accept" or "reject"')
}
