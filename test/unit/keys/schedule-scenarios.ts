// Random scenarios of a keyring, and the faults that a holder of a token or of a copy of the JWKS must never see.
import fc from 'fast-check'
import { MAX_ACCESS_TTL_SECONDS, type Algorithm } from '../../../src/contract/index.ts'
import {
  inSequence, isRevoked, planAlgorithm, planFirstKeys, planEarlyRotation, planRevocation, planRotation, type Plan
} from '../../../src/keys/plans.ts'
import {
  isTrusted, maxAgeAt, nextRotationAt, publishedKeysAt, scheduledKeys, signingKeyAt, successorsAt, toTiming, type TimedKey, type Timing
} from '../../../src/keys/schedule.ts'

export type Action =
  | { do: 'run due rotation' }
  | { do: 'rotate' }
  | { do: 'revoke', which: 'signing' | 'next' | 'old' | 'all', useStandby: boolean }
  | { do: 'restart', algorithm: Algorithm }

/** How long nothing happens: a moment, until shortly after the next rotation is due, or an outage. */
export type Wait = { of: 'propagation' | 'lead' | 'interval', times: number } | { of: 'due', times: number }

export interface Scenario {
  rotationSeconds: number
  events: Array<{ wait: Wait, action: Action }>
}

/** The timetable from one moment on. */
interface Revision {
  from: number
  keys: readonly TimedKey[]
  cause: Action['do'] | 'begin'
}

export interface History {
  timing: Timing
  revisions: Revision[]
}

const START = 1_700_000_000_000
const TOKEN_LIFETIME_MS = (MAX_ACCESS_TTL_SECONDS + 5) * 1000
/** How long an instance may not know of a change of the timetable. */
const STALE_MS = 60_000

const times = fc.double({ min: 0, max: 3, noNaN: true })
const wait: fc.Arbitrary<Wait> = fc.record({
  of: fc.constantFrom('propagation' as const, 'lead' as const, 'interval' as const, 'due' as const, 'due' as const), times
})
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'run due rotation' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'rotate' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      which: fc.constantFrom('signing' as const, 'next' as const, 'old' as const, 'all' as const),
      useStandby: fc.boolean()
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('restart' as const), algorithm: fc.constantFrom('ES256' as const, 'EdDSA' as const, 'RS256' as const)
    })
  }
)

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  rotationSeconds: fc.oneof(fc.integer({ min: 60, max: 600 }), fc.integer({ min: 3600, max: 30 * 86_400 })),
  events: fc.array(fc.record({ wait, action }), { minLength: 1, maxLength: 14 })
})

/**
 * Runs a scenario.
 *
 * @param planTiming for mutants: the timing that the plans use
 */
export function runScenario ({ rotationSeconds, events }: Scenario, planTiming: Partial<Timing> = {}): History {
  const timing = toTiming(rotationSeconds)
  const revisions: Revision[] = []
  let algorithm: Algorithm = 'ES256'
  let keys: readonly TimedKey[] = []
  let now = START
  let created = 0

  apply(planFirstKeys, 'begin')
  for (const { wait, action } of events) {
    now += Math.round(toDurationMs(wait))
    act(action)
  }
  return { timing, revisions }

  function act (action: Action): void {
    const options = { algorithm, timing: { ...timing, ...planTiming } }
    switch (action.do) {
      case 'run due rotation': return apply(inSequence(planFirstKeys, planRotation(options)), action.do)
      case 'rotate': return apply(planEarlyRotation(options), action.do)
      case 'revoke': {
        const kids = new Set(selectKids(action.which))
        const avoided = new Set(action.useStandby ? [] : keys.map(({ kid }) => kid))
        return revoke(kids, planRevocation(kids, { ...options, avoided }))
      }
      case 'restart':
        algorithm = action.algorithm
        return apply(inSequence(planFirstKeys, planAlgorithm({ ...options, algorithm })), action.do)
    }
  }

  /** Repeats the plan until it is carried out, a little later each time. */
  function revoke (kids: ReadonlySet<string>, plan: Plan): void {
    apply(plan, 'revoke')
    while (!isRevoked(keys, kids)) {
      now += Math.round(timing.propagationMs / 8)
      apply(plan, 'revoke')
    }
  }

  function selectKids (which: 'signing' | 'next' | 'old' | 'all'): string[] {
    const signing = signingKeyAt(keys, now)
    const next = successorsAt(keys, now)
    const victims = {
      signing: [signing],
      next: next.slice(0, 1),
      old: keys.filter((key) => isTrusted(key) && key !== signing && !next.includes(key)).slice(0, 1),
      all: keys.filter(isTrusted)
    }[which]
    return victims.flatMap((key) => key?.kid ?? [])
  }

  function apply (plan: Plan, cause: Revision['cause']): void {
    const next = plan(keys, now, () => ({ kid: `key ${++created}`, algorithm }))
    if (next !== keys) revisions.push({ from: now, keys: next, cause })
    keys = next
  }

  function toDurationMs ({ of, times }: Wait): number {
    if (of === 'due') return Math.max(0, nextRotationAt(keys, timing) - now) + times * timing.propagationMs
    return times * { propagation: timing.propagationMs, lead: timing.leadMs, interval: timing.intervalMs }[of]
  }
}

/**
 * Checks a history at every moment at which something may change.
 *
 * @returns the first fault
 */
