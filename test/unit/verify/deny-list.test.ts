import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { CLOCK_LEEWAY_SECONDS } from '../../../src/contract/index.ts'
import { SHARDS } from '../../../src/contract/sharded-map.ts'
import { createDenyList, type DenyList } from '../../../src/edge/index.ts'
import { createFakeTime } from '../edge/remote/fake-time.ts'

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

const START = 1_800_000_000
const HOUR = 3600
/** In which all of the list is swept. */
const SWEEP_SECONDS = 65

/** A list with clocks of its own, at START; `isSynced`: it was told the issuer's time, which is right. */
function setUp ({ isSynced = true, aheadSeconds = 0 } = {}) {
  const time = createFakeTime((START + aheadSeconds) * 1000)
  const list = createDenyList({ clock: time.now, elapsed: time.elapsed, after: time.after })
  if (isSynced) list.observeTime(START * 1000)
  const go = (seconds: number) => time.advance(seconds * 1000)
  const refused = () => [list.findReason({ id: 'u', sessionId: 's1', issuedAt: START - 1 }, KID), list.findReason({ id: 'u1', sessionId: 's', issuedAt: START - 1 }, KID)]
  const deny = (exp: number) => {
    list.revokeSession({ sid: 's1', exp })
    list.requireRefresh({ sub: 'u1', before: START, exp })
  }
  return { time, list, go, refused, deny, setClock: (seconds: number) => time.setClock(seconds * 1000) }
}

const BOTH = ['revoked', 'refresh_required']
const NEITHER = [undefined, undefined]

t.test('an entry is kept for as long as a token of its time can live, and then goes, although nothing else comes', async (t) => {
  const { list, go, refused, deny, time } = setUp()
  deny(START + 100)
  t.equal(list.size, 2)
  go(100 + CLOCK_LEEWAY_SECONDS - 1)
  t.strictSame(refused(), BOTH, 'a token may be good until then')
  go(1 + SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
  t.equal(list.size, 0)
  t.equal(time.timers, 0, 'and nothing is left to do')
})

t.test('the same again, for a shorter time, shortens nothing', async (t) => {
  const { go, refused, deny } = setUp()
  for (const exp of [START + 1000, START + 100]) deny(exp)
  go(900)
  t.strictSame(refused(), BOTH)
})

t.test('AV5: a flood of what is over already takes no more room than a minute of it', async (t) => {
  const { list, go } = setUp()
  for (let index = 1; index <= 2000; index++) {
    go(1)
    list.revokeSession({ sid: randomUUID(), exp: START + index })
  }
  t.ok(list.size <= 80, `${list.size}`)
})

t.test('however many are over at once, each turn takes a small part of them', async (t) => {
  const { list, go, time } = setUp()
  const count = 1_000_000
  for (let index = 0; index < count; index++) list.revokeSession({ sid: randomUUID(), exp: START + 10 })
  go(10 + CLOCK_LEEWAY_SECONDS - 1)
  const sizes = [list.size]
  while (list.size > 0) {
    time.advance(250)
    sizes.push(list.size)
  }
  const most = Math.max(...sizes.slice(1).map((size, index) => (sizes[index] ?? 0) - size))
  t.ok(most < 3 * count / SHARDS, `${most}`)
  t.ok(sizes.length <= SHARDS + 5, `${sizes.length} turns`)
})

t.test('a clock that jumps ahead and comes back has let nothing go', async (t) => {
  for (const isSynced of [true, false]) {
    const { go, refused, deny, setClock } = setUp({ isSynced })
    deny(START + 300)
    go(10)
    setClock(START + HOUR)
    go(SWEEP_SECONDS)
    setClock(START + 10 + SWEEP_SECONDS)
    go(20)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
  }
})

t.test('a clock that is ahead when an entry comes, and is set right later, has let nothing go', async (t) => {
  for (const isSynced of [true, false]) {
    const { go, refused, deny, setClock } = setUp({ isSynced, aheadSeconds: HOUR })
    deny(START + 300)
    go(200)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
    setClock(START + 200)
    go(90)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
  }
})

t.test('an entry of an issuer whose time is not known goes when no token can be alive, whatever the clocks say', async (t) => {
  const { list, go, deny } = setUp({ isSynced: false, aheadSeconds: 20 * HOUR })
  deny(START + 300)
  go(HOUR)
  t.equal(list.size, 2)
  go(300)
  t.equal(list.size, 0)
})

t.test('a clock that is behind, or is set back, keeps entries for as long as it lets tokens live', async (t) => {
  const { go, refused, deny, setClock } = setUp()
  deny(START + 300)
  go(60)
  setClock(START - HOUR)
  go(HOUR + 290)
  t.strictSame(refused(), BOTH)
  go(20 + SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
})

t.test('a clock of the issuer that jumps ahead and comes back has let nothing go either', async (t) => {
  const { list, go, refused, deny } = setUp()
  deny(START + 300)
  go(10)
  list.observeTime((START + HOUR) * 1000)
  go(SWEEP_SECONDS)
  list.observeTime((START + 10 + SWEEP_SECONDS) * 1000)
  go(20)
  t.strictSame(refused(), BOTH)
})

t.test('what an earlier process had is kept as if no time had gone by, until the issuer tells', async (t) => {
  const { list, go, refused, deny } = setUp({ isSynced: false, aheadSeconds: HOUR })
  list.restoreTime(START)
  deny(START + 300)
  t.equal(list.now, START)
  go(290)
  t.strictSame(refused(), BOTH)
  list.observeTime((START + 2 * HOUR) * 1000)
  go(SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
})

t.test('a clock that was wrong once is forgotten after some hours', async (t) => {
  const { list, go, setClock, deny } = setUp()
  setClock(START - 10 * HOUR)
  deny(START + 300)
  go(60)
  setClock(START + 60)
  go(6 * HOUR)
  list.observeTime((START + 60 + 6 * HOUR) * 1000)
  t.equal(list.now, START + 60 + 6 * HOUR)
  t.equal(list.size, 0)
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

t.test('RS22: nothing that is added makes a refused token good again', async () => {
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
