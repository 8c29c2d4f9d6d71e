import type { PublicJwk } from '../../contract/index.ts'
import { describeNoKeys } from './edge-health.ts'
import type { EdgeLog } from './edge-log.ts'
import { createKeyCache, type KeyStatus } from './key-cache.ts'
import type { IssuerClient, KeysResponse } from './issuer-client.ts'
import type { KeySource } from '../../verify/index.ts'
import { backoffMs, type Time } from '../../verify/index.ts'
import { createWaitQueue } from './wait-queue.ts'

/** The keys of an issuer from afar: the last good ones are kept while nothing better can be had, up to an age. */
export interface RemoteKeys extends KeySource {
  /** Begins to fetch. */
  start (): void
  /**
   * Asks the issuer about a kid that is not known: with one fetch a second at most, which all that ask share.
   *
   * @returns resolves when the issuer has been asked, or in vain after a while; undefined where waiting is of no use
   */
  requestKey (kid: string): Promise<void> | undefined
  /** What the issuer says without having been asked; a set of no use changes nothing. */
  replace (keys: readonly PublicJwk[]): void
  /** For good: whatever a key set says later. */
  revoke (kids: readonly string[]): void
  readonly revoked: ReadonlySet<string>
  /** Undefined where no key is trusted. */
  readonly status: KeyStatus | undefined
  /** Why the last fetch failed; undefined where it did not. */
  readonly failure: string | undefined
  close (): void
}

export interface RemoteKeysOptions {
  issuer: string
  client: Pick<IssuerClient, 'fetchKeys' | 'forgetKeysEtag'>
  time: Time
  log: EdgeLog
  /** Past this age of the issuer's word for them no key is trusted. */
  maxAgeMs: number
  /** Called when there is something new to write down. */
  onChange: () => void
  /** What an earlier process has written down. */
  restored?: { keys: readonly PublicJwk[], keysAgeMs: number, revokedKids: readonly string[] } | undefined
}

const COOLDOWN_MS = 1000
const QUEUE = { capacity: 1000, maxWaitMs: 3000 }
// Half of the first is no less than the cooldown.
const RETRY = { firstMs: 2 * COOLDOWN_MS, maxMs: 30_000 }
const FRESH_MS = 300_000

export function createRemoteKeys ({ issuer, client, time, log, maxAgeMs, onChange, restored }: RemoteKeysOptions): RemoteKeys {
  const cache = createKeyCache({ time, log, maxAgeMs })
  // Who waits, and how many fetches had begun by then: only a later one can know more.
  const queue = createWaitQueue<{ kid: string, begun: number }>({ ...QUEUE, time })
  let failure: string | undefined
  let failures = 0
  let told = 0
  let begun = 0
  let begunAt = -Infinity
  let fetching = false
  let asked = false
  let closed = false
  let cancelFetch = () => {}
  if (restored !== undefined) restore(restored)

  return {
    find: cache.find,
    start () { fetchAfter(0) },
    requestKey,
    replace,
    revoke (kids) {
      const added = cache.revoke(kids)
      if (added.length === 0) return
      log.warn({ kids: added }, 'keys have been revoked')
      onChange()
    },
    revoked: cache.revoked,
    get status () { return cache.status },
    get failure () { return failure },
    close
  }

  function learn (kid: string): Promise<void> | undefined {
    if (closed || cache.revoked.has(kid)) return undefined
    const waiting = queue.wait({ kid, begun })
    if (!asked) {
      asked = true
      if (!fetching) fetchAfter(cooldownMs())
    }
    return waiting
  }

  function replace (keys: readonly PublicJwk[]): void {
    try {
      trust(keys, FRESH_MS)
      told++
      client.forgetKeysEtag()
    } catch (error) {
      log.warn({ err: error }, 'the feed tells of keys that are of no use; those before are kept')
    }
  }

  function close (): void {
    closed = true
    cancelFetch()
    cache.close()
    queue.resolveWhere()
  }

  function fetchAfter (delayMs: number): void {
    cancelFetch()
    if (delayMs > 0) cancelFetch = time.after(delayMs, fetchNow)
    else fetchNow()
  }

  function fetchNow (): void {
    fetchKeys().catch((error: unknown) => log.warn({ err: error }, 'the keys of the issuer are not fetched any more'))
  }

  async function fetchKeys (): Promise<void> {
    // A cache on the way may not have the key yet that somebody asks for.
    const pastCaches = asked
    asked = false
    fetching = true
    begunAt = time.elapsed()
    begun++
    const nextMs = await attempt(pastCaches)
    fetching = false
    if (closed) return
    queue.resolveWhere((waiter) => waiter.begun < begun)
    fetchAfter(asked ? cooldownMs() : nextMs)
  }

  /** @returns when to fetch again; never rejects */
  async function attempt (pastCaches: boolean): Promise<number> {
    const toldBefore = told
    try {
      const answer = await client.fetchKeys(pastCaches)
      // What the feed has told in the meantime is not older than what was fetched.
      if (told === toldBefore) accept(answer)
      else client.forgetKeysEtag()
      if (failures > 0) log.info({}, 'the keys of the issuer can be read again')
      failures = 0
      failure = undefined
      return answer.freshForMs * (0.5 + Math.random() * 0.4)
    } catch (error) {
      client.forgetKeysEtag()
      failure = error instanceof Error ? error.message : String(error)
      if (++failures === 1 && !closed) log.warn({ err: error }, cache.status === undefined ? describeNoKeys(issuer, failure) : `the keys of the issuer cannot be read: ${failure}`)
      return backoffMs(failures, RETRY)
    }
  }

  function accept ({ keys, freshForMs }: KeysResponse): void {
    if (keys !== undefined) return trust(keys, freshForMs)
    cache.markFresh(freshForMs)
    onChange()
  }

  function trust (keys: readonly PublicJwk[], freshForMs: number): void {
    cache.replace(keys, freshForMs)
    queue.resolveWhere(({ kid }) => cache.find(kid) !== undefined)
    onChange()
  }

  function restore ({ keys, keysAgeMs, revokedKids }: NonNullable<typeof restored>): void {
    cache.revoke(revokedKids)
    if (keys.length === 0) return
    try {
      cache.replace(keys, 0, keysAgeMs)
    } catch (error) {
      log.warn({ err: error }, 'the keys that were written down are of no use')
    }
  }

  function cooldownMs (): number {
    return Math.max(0, begunAt + COOLDOWN_MS - time.elapsed())
  }
}
