import fc from 'fast-check'
import t from 'tap'
import { planFirstKeys, planRotation } from '../../../src/keys/plans.ts'
import { maxAgeAt, publishedKeysAt, signingKeyAt, toTiming, VERIFIES_FOR_MS, type TimedKey } from '../../../src/keys/schedule.ts'
import { findFault, scenario, runScenario } from './schedule-scenarios.ts'

const DAY = 86_400

t.test('KY4: the timing of a rotation follows from the rotation interval', async (t) => {
  t.strictSame(toTiming(30 * DAY), { intervalMs: 30 * DAY * 1000, maxAgeSeconds: 300, leadMs: 310_000, propagationMs: 2000 })
  t.strictSame(toTiming(60), { intervalMs: 60_000, maxAgeSeconds: 15, leadMs: 22_500, propagationMs: 2000 })
  t.strictSame(toTiming(4), { intervalMs: 4000, maxAgeSeconds: 1, leadMs: 1500, propagationMs: 500 })
  t.equal(VERIFIES_FOR_MS, 3_900_000)
})

t.test('TF13, KY4: in every scenario one known key signs, tokens stay valid, and there is a standby', async (t) => {
  fc.assert(fc.property(scenario, (given) => {
    const fault = findFault(runScenario(given))
    if (fault !== undefined) throw new Error(fault)
  }), { numRuns: 500 })
})

const mutants = {
  'with no lead': { leadMs: 0 },
  'with a lead that leaves no time for the feed': { leadMs: toTiming(30 * DAY).maxAgeSeconds * 1000 - 1000 },
  'that does not wait for all instances in an emergency': { propagationMs: 0 }
}

for (const [name, timing] of Object.entries(mutants)) {
  t.test(`a rotation ${name} is detected as faulty`, async (t) => {
    const { failed } = fc.check(fc.property(scenario, (given) => findFault(runScenario(given, timing)) === undefined), { numRuns: 2000 })
    t.equal(failed, true)
  })
}

t.test('rotations on time create one key per period, and no cached JWKS outlives the next change', async (t) => {
  fc.assert(fc.property(fc.integer({ min: 60, max: 30 * DAY }), fc.array(
    fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 12 }
  ), (rotationSeconds, delays) => {
    const timing = toTiming(rotationSeconds)
    const options = { algorithm: 'ES256' as const, timing }
    let made = 0
    const take = () => ({ kid: String(made++), algorithm: 'ES256' as const })
    let keys: readonly TimedKey[] = planFirstKeys([], 0, take)
    delays.forEach((delay, period) => {
      const before = keys
      const due = (period + 1) * timing.intervalMs - timing.leadMs
      if (planRotation(options)(keys, due - 1, take) !== keys) throw new Error('the rotation came too early')
      const now = due + delay * timing.propagationMs
      keys = planRotation(options)(keys, now, take)
      if (planRotation(options)(keys, now + 1, take) !== keys) throw new Error('the rotation came twice')
      if (made !== period + 3) throw new Error(`${made} keys in period ${period}`)
      if (signingKeyAt(keys, (period + 1) * timing.intervalMs)?.kid !== String(period + 1)) {
        throw new Error('the next one does not sign in time')
      }
      for (const share of delays) {
        const asked = Math.max(0, due - share * timing.leadMs * 2)
        const kept = maxAgeAt(before, { asOf: asked, now: asked, timing }) * 1000
        const gone = (moment: number) => publishedKeysAt(before, moment).length
        if (kept > timing.maxAgeSeconds * 1000 || asked + kept > due || gone(asked) !== gone(asked + kept - 1)) {
          throw new Error(`a copy of ${asked} is kept for ${kept} ms`)
        }
      }
    })
  }))
})

t.test('max-age shrinks while an instance cannot read the database', async (t) => {
  const timing = toTiming(30 * DAY)
  const keys = planFirstKeys([], 0, (() => { let made = 0; return () => ({ kid: String(made++), algorithm: 'ES256' as const }) })())
  const maxAges = [0, 9, 11, 100, 309, 311, 9999].map((seconds) => maxAgeAt(keys, { asOf: 1000, now: 1000 + seconds * 1000, timing }))
  t.strictSame(maxAges, [300, 300, 299, 210, 1, 0, 0])
})
