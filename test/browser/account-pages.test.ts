// The pages that links in mails lead to, as people use them: by keyboard, by ear, on a phone, and without a network.
import type { FastifyInstance } from 'fastify'
import type { Browser, Locator, Page, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { createDatabase, migrateUp } from '../../src/database/index.ts'
import { createLog } from '../../src/http/index.ts'
import { de, en } from '../../src/languages/index.ts'
import { accountPages } from '../../src/pages/index.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'
import { createUser } from '../support/users.ts'
import { findViolations, readFocus, readTree, tabTo } from './accessibility.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { startMailedService, type MailedService } from './mailed-service.ts'

t.setTimeout(600_000)

const { pages: texts } = en
const { errors } = texts
const MIN_LENGTH = 8

const fill = (text: string) => text.replace('{min}', String(MIN_LENGTH)).replace('{minutes}', '10')
const HINT = fill(texts.password_hint)

let opened: Promise<{ service: MailedService, browser: Browser }> | undefined

/** One service and one browser for all tests. */
async function open () {
  opened ??= (async () => {
    const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log: createLog({ level: 'silent' }) })
    t.teardown(() => database.close())
    await migrateUp(database)
    await createUser(database, 'root@example.com', 'admin')
    await createUser(database, 'cleo@example.com')
    const [service, browser] = await Promise.all([startMailedService(t, database, {}, addPages), launch(t)])
    return { service, browser }
  })()
  return opened
}

/** The pages in both languages, without the routes that they call. */
async function addPages (app: FastifyInstance): Promise<void> {
  for (const language of [en, de]) {
    const options = { language, appName: 'Example', passwordMinLength: MIN_LENGTH, registration: 'open', linkUrl: undefined } as const
    await app.register(accountPages, { ...options, prefix: `/${language.code}` })
  }
}

async function openPage (t: Test, path: string, options: Parameters<typeof openContext>[2] = {}) {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser, options)
  const page = await context.newPage()
  await page.goto(path.startsWith('http') ? path : `${service.address}${path}`)
  return { service, page, complaints }
}

/** Of the step that is shown. */
function findField (page: Page, label: string): Locator {
  return page.locator('section:not([hidden])').getByLabel(label, { exact: true })
}

/** Types text into a field that Tab leads to, in place of what is there. */
async function type (page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, findField(page, label))
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}

/** Presses Enter, and waits for the response if a request was sent. @returns where the focus is then */
async function enter (page: Page): Promise<string> {
  await page.keyboard.press('Enter')
  await page.locator('[aria-disabled=true]').waitFor({ state: 'detached' })
  return readFocus(page)
}

async function logIn ({ app }: MailedService, email: string, password: string) {
  return app.inject({ method: 'POST', url: '/auth/login', payload: { email, password } })
}

/** Of responses with a status that tells of an error: the browser logs each. */
const isExpected = (complaint: string) => complaint.includes('Failed to load resource')

const invalid = (label: string, error: string, hint?: string) =>
  `textbox "${label}" (${[error, ...hint === undefined ? [] : [hint]].join(' ')}) invalid required`

