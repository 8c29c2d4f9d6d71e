import { ShardedMap } from './sharded-map.ts'
import type { RefreshRequired, SessionRevoked } from './revocation.ts'

interface NotBefore {
  before: number
  exp: number
}

const NONE: NotBefore = { before: 0, exp: 0 }

/**
 * The revocations in force: ended sessions, and not-befores of single users and of everybody. Entries are only added, in any order
 * and any number of times; each is evicted by its own `exp`. All times are NumericDate.
 */
export class RevocationSet {
  readonly #sessions = new ShardedMap<number>()
  readonly #users = new ShardedMap<NotBefore>()
  #everybody = NONE

  get size (): number { return this.#sessions.size + this.#users.size + (this.#everybody === NONE ? 0 : 1) }

  /** @returns false if the entry was known already */
  addSession ({ sid, exp }: SessionRevoked): boolean {
    if (exp <= (this.#sessions.get(sid) ?? 0)) return false
    this.#sessions.set(sid, exp)
    return true
  }

  /** @returns false if the entry was known already */
  addNotBefore ({ sub, before, exp }: RefreshRequired): boolean {
    const known = (sub === undefined ? this.#everybody : this.#users.get(sub)) ?? NONE
    if (before <= known.before && exp <= known.exp) return false
    // No later entry makes a rejected token valid again.
    const merged = { before: Math.max(before, known.before), exp: Math.max(exp, known.exp) }
    if (sub === undefined) this.#everybody = merged
    else this.#users.set(sub, merged)
    return true
  }

  hasSession (sid: string): boolean {
    return this.#sessions.size > 0 && this.#sessions.has(sid)
  }

  /** Whether a token of a user was issued before the not-before of this user, or of everybody. */
  isIssuedTooEarly (sub: string, issuedAt: number): boolean {
    if (issuedAt < this.#everybody.before) return true
    const user = this.#users.size > 0 ? this.#users.get(sub) : undefined
    return user !== undefined && issuedAt < user.before
  }

  /** Entries that are added during the iteration may be included. */
  * sessions (): Generator<SessionRevoked> {
    for (const [sid, exp] of this.#sessions) yield { sid, exp }
  }

  /** Entries that are added during the iteration may be included. */
  * notBefores (): Generator<RefreshRequired> {
    if (this.#everybody !== NONE) yield this.#everybody
    for (const [sub, notBefore] of this.#users) yield { sub, ...notBefore }
  }

  /** Evicts some of the expired entries; repeated calls reach all of them. */
  evictExpired (now: number): void {
    this.#sessions.sweep((exp) => exp <= now)
    this.#users.sweep(({ exp }) => exp <= now)
    if (this.#everybody.exp <= now) this.#everybody = NONE
  }
}
