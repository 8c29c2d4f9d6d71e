import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { RefreshRequired } from '../../../src/contract/index.ts'
import { RevocationSet, ShardedMap, SHARDS } from '../../../src/contract/revocation-set.ts'

const session = fc.record({ sid: fc.constantFrom('a', 'b', 'c'), exp: fc.integer({ min: 1, max: 50 }) })
const notBefore = fc.record({
  sub: fc.option(fc.constantFrom('u', 'v'), { nil: undefined }),
  before: fc.integer({ min: 1, max: 50 }),
  exp: fc.integer({ min: 1, max: 50 })
})
  .map(({ sub, ...rest }): RefreshRequired => sub === undefined ? rest : { sub, ...rest })

t.test('entries may be added in any order, and none weakens another', async () => {
  fc.assert(fc.property(fc.array(session), fc.array(notBefore), (revoked, required) => {
    const entries = new RevocationSet()
    for (const one of revoked) {
      const known = [...entries.sessions()].find(({ sid }) => sid === one.sid)
      if (entries.addSession(one) !== (known === undefined || known.exp < one.exp)) return false
    }
    for (const one of required) {
      const known = [...entries.notBefores()].find(({ sub }) => sub === one.sub)
      if (entries.addNotBefore(one) !== (known === undefined || known.exp < one.exp || known.before < one.before)) return false
    }
    const sessions = [...entries.sessions()]
    const notBefores = [...entries.notBefores()]
    return entries.size === sessions.length + notBefores.length &&
      revoked.every(({ sid, exp }) => sessions.some((known) => known.sid === sid && known.exp >= exp)) &&
      required.every(({ sub, before, exp }) => notBefores.some((known) => known.sub === sub && known.before >= before && known.exp >= exp))
  }))
})

t.test('evictions cover a part each time, and in the end all expired entries and no others', async (t) => {
  const entries = new RevocationSet()
  for (let count = 0; count < 50_000; count++) entries.addSession({ sid: randomUUID(), exp: count % 2 === 0 ? 100 : 200 })
  entries.addNotBefore({ before: 1, exp: 100 })
  entries.addNotBefore({ sub: randomUUID(), before: 1, exp: 200 })
  entries.evictExpired(100)
  t.ok(entries.size > 45_000, 'not all at once')
  entries.addSession({ sid: 'late', exp: 100 })
  for (let count = 0; count < SHARDS; count++) entries.evictExpired(100)
  t.equal(entries.size, 25_001)
  t.ok([...entries.sessions()].every(({ exp }) => exp === 200))
  t.match([...entries.notBefores()], [{ before: 1, exp: 200 }])
  for (let count = 0; count < SHARDS; count++) entries.evictExpired(199)
  t.equal(entries.size, 25_001)
})

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
