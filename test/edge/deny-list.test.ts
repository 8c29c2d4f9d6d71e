import fc from 'fast-check'
import t from 'tap'
import { CLOCK_LEEWAY_SECONDS } from '../../src/contract/index.ts'
import { createDenyList, type DenyList } from '../../src/edge/index.ts'

const KID = 'key-1'

t.test('an empty list refuses nobody', async (t) => {
  const list = createDenyList()
  t.equal(list.size, 0)
  t.equal(list.findReason({ id: 'u', sessionId: 's', issuedAt: 0 }, KID), undefined)
})

t.test('a session is refused by its own id, a user by the time of issue, a key by its own', async (t) => {
  const list = createDenyList({ clock: () => 0 })
  list.revokeSession({ sid: 's1', exp: 100 })
  list.requireRefresh({ sub: 'u2', before: 50, exp: 100 })
  list.revokeKey('key-2')
  const table: Array<[reason: string | undefined, id: string, sessionId: string, issuedAt: number, kid: string]> = [
    ['revoked', 'u1', 's1', 99, KID],
    [undefined, 's1', 'u1', 99, KID],
    [undefined, 'u1', 's2', 0, KID],
    ['refresh_required', 'u2', 's2', 49, KID],
    [undefined, 'u2', 's2', 50, KID],
    ['key_revoked', 'u1', 's2', 99, 'key-2'],
    [undefined, 'u1', 's2', 99, '__proto__']
  ]
  for (const [reason, id, sessionId, issuedAt, kid] of table) t.equal(list.findReason({ id, sessionId, issuedAt }, kid), reason)
})

t.test('an entry is kept for as long as a token of its time can live, and then goes', async (t) => {
  let seconds = 1000
  const list = createDenyList({ clock: () => seconds * 1000 })
  list.revokeSession({ sid: 's1', exp: 1100 })
  list.requireRefresh({ sub: 'u1', before: 1000, exp: 1100 })
  t.equal(list.size, 2)
  const refused = () => [list.findReason({ id: 'u', sessionId: 's1', issuedAt: 999 }, KID), list.findReason({ id: 'u1', sessionId: 's', issuedAt: 999 }, KID)]
  seconds = 1100 + CLOCK_LEEWAY_SECONDS - 1
  list.revokeSession({ sid: 's2', exp: 2000 })
  t.strictSame(refused(), ['revoked', 'refresh_required'], 'a token may be good until then')
  seconds = 1200
  list.revokeSession({ sid: 's3', exp: 2000 })
  t.strictSame(refused(), [undefined, undefined])
  t.equal(list.size, 2)
})

t.test('the same again, for a shorter time, shortens nothing', async (t) => {
  let seconds = 1000
  const list = createDenyList({ clock: () => seconds * 1000 })
  for (const exp of [2000, 1100]) {
    list.revokeSession({ sid: 's1', exp })
    list.requireRefresh({ sub: 'u1', before: 1000, exp })
  }
  seconds = 1900
  list.revokeSession({ sid: 's2', exp: 2000 })
  t.equal(list.findReason({ id: 'u', sessionId: 's1', issuedAt: 999 }, KID), 'revoked')
  t.equal(list.findReason({ id: 'u1', sessionId: 's', issuedAt: 999 }, KID), 'refresh_required')
})

t.test('a flood of what is over already takes no more room than a minute of it', async (t) => {
  let seconds = 1000
  const list = createDenyList({ clock: () => seconds * 1000 })
  for (let index = 0; index < 10_000; index++) {
    seconds++
    list.revokeSession({ sid: `s${index}`, exp: seconds })
  }
  t.ok(list.size <= 70, `${list.size}`)
})

const sid = fc.constantFrom('s1', 's2', 's3')
const sub = fc.constantFrom('u1', 'u2', undefined)
const seconds = fc.integer({ min: 1000, max: 1100 })
type Entry = (list: DenyList) => void
const entries: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ sid, exp: seconds }).map((revoked): Entry => (list) => list.revokeSession(revoked)),
  fc.record({ sub, before: seconds, exp: seconds }).map(({ sub, ...times }): Entry => (list) => list.requireRefresh({ ...times, ...(sub !== undefined && { sub }) })),
  fc.constantFrom('key-1', 'key-2').map((kid): Entry => (list) => list.revokeKey(kid))
)

/** What it says of every token that there can be, at a time before any entry is over. */
function verdictsOf (list: DenyList): Array<string | undefined> {
  return ['u1', 'u2', 'u3'].flatMap((id) => ['s1', 's2', 's3'].flatMap((sessionId) => [999, 1000, 1030, 1050, 1099, 1100].flatMap((issuedAt) =>
    [KID, 'key-2', 'key-3'].map((kid) => list.findReason({ id, sessionId, issuedAt }, kid)))))
}

function listOf (entries: readonly Entry[]): DenyList {
  const list = createDenyList({ clock: () => 1_000_000 })
  for (const enter of entries) enter(list)
  return list
}

t.test('nothing that is added makes a refused token good again', async () => {
  fc.assert(fc.property(fc.array(entries, { maxLength: 12 }), fc.array(entries, { maxLength: 12 }), (first, then) => {
    const list = listOf(first)
    const before = verdictsOf(list)
    for (const enter of then) enter(list)
    const after = verdictsOf(list)
    return before.every((reason, index) => reason === undefined || after[index] !== undefined)
  }))
})

t.test('entries may come in any order, and any number of times', async () => {
  fc.assert(fc.property(fc.array(entries, { maxLength: 12 }).chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2, maxLength: list.length * 2 }))), ([once, shuffled]) => {
    return JSON.stringify(verdictsOf(listOf(once))) === JSON.stringify(verdictsOf(listOf(shuffled)))
  }))
})
