// The reference model of refresh token rotation: service code runs `refresh-statement.ts`, and tests hold that SQL to this function.

/** What a session row says about its refresh tokens. */
export interface RotationState {
  /** The generation last handed out. */
  currentGeneration: number
  /** The generation that was exchanged for it. */
  parentGeneration: number
  /** Seconds since `rotated_at`, never negative. */
  ageSeconds: number
}

/** The times of the policy. The server and every client give up on a refresh after `roundTripSeconds`. */
export interface RotationTimings {
  /** W: how long an exchanged token still gets the same successor. A session rotates at most once in this time. */
  windowSeconds: number
  /** G: how long a response may be in flight: after this, it has arrived or is lost. */
  inFlightSeconds: number
  /** R */
  roundTripSeconds: number
}

export type RotationOutcome =
  /** The client gets a successor. */
  | 'rotated'
  /** The client gets the same successor again: callers raced, or the response was lost a moment ago. */
  | 'replayed'
  /** The response was lost: the client gets a new successor, and the lost one is no longer valid. */
  | 'recovered'
  /** The client has to try again later: an earlier response may still be on its way. */
  | 'retry'
  /** This database has not handed out the token: an older copy of the database was restored. */
  | 'from_future'
  /** Two parties hold this session. */
  | 'reused'

export interface RotationDecision {
  outcome: RotationOutcome
  /** Generations after the decision. */
  currentGeneration: number
  parentGeneration: number
  /** Whether `rotated_at` becomes the time of the decision. */
  setsRotatedAt: boolean
}

/**
 * @param windowSeconds REFRESH_GRACE
 * @returns the three times of the policy
 */
export function toRotationTimings (windowSeconds: number): RotationTimings {
  return { windowSeconds, inFlightSeconds: windowSeconds * 2 / 3, roundTripSeconds: windowSeconds / 3 }
}

/**
 * Decides how a genuine refresh token of an active session is answered. The first rule that matches applies.
 *
 * @param state what the session row says
 * @param presented generation of the token
 * @returns the outcome, and what the row says afterwards
 */
export function decideRotation (state: RotationState, presented: number, timings: RotationTimings): RotationDecision {
  const { currentGeneration, parentGeneration, ageSeconds } = state
  const { windowSeconds, inFlightSeconds } = timings
  const rotated = { outcome: 'rotated', parentGeneration: presented, currentGeneration: presented + 1, setsRotatedAt: true } as const
  const unchanged = (outcome: RotationOutcome) => ({ outcome, parentGeneration, currentGeneration, setsRotatedAt: false })
  if (presented > currentGeneration + 1) return unchanged('from_future')
  // Our last commit was lost: failover, or a power cut under the embedded database.
  if (presented === currentGeneration + 1) return rotated
  if (ageSeconds <= windowSeconds && presented >= parentGeneration) return unchanged('replayed')
  if (presented === currentGeneration) return rotated
  if (presented < parentGeneration && ageSeconds <= inFlightSeconds) return unchanged('retry')
  if (presented === parentGeneration && ageSeconds <= windowSeconds + inFlightSeconds) return unchanged('retry')
  if (presented === parentGeneration) {
    return { outcome: 'recovered', parentGeneration, currentGeneration: currentGeneration + 1, setsRotatedAt: true }
  }
  return unchanged('reused')
}
