import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { SHARDS, ShardedMap } from '../../../src/contract/sharded-map.ts'

t.test('it holds what a Map would, whatever the keys', async () => {
  const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('', '__proto__', 'u', 'sub', randomUUID(), randomUUID()))
  fc.assert(fc.property(fc.array(fc.tuple(key, fc.nat(9)), { maxLength: 60 }), fc.nat(9), (entries, over) => {
    const [map, sharded] = [new Map<string, number>(), new ShardedMap<number>()]
    for (const [key, value] of entries) {
      map.set(key, value)
      sharded.set(key, value)
    }
    const isAlike = () => sharded.size === map.size && JSON.stringify([...sharded].sort()) === JSON.stringify([...map].sort()) &&
      entries.every(([key]) => sharded.get(key) === map.get(key) && sharded.has(key) === map.has(key))
    if (!isAlike()) return false
    for (const [key, value] of map) if (value <= over) map.delete(key)
    for (let part = 0; part < SHARDS; part++) sharded.sweep((value) => value <= over)
    return isAlike()
  }))
})

t.test('a sweep looks at a small part of many entries, for UUIDs are spread evenly', async (t) => {
  const map = new ShardedMap<number>()
  const count = 256_000
  for (let index = 0; index < count; index++) map.set(randomUUID(), 0)
  let most = 0
  for (let part = 0; part < SHARDS; part++) {
    const before = map.size
    map.sweep(() => true)
    most = Math.max(most, before - map.size)
  }
  t.equal(map.size, 0)
  t.ok(most > 4000 && most < 8000, `${most}`)
})

t.test('few entries are swept at once', async (t) => {
  const map = new ShardedMap<number>()
  for (let index = 0; index < 1000; index++) map.set(randomUUID(), index % 2)
  map.sweep((value) => value === 1)
  t.equal(map.size, 500)
})
