import type { PublicJwk } from '../../contract/index.ts'
import { backoffMs, type Time } from '../time.ts'
import type { KeySource, VerifyingKey } from '../verification-keys.ts'
import type { IssuerClient, KeysResponse } from './issuer-client.ts'
import { KeyCache, type KeyStatus } from './key-cache.ts'
import type { EdgeLog } from './log.ts'
import { WaitQueue } from './wait-queue.ts'

export interface RemoteKeysOptions {
  issuer: string
  client: Pick<IssuerClient, 'fetchKeys' | 'forgetKeysEtag'>
  time: Time
  log: EdgeLog
  /** Keys that the issuer has not confirmed for this long are not trusted. */
  maxAgeMs: number
  /** Called when the snapshot has to be written. */
  onChange: () => void
  /** From the snapshot of an earlier process. */
  restored?: { keys: readonly PublicJwk[], keysAgeMs: number, revokedKids: readonly string[] } | undefined
}

const COOLDOWN_MS = 1000
const QUEUE = { capacity: 1000, maxWaitMs: 3000 }
// Jitter can halve the first delay, which must still be no shorter than the cooldown.
const RETRY = { firstMs: 2 * COOLDOWN_MS, maxMs: 30_000 }
const FRESH_MS = 300_000
/** How long a kid that a fetch did not bring is not worth another one. */
const MISSING_MS = 10_000
const MAX_MISSING = 1000

