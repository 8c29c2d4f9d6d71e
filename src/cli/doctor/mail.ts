// Whether mails get out.
import { promises as dns } from 'node:dns'
import { openLanguage } from '../../language.ts'
import { DeliveryError, readBacklog, verifySmtp } from '../../mail/index.ts'
import { toSentence } from '../failure.ts'
import { firstOf, type CheckContext, type DatabaseContext, type Finding } from './finding.ts'

const CHECK = 'mail'
const LOOKUP = { timeout: 2_000, tries: 1 }
/** A mail that was asked for so long ago has failed several times. */
const STUCK_SECONDS = 600

/** What a mail server says before a mail is sent. */
const ADVICE: Readonly<Record<string, string>> = {
  auth: 'look at the user and the password in SMTP_URL',
  tls: 'look at its certificate; for one of an authority of your own, set NODE_EXTRA_CA_CERTS. Port 465 is for smtps://, 587 for smtp://'
}

/** Names that are nobody's (RFC 2606, RFC 6762), and those of one label. */
const LOCAL_DOMAIN = /^[^.]+$|(^|\.)(example(\.(com|net|org))?|invalid|test|local|localhost)$/

/** The mail server, and the domain that mails come from. */
export async function checkMail ({ config }: CheckContext): Promise<Finding> {
  const { mode, smtp, from } = config.mail
  const languageFault = await openLanguage(config).then(() => undefined, toSentence)
  if (languageFault !== undefined) return { check: CHECK, level: 'fault', message: languageFault }
  if (mode === 'inbox') return { check: CHECK, level: 'ok', message: 'Mails are kept in memory: GET /dev/mails shows them.' }
  if (smtp === undefined) {
    const effect = 'addresses are not proved, and only an admin can help somebody who has forgotten a password.'
    return { check: CHECK, level: 'ok', message: `SMTP_URL is empty, so no mail is sent: ${effect}` }
  }
  const server = `${smtp.host}:${smtp.port}`
  try {
    await verifySmtp(smtp)
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    const advice = ADVICE[error.reason] ?? 'look at SMTP_URL, and at firewalls: many hosters close port 25'
    return { check: CHECK, level: 'fault', message: `The mail server ${server} cannot be used (${error.message}): ${advice}.` }
  }
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  const isSecure = smtp.secure ? 'TLS' : smtp.requireTls ? 'STARTTLS' : 'no TLS'
  return firstOf(CHECK, [
    [
      LOCAL_DOMAIN.test(domain), 'warning',
      `MAIL_FROM has the domain ${domain}, which is nobody's: other mail servers refuse it, so use a domain of yours.`
    ],
    [
      await isWithoutMailServer(domain), 'warning',
      `MAIL_FROM has the domain ${domain}, for which DNS knows no mail server: other mail servers may refuse it, and no bounce arrives.`
    ]
  ], `${server} takes mails from ${from.address} (${isSecure}, ${smtp.auth === undefined ? 'no login' : `as ${smtp.auth.user}`}).`)
}

/** RFC 5321 5.1: the host itself, where there is no MX. False where DNS does not answer. */
async function isWithoutMailServer (domain: string): Promise<boolean> {
  const resolver = new dns.Resolver(LOOKUP)
  const looks = [resolver.resolveMx(domain), resolver.resolve4(domain), resolver.resolve6(domain)]
  const results = await Promise.allSettled(looks)
  return results.every((result) => result.status === 'rejected' && ['ENOTFOUND', 'ENODATA'].includes(result.reason?.code))
}

/** Mails that should be gone. */
export async function checkOutbox ({ config, database }: DatabaseContext): Promise<Finding> {
  const { due, oldestSeconds, lastError } = await readBacklog(database.kysely)
  const minutes = Math.round(oldestSeconds / 60)
  return firstOf('outbox', [
    [
      due > 0 && config.mail.mode === 'off', 'warning', `${due} mail(s) wait, but SMTP_URL is empty: no instance like this one sends them.`
    ],
    [
      oldestSeconds > STUCK_SECONDS, 'warning',
      `${due} mail(s) wait, the oldest for ${minutes} minutes (${lastError ?? 'no attempt has ended'}): mend what "mail" above says, or ` +
      'start an instance. They are then sent within half an hour, or at once by POST /admin/mails/{id}/retry.'
    ]
  ], due === 0 ? 'No mail waits to be sent.' : `${due} mail(s) wait to be sent, the oldest for ${oldestSeconds} s.`)
}
