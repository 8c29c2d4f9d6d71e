import type { Algorithm } from '../contract/index.ts'
import {
  dueAt, inTurn, isTrusted, signingKeyAt, standbys, successorsAt, VERIFIES_FOR_MS, type TimedKey, type Timing
} from './schedule.ts'

/** A key that has just been made, and is in no timetable yet. */
export type NewKey = Pick<TimedKey, 'kid' | 'algorithm'>

type Timetable = readonly TimedKey[]

/**
 * A change of the timetable, worked out and not yet made.
 *
 * @param keys the timetable as it is
 * @param now the database's time
 * @param take gives a new key
 * @returns the timetable as it should be; the very one that was given where there is nothing to do
 */
export type Plan = (keys: Timetable, now: number, take: () => NewKey) => Timetable

export interface PlanOptions {
  algorithm: Algorithm
  timing: Timing
}

/** What has to be there before anything else: a key that signs, and one that stands by. */
export const planBeginning: Plan = (keys, now, take) => {
  if (signingKeyAt(keys, now) !== undefined) return withStandby(keys, now, take)
  const begun = withStandby(keys, now, take)
  return withStandby(schedule(begun, standbys(begun)[0], now), now, take)
}

/** The orderly rotation: when it is due, the key that stands by is given its time, and another one is published. */
export function planRotation ({ timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const due = dueAt(keys, timing)
    if (now < due) return withStandby(keys, now, take)
    return rotate(keys, now, take, (next) => Math.max(now + timing.settleMs, due + timing.leadMs, next.publishedAt + timing.leadMs))
  }
}

/** An orderly rotation that somebody asks for: as soon as every copy of the JWKS knows the key that stands by. */
export function planEarlyRotation ({ timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const soonest = (next: TimedKey): number => Math.max(now + timing.settleMs, next.publishedAt + timing.leadMs)
    const scheduled = inTurn(keys).find((key) => isTrusted(key) && key.signsFrom > now)
    if (scheduled === undefined) return rotate(keys, now, take, soonest)
    // One is under way: it may be hurried, but two at once would leave nobody the time to learn of the second.
    return soonest(scheduled) < scheduled.signsFrom ? schedule(keys, scheduled, soonest(scheduled)) : keys
  }
}

/**
 * A change of the algorithm: keys that stand by with another one are withdrawn, and a new one signs as soon as every copy of the
 * JWKS knows it.
 */
export function planAlgorithm ({ algorithm, timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    const strangers = standbys(keys).filter((key) => key.algorithm !== algorithm)
    const last = inTurn(keys).findLast(isTrusted)
    const fitting = keys.map((key) => strangers.includes(key) ? { ...key, verifiesUntil: now } : key)
    if (last === undefined || last.algorithm === algorithm) return strangers.length === 0 ? keys : withStandby(fitting, now, take)
    return rotate(fitting, now, take, (next) => Math.max(next.publishedAt + timing.leadMs, now + timing.settleMs, last.signsFrom + timing.settleMs))
  }
}

/**
 * An emergency: keys are revoked, and where the one that signs is among them, another one signs at once. That one must be known to
 * every instance before a token of it is met; one that is too young, or has to be made first, is waited for, so that the plan is
 * carried out in two steps: it has to be made again until `isRevoked` says so.
 *
 * @param kids never trusted again
 */
export function planRevocation (kids: ReadonlySet<string>, { timing }: PlanOptions): Plan {
  return (keys, now, take) => {
    if (isRevoked(keys, kids)) return keys
    const signing = signingKeyAt(keys, now)
    if (signing !== undefined && !kids.has(signing.kid)) return withStandby(revoke(keys, kids, now), now, take)
    const [next] = successorsAt(keys, now).filter(({ kid }) => !kids.has(kid)).sort((a, b) => a.publishedAt - b.publishedAt)
    if (next === undefined) return [...keys, publish(take(), now)]
    // Either way: the database may have moved to a server whose clock is behind.
    if (Math.abs(now - next.publishedAt) < timing.settleMs) return keys
    return withStandby(revoke(schedule(keys, next, now), kids, now), now, take)
  }
}

/** Whether none of them is trusted any more. */
export function isRevoked (keys: Timetable, kids: ReadonlySet<string>): boolean {
  return keys.every((key) => !kids.has(key.kid) || !isTrusted(key))
}

/** One plan after the other. */
export function inOrder (...plans: readonly Plan[]): Plan {
  return (keys, now, take) => plans.reduce((timetable, plan) => plan(timetable, now, take), keys)
}

function rotate (keys: Timetable, now: number, take: () => NewKey, whenOf: (next: TimedKey) => number): Timetable {
  const ready = withStandby(keys, now, take)
  const [next] = standbys(ready)
  return next === undefined ? ready : withStandby(schedule(ready, next, whenOf(next)), now, take)
}

function withStandby (keys: Timetable, now: number, take: () => NewKey): Timetable {
  return standbys(keys).length > 0 ? keys : [...keys, publish(take(), now)]
}

function publish ({ kid, algorithm }: NewKey, now: number): TimedKey {
  return { kid, algorithm, publishedAt: now }
}

function schedule (keys: Timetable, next: TimedKey | undefined, signsFrom: number): Timetable {
  return withEnds(keys.map((key) => key === next ? { ...key, signsFrom } : key))
}

/** A key that was revoked before its time has come has never signed: its predecessor goes on. */
function revoke (keys: Timetable, kids: ReadonlySet<string>, now: number): Timetable {
  return withEnds(keys.map((key) => {
    if (!kids.has(key.kid) || !isTrusted(key)) return key
    return { ...key, revokedAt: now, signsFrom: key.signsFrom !== undefined && key.signsFrom <= now ? key.signsFrom : undefined }
  }))
}

/** Each key verifies for so long after its successor has begun to sign; one that was revoked since then was a successor, too. */
function withEnds (keys: Timetable): Timetable {
  const turns = inTurn(keys).map(({ signsFrom }) => signsFrom)
  return keys.map((key) => {
    const { signsFrom } = key
    if (signsFrom === undefined) return key
    const next = turns.find((turn) => turn > signsFrom)
    return { ...key, verifiesUntil: next === undefined ? undefined : next + VERIFIES_FOR_MS }
  })
}
