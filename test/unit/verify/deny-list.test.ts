import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { CLOCK_LEEWAY_SECONDS } from '../../../src/contract/index.ts'
import { SHARDS } from '../../../src/contract/revocation-set.ts'
import { createDenyList, type DenyList } from '../../../src/edge/index.ts'
import { createFakeTime } from '../../support/fake-time.ts'

const KID = 'key-1'

t.test('an empty list refuses no token', async (t) => {
  const list = createDenyList()
  t.equal(list.size, 0)
  t.equal(list.findReason({ id: 'u', sessionId: 's', issuedAt: 0 }, KID), undefined)
})

t.test('sessions are refused by id, users by time of issue, keys by kid', async (t) => {
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
/** Enough to sweep the whole list. */
const SWEEP_SECONDS = 65

/** A list with its own clocks, at START; `isSynced`: it has observed the issuer's time, which is correct. */
function setUp ({ isSynced = true, aheadSeconds = 0 } = {}) {
  const time = createFakeTime((START + aheadSeconds) * 1000)
  const list = createDenyList({ clock: time.now, elapsed: time.elapsed, after: time.after })
  if (isSynced) list.observeTime(START * 1000)
  const advanceSeconds = (seconds: number) => time.advance(seconds * 1000)
  const refused = () => [
    list.findReason({ id: 'u', sessionId: 's1', issuedAt: START - 1 }, KID),
    list.findReason({ id: 'u1', sessionId: 's', issuedAt: START - 1 }, KID)
  ]
  const deny = (exp: number) => {
    list.revokeSession({ sid: 's1', exp })
    list.requireRefresh({ sub: 'u1', before: START, exp })
  }
  return { time, list, advanceSeconds, refused, deny, setClock: (seconds: number) => time.setClock(seconds * 1000) }
}

const BOTH = ['revoked', 'refresh_required']
const NEITHER = [undefined, undefined]

t.test('an entry is kept for the lifetime of its tokens, and then evicted without further events', async (t) => {
  const { list, advanceSeconds, refused, deny, time } = setUp()
  deny(START + 100)
  t.equal(list.size, 2)
  advanceSeconds(100 + CLOCK_LEEWAY_SECONDS - 1)
  t.strictSame(refused(), BOTH, 'a token may be valid until then')
  advanceSeconds(1 + SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
  t.equal(list.size, 0)
  t.equal(time.timers, 0, 'and no timer is left')
})

t.test('the same entry with an earlier exp changes nothing', async (t) => {
  const { advanceSeconds, refused, deny } = setUp()
  for (const exp of [START + 1000, START + 100]) deny(exp)
  advanceSeconds(900)
  t.strictSame(refused(), BOTH)
})

t.test('AV5: a flood of expired entries takes up no more space than those of a minute', async (t) => {
  const { list, advanceSeconds } = setUp()
  for (let index = 1; index <= 2000; index++) {
    advanceSeconds(1)
    list.revokeSession({ sid: randomUUID(), exp: START + index })
  }
  t.ok(list.size <= 80, `${list.size}`)
})

t.test('expired entries are evicted in small parts, however many there are', async (t) => {
  const { list, advanceSeconds, time } = setUp()
  const count = 1_000_000
  for (let index = 0; index < count; index++) list.revokeSession({ sid: randomUUID(), exp: START + 10 })
  advanceSeconds(10 + CLOCK_LEEWAY_SECONDS - 1)
  const sizes = [list.size]
  while (list.size > 0) {
    time.advance(250)
    sizes.push(list.size)
  }
  const most = Math.max(...sizes.slice(1).map((size, index) => (sizes[index] ?? 0) - size))
  t.ok(most < 3 * count / SHARDS, `${most}`)
  t.ok(sizes.length <= SHARDS + 5, `${sizes.length} turns`)
})

t.test('a clock that jumps ahead and back evicts no entry', async (t) => {
  for (const isSynced of [true, false]) {
    const { advanceSeconds, refused, deny, setClock } = setUp({ isSynced })
    deny(START + 300)
    advanceSeconds(10)
    setClock(START + HOUR)
    advanceSeconds(SWEEP_SECONDS)
    setClock(START + 10 + SWEEP_SECONDS)
    advanceSeconds(20)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
  }
})

t.test('a clock that is ahead when an entry is added and corrected later evicts no entry', async (t) => {
  for (const isSynced of [true, false]) {
    const { advanceSeconds, refused, deny, setClock } = setUp({ isSynced, aheadSeconds: HOUR })
    deny(START + 300)
    advanceSeconds(200)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
    setClock(START + 200)
    advanceSeconds(90)
    t.strictSame(refused(), BOTH, `synced: ${isSynced}`)
  }
})

t.test('without the issuer\'s time an entry is evicted when every token must have expired', async (t) => {
  const { list, advanceSeconds, deny } = setUp({ isSynced: false, aheadSeconds: 20 * HOUR })
  deny(START + 300)
  advanceSeconds(HOUR)
  t.equal(list.size, 2)
  advanceSeconds(300)
  t.equal(list.size, 0)
})

t.test('a clock that is behind keeps entries for as long as it accepts their tokens', async (t) => {
  const { advanceSeconds, refused, deny, setClock } = setUp()
  deny(START + 300)
  advanceSeconds(60)
  setClock(START - HOUR)
  advanceSeconds(HOUR + 290)
  t.strictSame(refused(), BOTH)
  advanceSeconds(20 + SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
})

t.test('an issuer\'s clock that jumps ahead and back evicts no entry either', async (t) => {
  const { list, advanceSeconds, refused, deny } = setUp()
  deny(START + 300)
  advanceSeconds(10)
  list.observeTime((START + HOUR) * 1000)
  advanceSeconds(SWEEP_SECONDS)
  list.observeTime((START + 10 + SWEEP_SECONDS) * 1000)
  advanceSeconds(20)
  t.strictSame(refused(), BOTH)
})

t.test('a restored time stands still for expiry until the issuer\'s time is observed', async (t) => {
  const { list, advanceSeconds, refused, deny } = setUp({ isSynced: false, aheadSeconds: HOUR })
  list.restoreTime(START)
  deny(START + 300)
  t.equal(list.now, START)
  advanceSeconds(290)
  t.strictSame(refused(), BOTH)
  list.observeTime((START + 2 * HOUR) * 1000)
  advanceSeconds(SWEEP_SECONDS)
  t.strictSame(refused(), NEITHER)
})

t.test('a clock that was wrong once is forgotten after some hours', async (t) => {
  const { list, advanceSeconds, setClock, deny } = setUp()
  setClock(START - 10 * HOUR)
  deny(START + 300)
  advanceSeconds(60)
  setClock(START + 60)
  advanceSeconds(6 * HOUR)
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
  fc.record({ sub, before: seconds, exp: seconds }).map(({ sub, ...times }): Entry => (list) => list.requireRefresh({
    ...times, ...(sub !== undefined && { sub })
  })),
  fc.constantFrom('key-1', 'key-2').map((kid): Entry => (list) => list.revokeKey(kid))
)

/** The results for all combinations of ids, times and keys, before any entry expires. */
function findAllReasons (list: DenyList): Array<string | undefined> {
  return ['u1', 'u2', 'u3'].flatMap((id) =>
    ['s1', 's2', 's3'].flatMap((sessionId) => [999, 1000, 1030, 1050, 1099, 1100].flatMap((issuedAt) =>
      [KID, 'key-2', 'key-3'].map((kid) => list.findReason({ id, sessionId, issuedAt }, kid)))))
}

function listOf (entries: readonly Entry[]): DenyList {
  const list = createDenyList({ clock: () => 1_000_000 })
  for (const enter of entries) enter(list)
  return list
}

t.test('RS22: no entry makes a refused token valid again', async () => {
  fc.assert(fc.property(fc.array(entries, { maxLength: 12 }), fc.array(entries, { maxLength: 12 }), (first, then) => {
    const list = listOf(first)
    const before = findAllReasons(list)
    for (const enter of then) enter(list)
    const after = findAllReasons(list)
    return before.every((reason, index) => reason === undefined || after[index] !== undefined)
  }))
})

t.test('entries may be added in any order and number', async () => {
  fc.assert(fc.property(fc.array(entries, { maxLength: 12 }).chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([
    ...list, ...list
  ], { minLength: list.length * 2, maxLength: list.length * 2 }))), ([once, shuffled]) => {
    return JSON.stringify(findAllReasons(listOf(once))) === JSON.stringify(findAllReasons(listOf(shuffled)))
  }))
})
