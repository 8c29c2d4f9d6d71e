import { PROOF_PURPOSES } from '../accounts/index.ts'

/** What users are told of after it has happened. */
export const NOTICES = ['password_changed', 'email_changed', 'refresh_reuse'] as const

export type Notice = typeof NOTICES[number]

export const MAIL_PURPOSES = [...PROOF_PURPOSES, ...NOTICES] as const

export type MailPurpose = typeof MAIL_PURPOSES[number]

const DAY_SECONDS = 86_400

/** How long attempts go on. Longer than links live: their time begins when the mail is sent, so an outage costs nobody a link. */
export function toLifetimeSeconds (purpose: MailPurpose): number {
  return purpose === 'invitation' ? 7 * DAY_SECONDS : DAY_SECONDS
}
