import type { RefreshRequired, SessionRevoked } from './revocation.ts'

interface NotBefore {
  before: number
  exp: number
}

const NONE: NotBefore = { before: 0, exp: 0 }

export const SHARDS = 128
/** About as many entries as can be checked in less than a millisecond. */
const SWEEP_ENTRIES = 4096

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

/**
 * A Map for a million entries. It is split into shards, each of which grows, is swept and shrinks by itself, so that no operation
 * blocks the event loop for long. Keys are UUIDs: their last digits are random in every UUID version.
 */
export class ShardedMap<V> implements Iterable<[key: string, value: V]> {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<string, V>())
  #size = 0
  #nextShard = 0

  get size (): number { return this.#size }

  has (key: string): boolean { return this.#shardFor(key).has(key) }

  get (key: string): V | undefined { return this.#shardFor(key).get(key) }

  set (key: string, value: V): void {
    const shard = this.#shardFor(key)
    const before = shard.size
    shard.set(key, value)
    this.#size += shard.size - before
  }

  /**
   * Deletes expired entries from the next shards: all entries of a small map, a few thousand of a large one. `SHARDS` calls cover
   * every entry.
   */
  sweep (isExpired: (value: V) => boolean): void {
    for (let count = 0, checked = 0; count < SHARDS && checked < SWEEP_ENTRIES; count++) {
      const shard = this.#shardAt(this.#nextShard)
      this.#nextShard = (this.#nextShard + 1) % SHARDS
      checked += shard.size
      for (const [key, value] of shard) if (isExpired(value) && shard.delete(key)) this.#size--
    }
  }

  * [Symbol.iterator] (): Generator<[key: string, value: V]> {
    for (const shard of this.#shards) yield * shard
  }

  #shardFor (key: string): Map<string, V> {
    const { length } = key
    return this.#shardAt((hexValue(key.charCodeAt(length - 2)) & 7) << 4 | hexValue(key.charCodeAt(length - 1)))
  }

  #shardAt (index: number): Map<string, V> {
    const shard = this.#shards[index]
    if (shard === undefined) throw new RangeError(`there is no shard ${index}`)
    return shard
  }
}

/** The value of a hexadecimal digit; for any other character code, or NaN, some value from 0 to 15. */
function hexValue (code: number): number {
  return ((code & 15) + (code >> 6) * 9) & 15
}
