import { AS_OF_HEADER, type FeedKeys, type RefreshRequired, type SessionRevoked } from '../../contract/index.ts'
import type { DenyList } from '../deny-list.ts'
import { FeedAge, FeedReader, type FeedSink } from '../remote/feed-reader.ts'
import { isStale, toHealth, type EdgeHealth, type FeedState } from '../remote/health.ts'
import { IssuerError } from '../remote/issuer-error.ts'
import { parseKeySet, parseMetadata, requireFeed, toMetadataUrl, type Endpoints } from '../remote/issuer-metadata.ts'
import type { EdgeLog } from '../remote/log.ts'
import type { FeedSettings } from '../remote/revocation-options.ts'
import { backoffMs, type Time } from '../time.ts'
import { fetchDocument } from './fetch-document.ts'
import { WebKeySet, type WebKey } from './web-keys.ts'

interface PollerOptions {
  issuer: string
  /** Undefined: only keys are read. */
  feed: FeedSettings | undefined
  intervalMs: number
  maxKeyAgeMs: number
  denyList: DenyList
  time: Time
  log: EdgeLog
  /** Called when something new may have arrived. */
  onUpdate: () => void
}

const MAX_DOCUMENT_BYTES = 256 * 1024
// Some 200,000 revoked sessions; a Worker has 128 MB in all.
const MAX_FEED_BYTES = 16 * 1024 * 1024
/** For all requests of a poll together: a request of a client may be waiting. */
const TIMEOUT_MS = 5000
const RETRY = { firstMs: 1000, maxMs: 30_000 }
/** A key that the issuer did not have is not asked for again before. */
const MISSING_KEY_PAUSE_MS = 10_000
/** Such runtimes may end a request, and what it has begun, while another one waits for it. */
const BINDS_IO_TO_REQUESTS = 'WebSocketPair' in globalThis || 'EdgeRuntime' in globalThis

/**
 * What the issuer says of its keys and of revocations, for runtimes that do nothing between requests: a request asks for it, where what
 * is known is no longer new.
 */
export class IssuerPoller implements FeedSink {
  readonly #options: PollerOptions
  readonly #keys = new WebKeySet()
  readonly #age: FeedAge
  readonly #reader: FeedReader
  #endpoints: Endpoints | undefined
  #etag: string | undefined
  /** Milliseconds of the monotonic clock, as all times here. */
  #confirmedAt = -Infinity
  #keysConfirmedAt = -Infinity
  #retryAt = -Infinity
  #missingKeyAt = -Infinity
  #failures = 0
  #failure: string | undefined
  #pending: Promise<void> | undefined

  constructor (options: PollerOptions) {
    this.#options = options
    this.#age = new FeedAge(options.time)
    this.#reader = new FeedReader(this, this.#age)
  }

