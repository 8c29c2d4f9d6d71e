// The settings of mail.
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { isLoopback } from '../contract/index.ts'
import type { Settings } from './schema.ts'
import { ConfigError, isLoopbackHost } from './values.ts'

export interface MailConfig {
  /** `inbox`: mails are kept in memory, to be read at /dev/mails; `off`: what needs mail is refused. */
  readonly mode: 'smtp' | 'inbox' | 'off'
  /** Undefined unless `mode` is smtp. */
  readonly smtp: SmtpConfig | undefined
  readonly from: { readonly name: string, readonly address: string }
  /** As users know the service. */
  readonly appName: string
  /** Where links lead: a page of the team; undefined: our own pages. */
  readonly linkUrl: string | undefined
  /** `en`, `de`, or the path of a JSON file. */
  readonly language: string
}

interface SmtpConfig {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (RFC 8314), not STARTTLS. */
  readonly secure: boolean
  /** Whether nothing is sent without STARTTLS; otherwise it is not used. */
  readonly requireTls: boolean
  readonly auth: { readonly user: string, readonly pass: string } | undefined
}

type MailSettings = Pick<Settings, 'SMTP_URL' | 'MAIL_FROM' | 'MAIL_LANGUAGE' | 'APP_NAME' | 'LINK_URL'>

/** Where the service runs. */
interface Place {
  isEmbedded: boolean
  /** Whether HOST is of this machine. */
  isLoopback: boolean
  issuer: string
}

const LOCAL_SENDER = 'gatepass@localhost'

/** @throws ConfigError */
export function parseMail (env: MailSettings, place: Place): MailConfig {
  const smtp = env.SMTP_URL === '' ? undefined : parseSmtpUrl(env.SMTP_URL)
  if (smtp !== undefined && env.MAIL_FROM === '') {
    throw new ConfigError('MAIL_FROM is required with SMTP_URL: the address that mails come from.')
  }
  if (!/^[^\p{C}\p{Zl}\p{Zp}<>"]*$/u.test(env.APP_NAME) || env.APP_NAME.trim() === '') {
    throw new ConfigError('APP_NAME must be a name, in one line, without quotes and angle brackets.')
  }
  return {
    mode: smtp !== undefined ? 'smtp' : isPrivate(place) ? 'inbox' : 'off',
    smtp,
    from: parseFrom(env.MAIL_FROM === '' ? LOCAL_SENDER : env.MAIL_FROM.trim(), env.APP_NAME),
    appName: env.APP_NAME,
    linkUrl: env.LINK_URL === '' ? undefined : parseLinkUrl(env.LINK_URL),
    language: parseLanguage(env.MAIL_LANGUAGE)
  }
}

/** A service behind a proxy listens on loopback, too; its ISSUER says that it is public, and whoever reads a mail gets into the account. */
function isPrivate ({ isEmbedded, isLoopback: isLocal, issuer }: Place): boolean {
  return isEmbedded && isLocal && isLoopback(new URL(issuer).hostname)
}

/** smtp: with STARTTLS, which `?ignoreTLS=true` and a server on this machine do without; smtps: TLS from the start. */
function parseSmtpUrl (value: string): SmtpConfig {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || !['', '/'].includes(url.pathname) || url.hash !== '') {
    throw new ConfigError('SMTP_URL must be a URL such as smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start; ' +
      'in the password, write # as %23, / as %2F and ? as %3F.')
  }
  for (const [name, given] of url.searchParams) {
    if (name !== 'ignoreTLS' || given !== 'true') throw new ConfigError('SMTP_URL may have the parameter ignoreTLS=true, and no other.')
  }
  const secure = url.protocol === 'smtps:'
  const host = parseSmtpHost(url.hostname)
  return {
    host,
    port: parseSmtpPort(url.port, secure ? 465 : 587),
    secure,
    requireTls: !secure && !isLoopbackHost(host) && !url.searchParams.has('ignoreTLS'),
    auth: parseAuth(url)
  }
}

/** A URL of this scheme has its host as it was written, with percent signs for what is not ASCII. */
function parseSmtpHost (hostname: string): string {
  const address = /^\[(.*)\]$/.exec(hostname)?.[1]
  const host = address ?? domainToASCII(decode(hostname))
  if (isIP(host) === 0 && !/^(?=.*[a-z])[\w-]+(\.[\w-]+)*\.?$/.test(host)) throw new ConfigError('SMTP_URL has no valid host.')
  return host
}

function parseSmtpPort (port: string, byDefault: number): number {
  if (port === '0') throw new ConfigError('SMTP_URL has no valid port.')
  return port === '' ? byDefault : Number(port)
}

function parseAuth ({ username, password }: URL): SmtpConfig['auth'] {
  if (username === '' && password === '') return undefined
  const [user, pass] = [decode(username), decode(password)]
  if (user === '' || pass === '') throw new ConfigError('SMTP_URL must have a user and a password, or neither.')
  if (/\p{Cc}/u.test(user + pass)) throw new ConfigError('SMTP_URL has a control character in the user or in the password.')
  return { user, pass }
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new ConfigError('SMTP_URL has a % that encodes nothing: write % itself as %25.', { cause })
  }
}

/** RFC 5322 3.4, without comments, groups and quoted local parts. The domain may be one in Unicode. */
function parseFrom (value: string, appName: string): MailConfig['from'] {
  const [, quoted = '', plain = '', address = value] = /^(?:"([^"\\<>\p{C}]*)"|([^"<>\p{C}]*?))\s*<([^<>]+)>$/u.exec(value) ?? []
  const [, localPart = '', domain = ''] = /^([!#-'*+./0-9=?A-Z^_`a-z{|}~-]{1,64})@([^\s@]+)$/.exec(address) ?? []
  const asciiDomain = domainToASCII(domain)
  if (localPart === '' || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(asciiDomain)) {
    throw new ConfigError('MAIL_FROM must be an address such as accounts@example.com, or "Example <accounts@example.com>".')
  }
  const name = (quoted + plain).trim()
  return { name: name === '' ? appName : name, address: `${localPart}@${asciiDomain}` }
}

/** The purpose and the token are added: the token behind "#", which a browser does not send. */
function parseLinkUrl (value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isSafe = url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  if (!isSafe || /[?#]/.test(value) || url.username + url.password !== '') {
    throw new ConfigError('LINK_URL must be an https URL such as https://app.example.com/account, with no query and no fragment.')
  }
  return url.href
}

function parseLanguage (value: string): string {
  if (value === 'en' || value === 'de' || value.endsWith('.json')) return value
  throw new ConfigError('MAIL_LANGUAGE must be en, de, or the path of a JSON file, such as mails.fr.json.')
}
