import type { PublicJwk } from '../../contract/index.ts'
import type { Time } from '../time.ts'
import { createLocalKeySource, type KeySource, type VerifyingKey } from '../verification-keys.ts'
import type { EdgeLog } from './log.ts'

export interface KeyStatus {
  readonly keys: readonly PublicJwk[]
  /** The time since the issuer last confirmed them. */
  readonly ageMs: number
  /** Whether that is longer than the issuer allows. */
  readonly stale: boolean
}

interface KeyCacheOptions {
  time: Time
  log: EdgeLog
  /** Keys that the issuer has not confirmed for this long are not trusted. */
  maxAgeMs: number
}

/** The last valid keys of a remote issuer, without the revoked ones, up to a maximum age. */
export class KeyCache implements KeySource {
  readonly #options: KeyCacheOptions
  readonly #trusted = createLocalKeySource()
  readonly #revoked = new Set<string>()
  #current: { keys: readonly PublicJwk[], confirmedAt: number, freshForMs: number } | undefined
  #cancelExpiry = () => {}

  constructor (options: KeyCacheOptions) {
    this.#options = options
  }

  get revoked (): ReadonlySet<string> { return this.#revoked }

  /** Undefined if no key is trusted. */
  get status (): KeyStatus | undefined {
    if (this.#current === undefined) return undefined
    const { keys, confirmedAt, freshForMs } = this.#current
    const ageMs = this.#options.time.elapsed() - confirmedAt
    return { keys, ageMs, stale: ageMs > freshForMs }
  }

  find (kid: string): VerifyingKey | undefined { return this.#trusted.find(kid) }

  /**
   * Trusts these keys and no others from now on.
   *
   * @param ageMs the time since the issuer confirmed them
   * @throws TypeError for a set that cannot be used; then the keys stay as they were
   */
  replace (keys: readonly PublicJwk[], freshForMs: number, ageMs = 0): void {
    const { time, maxAgeMs } = this.#options
    const accepted = keys.filter(({ kid }) => !this.#revoked.has(kid))
    if (accepted.length === 0) throw new TypeError('there is no key that has not been revoked')
    if (ageMs >= maxAgeMs) throw new TypeError('the issuer has not confirmed the keys for too long')
    this.#trusted.replace(accepted)
    this.#current = { keys: accepted, confirmedAt: time.elapsed() - ageMs, freshForMs }
    this.#cancelExpiry()
    // A timer, because `find` is called for every request and must not read the clock.
    this.#cancelExpiry = time.after(maxAgeMs - ageMs, () => this.#expire())
  }

  /** The issuer has confirmed the current keys again. */
  markFresh (freshForMs: number): void {
    if (this.#current === undefined) throw new TypeError('the issuer answered "not modified", but no keys are held')
    this.replace(this.#current.keys, freshForMs)
  }

  /**
   * Revokes keys permanently, whatever a later key set contains.
   *
   * @returns those that were not revoked before
   */
  revoke (kids: readonly string[]): string[] {
    const added = kids.filter((kid) => !this.#revoked.has(kid))
    if (added.length === 0) return added
    for (const kid of added) this.#revoked.add(kid)
    const keys = this.#current?.keys.filter(({ kid }) => !this.#revoked.has(kid)) ?? []
    this.#trusted.replace(keys)
    this.#current = this.#current !== undefined && keys.length > 0 ? { ...this.#current, keys } : undefined
    return added
  }

  close (): void { this.#cancelExpiry() }

  #expire (): void {
    this.#options.log.warn({ event: 'edge_keys_expired' }, 'the issuer has not confirmed its keys for too long: they are trusted no longer')
    this.#trusted.replace([])
    this.#current = undefined
  }
}
