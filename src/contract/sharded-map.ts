/**
 * A Map for a million entries: in parts, each of which is grown, swept and shrunk by itself, so that nobody waits for the whole.
 * Keys are UUIDs, whose last digits are random in every version that there is.
 */
export interface ShardedMap<V> extends Iterable<[key: string, value: V]> {
  readonly size: number
  has (key: string): boolean
  get (key: string): V | undefined
  set (key: string, value: V): void
  /** Deletes from the next parts, some thousands of entries of a large map, all of a small one; `SHARDS` calls have looked at all. */
  sweep (isOver: (value: V) => boolean): void
}

export const SHARDS = 128
/** As many as can be looked at in less than a millisecond. */
const SWEEP_ENTRIES = 4096

export function createShardedMap<V> (): ShardedMap<V> {
  const shards = Array.from({ length: SHARDS }, () => new Map<string, V>())
  const [first = new Map<string, V>()] = shards
  let size = 0
  let next = 0

  return {
    get size () { return size },
    has: (key) => shardOf(key).has(key),
    get: (key) => shardOf(key).get(key),
    set (key, value) {
      const shard = shardOf(key)
      const before = shard.size
      shard.set(key, value)
      size += shard.size - before
    },
    sweep (isOver) {
      for (let part = 0, seen = 0; part < SHARDS && seen < SWEEP_ENTRIES; part++) {
        const shard = shards[next] ?? first
        next = (next + 1) % SHARDS
        seen += shard.size
        for (const [key, value] of shard) if (isOver(value) && shard.delete(key)) size--
      }
    },
    * [Symbol.iterator] () {
      for (const shard of shards) yield * shard
    }
  }

  function shardOf (key: string): Map<string, V> {
    const { length } = key
    return shards[(digit(key.charCodeAt(length - 2)) & 7) << 4 | digit(key.charCodeAt(length - 1))] ?? first
  }
}

/** Of a hexadecimal digit its value, of any other character, or none, some value from 0 to 15. */
function digit (code: number): number {
  return ((code & 15) + (code >> 6) * 9) & 15
}
