import fc from 'fast-check'
import t from 'tap'
import {
  decideAttempt, toThrottleLimits, toThresholds, refundAttempt, type Counter, type AttemptLimit
} from '../../../src/throttle/policy.ts'

const SECOND = 1000

t.test('AB1: the limits are the documented ones', async (t) => {
  const table: Array<[name: string, limit: AttemptLimit, free: number, waits: number[]]> = [
    ['account and address', toThrottleLimits(10).login[0], 10, [6, 12, 24, 48, 96, 192, 384, 768]],
    ['address', toThrottleLimits(10).login[1], 50, [6, 12, 24, 48, 60, 60, 60]],
    ['account', toThrottleLimits(10).login[2], 100, [6, 12, 24, 48, 96, 192, 300, 300, 300]],
    ['register', toThrottleLimits(10).registration[0], 10, [6, 12, 24, 48, 60, 60, 60]],
    ['set a password', toThrottleLimits(10).administration[0], 1000, [6, 12, 24, 48, 60, 60, 60]],
    ['the slowest', toThrottleLimits(1).login[0], 1, [60, 120, 240, 480, 900]],
    ['another rate', toThrottleLimits(30).login[1], 150, [2, 4, 8, 16, 20, 20]]
  ]
  for (const [name, limit, free, waits] of table) {
    const { passed, waited } = attemptAsTold(limit, free + waits.length)
    t.equal(passed, free, `${name}: free attempts`)
    t.strictSame(waited.slice(0, waits.length), waits.map((seconds) => seconds * SECOND), `${name}: waits`)
  }
})

t.test('AB2: an attacker who always waits as told has 96 guesses a day in the long run', async (t) => {
  const { waited } = attemptAsTold(toThrottleLimits(10).login[0], 300)
  t.equal(waited.at(-1), 900 * SECOND)
})

// Small numbers, some of them coprime.
const anyLimit = fc.record({
  free: fc.integer({ min: 1, max: 6 }), firstWaitMs: fc.integer({ min: 1, max: 50 }), factor: fc.integer({ min: 1, max: 40 })
}).map(({ free, firstWaitMs, factor }): AttemptLimit => ({
  name: 'any', free, firstWaitMs, longestWaitMs: firstWaitMs * factor, exemptKnownAddress: false
}))
const anyPauses = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 })

t.test('the free attempts pass at once, and no more', async () => {
  fc.assert(fc.property(anyLimit, fc.integer({ min: 0, max: 10 ** 9 }), (limit, now) => {
    let counter: Counter | undefined
    let passed = 0
    for (let attempt = 0; attempt < 50; attempt++) {
      const decision = decideAttempt(limit, counter, now)
      if (decision.waitMs === 0) passed++
      counter = decision.counter
    }
    return passed === limit.free
  }))
})

t.test('whatever the timing, the total of allowed attempts is bounded', async () => {
  fc.assert(fc.property(anyLimit, anyPauses, (limit, pauses) => {
    const { passed, elapsed } = attemptAfter(limit, pauses)
    return passed <= toThresholds(limit).maxDecayMs / toThresholds(limit).attemptDecayMs + 1 + Math.ceil(elapsed / limit.longestWaitMs)
  }), { numRuns: 2000 })
})

t.test('after the wait an attempt passes, one millisecond earlier it does not, and a blocked attempt changes nothing', async () => {
  fc.assert(fc.property(anyLimit, anyPauses, (limit, pauses) => {
    const { counter, now } = attemptAfter(limit, pauses)
    const { waitMs, counter: after } = decideAttempt(limit, counter, now)
    if (waitMs === 0) return true
    return waitMs <= limit.longestWaitMs && after === counter &&
      decideAttempt(limit, counter, now + waitMs).waitMs === 0 && decideAttempt(limit, counter, now + waitMs - 1).waitMs === 1
  }), { numRuns: 2000 })
})

t.test('AB3: waits grow while attempts follow at once', async () => {
  fc.assert(fc.property(anyLimit, (limit) => {
    const { waited } = attemptAsTold(limit, 100)
    return waited.every((wait, index) => index === 0 || wait >= (waited[index - 1] ?? 0)) && waited.at(-1) === limit.longestWaitMs
  }))
})

t.test('after the longest decay nothing is left', async () => {
  fc.assert(fc.property(anyLimit, anyPauses, (limit, pauses) => {
    const { counter, now } = attemptAfter(limit, pauses)
    const decayMs = toThresholds(limit).maxDecayMs
    const { counter: fresh } = decideAttempt(limit, undefined, now + decayMs)
    const { counter: rested } = decideAttempt(limit, counter, now + decayMs)
    return rested?.decayedAt === fresh?.decayedAt
  }))
})

t.test('a refunded attempt leaves no trace', async () => {
  fc.assert(fc.property(anyLimit, anyPauses, (limit, pauses) => {
    let counter: Counter | undefined
    let now = 0
    for (const pause of pauses) {
      now += pause
      const { counter: counted, waitMs } = decideAttempt(limit, counter, now)
      if (waitMs > 0 || counted === undefined) return false
      counter = refundAttempt(limit, counted)
    }
    return true
  }))
})

t.test('F7: a clock that is set back blocks nobody who was not blocked', async (t) => {
  const limit = toThrottleLimits(10).login[0]
  const { counter } = decideAttempt(limit, undefined, 100 * SECOND)
  t.equal(decideAttempt(limit, counter, 0).waitMs, 0)
})

/** Makes attempts, each as soon as it is allowed, and collects the waits. */
function attemptAsTold (limit: AttemptLimit, attempts: number): { passed: number, waited: number[] } {
  const waited: number[] = []
  let [now, passed] = [0, 0]
  let counter: Counter | undefined
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { waitMs } = decideAttempt(limit, counter, now)
    if (waitMs > 0) waited.push(waitMs)
    else if (waited.length === 0) passed++
    now += waitMs
    counter = decideAttempt(limit, counter, now).counter
  }
  return { passed, waited }
}

function attemptAfter (
  limit: AttemptLimit, pauses: number[]
): { counter: Counter | undefined, passed: number, now: number, elapsed: number } {
  let [now, passed] = [0, 0]
  let counter: Counter | undefined
  for (const pause of pauses) {
    now += pause
    const decision = decideAttempt(limit, counter, now)
    if (decision.waitMs === 0) passed++
    counter = decision.counter
  }
  return { counter, passed, now, elapsed: now - (pauses[0] ?? 0) }
}