export function findFault (history: History): string | undefined {
  const instants = listInstants(history)
  for (const now of instants) {
    const fault = findFaultAt(history, now) ?? findTokenFault(history, instants, now, 0) ?? findTokenFault(history, instants, now, STALE_MS)
    if (fault !== undefined) return `${fault} at ${now - START} ms`
  }
  return findUnannouncedKey(history, instants)
}

function findFaultAt (history: History, now: number): string | undefined {
  const { keys } = revisionAt(history, now)
  const signing = signingKeyAt(keys, now)
  if (signing === undefined || (signing.signsFrom ?? Infinity) > now) return 'no key signs'
  if (!publishedKeysAt(keys, now).includes(signing)) return 'the key that signs is not published'
  const from = signing.signsFrom ?? 0
  const others = scheduledKeys(keys).filter((key) => isTrusted(key) && key !== signing && key.signsFrom <= now && key.signsFrom >= from)
  if (others.length > 0) return 'two keys sign'
  if (!successorsAt(keys, now).some((key) => publishedKeysAt(keys, now).includes(key))) return 'there is no published standby'
  return undefined
}

/** A token that is signed now, by an instance that may not know of recent changes, must stay valid for its lifetime. */
function findTokenFault (history: History, instants: readonly number[], now: number, staleMs: number): string | undefined {
  const { kid } = signingKeyAt(revisionAt(history, now - staleMs).keys, now) ?? {}
  for (const later of [now, ...instants.filter((instant) => instant > now && instant < now + TOKEN_LIFETIME_MS), now + TOKEN_LIFETIME_MS]) {
    const { keys } = revisionAt(history, later)
    const key = keys.find((key) => key.kid === kid)
    if (key !== undefined && !isTrusted(key)) return undefined
    if (key === undefined || !publishedKeysAt(keys, later).includes(key)) {
      return `a token is rejected ${later - now} ms after it was signed by ${kid}`
    }
  }
  return undefined
}

/** Every verifier must know a key before the key signs: by the JWKS, or by the feed. */
function findUnannouncedKey (history: History, instants: readonly number[]): string | undefined {
  const { timing } = history
  for (const { kid, signsFrom, cause, publishedAt } of listFirstUses(history)) {
    // In an emergency verifiers fetch an unknown key; all instances must have it by then.
    const isKnown = cause === 'begin' || signsFrom - publishedAt >= timing.propagationMs
    if (cause === 'begin' || cause === 'revoke') {
      if (!isKnown) return `${kid} replaces another key ${signsFrom - publishedAt} ms after it was published`
      continue
    }
    for (const fetchedAt of instants.filter((instant) => instant < signsFrom)) {
      for (const staleMs of [0, timing.propagationMs]) {
        const asOf = fetchedAt - staleMs
        const { keys } = revisionAt(history, asOf)
        if (publishedKeysAt(keys, fetchedAt).some((key) => key.kid === kid)) continue
        const heldUntil = fetchedAt + maxAgeAt(keys, { asOf, now: fetchedAt, timing }) * 1000
        const feedMs = staleMs === 0 ? timing.leadMs - timing.maxAgeSeconds * 1000 : 0
        if (heldUntil + feedMs > signsFrom) {
          return `${kid} signs ${heldUntil + feedMs - signsFrom} ms before a cached JWKS without it expires`
        }
      }
    }
  }
  return undefined
}

interface FirstUse {
  kid: string
  publishedAt: number
  signsFrom: number
  cause: Revision['cause']
}

/** When each key began to sign, and the cause. */
function listFirstUses ({ revisions }: History): FirstUse[] {
  const found = new Map<string, FirstUse>()
  revisions.forEach(({ keys, from }, index) => {
    const until = revisions[index + 1]?.from ?? Infinity
    for (const { kid, signsFrom, publishedAt, revokedAt } of keys) {
      if (signsFrom === undefined || signsFrom >= until || signsFrom < from || revokedAt !== undefined || found.has(kid)) continue
      found.set(kid, { kid, publishedAt, signsFrom, cause: findCause(revisions, kid, signsFrom) })
    }
  })
  return [...found.values()]
}

/** The cause of the first revision with this time. */
function findCause (revisions: readonly Revision[], kid: string, signsFrom: number): Revision['cause'] {
  return revisions.find(({ keys }) => keys.some((key) => key.kid === kid && key.signsFrom === signsFrom))?.cause ?? 'begin'
}

function revisionAt ({ revisions }: History, now: number): Revision {
  const revision = revisions.findLast(({ from }) => from <= now) ?? revisions[0]
  if (revision === undefined) throw new Error('the history is empty')
  return revision
}

/** The moments around which something changes. */
function listInstants ({ revisions, timing }: History): number[] {
  const moments = revisions.flatMap(({ from, keys }) => [
    from,
    ...keys.flatMap(({ publishedAt, signsFrom, verifiesUntil }) => [publishedAt, signsFrom ?? publishedAt, verifiesUntil ?? publishedAt])
  ])
  const end = Math.max(...revisions.map(({ from }) => from)) + timing.intervalMs
  const around = moments.flatMap((moment) => [moment - 1, moment, moment + 1, moment + timing.propagationMs, moment + 1000])
  return [...new Set(around)].filter((instant) => instant >= START && instant <= end).sort((a, b) => a - b)
}
