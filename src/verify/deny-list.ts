import {
  CLOCK_LEEWAY_SECONDS, ExpiryClock, MAX_ACCESS_TTL_SECONDS, RevocationSet, type RefreshRequired, type SessionRevoked
} from '../contract/index.ts'
import type { TokenRejection } from './rejection.ts'
import { systemTime, type Time } from './time.ts'

/** The members of a user that revocations apply to. */
interface Deniable {
  /** The user's id. */
  readonly id: string
  readonly sessionId: string
  /** NumericDate. */
  readonly issuedAt: number
}

/** Tokens that are rejected although their signature and claims are valid. Entries are only added; each is evicted by its own `exp`. */
export interface DenyList {
  /** Entries in force. */
  readonly size: number
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  /**
   * Sets the issuer's time. Entries expire by it, whatever the clock of this machine says. While it is unknown, an entry is kept for
   * as long as any token can live.
   *
   * @param epochMs of the database that entries come from
   */
  observeTime (epochMs: number): void
  /** Restores the `now` of an earlier process; it is used until the issuer's time is observed. */
  restoreTime (now: number): void
  /** NumericDate: the time by which entries expire, never ahead of any clock. */
  readonly now: number
  /** Rejects all tokens of a key permanently, whatever a later key set contains. */
  revokeKey (kid: string): void
  /** @returns why a token must be rejected; undefined if it is not revoked */
  findReason (token: Deniable, kid: string): TokenRejection | undefined
  /** Revoked sessions in force. Entries that are added during the iteration may be included; so it is for `notBefores`. */
  sessions (): Iterable<SessionRevoked>
  /** Not-befores in force. */
  notBefores (): Iterable<RefreshRequired>
}

type DenyListOptions = { clock?: () => number } & Partial<Pick<Time, 'elapsed' | 'after'>>

/** Each sweep covers a part of the list: the whole of a million entries takes half a minute. */
const SWEEP_EVERY_MS = 250
/** The longest remaining lifetime of a token, and a margin. */
const LONGEST_SECONDS = MAX_ACCESS_TTL_SECONDS + 2 * 60

/**
 * Creates a plain object, which a service may wrap or copy.
 *
 * @param options `clock` gives epoch milliseconds; `elapsed` and `after` as in `Time`
 * @returns a list keyed by session and user, never by token: one token has many encodings (for example, an ES256 signature has two forms)
 */
export function createDenyList ({ clock = Date.now, ...given }: DenyListOptions = {}): DenyList {
  const { elapsed, after } = { ...systemTime(), ...given }
  const expiry = new ExpiryClock({ clock, elapsed })
  const revocations = new RevocationSet()
  const kids = new Set<string>()
  let isSweepScheduled = false

  return {
    get size () { return revocations.size },
    revokeSession ({ sid, exp }) {
      revocations.addSession({ sid, exp: toEvictionTime(exp) })
      scheduleSweep()
    },
    requireRefresh ({ exp, ...notBefore }) {
      revocations.addNotBefore({ ...notBefore, exp: toEvictionTime(exp) })
      scheduleSweep()
    },
    observeTime: (epochMs) => expiry.observe(epochMs),
    restoreTime: (now) => expiry.restore(now * 1000),
    get now () { return expiry.now() },
    revokeKey (kid) { kids.add(kid) },
    findReason,
    sessions: () => revocations.sessions(),
    notBefores: () => revocations.notBefores()
  }

  /** The clock of this machine may be ahead and be set back later, so it alone does not decide when an entry may be evicted. */
  function toEvictionTime (exp: number): number {
    return expiry.isSynced ? exp : Math.max(exp, expiry.now() + LONGEST_SECONDS)
  }

  function findReason ({ id, sessionId, issuedAt }: Deniable, kid: string): TokenRejection | undefined {
    if (revocations.hasSession(sessionId)) return 'revoked'
    if (revocations.isIssuedTooEarly(id, issuedAt)) return 'refresh_required'
    return kids.has(kid) ? 'key_revoked' : undefined
  }

  /** Sweeps for as long as there are entries, even if none is added any more. */
  function scheduleSweep (): void {
    if (isSweepScheduled || revocations.size === 0) return
    isSweepScheduled = true
    after(SWEEP_EVERY_MS, () => {
      isSweepScheduled = false
      // A token is accepted until the leeway after its `exp` has passed.
      revocations.evictExpired(expiry.now() - CLOCK_LEEWAY_SECONDS)
      scheduleSweep()
    })
  }
}
