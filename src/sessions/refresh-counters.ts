import type { RefreshOutcome } from './rotation-policy.ts'

/** How a refresh ended. */
export type RefreshEnd = RefreshOutcome
  /** The session is unknown, ended or expired, or its user is disabled. */
  | 'over'
  /** What was sent is no refresh token of ours. */
  | 'forged'
  /** Nothing was sent, as by a page that looks for a session. */
  | 'missing'
  | 'limited'
  /** The database could not be asked, or answered too late. */
  | 'unavailable'

/** Plain numbers, for whoever collects them. */
export type RefreshCounters = Record<RefreshEnd, number>

export function createRefreshCounters (): RefreshCounters {
  return { rotated: 0, converged: 0, recovered: 0, retry: 0, ahead: 0, reused: 0, over: 0, forged: 0, missing: 0, limited: 0, unavailable: 0 }
}