  /** Whether valid tokens are rejected now because the feed is stale. */
  get failsClosed (): boolean {
    const { feed } = this.#options
    return feed?.rejectsStale === true && isStale({ ageMs: this.#age.ageMs, maxStalenessMs: feed.maxStalenessMs })
  }

  get hasKeys (): boolean { return !this.#keys.isEmpty }

  get health (): EdgeHealth {
    const { issuer, intervalMs } = this.#options
    const ageMs = this.#options.time.elapsed() - this.#keysConfirmedAt
    const keys = this.hasKeys ? { ageMs, stale: this.#failure !== undefined && ageMs > intervalMs } : undefined
    return toHealth({ issuer, keys, keyFailure: this.#failure, feed: this.#feedState })
  }

  find (kid: string): WebKey | undefined { return this.#keys.find(kid) }

  /**
   * Asks the issuer, where what is known is older than half of the interval. One request does that, and the others go on; where it is
   * older than the interval, they wait. Never rejects: what is known stays.
   */
  async update (): Promise<void> {
    const elapsed = this.#options.time.elapsed()
    const { intervalMs, maxKeyAgeMs } = this.#options
    const ageMs = elapsed - this.#confirmedAt
    if (elapsed - this.#keysConfirmedAt > maxKeyAgeMs) this.#keys.clear()
    if (ageMs < intervalMs / 2 || elapsed < this.#retryAt) return
    // While the issuer is down, one request finds out whether it is back.
    if (this.#pending !== undefined && (ageMs < intervalMs || this.#failures > 0)) return
    await (this.#shared ?? this.#poll())
  }

  /** Asks the issuer for a key that is not known, but not for every such token: it may be made up. */
  async updateForKey (): Promise<void> {
    const elapsed = this.#options.time.elapsed()
    if (elapsed < this.#retryAt || elapsed - this.#missingKeyAt < MISSING_KEY_PAUSE_MS) return
    this.#missingKeyAt = elapsed
    await (this.#shared ?? this.#poll())
  }

  revokeSession (revoked: SessionRevoked): void { this.#options.denyList.revokeSession(revoked) }

  requireRefresh (required: RefreshRequired): void { this.#options.denyList.requireRefresh(required) }

  observeTime (epochMs: number): void { this.#options.denyList.observeTime(epochMs) }

  updateKeys ({ jwks, revoked }: FeedKeys): void {
    this.#keys.revoke(revoked)
    for (const kid of revoked) this.#options.denyList.revokeKey(kid)
    if (jwks.keys.length > 0) this.#keys.replace(jwks.keys)
  }

  get #shared (): Promise<void> | undefined { return BINDS_IO_TO_REQUESTS ? undefined : this.#pending }

  #poll (): Promise<void> {
    const pending = this.#read().then(() => this.#onSuccess(), (error: unknown) => this.#onFailure(error)).finally(() => {
      if (this.#pending === pending) this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  async #read (): Promise<void> {
    const { issuer, feed } = this.#options
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const metadata = { maxBytes: MAX_DOCUMENT_BYTES, signal }
    const endpoints = this.#endpoints ??= parseMetadata((await fetchDocument(toMetadataUrl(issuer), metadata)).body, issuer)
    if (feed === undefined) return await this.#readKeys(endpoints.jwks, signal)
    try {
      await this.#readFeed(requireFeed(endpoints, issuer), feed.token, signal)
    } catch (error) {
      // Whether tokens are accepted without the feed is for `onStale` to say; their keys are elsewhere, too.
      await this.#readKeys(endpoints.jwks, signal)
      throw error
    }
  }

  /** The feed as JSON: it has the keys, too. */
  async #readFeed (url: string, token: string, signal: AbortSignal): Promise<void> {
    const etag = this.#etag
    const { headers, body } = await fetchDocument(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) },
      maxBytes: MAX_FEED_BYTES,
      signal
    })
    if (body === undefined) this.#reader.onNotModified(headers.get(AS_OF_HEADER))
    else this.#reader.onDocument(body)
    this.#etag = headers.get('etag') ?? undefined
  }

  async #readKeys (url: string, signal: AbortSignal): Promise<void> {
    const { body } = await fetchDocument(url, { maxBytes: MAX_DOCUMENT_BYTES, signal })
    this.#keys.replace(parseKeySet(body, url))
    this.#keysConfirmedAt = this.#options.time.elapsed()
  }

  #onSuccess (): void {
    const { time, log, onUpdate } = this.#options
    this.#confirmedAt = this.#keysConfirmedAt = time.elapsed()
    this.#failures = 0
    if (this.#failure !== undefined) log.info({ event: 'edge_poll_restored' }, 'the issuer can be read again')
    this.#failure = undefined
    onUpdate()
  }

  #onFailure (error: unknown): void {
    const { time, log } = this.#options
    if (this.#failure === undefined) log.warn({ event: 'edge_poll_failed', err: error }, 'the issuer cannot be read')
    this.#failure = error instanceof Error ? error.message : String(error)
    const requestedMs = error instanceof IssuerError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
    this.#retryAt = time.elapsed() + Math.max(Math.min(requestedMs, RETRY.maxMs), backoffMs(++this.#failures, RETRY))
    // The next document is read whole, from where the metadata says by then.
    this.#etag = undefined
    this.#endpoints = undefined
  }

  get #feedState (): FeedState | undefined {
    const { feed } = this.#options
    const clockSkew = { seconds: undefined, side: 'none' } as const
    return feed && { ...feed, ageMs: this.#age.ageMs, failure: this.#failure, clockSkew }
  }
}
