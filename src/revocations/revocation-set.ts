import { createShardedMap, type RefreshRequired, type SessionRevoked } from '../contract/index.ts'

/** What is in force. Entries are only ever added; each goes by its own `exp`. */
export interface RevocationSet {
  readonly size: number
  /** @returns whether that was not known yet */
  addSession (revoked: SessionRevoked): boolean
  /** @returns whether that was not known yet */
  addNotBefore (required: RefreshRequired): boolean
  sessions (): Iterable<SessionRevoked>
  notBefores (): Iterable<RefreshRequired>
  /**
   * Lets go of some of those that say nothing any more; it is called again and again, and in the end looks at all.
   *
   * @param now NumericDate
   */
  evictExpired (now: number): void
}

interface Cut {
  before: number
  exp: number
}

const EVERYBODY = ''

export function createRevocationSet (): RevocationSet {
  const sessions = createShardedMap<number>()
  const cuts = createShardedMap<Cut>()

  return {
    get size () { return sessions.size + cuts.size },
    addSession ({ sid, exp }) {
      if (exp <= (sessions.get(sid) ?? 0)) return false
      sessions.set(sid, exp)
      return true
    },
    addNotBefore ({ sub = EVERYBODY, before, exp }) {
      const known = cuts.get(sub) ?? { before: 0, exp: 0 }
      if (before <= known.before && exp <= known.exp) return false
      cuts.set(sub, { before: Math.max(before, known.before), exp: Math.max(exp, known.exp) })
      return true
    },
    * sessions () {
      for (const [sid, exp] of sessions) yield { sid, exp }
    },
    * notBefores () {
      for (const [sub, cut] of cuts) yield sub === EVERYBODY ? cut : { sub, ...cut }
    },
    evictExpired (now) {
      sessions.sweep((exp) => exp <= now)
      cuts.sweep(({ exp }) => exp <= now)
    }
  }
}
