import { randomUUID } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import type { RefreshRequired } from '../../../src/contract/index.ts'
import { SHARDS } from '../../../src/contract/sharded-map.ts'
import { RevocationSet } from '../../../src/contract/revocation-set.ts'

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
