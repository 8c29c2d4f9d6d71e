// Walks every state that one store of tokens and one session row can reach together, and looks for the honest being thrown out.
import type { RotationDecision, RotationTimings, RotationState } from '../../../src/sessions/rotation-policy.ts'

export type Rule = (rotation: RotationState, presented: number, timings: RotationTimings) => RotationDecision

/** What a store does with an answer that comes back. */
export type Store = (held: number, presented: number, received: number) => number

export const STORES: Record<string, Store> = {
  'keeps the last answer': (_held, _presented, received) => received,
  'keeps the newest': (held, _presented, received) => Math.max(held, received),
  'compares and swaps': (held, presented, received) => held === presented ? received : held
}

interface Refresh {
  presented: number
  /** Ticks since it was sent. */
  age: number
  /** What the server answered: a generation, 'retry', or nothing yet. */
  answer: number | 'retry' | undefined
}

interface World {
  session: RotationState
  held: number
  inFlight: Refresh[]
}

interface Step {
  what: string
  world: World | 'logged out'
}

export interface Verdict {
  states: number
  /** How the honest are thrown out, or undefined when they never are. */
  falseLogout: string[] | undefined
}

/** Two ticks to a round trip: enough for a request and its answer to be late by different amounts. */
export const TICKS: RotationTimings = { roundTripSeconds: 2, inFlightSeconds: 4, windowSeconds: 6 }

/**
 * @param rule the rule to check
 * @param store what the client does with an answer
 * @param maxInFlight how many refreshes may be under way at once
 * @returns how many states there are, and the shortest way to a false logout if there is one
 */
export function checkRotation (rule: Rule, store: Store, maxInFlight: number): Verdict {
  const start: World = { session: { currentGeneration: 1, parentGeneration: 0, ageSeconds: 0 }, held: 1, inFlight: [] }
  const cameFrom = new Map<string, { before: string, what: string } | undefined>([[keyOf(start), undefined]])
  let frontier = [start]
  while (frontier.length > 0) {
    const next: World[] = []
    for (const world of frontier) {
      for (const { what, world: after } of stepsFrom(world, rule, store, maxInFlight)) {
        if (after === 'logged out') return { states: cameFrom.size, falseLogout: [...wayTo(keyOf(world), cameFrom), what] }
        const key = keyOf(after)
        if (cameFrom.has(key)) continue
        cameFrom.set(key, { before: keyOf(world), what })
        next.push(after)
      }
    }
    frontier = next
  }
  return { states: cameFrom.size, falseLogout: undefined }
}

function * stepsFrom (world: World, rule: Rule, store: Store, maxInFlight: number): Generator<Step> {
  const { session, held, inFlight } = world
  yield { what: 'time passes', world: later(world) }
  if (inFlight.length < maxInFlight) {
    yield { what: `send ${held}`, world: { ...world, inFlight: [...inFlight, { presented: held, age: 0, answer: undefined }] } }
  }
  for (const refresh of inFlight) {
    const others = inFlight.filter((other) => other !== refresh)
    const { presented, answer } = refresh
    yield { what: `lose ${presented}`, world: { ...world, inFlight: others } }
    if (answer === undefined) {
      const { outcome, currentGeneration, parentGeneration, setsRotatedAt } = rule(session, presented, TICKS)
      if (outcome === 'reused' || outcome === 'from_future') {
        yield { what: `${presented} is ${outcome}`, world: 'logged out' }
      } else {
        const answered = { ...refresh, answer: outcome === 'retry' ? outcome : currentGeneration }
        yield {
          what: `${presented} is ${outcome}`,
          world: {
            session: { currentGeneration, parentGeneration, ageSeconds: setsRotatedAt ? 0 : session.ageSeconds },
            held,
            inFlight: [...others, answered]
          }
        }
      }
    } else {
      yield {
        what: `receive ${answer}`, world: { ...world, held: answer === 'retry' ? held : store(held, presented, answer), inFlight: others }
      }
    }
  }
}

/** Server and client give up on a refresh after a round trip. */
function later ({ session, held, inFlight }: World): World {
  return {
    session: { ...session, ageSeconds: session.ageSeconds + 1 },
    held,
    inFlight: inFlight.map((refresh) => ({ ...refresh, age: refresh.age + 1 })).filter(({ age }) => age <= TICKS.roundTripSeconds)
  }
}

/** The rule compares generations, so only their order counts; and how long ago all is settled does not. */
function keyOf ({ session: { currentGeneration, parentGeneration, ageSeconds }, held, inFlight }: World): string {
  const generations = [
    currentGeneration, parentGeneration, held,
    ...inFlight.flatMap(({ presented, answer }) => typeof answer === 'number' ? [presented, answer] : [presented])
  ]
  const order = [...new Set(generations)].sort((one, other) => one - other)
  const rank = (generation: number) => order.indexOf(generation)
  const refreshes = inFlight.map(({ presented, age, answer }) =>
    `${rank(presented)},${age},${typeof answer === 'number' ? rank(answer) : answer ?? ''}`)
  return [
    rank(currentGeneration), rank(parentGeneration), Math.min(ageSeconds, TICKS.windowSeconds + TICKS.inFlightSeconds + 1), rank(held),
    ...refreshes.sort()
  ].join(' ')
}

function wayTo (key: string, cameFrom: Map<string, { before: string, what: string } | undefined>): string[] {
  const step = cameFrom.get(key)
  return step === undefined ? [] : [...wayTo(step.before, cameFrom), step.what]
}
