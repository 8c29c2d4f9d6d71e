import { MAX_ACCESS_TTL_SECONDS, type Algorithm } from '../contract/index.ts'

/** When a signing key does what. Times are the database's, in epoch milliseconds. */
export interface TimedKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** From here on it is in the JWKS. */
  readonly publishedAt: number
  /** It signs from here until its successor does; undefined while it stands by. */
  readonly signsFrom?: number | undefined
  /** Until here it is in the JWKS; undefined while it has no successor. */
  readonly verifiesUntil?: number | undefined
  readonly revokedAt?: number | undefined
}

export type KeyState = 'standby' | 'signing' | 'verifying' | 'expired' | 'revoked'

/** How long things take; see `timingOf`. */
export interface Timing {
  /** From one key to the next. */
  readonly intervalMs: number
  /** How long a copy of the JWKS may be held. */
  readonly maxAgeSeconds: number
  /** From being published to signing: every copy of the JWKS has been fetched anew, and every edge has read the feed. */
  readonly leadMs: number
  /** Within this every instance has heard of a change. */
  readonly settleMs: number
}

/** How long a key is needed after its successor has begun to sign: the longest life of a token, and room. */
export const VERIFIES_FOR_MS = (MAX_ACCESS_TTL_SECONDS + 300) * 1000

const MAX_AGE_SECONDS = 300
const FEED_INTERVAL_MS = 10_000
const SETTLE_MS = 2_000

/** For how long an instance that has not heard of a successor may go on with a key, before the key is taken from it. */
const SPARE_MS = 60_000

/** The timing for rotations so many seconds apart: where they are close together, all that leads up to one shrinks with them. */
export function timingOf (rotationSeconds: number): Timing {
  const intervalMs = rotationSeconds * 1000
  const maxAgeSeconds = Math.min(MAX_AGE_SECONDS, Math.max(1, Math.floor(rotationSeconds / 4)))
  const feedIntervalMs = Math.min(FEED_INTERVAL_MS, intervalMs / 8)
  return { intervalMs, maxAgeSeconds, leadMs: maxAgeSeconds * 1000 + feedIntervalMs, settleMs: Math.min(SETTLE_MS, intervalMs / 8) }
}

/** The one key that signs: the last one whose time has come. A clock that is a little behind finds the first one that will. */
export function signingKeyAt<K extends TimedKey> (keys: readonly K[], now: number): K | undefined {
  const turns = inTurn(keys).filter(isTrusted)
  return turns.findLast(({ signsFrom }) => signsFrom <= now) ?? turns[0]
}

/** Keys that tokens may be verified with. */
export function publishedKeysAt<K extends TimedKey> (keys: readonly K[], now: number): K[] {
  return keys.filter((key) => isTrusted(key) && !(key.verifiesUntil !== undefined && key.verifiesUntil <= now))
}

/** Published keys that have not signed yet, in the order in which they would. */
export function successorsAt<K extends TimedKey> (keys: readonly K[], now: number): K[] {
  const scheduled = inTurn(keys).filter((key) => isTrusted(key) && key.signsFrom > now)
  return [...scheduled, ...standbys(keys)]
}

/** Published keys that no time to sign has been set for, the oldest first. */
export function standbys<K extends TimedKey> (keys: readonly K[]): K[] {
  return keys.filter((key) => isTrusted(key) && key.signsFrom === undefined && key.verifiesUntil === undefined).sort((a, b) => a.publishedAt - b.publishedAt)
}

/** Keys with a time to sign, in the order of those times. */
export function inTurn<K extends TimedKey> (keys: readonly K[]): Array<K & { signsFrom: number }> {
  return keys.filter(hasTurn).sort((a, b) => a.signsFrom - b.signsFrom)
}

export function stateAt (key: TimedKey, keys: readonly TimedKey[], now: number): KeyState {
  if (!isTrusted(key)) return 'revoked'
  if (signingKeyAt(keys, now) === key) return 'signing'
  if (key.verifiesUntil !== undefined && key.verifiesUntil <= now) return 'expired'
  return key.signsFrom === undefined || key.signsFrom > now ? 'standby' : 'verifying'
}

/** Whether the private part is still of use: to sign now, later, or where news comes late. */
export function needsPrivateKey (key: TimedKey, now: number): boolean {
  return isTrusted(key) && (key.verifiesUntil === undefined || now < key.verifiesUntil - VERIFIES_FOR_MS + SPARE_MS)
}

/** When the next rotation has to be prepared: so long before the new key signs that everybody knows in time. */
export function dueAt (keys: readonly TimedKey[], { intervalMs, leadMs }: Timing): number {
  const last = inTurn(keys).findLast(isTrusted)
  return last === undefined ? -Infinity : last.signsFrom + intervalMs - leadMs
}

/**
 * How long an answer with the JWKS may be held: never past the next change that is planned, and never so long that a key which
 * was published after `asOf` could sign before the copy is fetched anew.
 *
 * @param keys the timetable as it was read
 * @param asOf when it was read
 * @param now when the answer is given
 * @returns whole seconds, 0 at least
 */
export function maxAgeAt (keys: readonly TimedKey[], { asOf, now, timing }: { asOf: number, now: number, timing: Timing }): number {
  const ends = publishedKeysAt(keys, now).flatMap(({ verifiesUntil }) => verifiesUntil ?? [])
  const nextChange = Math.min(dueAt(keys, timing), ...ends)
  const restMs = Math.min(nextChange - now, asOf + timing.leadMs - now)
  return Math.max(0, Math.min(timing.maxAgeSeconds, Math.floor(restMs / 1000)))
}

export function isTrusted ({ revokedAt }: TimedKey): boolean {
  return revokedAt === undefined
}

function hasTurn<K extends TimedKey> (key: K): key is K & { signsFrom: number } {
  return key.signsFrom !== undefined
}
