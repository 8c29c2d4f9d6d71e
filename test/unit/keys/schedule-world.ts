// Lives of a keyring: whatever happens to it, and what must never be seen by those who hold a copy of its keys or a token.
import fc from 'fast-check'
import { MAX_ACCESS_TTL_SECONDS, type Algorithm } from '../../../src/contract/index.ts'
import { inSequence, isRevoked, planAlgorithm, planFirstKeys, planEarlyRotation, planRevocation, planRotation, type Plan } from '../../../src/keys/plans.ts'
import { nextRotationAt, isTrusted, maxAgeAt, publishedKeysAt, signingKeyAt, successorsAt, toTiming, type TimedKey, type Timing } from '../../../src/keys/schedule.ts'

export type Deed =
  /** The keeper looks whether something is due. */
  | { do: 'keep up' }
  | { do: 'rotate' }
  | { do: 'revoke', which: 'signing' | 'next' | 'old' | 'all' }
  | { do: 'restart', algorithm: Algorithm }

/** How long nothing happens: a moment, until the next rotation is due and a little longer, or an outage. */
export type Wait = { of: 'settle' | 'lead' | 'interval', times: number } | { of: 'due', times: number }

export interface Life {
  rotationSeconds: number
  events: Array<{ wait: Wait, deed: Deed }>
}

/** From `from` on the table holds these keys. */
interface Chapter {
  from: number
  keys: readonly TimedKey[]
  cause: Deed['do'] | 'begin'
}

export interface History {
  timing: Timing
  chapters: Chapter[]
}

const BEGINNING = 1_700_000_000_000
const TOKEN_LIFE_MS = (MAX_ACCESS_TTL_SECONDS + 5) * 1000
/** So long may an instance not have heard of a change of the timetable. */
const STALE_MS = 60_000

const times = fc.double({ min: 0, max: 3, noNaN: true })
const wait: fc.Arbitrary<Wait> = fc.record({ of: fc.constantFrom('settle' as const, 'lead' as const, 'interval' as const, 'due' as const, 'due' as const), times })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'keep up' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'rotate' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke' as const), which: fc.constantFrom('signing' as const, 'next' as const, 'old' as const, 'all' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), algorithm: fc.constantFrom('ES256' as const, 'EdDSA' as const, 'RS256' as const) }) }
)

export const life: fc.Arbitrary<Life> = fc.record({
  rotationSeconds: fc.oneof(fc.integer({ min: 60, max: 600 }), fc.integer({ min: 3600, max: 30 * 86_400 })),
  events: fc.array(fc.record({ wait, deed }), { minLength: 1, maxLength: 14 })
})

/**
 * Lives a life.
 *
 * @param planTiming what plans are made with, for mutants that are in too much of a hurry
 */
