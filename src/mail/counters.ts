import type { Backlog } from './mail-store.ts'
import { FAILURE_REASONS, type FailureReason } from './retry-policy.ts'

/** What the sender of this instance has done, for metrics. */
export interface MailCounters {
  sent: number
  /** Refused for good. */
  failed: number
  /** Past their end. */
  expired: number
  retried: Record<FailureReason, number>
  /** Of all instances, as the last poll has found it. */
  backlog: Backlog
}

export function createMailCounters (): MailCounters {
  const retried = Object.fromEntries(FAILURE_REASONS.map((reason) => [reason, 0])) as Record<FailureReason, number>
  return { sent: 0, failed: 0, expired: 0, retried, backlog: { due: 0, oldestSeconds: 0, lastError: undefined } }
}