/** Fetches the keys of a remote issuer. The last valid keys are kept, up to an age, while no newer ones are available. */
export class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions
  readonly #cache: KeyCache
  // A waiter needs a fetch that begins after its own wait: `fetchCount` is the number of fetches when the wait began.
  readonly #queue: WaitQueue<{ kid: string, fetchCount: number }>
  #failure: string | undefined
  #failures = 0
  #feedRevision = 0
  #fetchCount = 0
  #fetchedAt = -Infinity
  #isFetching = false
  #refetchRequested = false
  #isClosed = false
  #cancelFetch = () => {}
  // What `fetchMissing` was asked for, the oldest first.
  readonly #missing = new Map<string, { fetchCount: number, askedAt: number }>()

  constructor (options: RemoteKeysOptions) {
    const { time, restored } = options
    this.#options = options
    this.#cache = new KeyCache(options)
    this.#queue = new WaitQueue({ ...QUEUE, time })
    if (restored !== undefined) this.#restore(restored)
  }

  get revoked (): ReadonlySet<string> { return this.#cache.revoked }

  /** Undefined if no key is trusted. */
  get status (): KeyStatus | undefined { return this.#cache.status }

  /** Why the last fetch failed; undefined if it did not. */
  get failure (): string | undefined { return this.#failure }

  find (kid: string): VerifyingKey | undefined { return this.#cache.find(kid) }

  /** Starts to fetch. */
  start (): void { this.#fetchAfter(0) }

  /**
   * Fetches the keys because of an unknown kid. There is at most one such fetch a second, which all callers share.
   *
   * @returns resolves when the keys were fetched, or after a timeout; undefined if waiting is useless
   */
  requestKey (kid: string): Promise<void> | undefined {
    if (this.#isClosed || this.revoked.has(kid)) return undefined
    const waiting = this.#queue.wait({ kid, fetchCount: this.#fetchCount })
    // Also if the queue is full: later requests then find the key.
    this.#requestFetch()
    return waiting
  }

  /**
   * Fetches the keys because of an unknown kid, as `requestKey`, for a caller that cannot wait.
   *
   * @returns whether a fetch that may bring the key is under way; false for a while after one that did not bring it
   */
  fetchMissing (kid: string): boolean {
    if (this.#isClosed || this.revoked.has(kid)) return false
    const known = this.#missing.get(kid)
    if (known !== undefined && this.#options.time.elapsed() - known.askedAt < MISSING_MS) return !this.#isOver(known.fetchCount)
    this.#missing.delete(kid)
    // The oldest is forgotten, not the newest: an honest kid among many invented ones gets its fetch.
    const [oldest] = this.#missing.keys()
    if (oldest !== undefined && this.#missing.size >= MAX_MISSING) this.#missing.delete(oldest)
    this.#missing.set(kid, { fetchCount: this.#fetchCount, askedAt: this.#options.time.elapsed() })
    this.#requestFetch()
    return true
  }

  /** Trusts the keys of the feed instead of the current ones. A set that cannot be used changes nothing. */
  replace (keys: readonly PublicJwk[]): void {
    const { client, log } = this.#options
    try {
      this.#trust(keys, FRESH_MS)
      this.#feedRevision++
      client.forgetKeysEtag()
    } catch (error) {
      log.warn({ event: 'edge_feed_keys_invalid', err: error }, 'the keys in the feed cannot be used; the previous keys are kept')
    }
  }

  /** Revokes keys permanently, whatever a later key set contains. */
  revoke (kids: readonly string[]): void {
    const added = this.#cache.revoke(kids)
    if (added.length === 0) return
    this.#options.log.warn({ event: 'edge_keys_revoked', kids: added }, 'keys have been revoked')
    this.#options.onChange()
  }

  close (): void {
    this.#isClosed = true
    this.#cancelFetch()
    this.#cache.close()
    this.#queue.resolveWhere(() => true)
  }

  #requestFetch (): void {
    if (this.#refetchRequested) return
    this.#refetchRequested = true
    if (!this.#isFetching) this.#fetchAfter(this.#cooldownMs())
  }

  /** Whether a fetch that began after this many others has ended. */
  #isOver (fetchCount: number): boolean {
    return this.#fetchCount - (this.#isFetching ? 1 : 0) > fetchCount
  }

  #fetchAfter (delayMs: number): void {
    this.#cancelFetch()
    if (delayMs > 0) this.#cancelFetch = this.#options.time.after(delayMs, () => this.#fetchNow())
    else this.#fetchNow()
  }

  #fetchNow (): void {
    const { log } = this.#options
    this.#fetch().catch((error: unknown) => {
      log.warn({ event: 'edge_keys_stopped', err: error }, 'fetching the keys of the issuer has stopped')
    })
  }

  async #fetch (): Promise<void> {
    // A cache in between may not have the requested key yet.
    const bypassCaches = this.#refetchRequested
    this.#refetchRequested = false
    this.#isFetching = true
    this.#fetchedAt = this.#options.time.elapsed()
    this.#fetchCount++
    const nextMs = await this.#tryFetch(bypassCaches)
    this.#isFetching = false
    if (this.#isClosed) return
    this.#queue.resolveWhere(({ fetchCount }) => fetchCount < this.#fetchCount)
    this.#fetchAfter(this.#refetchRequested ? this.#cooldownMs() : nextMs)
  }

  /** @returns the delay before the next fetch; never rejects */
  async #tryFetch (bypassCaches: boolean): Promise<number> {
    const { issuer, client, log } = this.#options
    const revisionBefore = this.#feedRevision
    try {
      const response = await client.fetchKeys(bypassCaches)
      // Keys that the feed has delivered meanwhile are not older than the response.
      if (this.#feedRevision === revisionBefore) this.#accept(response)
      else client.forgetKeysEtag()
      if (this.#failures > 0) log.info({ event: 'edge_keys_restored' }, 'the keys of the issuer can be read again')
      this.#failures = 0
      this.#failure = undefined
      return response.freshForMs * (0.5 + Math.random() * 0.4)
    } catch (error) {
      client.forgetKeysEtag()
      this.#failure = error instanceof Error ? error.message : String(error)
      if (++this.#failures === 1 && !this.#isClosed) {
        const effect = this.status === undefined ? 'there are none yet, so every token is answered 503' : 'the previous keys are kept'
        log.warn({ event: 'edge_keys_failed', issuer, err: error }, `the keys of the issuer cannot be read; ${effect}`)
      }
      return backoffMs(this.#failures, RETRY)
    }
  }

  #accept ({ keys, freshForMs }: KeysResponse): void {
    if (keys !== undefined) return this.#trust(keys, freshForMs)
    this.#cache.markFresh(freshForMs)
    this.#options.onChange()
  }

  #trust (keys: readonly PublicJwk[], freshForMs: number): void {
    this.#cache.replace(keys, freshForMs)
    this.#queue.resolveWhere(({ kid }) => this.find(kid) !== undefined)
    this.#options.onChange()
  }

  #restore ({ keys, keysAgeMs, revokedKids }: NonNullable<RemoteKeysOptions['restored']>): void {
    this.#cache.revoke(revokedKids)
    if (keys.length === 0) return
    try {
      this.#cache.replace(keys, 0, keysAgeMs)
    } catch (error) {
      this.#options.log.warn({ event: 'edge_snapshot_keys_invalid', err: error }, 'the keys in the snapshot cannot be used')
    }
  }

  #cooldownMs (): number {
    return Math.max(0, this.#fetchedAt + COOLDOWN_MS - this.#options.time.elapsed())
  }
}
