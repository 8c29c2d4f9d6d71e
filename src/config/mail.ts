// The settings of mail.
import { isAbsolute } from 'node:path'
import { isLoopback } from '../contract/index.ts'
import type { Settings } from './schema.ts'
import { ConfigError } from './values.ts'

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

export interface SmtpConfig {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (RFC 8314), not STARTTLS. */
  readonly secure: boolean
  /** Whether nothing is sent without STARTTLS. */
  readonly requireTls: boolean
  readonly auth: { readonly user: string, readonly pass: string } | undefined
}

type MailSettings = Pick<Settings, 'SMTP_URL' | 'MAIL_FROM' | 'MAIL_LANGUAGE' | 'APP_NAME' | 'LINK_URL'>

const LOCAL_SENDER = 'gatepass@localhost'

/** @throws ConfigError */
export function parseMail (env: MailSettings, { isEmbedded, isLoopback }: { isEmbedded: boolean, isLoopback: boolean }): MailConfig {
  const smtp = env.SMTP_URL === '' ? undefined : parseSmtpUrl(env.SMTP_URL)
  if (smtp !== undefined && env.MAIL_FROM === '') throw new ConfigError('MAIL_FROM is required with SMTP_URL: the address that mails come from.')
  if (/[\p{C}<>"]/u.test(env.APP_NAME)) throw new ConfigError('APP_NAME must be a name, in one line, without quotes and angle brackets.')
  return {
    mode: smtp !== undefined ? 'smtp' : isEmbedded && isLoopback ? 'inbox' : 'off',
    smtp,
    from: parseFrom(env.MAIL_FROM === '' ? LOCAL_SENDER : env.MAIL_FROM, env.APP_NAME),
    appName: env.APP_NAME,
    linkUrl: env.LINK_URL === '' ? undefined : parseLinkUrl(env.LINK_URL),
    language: parseLanguage(env.MAIL_LANGUAGE)
  }
}

/** smtp: with STARTTLS, which `?ignoreTLS=true` and a server on this machine do without; smtps: TLS from the start. */
function parseSmtpUrl (value: string): SmtpConfig {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '' || !['', '/'].includes(url.pathname)) {
    throw new ConfigError('SMTP_URL must be a URL such as smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start.')
  }
  for (const [name, given] of url.searchParams) {
    if (name !== 'ignoreTLS' || given !== 'true') throw new ConfigError('SMTP_URL may have the parameter ignoreTLS=true, and no other.')
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isOptional = isLoopback(url.hostname.toLowerCase()) || url.searchParams.has('ignoreTLS')
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && !isOptional,
    auth: url.username === '' ? undefined : { user: decode(url.username), pass: decode(url.password) }
  }
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new ConfigError('SMTP_URL has a % that encodes nothing: write % itself as %25.', { cause })
  }
}

/** RFC 5322 3.4, without comments and groups. */
function parseFrom (value: string, appName: string): MailConfig['from'] {
  const [, name = '', address = ''] = /^(?:"?([^"<>\p{C}]*?)"?\s*<([^<>]+)>|)$/u.exec(value) ?? [undefined, '', value]
  if (!/^[^\s@<>",;:\p{C}]+@[^\s@<>",;:\p{C}]+$/u.test(address)) {
    throw new ConfigError('MAIL_FROM must be an address such as accounts@example.com, or "Example <accounts@example.com>".')
  }
  return { name: name === '' ? appName : name, address }
}

/** The purpose and the token are added: the token behind "#", which a browser does not send. */
function parseLinkUrl (value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isSafe = url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  if (!isSafe || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new ConfigError('LINK_URL must be an https URL such as https://app.example.com/account, with no query and no fragment.')
  }
  return value
}

function parseLanguage (value: string): string {
  if (value === 'en' || value === 'de' || (isAbsolute(value) || value.startsWith('.')) && value.endsWith('.json')) return value
  throw new ConfigError('MAIL_LANGUAGE must be en, de, or the path of a JSON file, such as ./mails.fr.json.')
}
