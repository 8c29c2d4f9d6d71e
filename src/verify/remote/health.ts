import type { ClockSkew } from '../../contract/index.ts'
import type { KeyStatus } from './key-cache.ts'

/** The state of an edge, for a readiness check and for metrics. */
export interface EdgeHealth {
  /** Whether valid tokens are accepted. */
  ready: boolean
  /** `stale`: the issuer has not confirmed its keys for longer than it allows; the last valid ones are trusted. */
  keys: 'ok' | 'stale' | 'missing'
  keysAgeSeconds: number | undefined
  /** `never`: no complete snapshot of the feed has been read, neither from the issuer nor from a file. */
  feed: 'off' | 'ok' | 'stale' | 'never'
  /** How far the known revocations may be behind the issuer's database. */
  feedAgeSeconds: number | undefined
  /** Present if this machine's clock differs so much from the issuer's that valid tokens are rejected. */
  clock?: 'ahead' | 'behind'
  /** What is wrong, as a sentence; present if something is. */
  sentence?: string
}

interface EdgeState {
  issuer: string
  keys: Pick<KeyStatus, 'ageMs' | 'stale'> | undefined
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

export function toHealth (state: EdgeState): EdgeHealth {
  const { keys, feed } = state
  const { side = 'none' } = feed?.clockSkew ?? {}
  const sentence = findProblem(state)
  return {
    ready: keys !== undefined && side === 'none' && !(feed?.rejectsStale === true && isStale(feed)),
    keys: keys === undefined ? 'missing' : keys.stale ? 'stale' : 'ok',
    keysAgeSeconds: keys && Math.floor(keys.ageMs / 1000),
    feed: toFeedStatus(feed),
    feedAgeSeconds: feed?.ageMs === undefined ? undefined : Math.floor(feed.ageMs / 1000),
    ...(side !== 'none' && { clock: side }),
    ...(sentence !== undefined && { sentence })
  }
}

function findProblem ({ issuer, keys, keyFailure, feed }: EdgeState): string | undefined {
  if (keys === undefined) return describeMissingKeys(issuer, keyFailure)
  if (feed !== undefined && isStale(feed)) return describeStaleFeed(issuer, feed)
  const { side = 'none', seconds = 0 } = feed?.clockSkew ?? {}
  if (side !== 'none') {
    const direction = side === 'ahead' ? 'ahead of' : 'behind'
    return `The clock of this machine is about ${Math.round(Math.abs(seconds))} s ${direction} that of ${issuer}: valid tokens are refused.`
  }
  if (!keys.stale) return undefined
  const ageSeconds = Math.floor(keys.ageMs / 1000)
  return withReason(`The keys of ${issuer} could not be read for ${ageSeconds} s: the last valid ones are trusted`, keyFailure)
}

function describeMissingKeys (issuer: string, failure: string | undefined): string {
  return withReason(`There are no keys of ${issuer}, neither from it nor from a snapshot: every token is answered 503`, failure)
}

function describeStaleFeed (issuer: string, { ageMs, rejectsStale, failure }: FeedState): string {
  const since = ageMs === undefined ? 'has not been read yet' : `was last in sync ${Math.floor(ageMs / 1000)} s ago`
  const effect = rejectsStale ? 'every token is answered 503' : 'tokens revoked since are accepted'
  return withReason(`The revocation feed of ${issuer} ${since}: ${effect}`, failure)
}

/** An edge that never had a complete snapshot is stale. */
export function isStale ({ ageMs, maxStalenessMs }: Pick<FeedState, 'ageMs' | 'maxStalenessMs'>): boolean {
  return ageMs === undefined || ageMs > maxStalenessMs
}

function toFeedStatus (feed: FeedState | undefined): EdgeHealth['feed'] {
  if (feed === undefined) return 'off'
  if (feed.ageMs === undefined) return 'never'
  return isStale(feed) ? 'stale' : 'ok'
}

function withReason (sentence: string, reason: string | undefined): string {
  return reason === undefined ? `${sentence}.` : `${sentence} (${reason}).`
}
