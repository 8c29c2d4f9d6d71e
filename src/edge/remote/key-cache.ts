import type { PublicJwk } from '../../contract/index.ts'
import type { EdgeLog } from './edge-log.ts'
import { createLocalKeySource, type KeySource } from '../../verify/index.ts'
import type { Time } from '../../verify/index.ts'

/** The last good keys of an issuer from afar, without those that are revoked, up to an age. */
export interface KeyCache extends KeySource {
  /**
   * From now on these are trusted, and no others.
   *
   * @param ageMs how old the issuer's word for them is already
   * @throws TypeError for a set of no use; the keys before stay
   */
  replace (keys: readonly PublicJwk[], freshForMs: number, ageMs?: number): void
  /** The issuer's word for those that are held, once more. */
  markFresh (freshForMs: number): void
  /** For good: whatever a key set says later. Returns those that were not revoked before. */
  revoke (kids: readonly string[]): string[]
  readonly revoked: ReadonlySet<string>
  /** Undefined where no key is trusted. */
  readonly status: KeyStatus | undefined
  close (): void
}

export interface KeyStatus {
  readonly keys: readonly PublicJwk[]
  /** How old the issuer's word for them is. */
  readonly ageMs: number
  /** Whether that is older than the issuer wants it to be. */
  readonly stale: boolean
}

export interface KeyCacheOptions {
  time: Time
  log: EdgeLog
  /** Past this age of the issuer's word for them no key is trusted. */
  maxAgeMs: number
}

export function createKeyCache ({ time, log, maxAgeMs }: KeyCacheOptions): KeyCache {
  const trusted = createLocalKeySource()
  const revoked = new Set<string>()
  let held: { keys: readonly PublicJwk[], since: number, freshForMs: number } | undefined
  let cancelExpiry = () => {}

  return {
    find: trusted.find,
    replace,
    markFresh (freshForMs) {
      if (held === undefined) throw new TypeError('nothing has changed since an answer that is no longer kept')
      replace(held.keys, freshForMs)
    },
    revoke,
    revoked,
    get status () { return describe() },
    close () { cancelExpiry() }
  }

  function replace (keys: readonly PublicJwk[], freshForMs: number, ageMs = 0): void {
    const good = keys.filter(({ kid }) => !revoked.has(kid))
    if (good.length === 0) throw new TypeError('there is no key that has not been revoked')
    if (ageMs >= maxAgeMs) throw new TypeError('the issuer has vouched for the keys too long ago')
    trusted.replace(good)
    held = { keys: good, since: time.elapsed() - ageMs, freshForMs }
    cancelExpiry()
    // A timer rather than a look at the clock, for `find` is on the path of every request.
    cancelExpiry = time.after(maxAgeMs - ageMs, expire)
  }

  function expire (): void {
    log.warn({}, 'the issuer has vouched for its keys too long ago: they are trusted no longer')
    trusted.replace([])
    held = undefined
  }

  function revoke (kids: readonly string[]): string[] {
    const added = kids.filter((kid) => !revoked.has(kid))
    if (added.length === 0) return added
    for (const kid of added) revoked.add(kid)
    const rest = held?.keys.filter(({ kid }) => !revoked.has(kid)) ?? []
    trusted.replace(rest)
    held = held && rest.length > 0 ? { ...held, keys: rest } : undefined
    return added
  }

  function describe (): KeyStatus | undefined {
    if (held === undefined) return undefined
    const ageMs = time.elapsed() - held.since
    return { keys: held.keys, ageMs, stale: ageMs > held.freshForMs }
  }
}
