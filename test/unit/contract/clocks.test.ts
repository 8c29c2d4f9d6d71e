import t from 'tap'
import { ClockSkew, type SkewSide } from '../../../src/contract/clocks.ts'

const ISSUERS = 1_800_000_000_000

t.test('a clock is off where it leaves no doubt: 5 s ahead, or 2 s behind, for an iat may be 3 s ahead itself', async (t) => {
  const cases: Array<[name: string, aheadMs: number, maxAgeMs: number, side: SkewSide]> = [
    ['the same', 0, 0, 'none'],
    ['a minute behind', -60_000, 10, 'behind'],
    ['400 s ahead', 400_000, 10, 'ahead'],
    ['just within, ahead', 5000, 0, 'none'],
    ['just past, ahead', 5001, 0, 'ahead'],
    ['just within, behind', -2000, 0, 'none'],
    ['just past, behind', -2001, 0, 'behind'],
    ['an answer that took long says nothing about ahead', 9000, 4000, 'none'],
    ['unless it is more than it took', 9001, 4000, 'ahead'],
    ['nor does it hide that it is behind', -2001, 30_000, 'behind']
  ]
  for (const [name, aheadMs, maxAgeMs, side] of cases) {
    const skew = new ClockSkew()
    t.equal(skew.seconds, undefined)
    t.equal(skew.observe({ ours: ISSUERS + aheadMs, issuers: ISSUERS, maxAgeMs }), side !== 'none', name)
    t.equal(skew.side, side, name)
    t.equal(skew.seconds, (aheadMs - maxAgeMs / 2) / 1000, name)
  }
})

t.test('a change is told once, and a comparison in doubt changes nothing', async (t) => {
  const skew = new ClockSkew()
  const observe = (aheadMs: number, maxAgeMs = 0) => [skew.observe({ ours: ISSUERS + aheadMs, issuers: ISSUERS, maxAgeMs }), skew.side]
  t.strictSame(observe(-60_000), [true, 'behind'])
  t.strictSame(observe(-60_000), [false, 'behind'])
  t.strictSame(observe(2000, 10_000), [false, 'behind'], 'it may be 8 s behind, and 2 s ahead')
  t.strictSame(observe(0), [true, 'none'])
  t.strictSame(observe(12_000, 10_000), [false, 'none'])
  t.strictSame(observe(400_000), [true, 'ahead'])
  t.strictSame(observe(-60_000), [true, 'behind'])
})
