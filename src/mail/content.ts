import type { Email } from '../accounts/index.ts'
import type { Language } from '../languages/index.ts'

/** A mail that an instance has leased, to make one attempt. */
export interface DueMail {
  id: string
  /** A `MailPurpose`, or one of another version of the service. */
  purpose: string
  /** This attempt, from 1. */
  attempts: number
  /** Undefined: the address that the user has now. */
  address: Email | undefined
  userId: string | undefined
  createdAt: Date
}

/** What a mail says, and to whom. */
export interface MailContent {
  /** The address, as it was typed. */
  to: string
  template: keyof Language['mails']
  /** For templates with a link, and for those with a code. */
  link?: string
  code?: string
}

/** Decides what a mail says when it is sent. @returns undefined for a mail that is not to be sent: it is deleted */
export type ResolveMail = (mail: DueMail) => Promise<MailContent | undefined>
