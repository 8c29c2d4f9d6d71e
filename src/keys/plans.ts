import type { Algorithm } from '../contract/index.ts'
import {
  isTrusted, nextRotationAt, scheduledKeys, signingKeyAt, standbys, successorsAt, VERIFIES_FOR_MS, type TimedKey, type Timing
} from './schedule.ts'

/** A new key, without a schedule yet. */
export type NewKey = Pick<TimedKey, 'kid' | 'algorithm'>

type Schedule = readonly TimedKey[]

/**
 * Computes a change of the schedule, without making it.
 *
 * @param keys the current schedule
 * @param now the database's time
 * @param take returns a new key
 * @returns the new schedule; the same object as `keys` where there is nothing to change
 */
export type Plan = (keys: Schedule, now: number, take: () => NewKey) => Schedule

interface PlanOptions {
  algorithm: Algorithm
  timing: Timing
}

/** Ensures a key that signs, and a standby. */
export const planFirstKeys: Plan = (keys, now, take) => {
  if (signingKeyAt(keys, now) !== undefined) return withStandby(keys, now, take)
  const begun = withStandby(keys, now, take)
  return withStandby(schedule(begun, standbys(begun)[0], now), now, take)
}

/** A rotation when it is due: schedules the standby, and publishes another one. */
export function planRotation ({ timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const due = nextRotationAt(keys, timing)
    if (now < due) return withStandby(keys, now, take)
    return rotate(keys, now, take, (next) => Math.max(now + timing.propagationMs, due + timing.leadMs, next.publishedAt + timing.leadMs))
  }
}

/** A rotation on request: the standby signs as soon as every copy of the JWKS has it. */
export function planEarlyRotation ({ timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const soonest = (next: TimedKey): number => Math.max(now + timing.propagationMs, next.publishedAt + timing.leadMs)
    const next = scheduledKeys(keys).find((key) => isTrusted(key) && key.signsFrom > now)
    if (next === undefined) return rotate(keys, now, take, soonest)
    // A rotation is scheduled already: bring it forward. A second one at once would leave verifiers no time to read its key.
    return soonest(next) < next.signsFrom ? schedule(keys, next, soonest(next)) : keys
  }
}

/** A change of the algorithm: withdraws standbys of another algorithm; a new key signs as soon as every copy of the JWKS has it. */
export function planAlgorithm ({ algorithm, timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const mismatched = standbys(keys).filter((key) => key.algorithm !== algorithm)
    const last = scheduledKeys(keys).findLast(isTrusted)
    const remaining = keys.map((key) => mismatched.includes(key) ? { ...key, verifiesUntil: now } : key)
    if (last === undefined || last.algorithm === algorithm) return mismatched.length === 0 ? keys : withStandby(remaining, now, take)
    const earliest = Math.max(now, last.signsFrom) + timing.propagationMs
    return rotate(remaining, now, take, (next) => Math.max(next.publishedAt + timing.leadMs, earliest))
  }
}

interface RevocationOptions extends PlanOptions {
  /** Keys that do not become the successor: a verifier that knew the successor before has no reason to fetch the key set again. */
  avoided: ReadonlySet<string>
}

/**
 * An emergency: revokes keys, and where the signing key is one of them, its successor signs at once. Every instance must know the
 * successor before it signs, so a successor that is new takes two steps: repeat the plan until `isRevoked`.
 *
 * @param kids never trusted again
 */
export function planRevocation (kids: ReadonlySet<string>, { timing, avoided }: RevocationOptions): Plan {
  return (keys, now, take) => {
    if (isRevoked(keys, kids)) return keys
    const signing = signingKeyAt(keys, now)
    if (signing !== undefined && !kids.has(signing.kid)) return withStandby(revoke(keys, kids, now), now, take)
    const candidates = successorsAt(keys, now).filter(({ kid }) => !kids.has(kid) && !avoided.has(kid))
    const [next] = candidates.sort((a, b) => a.publishedAt - b.publishedAt)
    if (next === undefined) return [...keys, publish(take(), now)]
    // Absolute: after a failover the clock of the database may be behind.
    if (Math.abs(now - next.publishedAt) < timing.propagationMs) return keys
    return withStandby(revoke(schedule(keys, next, now), kids, now), now, take)
  }
}

/** Whether no key with one of these ids is trusted any more. */
export function isRevoked (keys: Schedule, kids: ReadonlySet<string>): boolean {
  return keys.every((key) => !kids.has(key.kid) || !isTrusted(key))
}

/** Applies plans one after the other. */
export function inSequence (...plans: readonly Plan[]): Plan {
  return (keys, now, take) => plans.reduce((planned, plan) => plan(planned, now, take), keys)
}

function rotate (keys: Schedule, now: number, take: () => NewKey, toSignsFrom: (next: TimedKey) => number): Schedule {
  const ready = withStandby(keys, now, take)
  const [next] = standbys(ready)
  return next === undefined ? ready : withStandby(schedule(ready, next, toSignsFrom(next)), now, take)
}

function withStandby (keys: Schedule, now: number, take: () => NewKey): Schedule {
  return standbys(keys).length > 0 ? keys : [...keys, publish(take(), now)]
}

function publish ({ kid, algorithm }: NewKey, now: number): TimedKey {
  return { kid, algorithm, publishedAt: now }
}

function schedule (keys: Schedule, next: TimedKey | undefined, signsFrom: number): Schedule {
  return withVerifiesUntil(keys.map((key) => key === next ? { ...key, signsFrom } : key))
}

/** A key that is revoked before `signsFrom` has never signed: its predecessor continues to sign. */
function revoke (keys: Schedule, kids: ReadonlySet<string>, now: number): Schedule {
  return withVerifiesUntil(keys.map((key) => {
    if (!kids.has(key.kid) || !isTrusted(key)) return key
    return { ...key, revokedAt: now, signsFrom: key.signsFrom !== undefined && key.signsFrom <= now ? key.signsFrom : undefined }
  }))
}

/** Each key verifies for `VERIFIES_FOR_MS` after its successor has begun to sign. A successor that was revoked later counts, too. */
function withVerifiesUntil (keys: Schedule): Schedule {
  const starts = scheduledKeys(keys).map(({ signsFrom }) => signsFrom)
  return keys.map((key) => {
    const { signsFrom } = key
    if (signsFrom === undefined) return key
    const next = starts.find((start) => start > signsFrom)
    return { ...key, verifiesUntil: next === undefined ? undefined : next + VERIFIES_FOR_MS }
  })
}
