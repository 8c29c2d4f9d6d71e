// The only file that knows nodemailer. It is loaded only where SMTP_URL is set.
import type { NodemailerError, SendMailOptions, SMTPPoolOptions } from 'nodemailer'
import type { FailureReason } from './retry-policy.ts'
import { DeliveryError, type Message, type Transport } from './transport.ts'

interface SmtpOptions {
  host: string
  port: number
  /** TLS from the first byte. */
  secure: boolean
  /** Whether nothing is sent without STARTTLS; otherwise it is not used. */
  requireTls: boolean
  auth: { user: string, pass: string } | undefined
  /** Connections at once. */
  connections?: number
}

const CONNECTIONS = 5
/** Nodemailer's are minutes. The attempt as a whole has its own end. */
const CONNECT_MS = 10_000
const SILENCE_MS = 20_000
const IDLE_MS = 60_000

/** What nodemailer calls commands; anything else is not written down. */
const COMMAND = /^(CONN|EHLO|HELO|STARTTLS|AUTH [A-Z0-9-]{1,20}|MAIL FROM|RCPT TO|DATA|RSET|API)$/
/** Of Node, such as DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE and ERR_TLS_CERT_ALTNAME_INVALID. */
const CERTIFICATE_FAULT = /CERT|TLS|SSL|EPROTO$|^UNABLE_TO_/
/** RFC 3463 */
const ENHANCED_STATUS = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)/

/** @returns a transport with pooled connections: the first is opened for the first mail */
export async function createSmtpTransport (options: SmtpOptions): Promise<Transport> {
  const { createTransport } = await import('nodemailer')
  const pool = createTransport(toPoolOptions(options))
  // A connection that fails while it is idle.
  pool.on('error', () => {})

  return {
    async send (message, signal) {
      if (!ONE_ADDRESS.test(message.to)) throw new DeliveryError('RCPT TO malformed', { reason: 'recipient', replyCode: 553 })
      try {
        await pool.sendMail({ ...toMail(message), signal })
      } catch (error) {
        throw toDeliveryError(error)
      }
    },
    close: () => pool.transporter.close?.({ force: true })
  }
}

/**
 * Connects, logs in and sends nothing.
 *
 * @throws DeliveryError
 */
export async function verifySmtp (options: SmtpOptions): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const { pool: _pool, ...single } = toPoolOptions(options)
  const transport = createTransport(single)
  try {
    await transport.verify()
  } catch (error) {
    throw toDeliveryError(error)
  } finally {
    transport.close()
  }
}

function toPoolOptions (options: SmtpOptions): SMTPPoolOptions & { pool: true } {
  const { host, port, secure, requireTls, auth, connections = CONNECTIONS } = options
  return {
    pool: true,
    host,
    port,
    secure,
    requireTLS: requireTls,
    ignoreTLS: !requireTls,
    auth: auth && { ...auth },
    // Credentials that the server does not ask for are a mistake: without this, they are left out silently.
    forceAuth: auth !== undefined,
    maxConnections: connections,
    // Only the sender tries again: its attempts are counted. One, for a connection that the server has closed while it was idle.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    socketCloseTimeout: 1_000,
    idleTimeout: IDLE_MS,
    disableFileAccess: true,
    disableUrlAccess: true
  }
}

/** Nodemailer reads an address as a list of them. Ours were parsed before; a row that came another way is not sent to many. */
const ONE_ADDRESS = /^[^\s@,;:<>()"\p{C}]+@[^\s@,;:<>()"\p{C}]+$/u

function toMail ({ id, date, from, to, subject, text, html, language }: Message): SendMailOptions {
  // Objects: a text would be parsed as a list of addresses. A copy: nodemailer writes to it, and the settings are frozen.
  return {
    from: { ...from },
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    date,
    subject,
    text,
    html,
    // Lines of more than 76 letters stay whole, which a link needs.
    encoding: 'quoted-printable',
    // RFC 3834 5, so that nobody is told about holidays.
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language }
  }
}

function toDeliveryError (error: unknown): DeliveryError {
  const { code = '', command = '', response = '', responseCode, originalCode } = toNodemailerError(error)
  const reason = CERTIFICATE_FAULT.test(originalCode ?? '') ? 'tls' : toReason(code, command)
  const names = [COMMAND.test(command) ? command : '', responseCode ?? originalCode ?? code, ENHANCED_STATUS.exec(response)?.[1] ?? '']
  const summary = names.map(String).filter((name) => /^[\w. -]+$/.test(name)).join(' ')
  return new DeliveryError(summary === '' ? 'unknown' : summary, { reason, replyCode: responseCode, cause: error })
}

function toNodemailerError (error: unknown): Partial<NodemailerError> & { originalCode?: string } {
  return error instanceof Error ? error : {}
}

function toReason (code: string, command: string): FailureReason {
  if (code === 'EABORT' || code === 'ETIMEDOUT') return 'timeout'
  if (code === 'ETLS' || command === 'STARTTLS') return 'tls'
  if (command.startsWith('AUTH') || code === 'EAUTH' || code === 'ENOAUTH') return 'auth'
  if (command === 'MAIL FROM') return 'sender'
  if (command === 'RCPT TO') return 'recipient'
  if (command === 'DATA') return 'data'
  if (['ECONNECTION', 'ESOCKET', 'EDNS', 'EPROTOCOL'].includes(code)) return 'connection'
  return 'other'
}
