// The pages that links in mails lead to, without a browser.
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { createDatabase, migrateUp } from '../../../src/database/index.ts'
import { createLog } from '../../../src/http/index.ts'
import { de, en } from '../../../src/languages/index.ts'
import { accountPages } from '../../../src/pages/index.ts'
import type { PageOptions } from '../../../src/pages/steps.ts'
import { STYLE } from '../../../src/pages/style.ts'
import { createService } from '../../support/service.ts'
import { until } from '../../support/until.ts'
import { createHttpApp } from '../http/http-app.ts'

const PAGES = ['register', 'reset', 'invite'] as const

async function createPages (t: Test, options: Partial<PageOptions> & { linkUrl?: string } = {}) {
  const service = await createHttpApp(t)
  await service.register(accountPages, {
    language: en, appName: 'Example', passwordMinLength: 12, registration: 'open', linkUrl: undefined, ...options
  })
  return service
}

/** Script and style are elements of the head; a JSON element runs nothing. */
function findInline (html: string) {
  const elements = [...html.matchAll(/<(style|script)([^>]*)>([^]*?)<\/\1>/g)].map(([, tag = '', attributes = '', text = '']) => ({
    kind: `${tag}${attributes}`, hash: `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  }))
  return { kinds: elements.map(({ kind }) => kind), hashes: elements.map(({ hash }) => hash) }
}

t.test('a page runs its one script and calls its own origin, by its policy; it is not in search engines, and sets nothing', async (t) => {
  const service = await createPages(t)
  for (const name of PAGES) {
    const { statusCode, body, headers } = await service.inject({ url: `/auth/pages/${name}`, headers: { 'sec-fetch-site': 'cross-site' } })
    const { kinds, hashes: [style, script] } = findInline(body)
    t.strictSame(kinds, ['style', 'script type="module"', 'script type="application/json" id="errors"'], name)
    const { connection, date, 'content-length': length, ...rest } = headers
    t.strictSame({ statusCode, ...rest }, {
      statusCode: 200,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none';style-src ${style};script-src ${script};connect-src 'self';img-src data:;` +
        "base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      vary: 'Origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex'
    })
    t.notMatch(body, /\s(on\w+|style|src|action)=/, 'nothing else runs, is styled, is loaded or is posted to')
    t.equal((await service.inject(`/auth/pages/${name}?anything`)).body, body, 'everybody gets the same')
  }
})

