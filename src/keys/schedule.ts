import { MAX_ACCESS_TTL_SECONDS, type Algorithm } from '../contract/index.ts'

/** The schedule of a signing key. Times are the database's, in epoch milliseconds. */
export interface TimedKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** When it appears in the JWKS. */
  readonly publishedAt: number
  /** When it begins to sign; it signs until its successor does. Undefined for a standby. */
  readonly signsFrom?: number | undefined
  /** When it leaves the JWKS; undefined while it has no successor. */
  readonly verifiesUntil?: number | undefined
  readonly revokedAt?: number | undefined
}

export type KeyState = 'standby' | 'signing' | 'verifying' | 'expired' | 'revoked'

/** See `toTiming`. */
export interface Timing {
  /** Between two rotations. */
  readonly intervalMs: number
  /** `max-age` of the JWKS. */
  readonly maxAgeSeconds: number
  /** Between publishing a key and signing with it: by then every copy of the JWKS has expired, and every edge has read the feed. */
  readonly leadMs: number
  /** Within this time every instance knows of a change. */
  readonly propagationMs: number
}

/** How long a key verifies after its successor has begun to sign: the longest lifetime of a token, and a margin. */
export const VERIFIES_FOR_MS = (MAX_ACCESS_TTL_SECONDS + 300) * 1000

const MAX_AGE_SECONDS = 300
const FEED_INTERVAL_MS = 10_000
const PROPAGATION_MS = 2_000
/** How long an instance that does not know of the successor yet may continue to sign, before the private key is deleted. */
const LATE_SIGNING_MS = 60_000

/** The timing of rotations at an interval; at a short one, all other times are shorter, too. */
export function toTiming (rotationSeconds: number): Timing {
  const intervalMs = rotationSeconds * 1000
  const maxAgeSeconds = Math.min(MAX_AGE_SECONDS, Math.max(1, Math.floor(rotationSeconds / 4)))
  const feedIntervalMs = Math.min(FEED_INTERVAL_MS, intervalMs / 8)
  const leadMs = maxAgeSeconds * 1000 + feedIntervalMs
  return { intervalMs, maxAgeSeconds, leadMs, propagationMs: Math.min(PROPAGATION_MS, intervalMs / 8) }
}

/** The key that signs: the last one with `signsFrom` in the past; the first scheduled one where the clock is a little behind. */
export function signingKeyAt<K extends TimedKey> (keys: readonly K[], now: number): K | undefined {
  const trusted = scheduledKeys(keys).filter(isTrusted)
  return trusted.findLast(({ signsFrom }) => signsFrom <= now) ?? trusted[0]
}

/** The keys in the JWKS: those that tokens may be verified with. */
export function publishedKeysAt<K extends TimedKey> (keys: readonly K[], now: number): K[] {
  return keys.filter((key) => isTrusted(key) && !(key.verifiesUntil !== undefined && key.verifiesUntil <= now))
}

/** Published keys that have not signed yet, in the order in which they will. */
export function successorsAt<K extends TimedKey> (keys: readonly K[], now: number): K[] {
  return [...scheduledKeys(keys).filter((key) => isTrusted(key) && key.signsFrom > now), ...standbys(keys)]
}

/** Published keys without `signsFrom`, the oldest first. */
export function standbys<K extends TimedKey> (keys: readonly K[]): K[] {
  const found = keys.filter((key) => isTrusted(key) && key.signsFrom === undefined && key.verifiesUntil === undefined)
  return found.sort((a, b) => a.publishedAt - b.publishedAt)
}

/** Keys with `signsFrom`, in that order. */
export function scheduledKeys<K extends TimedKey> (keys: readonly K[]): Array<K & { signsFrom: number }> {
  return keys.filter(isScheduled).sort((a, b) => a.signsFrom - b.signsFrom)
}

export function stateAt (key: TimedKey, keys: readonly TimedKey[], now: number): KeyState {
  if (!isTrusted(key)) return 'revoked'
  if (signingKeyAt(keys, now) === key) return 'signing'
  if (key.verifiesUntil !== undefined && key.verifiesUntil <= now) return 'expired'
  return key.signsFrom === undefined || key.signsFrom > now ? 'standby' : 'verifying'
}

/** Whether an instance may still sign with it: now, later, or because it does not know of the successor yet. */
export function needsPrivateKey (key: TimedKey, now: number): boolean {
  return isTrusted(key) && (key.verifiesUntil === undefined || now < key.verifiesUntil - VERIFIES_FOR_MS + LATE_SIGNING_MS)
}

/** When the next rotation is due: `leadMs` before the new key signs, so that every verifier knows the key in time. */
export function nextRotationAt (keys: readonly TimedKey[], { intervalMs, leadMs }: Timing): number {
  const last = scheduledKeys(keys).findLast(isTrusted)
  return last === undefined ? -Infinity : last.signsFrom + intervalMs - leadMs
}

/**
 * `max-age` of a response with the JWKS: it ends before the next planned change, and before a key that was published after `asOf` could
 * sign.
 *
 * @param keys the schedule as read at `asOf`
 * @param now the time of the response
 * @returns whole seconds, at least 0
 */
export function maxAgeAt (keys: readonly TimedKey[], { asOf, now, timing }: { asOf: number, now: number, timing: Timing }): number {
  const ends = publishedKeysAt(keys, now).flatMap(({ verifiesUntil }) => verifiesUntil ?? [])
  const nextChange = Math.min(nextRotationAt(keys, timing), ...ends)
  const remainingMs = Math.min(nextChange - now, asOf + timing.leadMs - now)
  return Math.max(0, Math.min(timing.maxAgeSeconds, Math.floor(remainingMs / 1000)))
}

export function isTrusted ({ revokedAt }: TimedKey): boolean {
  return revokedAt === undefined
}

function isScheduled<K extends TimedKey> (key: K): key is K & { signsFrom: number } {
  return key.signsFrom !== undefined
}
