import { normalizeEmail } from '../accounts/index.ts'
import type { Language, MailText } from '../languages/index.ts'
import type { DueMail, MailContent } from './content.ts'
import { CODE_SECONDS, LINK_SECONDS } from './purposes.ts'
import type { Mailbox, Message } from './transport.ts'

interface RenderOptions {
  language: Language
  /** As users know the service. */
  appName: string
  from: Mailbox
}

/** Of the text part; a link is never broken. */
const LINE_LENGTH = 74

/**
 * Makes a mail: plain text, and HTML without colours, scripts, images and anything that is loaded.
 *
 * @param mail as it was leased: id and date are the same for each attempt
 * @param content what it says
 */
export function renderMail (mail: Pick<DueMail, 'id' | 'createdAt'>, content: MailContent, options: RenderOptions): Message {
  const { language, appName, from } = options
  const template = language.mails[content.template]
  const texts = fillTexts(template, toValues(content, appName))
  return {
    id: mail.id,
    date: mail.createdAt,
    from,
    to: toMailbox(content.to),
    subject: texts.subject,
    text: toText(texts, content),
    html: toHtml(texts, content, language.code),
    language: language.code
  }
}

/** The local part is the mailbox's own affair; the domain is written in ASCII, as servers want it. */
function toMailbox (email: string): string {
  const text = email.normalize('NFKC')
  const normalized = normalizeEmail(email)
  return text.slice(0, text.lastIndexOf('@')) + normalized.slice(normalized.lastIndexOf('@'))
}

function toValues ({ template, code = '' }: MailContent, appName: string): Map<string, string> {
  const seconds = Object.entries(LINK_SECONDS).find(([purpose]) => purpose === template)?.[1] ?? 0
  const [hours, days, minutes] = [seconds / 3600, seconds / 86_400, CODE_SECONDS / 60]
  return new Map(Object.entries({ app: appName, code, hours: `${hours}`, days: `${days}`, minutes: `${minutes}` }))
}

function fillTexts ({ subject, before, button, after }: MailText, values: ReadonlyMap<string, string>): Required<MailText> {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
  return { subject: fill(subject), before: before.map(fill), button: fill(button ?? ''), after: after.map(fill) }
}

function toText ({ before, after }: Required<MailText>, { link, code = '' }: MailContent): string {
  return [...before.map(wrap), `  ${link ?? code}`, ...after.map(wrap)].filter((part) => part.trim() !== '').join('\n\n') + '\n'
}

function wrap (paragraph: string): string {
  const lines: string[] = []
  for (const word of paragraph.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`
    if (lines.length > 0 && longer.length <= LINE_LENGTH) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.join('\n')
}

// Colours are those of the reader's program, light or dark: a border without a colour has that of the text.
const BODY_STYLE = 'margin:0 auto;padding:24px;max-width:36em;font:16px/1.5 system-ui,sans-serif'
const BUTTON_STYLE = 'display:inline-block;padding:12px 20px;border:2px solid;border-radius:6px;color:inherit;font-weight:bold;' +
  'text-decoration:none'
const LINK_STYLE = 'font-size:13px;word-break:break-all'
const CODE_STYLE = 'font:bold 28px/1.2 ui-monospace,monospace;letter-spacing:4px'

function toHtml ({ subject, before, button, after }: Required<MailText>, { link, code }: MailContent, language: string): string {
  const paragraphs = (texts: readonly string[]) => texts.map((text) => `<p>${escapeHtml(text)}</p>\n`).join('')
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="${BODY_STYLE}">
${paragraphs(before)}${link === undefined ? toCodeHtml(code) : toLinkHtml(link, button)}${paragraphs(after)}</body>
</html>
`
}

function toLinkHtml (link: string, button: string): string {
  const href = escapeHtml(link)
  return `<p><a href="${href}" style="${BUTTON_STYLE}">${escapeHtml(button)}</a></p>\n<p style="${LINK_STYLE}">${href}</p>\n`
}

function toCodeHtml (code: string | undefined): string {
  return code === undefined ? '' : `<p style="${CODE_STYLE}">${escapeHtml(code)}</p>\n`
}

function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