t.test('an account is made by the keyboard, with the code of the mail, and each mistake is told', { skip: withoutBrowser }, async (t) => {
  const { service, page, complaints } = await openPage(t, '/auth/pages/register')
  t.strictSame(await readTree(page), [
    `heading "${texts.register.title}"`, `textbox "${texts.email}" required`, `button "${texts.register.ask_button}"`, 'status "" live'
  ])
  await tabTo(page, findField(page, texts.email))
  t.equal(await enter(page), invalid(texts.email, errors.no_email))
  await type(page, texts.email, 'ada@example')
  t.equal(await enter(page), invalid(texts.email, errors.no_email), 'as the service finds')
  await type(page, texts.email, ' Ada@example.com ')
  t.equal(await enter(page), `heading "${texts.register.sent_title}"`)
  t.match(await page.locator('#sent').innerText(), 'There is a mail on its way to Ada@example.com. Open')
  t.strictSame(await readTree(page), [
    `heading "${texts.register.sent_title}"`,
    `textbox "${texts.code}" (${fill(texts.code_hint)}) required`,
    `textbox "${texts.password}" (${HINT}) required`,
    `checkbox "${texts.show_password}"`,
    `button "${texts.register.choose_button}"`,
    'status "" live',
    `button "${texts.register.ask_again}"`
  ])

  const { code = '' } = await service.nextMail('Ada@example.com')
  const wrongCode = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))
  const mistakes: Array<[code: string, password: string, focus: string]> = [
    ['', 'short', invalid(texts.code, errors.no_code, fill(texts.code_hint))],
    [wrongCode, '', invalid(texts.password, errors.no_password, HINT)],
    [wrongCode, '😀'.repeat(MIN_LENGTH - 1), invalid(texts.password, fill(errors.short_password), HINT)],
    [wrongCode, PASSWORD, invalid(texts.code, errors.wrong_code, fill(texts.code_hint))],
    ['no code', PASSWORD, invalid(texts.code, errors.no_code, fill(texts.code_hint))],
    [code, 'password1', invalid(texts.password, errors.common_password, HINT)],
    [code, 'ada@example.com', invalid(texts.password, errors.guessable_password, HINT)],
    [code, 'long '.repeat(60), invalid(texts.password, errors.long_password.replace('{max}', '256'), HINT)],
    [code, 'long '.repeat(300), invalid(texts.password, errors.long_password.replace('{max}', '1024'), HINT)]
  ]
  const told = []
  for (const [code, password] of mistakes) {
    await type(page, texts.code, code)
    await type(page, texts.password, password)
    told.push(await enter(page))
  }
  t.strictSame(told, mistakes.map(([, , focus]) => focus))
  t.equal((await logIn(service, 'ada@example.com', PASSWORD)).statusCode, 401)

  await type(page, texts.code, ` ${code.slice(0, 4)} ${code.slice(4)} `)
  await type(page, texts.password, PASSWORD)
  await tabTo(page, findField(page, texts.show_password))
  await page.keyboard.press('Space')
  t.equal(await findField(page, texts.password).getAttribute('type'), 'text')
  await page.keyboard.press('Space')
  t.equal(await findField(page, texts.password).getAttribute('type'), 'password')
  t.equal(await page.locator('#sent [autocomplete=username]').inputValue(), 'Ada@example.com', 'password managers save both')
  await tabTo(page, page.getByRole('button', { name: texts.register.choose_button }))
  t.equal(await enter(page), `heading "${texts.register.done_title}"`)
  t.strictSame(await readTree(page), [`heading "${texts.register.done_title}"`])
  t.equal((await logIn(service, 'ada@example.com', PASSWORD)).statusCode, 200)
  t.equal(await page.evaluate('Array.from(document.querySelectorAll("input[name]"), ({ value }) => value).join("")'), '', 'nothing is kept')
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('an account is made with the link of the mail, once, and the token leaves the address', { skip: withoutBrowser }, async (t) => {
  const { service, page, complaints } = await openPage(t, '/auth/pages/register')
  await type(page, texts.email, 'bob@example.com')
  await enter(page)
  const { link = '' } = await service.nextMail('bob@example.com')
  // In the tab that shows the page: the browser itself would change nothing but the address.
  await page.goto(link)
  await page.locator('#choose').waitFor()
  t.strictSame(await readTree(page), [
    `heading "${texts.register.title}"`,
    `textbox "${texts.password}" (${HINT}) required`,
    `checkbox "${texts.show_password}"`,
    `button "${texts.register.choose_button}"`,
    'status "" live'
  ])
  const sent: string[] = []
  page.on('request', (request) => sent.push(`${request.method()} ${request.url()} ${request.postData()}`, request.headers().referer ?? ''))
  await type(page, texts.password, PASSWORD)
  t.equal(await enter(page), `heading "${texts.register.done_title}"`)
  const token = link.split('#token=')[1]
  t.strictSame(sent, [`POST ${service.address}/auth/register/complete {"token":"${token}","password":"${PASSWORD}"}`, ''])
  t.equal(page.url(), `${service.address}/auth/pages/register`)
  t.strictSame(await page.context().cookies(), [])

  await page.goto(link)
  await page.locator('#choose').waitFor()
  await type(page, texts.password, NEW_PASSWORD)
  t.equal(await enter(page), `heading "${texts.register.expired_title}"`)
  t.equal(page.url(), `${service.address}/auth/pages/register`)
  await tabTo(page, page.getByRole('button', { name: texts.register.ask_again }))
  t.equal(await enter(page), `heading "${texts.register.title}"`)
  t.equal((await logIn(service, 'bob@example.com', PASSWORD)).statusCode, 200)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a forgotten password is replaced by the keyboard, and too many mails are refused', { skip: withoutBrowser }, async (t) => {
  const { service, page, complaints } = await openPage(t, '/.well-known/change-password')
  t.equal(page.url(), `${service.address}/auth/pages/reset`)
  await type(page, texts.email, 'cleo@example.com')
  t.equal(await enter(page), `heading "${texts.reset.sent_title}"`)
  t.strictSame(await readTree(page), [`heading "${texts.reset.sent_title}"`, `button "${texts.reset.ask_again}"`])
  for (let mails = 1; mails < 3; mails++) {
    await tabTo(page, page.getByRole('button', { name: texts.reset.ask_again }))
    t.equal(await enter(page), `heading "${texts.reset.title}"`)
    await tabTo(page, findField(page, texts.email))
    t.equal(await enter(page), `heading "${texts.reset.sent_title}"`, 'the address need not be typed again')
  }
  await tabTo(page, page.getByRole('button', { name: texts.reset.ask_again }))
  await enter(page)
  await tabTo(page, findField(page, texts.email))
  t.equal(await enter(page), 'alert "" live')
  t.match(await page.locator(':focus').innerText(), /^These were too many attempts. Try again in (60|59) seconds.$/)

  const { link = '' } = await service.nextMail('cleo@example.com')
  const session = (await logIn(service, 'cleo@example.com', PASSWORD)).json()
  await page.goto(link)
  await page.locator('#choose').waitFor()
  await type(page, texts.password, NEW_PASSWORD)
  t.equal(await enter(page), `heading "${texts.reset.done_title}"`)
  t.equal((await logIn(service, 'cleo@example.com', NEW_PASSWORD)).statusCode, 200)
  t.equal((await logIn(service, 'cleo@example.com', PASSWORD)).statusCode, 401)
  const { statusCode } = await service.app.inject({ url: '/me', headers: { authorization: `Bearer ${session.access_token}` } })
  t.equal(statusCode, 401)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('whoever has lost an invitation is led to a page that sends another link', { skip: withoutBrowser }, async (t) => {
  const { service, page } = await openPage(t, '/auth/pages/invite')
  t.strictSame(await readTree(page), [`heading "${texts.invite.title}"`, `link "${texts.invite.ask_again}"`])
  await tabTo(page, page.getByRole('link', { name: texts.invite.ask_again }))
  await page.keyboard.press('Enter')
  await page.waitForURL(`${service.address}/auth/pages/reset`)
  for (const token of ['of-no-mail', 'long'.repeat(100)]) {
    await page.goto(`${service.address}/auth/pages/invite#token=${token}`)
    await type(page, texts.password, PASSWORD)
    t.equal(await enter(page), `heading "${texts.invite.expired_title}"`)
    t.strictSame(await readTree(page), [`heading "${texts.invite.expired_title}"`, `link "${texts.invite.ask_again}"`])
  }
})

t.test('without a network nothing that was typed is lost, and a form is sent once at a time', { skip: withoutBrowser }, async (t) => {
  const { page } = await openPage(t, '/auth/pages/reset')
  await type(page, texts.email, 'dora@example.com')
  await page.context().setOffline(true)
  t.equal(await enter(page), 'alert "" live')
  t.equal(await page.locator(':focus').innerText(), errors.unreachable)
  t.equal(await findField(page, texts.email).inputValue(), 'dora@example.com')
  await page.context().setOffline(false)

  const held: Route[] = []
  await page.route('**/auth/password-reset', (route) => { held.push(route) })
  await tabTo(page, findField(page, texts.email))
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Enter')
  t.equal(await page.locator('#ask [role=status]').innerText(), texts.busy)
  t.equal(await page.locator('#ask .error:visible').count(), 0, 'the error of before is gone')
  t.equal(held.length, 1)
  await held[0]?.continue()
  await page.getByRole('heading', { name: texts.reset.sent_title }).waitFor()
  t.equal(await readFocus(page), `heading "${texts.reset.sent_title}"`)
})

t.test('what answers in place of the service is not taken for it', { skip: withoutBrowser }, async (t) => {
  const { page } = await openPage(t, '/auth/pages/reset')
  for (const response of [{ status: 200, body: 'Log in to the hotel' }, { status: 502, body: '<h1>Bad Gateway</h1>' }]) {
    await page.route('**/auth/password-reset', (route) => route.fulfill({ contentType: 'text/html', ...response }))
    await type(page, texts.email, 'dora@example.com')
    t.equal(await enter(page), 'alert "" live')
    t.equal(await page.locator(':focus').innerText(), errors.failed)
    await page.unroute('**/auth/password-reset')
  }
})

t.test('without JavaScript a page says that it needs it, and has nothing to type into', { skip: withoutBrowser }, async (t) => {
  const { page } = await openPage(t, '/auth/pages/register#token=x', { javaScriptEnabled: false })
  t.equal(await page.getByRole('heading').innerText(), texts.register.title)
  t.equal(await page.locator('noscript p').innerText(), texts.noscript)
  t.equal(await page.locator('input:visible, button:visible').count(), 0)
})

const SCREENSHOTS = process.env.SCREENSHOTS

for (const [colorScheme, language] of [['light', en], ['dark', de]] as const) {
  const name = `every step of every page obeys the rules of accessibility and fits on a phone (${language.code}, ${colorScheme})`
  t.test(name, { skip: withoutBrowser }, async (t) => {
    const { service } = await open()
    const viewport = { width: 360, height: 740 }
    const { page, complaints } = await openPage(t, '/', { viewport, colorScheme, hasTouch: true })
    for (const name of ['register', 'reset', 'invite']) {
      await page.goto(`${service.address}/${language.code}/auth/pages/${name}`)
      const steps: string[] = await page.evaluate('Array.from(document.querySelectorAll("section"), ({ id }) => id)')
      t.strictSame(steps, name === 'invite' ? ['ask', 'choose', 'done', 'expired'] : ['ask', 'sent', 'choose', 'done', 'expired'])
      for (const step of steps) {
        // With every error at once, the longest there is.
        await page.evaluate(`{
          const texts = Object.values(JSON.parse(document.querySelector('#errors').textContent)).sort((a, b) => b.length - a.length)
          for (const section of document.querySelectorAll('section')) section.hidden = section.id !== '${step}'
          for (const error of document.querySelectorAll('.error')) [error.hidden, error.textContent] = [false, texts[0]]
          for (const input of document.querySelectorAll('input[name]')) input.setAttribute('aria-invalid', 'true')
          const email = 'somebody.with.a.long.name@department.of.example.com'
          for (const place of document.querySelectorAll('[data-value=email]')) place.textContent = email
        }`)
        t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, `${name} ${step} is as wide as the screen`)
        t.strictSame(await findViolations(page), [], `${name} ${step}`)
        const path = `${SCREENSHOTS}/${language.code}-${colorScheme}-${name}-${step}.png`
        if (SCREENSHOTS !== undefined) await page.screenshot({ path, fullPage: true })
      }
    }
    const background = colorScheme === 'dark' ? 'rgb(23, 25, 28)' : 'rgb(255, 255, 255)'
    t.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), background)
    t.strictSame(complaints, [])
  })
}

t.test('the pages of the program that is shipped work, too', { skip: withoutBrowser }, async (t) => {
  const { browser } = await open()
  const service = await startService(t, { DATA_DIR: t.testdir() })
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(`${service.address}/auth/pages/reset`)
  await type(page, texts.email, 'ada@example.com')
  t.equal(await enter(page), `heading "${texts.reset.sent_title}"`)
  t.strictSame(complaints, [])
})
