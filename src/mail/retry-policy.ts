// When a mail is sent again. Pure.

/** At what a delivery failed: the label of a metric. */
export const FAILURE_REASONS = ['connection', 'timeout', 'tls', 'auth', 'sender', 'recipient', 'data', 'other'] as const

export type FailureReason = typeof FAILURE_REASONS[number]

/** A failed attempt, as far as the policy asks. */
export interface Failure {
  reason: FailureReason
  /** Of the SMTP reply, such as 550; undefined if there was none. */
  replyCode: number | undefined
}

/** What becomes of a mail after a failed attempt. */
type RetryDecision = { isFinal: true } | { isFinal: false, delaySeconds: number }

const FIRST_DELAYS_SECONDS = [5, 30, 120, 600]
const LATER_DELAY_SECONDS = 1800

/**
 * Of our session and not of the mail, whatever command they answer: bad sequence of commands (RFC 5321 4.2.2), and authentication that is
 * missing, refused or too weak (RFC 4954 6).
 */
const SESSION_CODES = [503, 530, 534, 535, 538]

/**
 * Only a 5xx reply to RCPT or DATA is about this mail. All else, 5xx replies to AUTH and MAIL FROM too, is about our settings or the
 * server, and would fail every mail: they wait until somebody has mended it.
 *
 * @param attempts made so far, from 1
 */
export function decideRetry ({ reason, replyCode = 0 }: Failure, attempts: number): RetryDecision {
  const isPermanent = replyCode >= 500 && replyCode <= 599 && !SESSION_CODES.includes(replyCode)
  if (isPermanent && (reason === 'recipient' || reason === 'data')) return { isFinal: true }
  return { isFinal: false, delaySeconds: FIRST_DELAYS_SECONDS[attempts - 1] ?? LATER_DELAY_SECONDS }
}
