import type { ClockSkew } from '../../contract/index.ts'
import type { KeyStatus } from './key-cache.ts'

/** How an edge is, for a readiness check and for metrics. */
export interface EdgeHealth {
  /** Whether a good token is accepted. */
  ready: boolean
  /** `stale`: the issuer has not been heard for longer than it wants its keys to be kept; the last good ones are trusted. */
  keys: 'ok' | 'stale' | 'missing'
  keysAgeSeconds: number | undefined
  /** `never`: no whole snapshot of the feed has come in yet, nor was one written down. */
  feed: 'off' | 'ok' | 'stale' | 'never'
  /** How far behind the issuer's database the knowledge of revocations may be. */
  feedAgeSeconds: number | undefined
  /** On which side of the issuer's this machine's clock is, where good tokens are refused for it; left out where none are. */
  clock?: 'ahead' | 'behind'
  /** What is wrong, for people; left out where nothing is. */
  sentence?: string
}

export interface EdgeState {
  issuer: string
  keys: KeyStatus | undefined
  keyFailure: string | undefined
  feed: FeedState | undefined
}

export interface FeedState {
  ageMs: number | undefined
  maxStalenessMs: number
  rejectsStale: boolean
  failure: string | undefined
  clockSkew: Pick<ClockSkew, 'seconds' | 'side'>
}

export function describeHealth ({ issuer, keys, keyFailure, feed }: EdgeState): EdgeHealth {
  const feedStatus = statusOf(feed)
  const lagging = feedStatus === 'stale' || feedStatus === 'never'
  const { side = 'none', seconds = 0 } = feed?.clockSkew ?? {}
  const sentence = sentenceOf()
  return {
    ready: keys !== undefined && side === 'none' && !(lagging && feed?.rejectsStale === true),
    keys: keys === undefined ? 'missing' : keys.stale ? 'stale' : 'ok',
    keysAgeSeconds: keys && Math.floor(keys.ageMs / 1000),
    feed: feedStatus,
    feedAgeSeconds: feed?.ageMs === undefined ? undefined : Math.floor(feed.ageMs / 1000),
    ...(side !== 'none' && { clock: side }),
    ...(sentence !== undefined && { sentence })
  }

  function sentenceOf (): string | undefined {
    if (keys === undefined) return describeNoKeys(issuer, keyFailure)
    if (lagging) {
      const since = feedStatus === 'never' ? 'has not been read yet' : `was last in step ${Math.floor((feed?.ageMs ?? 0) / 1000)} s ago`
      return because(`The revocation feed of ${issuer} ${since}: ${feed?.rejectsStale ? 'every token is answered 503' : 'tokens revoked since are accepted'}`, feed?.failure)
    }
    if (side !== 'none') return `The clock of this machine is about ${Math.round(Math.abs(seconds))} s ${side === 'ahead' ? 'ahead of' : 'behind'} that of ${issuer}: good tokens are refused.`
    return keys.stale ? because(`The keys of ${issuer} could not be read for ${Math.floor(keys.ageMs / 1000)} s: the last good ones are trusted`, keyFailure) : undefined
  }
}

export function describeNoKeys (issuer: string, failure: string | undefined): string {
  return because(`There are no keys of ${issuer}, neither from it nor from a snapshot: every token is answered 503`, failure)
}

/** An edge that never had a snapshot is as good as stale. */
export function isStale ({ ageMs, maxStalenessMs }: Pick<FeedState, 'ageMs' | 'maxStalenessMs'>): boolean {
  return ageMs === undefined || ageMs > maxStalenessMs
}

function statusOf (feed: FeedState | undefined): EdgeHealth['feed'] {
  if (feed === undefined) return 'off'
  if (feed.ageMs === undefined) return 'never'
  return isStale(feed) ? 'stale' : 'ok'
}

function because (sentence: string, reason: string | undefined): string {
  return reason === undefined ? `${sentence}.` : `${sentence} (${reason}).`
}