export function live ({ rotationSeconds, events }: Life, planTiming: Partial<Timing> = {}): History {
  const timing = toTiming(rotationSeconds)
  const chapters: Chapter[] = []
  let algorithm: Algorithm = 'ES256'
  let keys: readonly TimedKey[] = []
  let now = BEGINNING
  let made = 0

  apply(planFirstKeys, 'begin')
  for (const { wait, deed } of events) {
    now += Math.round(durationOf(wait))
    act(deed)
  }
  return { timing, chapters }

  function act (deed: Deed): void {
    const options = { algorithm, timing: { ...timing, ...planTiming } }
    switch (deed.do) {
      case 'keep up': return apply(inSequence(planFirstKeys, planRotation(options)), deed.do)
      case 'rotate': return apply(planEarlyRotation(options), deed.do)
      case 'revoke': return revoke(new Set(victimsOf(deed.which)), planRevocation(new Set(victimsOf(deed.which)), options))
      case 'restart':
        algorithm = deed.algorithm
        return apply(inSequence(planFirstKeys, planAlgorithm({ ...options, algorithm })), deed.do)
    }
  }

  /** In as many looks as it takes, a little later each time. */
  function revoke (kids: ReadonlySet<string>, plan: Plan): void {
    apply(plan, 'revoke')
    while (!isRevoked(keys, kids)) {
      now += Math.round(timing.settleMs / 8)
      apply(plan, 'revoke')
    }
  }

  function victimsOf (which: 'signing' | 'next' | 'old' | 'all'): string[] {
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

  function apply (plan: Plan, cause: Chapter['cause']): void {
    const next = plan(keys, now, () => ({ kid: `key ${++made}`, algorithm }))
    if (next !== keys) chapters.push({ from: now, keys: next, cause })
    keys = next
  }

  function durationOf ({ of, times }: Wait): number {
    if (of === 'due') return Math.max(0, nextRotationAt(keys, timing) - now) + times * timing.settleMs
    return times * { settle: timing.settleMs, lead: timing.leadMs, interval: timing.intervalMs }[of]
  }
}

/**
 * Looks at a life from outside.
 *
 * @returns what should not have been seen, undefined when there is nothing
 */
export function findFault (history: History): string | undefined {
  const instants = instantsOf(history)
  for (const now of instants) {
    const fault = faultAt(history, now) ?? tokenFault(history, instants, now, 0) ?? tokenFault(history, instants, now, STALE_MS)
    if (fault !== undefined) return `${fault} at ${now - BEGINNING} ms`
  }
  return surpriseIn(history, instants)
}

function faultAt (history: History, now: number): string | undefined {
  const { keys } = chapterAt(history, now)
  const signing = signingKeyAt(keys, now)
  if (signing === undefined || (signing.signsFrom ?? Infinity) > now) return 'no key signs'
  if (!publishedKeysAt(keys, now).includes(signing)) return 'the key that signs is not published'
  const rivals = keys.filter((key) => isTrusted(key) && key !== signing && key.signsFrom !== undefined && key.signsFrom <= now && key.signsFrom >= (signing.signsFrom ?? 0))
  if (rivals.length > 0) return 'two keys sign'
  if (!successorsAt(keys, now).some((key) => publishedKeysAt(keys, now).includes(key))) return 'no published key stands by'
  return undefined
}

/** A token that is signed now, by an instance that may have missed what changed in the last while, must be good for its life. */
function tokenFault (history: History, instants: readonly number[], now: number, staleMs: number): string | undefined {
  const { kid } = signingKeyAt(chapterAt(history, now - staleMs).keys, now) ?? {}
  for (const later of [now, ...instants.filter((instant) => instant > now && instant < now + TOKEN_LIFE_MS), now + TOKEN_LIFE_MS]) {
    const { keys } = chapterAt(history, later)
    const key = keys.find((key) => key.kid === kid)
    if (key !== undefined && !isTrusted(key)) return undefined
    if (key === undefined || !publishedKeysAt(keys, later).includes(key)) return `a living token is refused ${later - now} ms after it was signed by ${kid}`
  }
  return undefined
}

/** No key signs before whoever holds a copy of the JWKS, or waits for the feed, knows it. */
function surpriseIn (history: History, instants: readonly number[]): string | undefined {
  const { timing } = history
  for (const { kid, signsFrom, cause, publishedAt } of beginnings(history)) {
    // In an emergency the unknown key is asked for; all instances must have it by then.
    const isKnown = cause === 'begin' || signsFrom - publishedAt >= timing.settleMs
    if (cause === 'begin' || cause === 'revoke') {
      if (!isKnown) return `${kid} replaces another one ${signsFrom - publishedAt} ms after it was published`
      continue
    }
    for (const fetchedAt of instants.filter((instant) => instant < signsFrom)) {
      for (const staleMs of [0, timing.settleMs]) {
        const asOf = fetchedAt - staleMs
        const { keys } = chapterAt(history, asOf)
        if (publishedKeysAt(keys, fetchedAt).some((key) => key.kid === kid)) continue
        const heldUntil = fetchedAt + maxAgeAt(keys, { asOf, now: fetchedAt, timing }) * 1000
        const feedMs = staleMs === 0 ? timing.leadMs - timing.maxAgeSeconds * 1000 : 0
        if (heldUntil + feedMs > signsFrom) return `${kid} signs ${heldUntil + feedMs - signsFrom} ms before a copy without it is old`
      }
    }
  }
  return undefined
}

interface Beginning {
  kid: string
  publishedAt: number
  signsFrom: number
  cause: Chapter['cause']
}

/** When each key really began to sign, and because of what. */
function beginnings ({ chapters }: History): Beginning[] {
  const found = new Map<string, Beginning>()
  chapters.forEach(({ keys, from }, index) => {
    const until = chapters[index + 1]?.from ?? Infinity
    for (const { kid, signsFrom, publishedAt, revokedAt } of keys) {
      if (signsFrom === undefined || signsFrom >= until || signsFrom < from || revokedAt !== undefined || found.has(kid)) continue
      found.set(kid, { kid, publishedAt, signsFrom, cause: causeOf(chapters, kid, signsFrom) })
    }
  })
  return [...found.values()]
}

/** What first said that it would sign at that time. */
function causeOf (chapters: readonly Chapter[], kid: string, signsFrom: number): Chapter['cause'] {
  return chapters.find(({ keys }) => keys.some((key) => key.kid === kid && key.signsFrom === signsFrom))?.cause ?? 'begin'
}

function chapterAt ({ chapters }: History, now: number): Chapter {
  const chapter = chapters.findLast(({ from }) => from <= now) ?? chapters[0]
  if (chapter === undefined) throw new Error('nothing has happened')
  return chapter
}

/** Moments around which something changes. */
function instantsOf ({ chapters, timing }: History): number[] {
  const moments = chapters.flatMap(({ from, keys }) => [from, ...keys.flatMap(({ publishedAt, signsFrom, verifiesUntil }) => [publishedAt, signsFrom ?? publishedAt, verifiesUntil ?? publishedAt])])
  const end = Math.max(...chapters.map(({ from }) => from)) + timing.intervalMs
  const around = moments.flatMap((moment) => [moment - 1, moment, moment + 1, moment + timing.settleMs, moment + 1000])
  return [...new Set(around)].filter((instant) => instant >= BEGINNING && instant <= end).sort((a, b) => a - b)
}
