import fc from 'fast-check'
import t from 'tap'
import { TokenBuckets } from '../../../src/sessions/limits.ts'

t.test('so many at once, then so many a second, each bucket for itself', async (t) => {
  const buckets = new TokenBuckets({ burst: 3, perSecond: 2 })
  const take = (key: string, nowMs: number) => buckets.take(key, nowMs)
  t.strictSame([1, 2, 3].map(() => take('a', 1000)), [0, 0, 0])
  t.equal(take('a', 1000), 0.5, 'it says when there will be one')
  t.equal(take('a', 1000), 0.5, 'and who asks too often does not make it longer')
  t.equal(take('b', 1000), 0)
  t.equal(take('a', 1400), 0.1)
  t.equal(take('a', 1500), 0)
  t.equal(take('a', 1500), 0.5)
  t.strictSame([1, 2, 3, 4].map(() => take('a', 9000) > 0), [false, false, false, true], 'it is full again, and no fuller')
})

t.test('whoever comes when he may gets no more than the burst and the rate, and whoever comes slower is never sent away', async (t) => {
  const limits = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perSecond: fc.integer({ min: 1, max: 50 }) })
  const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 })
  fc.assert(fc.property(limits, pauses, (limit, pausesMs) => {
    const buckets = new TokenBuckets(limit)
    let nowMs = 0
    let taken = 0
    for (const pauseMs of pausesMs) {
      nowMs += pauseMs
      if (buckets.take('a', nowMs) === 0) taken++
      if (taken > limit.burst + nowMs / 1000 * limit.perSecond + 0.1) return false
    }
    const later = nowMs + 1_000_000
    return pausesMs.every((_, index) => buckets.take('a', later + index * Math.ceil(1000 / limit.perSecond)) === 0)
  }))
})

t.test('no more keys are kept than was said, and those that come again are', async (t) => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0.001 }, 100)
  t.equal(buckets.take('a', 0), 0)
  for (let key = 0; key < 40; key++) buckets.take(`key ${key}`, 0)
  t.ok(buckets.take('a', 0) > 0)
  for (let key = 0; key < 1000; key++) buckets.take(`another ${key}`, 0)
  t.equal(buckets.take('a', 0), 0, 'one that was long forgotten is taken for full')
})

t.test('one that is given back is as if it had never been taken, and full buckets are not kept', async (t) => {
  const buckets = new TokenBuckets({ burst: 2, perSecond: 0.5 }, 4)
  t.strictSame([1, 2, 3].map(() => buckets.take('a', 0)), [0, 0, 2])
  buckets.refund('a', 100)
  t.strictSame([1, 2].map(() => buckets.take('a', 100)), [0, 1.9])
  for (let turn = 0; turn < 5; turn++) buckets.refund('a', 100)
  t.strictSame([1, 2, 3].map(() => buckets.take('a', 100)), [0, 0, 2], 'never more than full')
  for (let key = 0; key < 100; key++) {
    buckets.take(`guess ${key}`, 100)
    buckets.refund(`guess ${key}`, 101)
  }
  t.ok(buckets.take('a', 101) > 0, 'who only guesses pushes nobody out')
})

t.test('in any order of takes and refunds no more are out at once than the burst, but for what time has filled', async (t) => {
  const steps = fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 400 }), isRefund: fc.boolean() }), { minLength: 1, maxLength: 200 })
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), steps, (burst, all) => {
    const buckets = new TokenBuckets({ burst, perSecond: 1 })
    let nowMs = 0
    let kept = 0
    // Those that may still be given back: taken less than a second ago, as a hash takes.
    let recent: number[] = []
    for (const { pauseMs, isRefund } of all) {
      nowMs += pauseMs
      recent = recent.filter((takenMs) => nowMs - takenMs < 1000)
      if (isRefund && recent.length > 0) {
        recent.shift()
        buckets.refund('a', nowMs)
        kept--
      } else if (buckets.take('a', nowMs) === 0) {
        recent.push(nowMs)
        kept++
      }
      if (kept > burst + nowMs / 1000 + 0.1) return false
    }
    return true
  }))
})

t.test('one that is empty, and is asked for all the time, is not forgotten for all the others that come', async (t) => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0.001 }, 100)
  t.equal(buckets.take('a', 0), 0)
  for (let key = 0; key < 1000; key++) {
    buckets.take(`another ${key}`, 0)
    if (key % 10 === 0) t.ok(buckets.take('a', 0) > 0)
  }
})

t.test('after a day of keys that come once, there is room for those that come again', async (t) => {
  const buckets = new TokenBuckets({ burst: 2, perSecond: 1 }, 100)
  let sentAway = 0
  for (let second = 0; second < 86_400; second += 10) {
    for (let key = 0; key < 40; key++) buckets.take(`${second} ${key}`, second * 1000)
    if (buckets.take('steady', second * 1000) > 0) sentAway++
  }
  t.equal(sentAway, 0)
  t.strictSame([1, 2, 3].map(() => buckets.take('steady', 86_400_000) > 0), [false, false, true])
})
