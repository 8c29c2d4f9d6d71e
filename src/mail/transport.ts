import type { Failure, FailureReason } from './retry-policy.ts'

/** A rendered mail. */
export interface Message {
  /** That of the row: the same for every attempt. */
  id: string
  date: Date
  from: Mailbox
  to: string
  subject: string
  text: string
  html: string
  /** BCP 47 */
  language: string
}

export interface Mailbox {
  name: string
  address: string
}

/** What delivers mails. */
export interface Transport {
  /**
   * @param signal aborts the attempt, whatever the server does
   * @throws DeliveryError
   */
  send (message: Message, signal: AbortSignal): Promise<void>
  /** Ends idle connections. */
  close (): void
}

/** The mail was not delivered, or nobody knows. The message has command and codes, and no text of the server, which could quote a link. */
export class DeliveryError extends Error implements Failure {
  readonly reason: FailureReason
  readonly replyCode: number | undefined

  constructor (summary: string, { reason, replyCode, cause }: Failure & { cause?: unknown }) {
    super(summary, { cause })
    this.reason = reason
    this.replyCode = replyCode
  }
}
