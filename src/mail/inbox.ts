import type { Message, Transport } from './transport.ts'

/** Keeps mails in memory, for development and tests. */
export interface Inbox extends Transport {
  /** Newest first. */
  list (): readonly Message[]
}

const MAX_MAILS = 100

export function createInbox (): Inbox {
  const messages: Message[] = []

  return {
    async send (message) {
      messages.unshift(message)
      messages.length = Math.min(messages.length, MAX_MAILS)
    },
    list: () => [...messages],
    close () {}
  }
}
