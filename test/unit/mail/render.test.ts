import fc from 'fast-check'
import t from 'tap'
import { de, en, type Language } from '../../../src/languages/index.ts'
import { renderMail, type MailContent } from '../../../src/mail/index.ts'
import { MAIL_PURPOSES } from '../../../src/mail/purposes.ts'

const MAIL = { id: '01890a5d-ac96-774b-bcce-b302099a8057', createdAt: new Date('2026-01-02T03:04:05Z') }
const FROM = { name: 'Example', address: 'accounts@example.com' }
const LINK = 'https://auth.example.com/auth/pages/reset#token=AbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX-_12'
const CODE = '01234567'
const BUTTON_STYLE = 'display:inline-block;padding:12px 20px;border:2px solid;border-radius:6px;color:inherit;font-weight:bold;' +
  'text-decoration:none'

function render (content: Partial<MailContent>, { language = en, appName = 'Example' }: { language?: Language, appName?: string } = {}) {
  return renderMail(MAIL, { to: 'ada@example.com', template: 'password_reset', ...content }, { language, appName, from: FROM })
}

/** What a template needs. */
function toContent (template: MailContent['template']): Partial<MailContent> {
  const isLink = ['registration', 'password_reset', 'invitation'].includes(template)
  const isCode = ['registration', 'email_verification', 'email_change'].includes(template)
  return { template, ...isLink && { link: LINK }, ...isCode && { code: CODE } }
}

/** HTML as it is read. */
function toVisibleText (html: string): string {
  const text = html.replace(/<head>[^]*<\/head>/, '').replace(/<[^>]*>/g, '')
  return text.replace(/&#(\d+);/g, (_entity, code) => String.fromCharCode(Number(code)))
}

t.test('a mail with a link, word for word', async (t) => {
  const { html, ...message } = render({ link: LINK })
  t.strictSame(message, {
    id: MAIL.id,
    date: MAIL.createdAt,
    from: FROM,
    to: 'ada@example.com',
    language: 'en',
    subject: 'A new password for Example',
    text: `Somebody, most likely you, has asked for a new password for your account
at Example.

Choose it here:

  ${LINK}

The link works once, for 1 hour. You are then logged out everywhere.

If it was not you, just ignore this mail: nothing will happen.
`
  })
  t.equal(html, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>A new password for Example</title>
</head>
<body style="margin:0 auto;padding:24px;max-width:36em;font:16px/1.5 system-ui,sans-serif">
<p>Somebody, most likely you, has asked for a new password for your account at Example.</p>
<p>Choose it here:</p>
<p><a href="${LINK}" style="${BUTTON_STYLE}">Choose a new password</a></p>
<p style="font-size:13px;word-break:break-all">${LINK}</p>
<p>The link works once, for 1 hour. You are then logged out everywhere.</p>
<p>If it was not you, just ignore this mail: nothing will happen.</p>
</body>
</html>
`)
})

t.test('a mail with a code has it in its subject and in a line of its own', async (t) => {
  const { subject, text, html } = render(toContent('email_change'), { language: de, appName: 'Beispiel' })
  t.equal(subject, '01234567 ist Ihr Code für Beispiel')
  t.match(text, /^ {2}01234567$/m)
  t.match(html, />01234567<\/p>/)
  t.match(html, /<html lang="de">/)
})

t.test('every mail of every language says all that it has to, and nothing is left to fill in', async (t) => {
  const templates = Object.keys(en.mails) as Array<MailContent['template']>
  t.strictSame(templates.filter((template) => template !== 'account_exists').sort(), [...MAIL_PURPOSES].sort())
  const faults: string[] = []
  for (const language of [en, de]) {
    for (const template of templates) {
      const content = toContent(template)
      const { subject, text, html } = render(content, { language, appName: 'Söhne & Co' })
      const parts = [content.link, content.code].filter((part) => part !== undefined)
      const texts = [subject, text, toVisibleText(html)]
      const isFilled = texts.every((part) => !/[{}]|undefined|null|NaN/.test(part))
      const isWhole = isFilled && parts.every((part) => text.includes(part) && html.includes(part))
      const isTitled = subject.includes('Söhne & Co') && html.includes(`<html lang="${language.code}">`)
      if (!isWhole || !isTitled || /\b0 /.test(text)) faults.push(`${language.code} ${template}`)
    }
  }
  t.strictSame(faults, [])
})

t.test('the lives of links and codes are said in the units of the texts', async (t) => {
  const said = (template: MailContent['template']) => render(toContent(template)).text.match(/\d+ (hours?|days?|minutes?)/g)
  t.strictSame(said('registration'), ['24 hours', '10 minutes'])
  t.strictSame(said('password_reset'), ['1 hour'])
  t.strictSame(said('invitation'), ['7 days'])
  t.strictSame(said('email_verification'), ['10 minutes'])
  t.strictSame(said('email_change'), ['10 minutes'])
})

t.test('nothing is loaded, run or tracked, and no colour is set', async (t) => {
  for (const template of Object.keys(en.mails) as Array<MailContent['template']>) {
    const { html } = render(toContent(template))
    t.notMatch(html, /<(img|script|link|iframe|object|form|input|svg|style|base)\b|url\(|@import|\son\w+=/i)
    t.notMatch(html, /background|bgcolor|[^&]#[0-9a-f]{3,6}[;"]/i)
    const urls = Array.from(html.matchAll(/https?:[^"<]+/g), ([url]) => url)
    t.strictSame(urls.filter((url) => url !== LINK), [])
  }
})

t.test('a name of the service, an address or a link can break out of nothing', async (t) => {
  fc.assert(fc.property(fc.string(), fc.string(), (appName, rest) => {
    const link = `https://auth.example.com/"><script>${rest}`
    const { html, text } = render({ link }, { appName })
    const tags = html.match(/<\/?[a-z]+/g)
    const isPlain = tags?.join() === render({ link: LINK }).html.match(/<\/?[a-z]+/g)?.join()
    return isPlain && toVisibleText(html).includes(link) && text.includes(`  ${link}\n`)
  }))
  for (const appName of ['{code}', '$&', '</p><img src=x>', '" onmouseover="x', '<script>']) {
    t.notMatch(render({ link: LINK }, { appName }).html, /<img|" onmouse|<script/i, appName)
  }
  t.match(render(toContent('email_change'), { appName: '{code}' }).subject, /for \{code\}$/, 'what is filled in is not filled in again')
})

t.test('the address is the one that was typed, with a domain that servers understand', async (t) => {
  const table = [
    ['Ada.Lovelace+x@Example.COM', 'Ada.Lovelace+x@example.com'], ['ada@Bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'], ['ada＠example.com', 'ada@example.com'],
    ['jörg@example.com', 'jörg@example.com']
  ] as const
  t.strictSame(table.map(([typed]) => render({ to: typed }).to), table.map(([, address]) => address))
})