t.test('every address in a page is relative, because a proxy may serve us below a prefix', async (t) => {
  const service = await createPages(t)
  const addresses = []
  for (const name of PAGES) {
    const { body } = await service.inject(`/auth/pages/${name}`)
    addresses.push(...Array.from(body.matchAll(/(?:href|data-path)="([^"]*)"/g), ([, address]) => `${name}: ${address}`))
  }
  t.strictSame(addresses, [
    'register: data:,', 'register: ../register', 'register: ../register/complete', 'register: ../register/complete',
    'reset: data:,', 'reset: ../password-reset', 'reset: ../password-reset/complete',
    'invite: data:,', 'invite: reset', 'invite: ../password-reset/complete', 'invite: reset'
  ])
})

t.test('the name of the service, and every text, is text', async (t) => {
  const appName = 'A & B\'s "<b>" </script>$&{min}'
  const errors = { ...en.pages.errors, failed: 'Ask {app}.</script><script>' }
  const pages = { ...en.pages, busy: '"<i>', register: { ...en.pages.register, title: '<u>' }, errors }
  const service = await createPages(t, { appName, language: { ...en, code: 'en"<', pages } })
  const { body } = await service.inject('/auth/pages/register')
  const escaped = 'A &#38; B&#39;s &#34;&#60;b&#62;&#34; &#60;/script&#62;$&#38;{min}'
  t.match(body, `<title>&#60;u&#62; · ${escaped}</title>`)
  t.match(body, `<p>Log in to ${escaped} with your e-mail address`)
  t.match(body, 'data-busy="&#34;&#60;i&#62;"')
  t.match(body, '<html lang="en&#34;&#60;">')
  t.strictSame(body.match(/<\/?(script|[biu])\b/g), ['<script', '</script', '<script', '</script'])
  const [, json = ''] = /id="errors">([^]*?)<\/script>/.exec(body) ?? []
  t.strictSame(JSON.parse(json).failed, `Ask ${appName}.</script><script>`)
})

t.test('every field has a label, every id is there once, and the password is of the length that the settings ask for', async (t) => {
  for (const language of [en, de]) {
    const service = await createPages(t, { language, passwordMinLength: 17 })
    for (const name of PAGES) {
      const { body } = await service.inject(`/auth/pages/${name}`)
      const message = `${name} ${language.code}`
      t.match(body, `<html lang="${language.code}">`)
      const ids = Array.from(body.matchAll(/\sid="([^"]+)"/g), ([, id = '']) => id)
      t.strictSame(ids, [...new Set(ids)], message)
      const named = Array.from(body.matchAll(/(?:for|data-shows|data-next|data-step|aria-describedby)="([^"]+)"/g), ([, id = '']) => id)
      t.strictSame(named.flatMap((list) => list.split(' ')).filter((id) => !ids.includes(id)), [], message)
      const inputs = Array.from(body.matchAll(/<input(?![^>]*hidden)[^>]* id="([^"]+)"/g), ([, id = '']) => id)
      t.strictSame(inputs.filter((id) => !body.includes(`<label for="${id}">`)), [], message)
      t.match(body, 'autocomplete="new-password" minlength="17"', message)
      t.match(body, language.pages.errors.short_password.replace('{min}', '17'), message)
      t.notMatch(body.slice(body.indexOf('<body>')), /\{(?!wait|max)\w+\}/, 'every value is filled in')
      t.match(body, `<noscript>\n<h1>${language.pages[name].title}</h1>\n<p>${language.pages.noscript}</p>`)
      t.notMatch(body, /<section (?!id="\w+" hidden>)/, 'without JavaScript no form is shown')
    }
  }
})

t.test('where registration is closed, its page has no form for an e-mail', async (t) => {
  const { body } = await (await createPages(t, { registration: 'closed' })).inject('/auth/pages/register')
  t.match(body, en.pages.register.closed.replace('{app}', 'Example'))
  t.notMatch(body, /<input [^>]*name="(?:email|code)"/)
  t.match(body, /<input [^>]*name="password"/, 'links that are on their way still lead somewhere')
})

t.test('/.well-known/change-password leads to our page, or to that of the team', async (t) => {
  const locations = []
  for (const options of [{}, { linkUrl: 'https://app.example.com/account' }]) {
    const { statusCode, headers } = await (await createPages(t, options)).inject('/.well-known/change-password')
    locations.push(`${statusCode} ${headers.location}`)
  }
  t.strictSame(locations, ['302 ../auth/pages/reset', '302 https://app.example.com/account?purpose=reset'])
})

t.test('the pages are there, in the language and with the name of the settings, while the service sends mail', async (t) => {
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log: createLog({ level: 'silent' }) })
  t.teardown(() => database.close())
  await migrateUp(database)
  const paths = [...PAGES.map((name) => `/auth/pages/${name}`), '/.well-known/change-password']
  const settings = { MAIL_LANGUAGE: 'de', APP_NAME: 'Beispiel', PASSWORD_MIN_LENGTH: '15' }
  const { app } = await createService(t, database, { settings: { ...settings, HOST: '127.0.0.1' } })
  const { app: mute } = await createService(t, database, { settings })
  // The start of the database has kept the process busy, so it may shed load at first.
  await until(async () => (await app.inject('/auth/pages/reset')).statusCode !== 503)
  const [statuses, muteStatuses]: [number[], number[]] = [[], []]
  for (const path of paths) {
    statuses.push((await app.inject(path)).statusCode)
    muteStatuses.push((await mute.inject(path)).statusCode)
  }
  t.strictSame([statuses, muteStatuses], [[200, 200, 200, 302], [404, 404, 404, 404]])
  const { body } = await app.inject('/auth/pages/invite')
  t.match(body, '<html lang="de">')
  t.match(body, '<title>Passwort wählen · Beispiel</title>')
  t.match(body, 'minlength="15"')
})

t.test('nothing in the pages moves, for people whom motion makes ill', async (t) => {
  t.notMatch(STYLE, /animation|transition|transform|scroll-behavior/)
})
