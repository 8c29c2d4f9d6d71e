import { ClockSkew, logClockSkew, type FeedKeys, type RefreshRequired, type SessionRevoked } from '../../contract/index.ts'
import type { DenyList } from '../deny-list.ts'
import type { Time } from '../time.ts'
import { FeedClient } from './feed-client.ts'
import { FeedAge, FeedReader, type FeedSink } from './feed-reader.ts'
import { isStale, type FeedState } from './health.ts'
import type { IssuerClient } from './issuer-client.ts'
import type { EdgeLog } from './log.ts'
import type { RemoteKeys } from './remote-keys.ts'
import { parseRevocationOptions, type RevocationOptions } from './revocation-options.ts'

interface RemoteFeedOptions {
  options: RevocationOptions
  client: IssuerClient
  keys: Pick<RemoteKeys, 'replace' | 'revoke'>
  denyList: DenyList
  time: Time
  log: EdgeLog
  /** The age of the feed in the snapshot of an earlier process. */
  restoredMs: number | undefined
  /** Called when the snapshot has to be written. */
  onChange: () => void
  onUpdate: () => void
  signal: AbortSignal
}

/** How old `as_of` may be when it arrives: an instance that is 10 s behind its database serves no feed, and delivery takes time. */
const AS_OF_MAX_AGE_MS = 15_000

/** The revocation feed of a remote issuer, read into a deny list. */
export class RemoteFeed implements FeedSink {
  readonly #options: RemoteFeedOptions
  readonly #maxStalenessMs: number
  readonly #rejectsStale: boolean
  readonly #clockSkew = new ClockSkew({ usuallyFresh: true })
  readonly #age: FeedAge
  readonly #reader: FeedReader
  readonly #client: FeedClient

  /** @throws TypeError for an invalid option */
  constructor (feedOptions: RemoteFeedOptions) {
    const { client, time, log, restoredMs, onUpdate, signal } = feedOptions
    const { token, maxStalenessMs, rejectsStale } = parseRevocationOptions(feedOptions.options)
    this.#options = feedOptions
    this.#maxStalenessMs = maxStalenessMs
    this.#rejectsStale = rejectsStale
    this.#age = new FeedAge(time, restoredMs)
    this.#reader = new FeedReader(this, this.#age)
    this.#client = new FeedClient({ client, token, reader: this.#reader, age: this.#age, time, log, onUpdate, signal })
  }

  get state (): FeedState {
    return {
      ageMs: this.#age.ageMs,
      maxStalenessMs: this.#maxStalenessMs,
      rejectsStale: this.#rejectsStale,
      failure: this.#client.failure,
      clockSkew: this.#clockSkew
    }
  }

  /** Whether this process has read the whole feed. */
  get isSynced (): boolean { return this.#reader.cursor !== undefined }

  /** Whether valid tokens are rejected now because the feed is stale. */
  get failsClosed (): boolean { return this.#rejectsStale && isStale({ ageMs: this.#age.ageMs, maxStalenessMs: this.#maxStalenessMs }) }

  start (): void { this.#client.start() }

  revokeSession (revoked: SessionRevoked): void {
    this.#options.denyList.revokeSession(revoked)
    this.#options.onChange()
  }

  requireRefresh (required: RefreshRequired): void {
    this.#options.denyList.requireRefresh(required)
    this.#options.onChange()
  }

  updateKeys ({ jwks, revoked }: FeedKeys): void {
    const { keys, denyList } = this.#options
    keys.revoke(revoked)
    for (const kid of revoked) denyList.revokeKey(kid)
    if (jwks.keys.length > 0) keys.replace(jwks.keys)
  }

  observeTime (epochMs: number): void {
    const { denyList, time, log } = this.#options
    denyList.observeTime(epochMs)
    const hasChanged = this.#clockSkew.observe({ ours: time.now(), issuers: epochMs, maxAgeMs: AS_OF_MAX_AGE_MS })
    if (hasChanged) logClockSkew(log, this.#clockSkew, 'issuer')
  }
}
