// What an instance sends mails with.
import type { Config } from './config/index.ts'
import type { Dependencies } from './dependencies.ts'
import { createSmtpTransport, MailSender, renderMail, type Transport } from './mail/index.ts'
import { createMailResolver } from './proofs/index.ts'

/** Sends mails until it is closed. */
export interface RunningSender {
  /** Sends what is due now, and waits for it. */
  sendDue (): Promise<void>
  /** Waits for attempts in progress, for some seconds. */
  close (): Promise<void>
}

/**
 * Starts to send the mails of the outbox, if mails are sent at all.
 *
 * @param dependencies stay open until the sender is closed
 */
export async function startMailSender (config: Config, dependencies: Dependencies): Promise<RunningSender> {
  const { database, language, log, secretKeys, mail: { outbox, inbox, counters } } = dependencies
  const { appName, from, linkUrl, smtp } = config.mail
  const transport: Transport | undefined = smtp === undefined ? inbox : await createSmtpTransport(smtp)
  if (transport === undefined) return { async sendDue () {}, async close () {} }
  const resolve = createMailResolver({ database, secretKeys, issuer: config.issuer, linkUrl, registration: config.registration })
  const render: ConstructorParameters<typeof MailSender>[0]['render'] = (mail, content) => {
    return renderMail(mail, content, { language, appName, from })
  }
  const sender = new MailSender({ database, transport, resolve, render, counters, log })
  await sender.start(outbox)
  return sender
}
