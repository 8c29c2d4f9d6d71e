import { randomUUID } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import { SHARDS, type RefreshRequired } from '../../../src/contract/index.ts'
import { createEntries } from '../../../src/revocations/revocation-set.ts'

const session = fc.record({ sid: fc.constantFrom('a', 'b', 'c'), exp: fc.integer({ min: 1, max: 50 }) })
const cut = fc.record({ sub: fc.option(fc.constantFrom('u', 'v'), { nil: undefined }), before: fc.integer({ min: 1, max: 50 }), exp: fc.integer({ min: 1, max: 50 }) })
  .map(({ sub, ...rest }): RefreshRequired => sub === undefined ? rest : { sub, ...rest })

t.test('entries come in any order, and what one has refused no other accepts again', async () => {
  fc.assert(fc.property(fc.array(session), fc.array(cut), (revoked, required) => {
    const entries = createEntries()
    for (const one of revoked) {
      const known = [...entries.sessions()].find(({ sid }) => sid === one.sid)
      if (entries.addSession(one) !== (known === undefined || known.exp < one.exp)) return false
    }
    for (const one of required) {
      const known = [...entries.cuts()].find(({ sub }) => sub === one.sub)
      if (entries.addCut(one) !== (known === undefined || known.exp < one.exp || known.before < one.before)) return false
    }
    const sessions = [...entries.sessions()]
    const cuts = [...entries.cuts()]
    return entries.size === sessions.length + cuts.length &&
      revoked.every(({ sid, exp }) => sessions.some((known) => known.sid === sid && known.exp >= exp)) &&
      required.every(({ sub, before, exp }) => cuts.some((known) => known.sub === sub && known.before >= before && known.exp >= exp))
  }))
})

t.test('a sweep goes on where it was, and in the end has taken what has expired and nothing else', async (t) => {
  const entries = createEntries()
  for (let count = 0; count < 50_000; count++) entries.addSession({ sid: randomUUID(), exp: count % 2 === 0 ? 100 : 200 })
  entries.addCut({ before: 1, exp: 100 })
  entries.addCut({ sub: randomUUID(), before: 1, exp: 200 })
  entries.sweep(100)
  t.ok(entries.size > 45_000, 'not all at once')
  entries.addSession({ sid: 'late', exp: 100 })
  for (let count = 0; count < SHARDS; count++) entries.sweep(100)
  t.equal(entries.size, 25_001)
  t.ok([...entries.sessions()].every(({ exp }) => exp === 200))
  t.match([...entries.cuts()], [{ before: 1, exp: 200 }])
  for (let count = 0; count < SHARDS; count++) entries.sweep(199)
  t.equal(entries.size, 25_001)
})
