import { PROOF_PURPOSES, type ProofPurpose } from '../accounts/index.ts'

/** What users are told of after it has happened. */
const NOTICES = [
  'password_changed', 'email_changed', 'refresh_reuse', 'second_factor_changed', 'recovery_code_used', 'second_factor_attempts',
  'passkey_copied'
] as const

export type Notice = typeof NOTICES[number]

export const MAIL_PURPOSES = [...PROOF_PURPOSES, ...NOTICES] as const

export type MailPurpose = typeof MAIL_PURPOSES[number]

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3600
const DAY_SECONDS = 86_400

/** How long a link opens something, from when its mail is sent. */
export const LINK_SECONDS: Readonly<Record<ProofPurpose, number>> = {
  registration: DAY_SECONDS,
  password_reset: HOUR_SECONDS,
  invitation: 7 * DAY_SECONDS,
  email_verification: 10 * MINUTE_SECONDS,
  email_change: 10 * MINUTE_SECONDS
}

/** How long a code opens something, from when its mail is sent. */
export const CODE_SECONDS = 10 * MINUTE_SECONDS

/**
 * How long attempts to send a mail go on. Longer than links live, whose time begins when the mail is sent: an outage costs nobody a link.
 */
export function toLifetimeSeconds (purpose: string): number {
  return purpose === 'invitation' ? 7 * DAY_SECONDS : DAY_SECONDS
}
