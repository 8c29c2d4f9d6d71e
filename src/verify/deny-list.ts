import { CLOCK_LEEWAY_SECONDS, createExpiryClock, createShardedMap, MAX_ACCESS_TTL_SECONDS } from '../contract/index.ts'
import type { RefreshRequired, SessionRevoked } from '../contract/index.ts'
import type { TokenRefusal } from './rejection.ts'
import { systemTime, type Time } from './time.ts'

/** What a token says that can be taken back. */
export interface Deniable {
  /** The user's id. */
  readonly id: string
  readonly sessionId: string
  /** NumericDate. */
  readonly issuedAt: number
}

/** Tokens that are refused although they are genuine. Entries are only ever added; each goes by its own `exp`. */
export interface DenyList {
  readonly size: number
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  /**
   * The issuer's time: entries expire by it, whatever is done to the clock here. Where it is not known, an entry is kept for as long as
   * any token can live.
   *
   * @param epochMs of the database that entries come from
   */
  observeTime (epochMs: number): void
  /** Until the issuer's time is told: what an earlier process had as `now`. */
  restoreTime (now: number): void
  /** NumericDate: the time by which entries expire, never ahead of any clock. */
  readonly now: number
  /** For good: whatever a key set says later. */
  revokeKey (kid: string): void
  /** Why a token must be refused, if it must. */
  findReason (token: Deniable, kid: string): TokenRefusal | undefined
  /** What is in force, for whoever writes it down; entries that are added meanwhile may be among them. */
  sessions (): Iterable<SessionRevoked>
  notBefores (): Iterable<RefreshRequired>
}

interface Cut {
  before: number
  exp: number
}

export type DenyListOptions = { clock?: () => number } & Partial<Pick<Time, 'elapsed' | 'after'>>

/** A part of the list each time: all of a million entries takes half a minute. */
const SWEEP_EVERY_MS = 250
/** The longest that a token can live from now, and room. */
const LONGEST_SECONDS = MAX_ACCESS_TTL_SECONDS + 2 * 60

/**
 * @param options `clock` gives epoch milliseconds; `elapsed` and `readAfter` as in `Time`
 * @returns a list keyed by session and user, never by token: one token has many spellings (its ES256 twin, for one)
 */
export function createDenyList ({ clock = Date.now, ...given }: DenyListOptions = {}): DenyList {
  const { elapsed, after } = { ...systemTime(), ...given }
  const expiry = createExpiryClock({ clock, elapsed })
  const sessions = createShardedMap<number>()
  const cuts = createShardedMap<Cut>()
  const kids = new Set<string>()
  let everybody: Cut = { before: 0, exp: 0 }
  let isSweeping = false

  return {
    get size () { return sessions.size + cuts.size },
    revokeSession ({ sid, exp }) {
      sessions.set(sid, Math.max(keptUntil(exp), sessions.get(sid) ?? 0))
      sweepLater()
    },
    requireRefresh ({ sub, before, exp }) {
      const cut = { before, exp: keptUntil(exp) }
      if (sub === undefined) everybody = later(cut, everybody)
      else cuts.set(sub, later(cut, cuts.get(sub)))
      sweepLater()
    },
    observeTime: expiry.observe,
    restoreTime: (now) => expiry.restore(now * 1000),
    get now () { return expiry.now() },
    revokeKey (kid) { kids.add(kid) },
    findReason,
    * sessions () {
      for (const [sid, exp] of sessions) yield { sid, exp }
    },
    * notBefores () {
      if (everybody.before > 0) yield everybody
      for (const [sub, cut] of cuts) yield { sub, ...cut }
    }
  }

  /** The clock here may be ahead now and be set back, so by itself it does not tell how long an entry has to live. */
  function keptUntil (exp: number): number {
    return expiry.isSynced ? exp : Math.max(exp, expiry.now() + LONGEST_SECONDS)
  }

  function findReason ({ id, sessionId, issuedAt }: Deniable, kid: string): TokenRefusal | undefined {
    if (sessions.size > 0 && sessions.has(sessionId)) return 'revoked'
    if (issuedAt < everybody.before) return 'refresh_required'
    const cut = cuts.size > 0 ? cuts.get(id) : undefined
    if (cut !== undefined && issuedAt < cut.before) return 'refresh_required'
    return kids.has(kid) ? 'key_revoked' : undefined
  }

  /** For as long as there is anything, also where nothing is added any more. */
  function sweepLater (): void {
    if (isSweeping || sessions.size + cuts.size === 0) return
    isSweeping = true
    after(SWEEP_EVERY_MS, () => {
      isSweeping = false
      // As late as the leeway lets a token live.
      const gone = expiry.now() - CLOCK_LEEWAY_SECONDS
      sessions.sweep((exp) => exp <= gone)
      cuts.sweep(({ exp }) => exp <= gone)
      sweepLater()
    })
  }
}

/** Cuts come in any order; what one has refused no other accepts again. */
function later (cut: Cut, known: Cut | undefined): Cut {
  return known === undefined ? cut : { before: Math.max(cut.before, known.before), exp: Math.max(cut.exp, known.exp) }
}
