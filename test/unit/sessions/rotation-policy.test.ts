import t from 'tap'
import { decideRotation, toRotationTimings, type RotationOutcome } from '../../../src/sessions/rotation-policy.ts'
import { STORES, checkRotation, type Rule } from './rotation-checker.ts'
import { simulateLife, type Habit } from './thief-simulation.ts'

const timings = toRotationTimings(30)
const HOUR = 3600

t.test('the times of the rule follow from the window', async (t) => {
  t.strictSame(toRotationTimings(30), { windowSeconds: 30, inFlightSeconds: 20, roundTripSeconds: 10 })
})

t.test('RS1: every state has its answer', async (t) => {
  const rotates = (outcome: RotationOutcome, parentGeneration: number, currentGeneration: number) =>
    ({ outcome, parentGeneration, currentGeneration, setsRotatedAt: true })
  const unchanged = (outcome: RotationOutcome) => ({ outcome, parentGeneration: 5, currentGeneration: 8, setsRotatedAt: false })
  // The session: parent 5, current 8, so that 6 and 7 were skipped.
  const table: Array<[presented: number, ageSeconds: number, ReturnType<Rule>]> = [
    [10, 0, unchanged('from_future')],
    [10, 9999, unchanged('from_future')],
    [9, 0, rotates('rotated', 9, 10)],
    [9, 9999, rotates('rotated', 9, 10)],
    [8, 0, unchanged('replayed')],
    [8, 30, unchanged('replayed')],
    [8, 30.1, rotates('rotated', 8, 9)],
    [8, 9999, rotates('rotated', 8, 9)],
    [7, 30, unchanged('replayed')],
    [7, 30.1, unchanged('reused')],
    [6, 0, unchanged('replayed')],
    [6, 9999, unchanged('reused')],
    [5, 0, unchanged('replayed')],
    [5, 30, unchanged('replayed')],
    [5, 30.1, unchanged('retry')],
    [5, 50, unchanged('retry')],
    [5, 50.1, rotates('recovered', 5, 9)],
    [5, 9999, rotates('recovered', 5, 9)],
    [4, 0, unchanged('retry')],
    [4, 20, unchanged('retry')],
    [4, 20.1, unchanged('reused')],
    [4, 9999, unchanged('reused')]
  ]
  for (const [presented, ageSeconds, decision] of table) {
    t.strictSame(
      decideRotation({ currentGeneration: 8, parentGeneration: 5, ageSeconds }, presented, timings),
      decision,
      `generation ${presented} at ${ageSeconds} s`
    )
  }
})

t.test('RS4: no interleaving, loss or delay throws out the honest', async (t) => {
  for (const [name, store] of Object.entries(STORES)) {
    const { states, falseLogout } = checkRotation(decideRotation, store, 3)
    t.equal(falseLogout, undefined, `a store that ${name}`)
    t.ok(states > 5000, `${states} states were walked`)
  }
})

const mutants: Record<string, Rule> = {
  'without the 503': (rotation, presented, timings) => {
    const decision = decideRotation(rotation, presented, timings)
    return decision.outcome === 'retry' && presented < rotation.parentGeneration ? { ...decision, outcome: 'reused' } : decision
  },
  'with a 503 that ends too early': (rotation, presented, timings) => decideRotation(rotation, presented, {
    ...timings, inFlightSeconds: timings.roundTripSeconds - 1
  }),
  'with single use': (rotation, presented, timings) => {
    const decision = decideRotation(rotation, presented, timings)
    return presented === rotation.currentGeneration ? decision : { ...decision, outcome: 'reused' }
  },
  'without recovery': (rotation, presented, timings) => {
    const decision = decideRotation(rotation, presented, timings)
    return decision.outcome === 'recovered' ? { ...decision, outcome: 'reused' } : decision
  }
}

for (const [name, rule] of Object.entries(mutants)) {
  t.test(`the same walk finds how a rule ${name} throws out the honest`, async (t) => {
    for (const store of Object.values(STORES)) t.ok(checkRotation(rule, store, 3).falseLogout)
  })
}

const thieves: Array<[name: string, habit: Habit, caughtWithin: number]> = [
  ['polls fast', { pause: () => 40 }, HOUR],
  ['polls without a pause', { pause: () => 1 }, HOUR],
  ['behaves like a client', { pause: (random) => 300 * (0.5 + 0.4 * random()) }, HOUR],
  ['polls slowly', { pause: () => 2 * HOUR }, 3 * HOUR],
  ['sleeps for a day', { pause: () => 24 * HOUR }, 25 * HOUR],
  ['replays the stolen token', { pause: () => 60, keepsUp: false }, HOUR],
  ['comes right after the victim, and then at times of their own', { pause: (random) => 20 + 400 * random() }, HOUR]
]

for (const [name, habit, caughtWithin] of thieves) {
  t.test(`a thief who ${name} is caught`, async (t) => {
    t.ok(slowestCatch(habit) <= caughtWithin)
  })
}

t.test('a thief who comes within the window of every refresh of the victim is not promised to be caught', async (t) => {
  t.equal(slowestCatch({ pause: () => Infinity, shadowsAfter: 5 }), Infinity)
})

function slowestCatch (thief: Habit): number {
  let slowest = 0
  for (let seed = 1; seed <= 500; seed++) {
    slowest = Math.max(slowest, simulateLife({ seed, timings, accessTtlSeconds: 300, thief, seconds: 30 * 24 * HOUR }) ?? Infinity)
  }
  return slowest
}

t.test('a session that nobody shares is never revoked', async (t) => {
  for (let seed = 1; seed <= 100; seed++) {
    t.equal(simulateLife({ seed, timings, accessTtlSeconds: 300, thief: undefined, seconds: 30 * 24 * HOUR }), undefined)
  }
})
