export const SHARDS = 128
/** About as many entries as can be checked in less than a millisecond. */
const SWEEP_ENTRIES = 4096

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
