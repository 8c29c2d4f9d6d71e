// The rule of rotation: neither loses the honest nor misses the thief. `refresh-statement.ts` says the same in SQL.

/** What a session row says of its refresh tokens. */
export interface Rotation {
  /** The generation last handed out. */
  current: number
  /** The generation that was traded for it. */
  parent: number
  /** Seconds since it was handed out, never negative. */
  age: number
}

/** All in seconds. The server and every client give up on a refresh after `roundTrip`. */
export interface Grace {
  /** W: how long a traded token is still answered, with the same successor; a session moves at most once in this time. */
  window: number
  /** G: by now, an answer that was on its way has arrived or never will. */
  settle: number
  /** R */
  roundTrip: number
}

export type RefreshOutcome =
  /** Handed out: a successor. */
  | 'rotated'
  /** The same successor again: callers raced, or the answer was lost a moment ago. */
  | 'converged'
  /** The answer was lost: a fresh successor, and the one that nobody received is void. */
  | 'recovered'
  /** Come back later: an earlier answer may still be on its way. */
  | 'retry'
  /** A token that this database has not handed out: an older copy of it was restored. */
  | 'ahead'
  /** Two parties hold this session. */
  | 'reused'

export interface Decision {
  outcome: RefreshOutcome
  /** Generation numbers after the decision. */
  current: number
  parent: number
  /** Whether `rotated_at` becomes now. */
  moved: boolean
}

/**
 * @param window REFRESH_GRACE, in seconds
 * @returns the three times of the rule
 */
export function graceOf (window: number): Grace {
  return { window, settle: window * 2 / 3, roundTrip: window / 3 }
}

/**
 * Decides what a genuine refresh token of a living session is answered with.
 *
 * @param rotation what the session row says
 * @param presented the token's generation
 * @param grace the times of the rule
 * @returns the outcome, and what the row says afterwards
 */
export function decideRefresh ({ current, parent, age }: Rotation, presented: number, { window, settle }: Grace): Decision {
  const rotated = { outcome: 'rotated', parent: presented, current: presented + 1, moved: true } as const
  const stay = (outcome: RefreshOutcome) => ({ outcome, parent, current, moved: false })
  if (presented > current + 1) return stay('ahead')
  // Our last commit was lost: failover, or a power cut under the embedded database.
  if (presented === current + 1) return rotated
  if (age <= window && presented >= parent) return stay('converged')
  if (presented === current) return rotated
  if (presented < parent && age <= settle) return stay('retry')
  if (presented === parent && age <= window + settle) return stay('retry')
  if (presented === parent) return { outcome: 'recovered', parent, current: current + 1, moved: true }
  return stay('reused')
}
