import { CLOCK_LEEWAY_SECONDS, type RefreshRequired, type SessionRevoked } from '../contract/index.ts'
import { type TokenRefusal } from './refusal.ts'

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
  /** For good: whatever a key set says later. */
  revokeKey (kid: string): void
  /** Why a token must be refused, if it must. */
  findReason (token: Deniable, kid: string): TokenRefusal | undefined
  /** What is in force, for whoever writes it down; entries that are added meanwhile may be among them. */
  sessions (): Iterable<SessionRevoked>
  cuts (): Iterable<RefreshRequired>
}

interface Cut {
  before: number
  exp: number
}

const SWEEP_EVERY_SECONDS = 60

/**
 * @param options `clock` gives epoch milliseconds
 * @returns a list keyed by session and user, never by token: one token has many spellings (its ES256 twin, for one)
 */
export function createDenyList ({ clock = Date.now }: { clock?: () => number } = {}): DenyList {
  const sessions = new Map<string, number>()
  const cuts = new Map<string, Cut>()
  const kids = new Set<string>()
  let everybody: Cut = { before: 0, exp: 0 }
  let sweptAt = nowSeconds()

  return {
    get size () { return sessions.size + cuts.size },
    revokeSession ({ sid, exp }) {
      sweep()
      sessions.set(sid, Math.max(exp, sessions.get(sid) ?? 0))
    },
    requireRefresh ({ sub, before, exp }) {
      sweep()
      if (sub === undefined) everybody = later({ before, exp }, everybody)
      else cuts.set(sub, later({ before, exp }, cuts.get(sub)))
    },
    revokeKey (kid) { kids.add(kid) },
    findReason,
    * sessions () {
      for (const [sid, exp] of sessions) yield { sid, exp }
    },
    * cuts () {
      if (everybody.before > 0) yield everybody
      for (const [sub, cut] of cuts) yield { sub, ...cut }
    }
  }

  function findReason ({ id, sessionId, issuedAt }: Deniable, kid: string): TokenRefusal | undefined {
    if (sessions.has(sessionId)) return 'revoked'
    if (issuedAt < everybody.before) return 'refresh_required'
    const cut = cuts.get(id)
    if (cut !== undefined && issuedAt < cut.before) return 'refresh_required'
    return kids.has(kid) ? 'key_revoked' : undefined
  }

  function sweep (): void {
    const now = nowSeconds()
    if (now < sweptAt + SWEEP_EVERY_SECONDS) return
    sweptAt = now
    // As late as the leeway lets a token live.
    const gone = now - CLOCK_LEEWAY_SECONDS
    for (const [sid, exp] of sessions) if (exp <= gone) sessions.delete(sid)
    for (const [sub, { exp }] of cuts) if (exp <= gone) cuts.delete(sub)
  }

  function nowSeconds (): number {
    return Math.floor(clock() / 1000)
  }
}

/** Cuts come in any order; what one has refused no other accepts again. */
function later (cut: Cut, known: Cut | undefined): Cut {
  return known === undefined ? cut : { before: Math.max(cut.before, known.before), exp: Math.max(cut.exp, known.exp) }
}
