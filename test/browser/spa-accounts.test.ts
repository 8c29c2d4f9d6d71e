// The example page and that of docs/accounts.md: people open accounts, choose new passwords, change their address. Mails are those of the
// real service.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { listCodeBlocks } from '../support/documents.ts'
import { until } from '../support/until.ts'
import { findViolations } from './accessibility.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { askForTip, heading, isLoggedIn, isLoggedOut, press, startStage, type } from './spa.ts'

t.setTimeout(600_000)

const FIRST = 'correct horse, first staple'
const SECOND = 'another horse, second staple'

type Stage = Awaited<ReturnType<typeof startStage>>

let opened: Promise<{ stage: Stage, browser: Browser, own: string }> | undefined

/** One service, two pages and one browser for all tests. */
async function open () {
  opened ??= start()
  return opened
}

async function start () {
  const own = await serveOwn()
  const [stage, browser] = await Promise.all([startStage(t, { CORS_ORIGINS: own }), launch(t)])
  html = html.replace('https://auth.example.com', stage.issuer)
  return { stage, browser, own }
}

let [html = ''] = listCodeBlocks('html', readFileSync('docs/accounts.md', 'utf8'))

/** The page of docs/accounts.md. @returns its origin */
async function serveOwn (): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** What a browser says of refusals that are meant here. */
const isExpected = (complaint: string): boolean => /status of (401|403|409|422) /.test(complaint)

interface Mail {
  to: string
  subject: string
  text: string
}

/** @returns the text of the newest mail to an address, once there are so many */
async function readMail ({ issuer }: Stage, to: string, count = 1): Promise<Mail> {
  let found: Mail[] = []
  await until(async () => {
    const { mails } = await (await fetch(`${issuer}/dev/mails`, { headers: { accept: 'application/json' } })).json() as { mails: Mail[] }
    found = mails.filter((mail) => mail.to === to)
    return found.length >= count
  })
  return found[0] ?? { to, subject: '', text: '' }
}

const toLink = ({ text }: Mail): string => /https?:\/\/\S+/.exec(text)?.[0] ?? ''
const toCode = ({ text }: Mail): string => /\b\d{8}\b/.exec(text)?.[0] ?? ''

async function openPage (context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address)
  return page
}

async function register (page: Page, stage: Stage, email: string): Promise<Mail> {
  await press(page, 'Register')
  await heading(page, 'Register')
  await type(page, 'Your e-mail', email)
  await press(page, 'Send me a mail')
  await heading(page, 'Choose a password')
  return readMail(stage, email)
}

async function logIn (page: Page, email: string, password: string): Promise<void> {
  await type(page, 'E-mail', email)
  await type(page, 'Password', password)
  await press(page, 'Log in')
}

t.test('a person registers with the code of a mail, and corrects mistakes', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await openPage(context, stage.page)
  const code = toCode(await register(page, stage, 'bob@example.com'))
  t.strictSame(await findViolations(page), [])
  await page.getByText('We have sent a mail to bob@example.com.').waitFor()
  await type(page, 'Code from the mail', code === '00000000' ? '1' : '00000000')
  await type(page, 'Your new password', FIRST)
  await press(page, 'Use this password')
  await page.getByRole('alert').filter({ hasText: /./ }).waitFor()
  await page.locator('#choose-code[aria-invalid=true]').waitFor()
  await type(page, 'Code from the mail', code)
  await type(page, 'Your new password', 'password')
  await press(page, 'Use this password')
  await page.locator('#choose-password[aria-invalid=true]:focus').waitFor()
  await type(page, 'Your new password', FIRST)
  await page.keyboard.press('Enter')
  await isLoggedIn(page)
  await page.locator('#me-heading:focus').waitFor()
  await page.getByText('bob@example.com is confirmed.').waitFor()
  t.match(await askForTip(page), /user/)
  await page.emulateMedia({ colorScheme: 'dark' })
  t.strictSame(await findViolations(page), [])
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a person registers with the link of a mail, whose token stays in no address', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const link = toLink(await register(await openPage(context, stage.page), stage, 'eve@example.com'))
  t.ok(link.startsWith(`${stage.page}/?purpose=register#token=`), link)
  const page = await openPage((await openContext(t, browser)).context, link)
  await heading(page, 'Choose a password')
  t.equal(page.url(), `${stage.page}/`)
  await type(page, 'Your new password', FIRST)
  await press(page, 'Use this password')
  await isLoggedIn(page)
  await page.getByText('eve@example.com is confirmed.').waitFor()

  const again = await openPage(context, link)
  await type(again, 'Your new password', SECOND)
  await press(again, 'Use this password')
  await again.getByRole('alert').filter({ hasText: /./ }).waitFor()
  await press(again, 'Back to the login')
  await isLoggedOut(again)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a person who has forgotten the password chooses another one, and is logged out elsewhere', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const elsewhere = await openPage((await openContext(t, browser)).context, stage.page)
  const link = toLink(await register(elsewhere, stage, 'joe@example.com'))
  await elsewhere.goto(link)
  await type(elsewhere, 'Your new password', FIRST)
  await press(elsewhere, 'Use this password')
  await isLoggedIn(elsewhere)

  const page = await openPage(context, stage.page)
  await press(page, 'Forgot your password?')
  for (const email of ['nobody@example.com', 'joe@example.com']) {
    await type(page, 'The e-mail of your account', email)
    await press(page, 'Send me a link')
    await page.getByRole('status').filter({ hasText: `If there is an account with ${email}, a mail with a link is on its way.` }).waitFor()
  }
  await page.goto(toLink(await readMail(stage, 'joe@example.com', 2)))
  await heading(page, 'Choose a password')
  await page.getByText('You are then logged out everywhere.').waitFor()
  await type(page, 'Your new password', SECOND)
  await press(page, 'Use this password')
  await isLoggedOut(page)
  await page.getByText('Your new password counts. Log in with it.').first().waitFor()
  await logIn(page, 'joe@example.com', SECOND)
  await isLoggedIn(page)
  await press(elsewhere, 'Ask for a tip')
  await isLoggedOut(elsewhere)
  t.match((await readMail(stage, 'joe@example.com', 3)).subject, /password .* was changed/)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a person changes the address, is asked for the password, and deletes the account', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await openPage(context, stage.page)
  await page.goto(toLink(await register(page, stage, 'amy@example.com')))
  await type(page, 'Your new password', FIRST)
  await press(page, 'Use this password')
  await page.getByText('amy@example.com is confirmed.').waitFor()
  const twin = await openPage(context, stage.page)
  await isLoggedIn(twin)

  await type(page, 'Another address', 'amy@example.org')
  await press(page, 'Change the address')
  await page.locator('#code:focus').waitFor()
  const mail = await readMail(stage, 'amy@example.org')
  await type(page, 'Code from the mail', '1')
  await press(page, 'Confirm')
  await page.locator('#code[aria-invalid=true]:focus').waitFor()
  await page.getByText('amy@example.com is confirmed.').waitFor()
  await type(page, 'Code from the mail', toCode(mail))
  await press(page, 'Confirm')
  await page.getByText('amy@example.org is confirmed.').waitFor()
  await page.locator('#account-heading:focus').waitFor()
  t.match((await readMail(stage, 'amy@example.com', 2)).subject, /address .* was changed/)

  await press(page, 'Delete my account')
  await press(page, 'Keep it')
  await refuseOnce(context, stage)
  await press(page, 'Delete my account')
  await heading(page, 'Delete your account?')
  await press(page, 'Delete it')
  await heading(page, 'Is it you?')
  t.strictSame(await findViolations(page), [])
  await type(page, 'Type your password to go on', 'not it')
  await press(page, 'Go on')
  await page.locator('#proof-password[aria-invalid=true]:focus').waitFor()
  await type(page, 'Type your password to go on', FIRST)
  await page.keyboard.press('Enter')
  for (const each of [page, twin]) await isLoggedOut(each)
  await page.getByText('Your account is deleted.').first().waitFor()
  await logIn(page, 'amy@example.org', FIRST)
  await page.getByRole('alert').filter({ hasText: 'E-mail or password is wrong.' }).waitFor()
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('the page of docs/accounts.md takes the links of all mails', { skip: withoutBrowser }, async (t) => {
  const { stage, browser, own } = await open()
  const { context, complaints } = await openContext(t, browser)
  const other = await openPage((await openContext(t, browser)).context, stage.page)
  const toOwn = (mail: Mail) => toLink(mail).replace(stage.page, own)
  const page = await openPage(context, toOwn(await register(other, stage, 'zoe@example.com')))
  t.equal(page.url(), `${own}/`)
  t.strictSame(await findViolations(page), [])
  for (const [password, said] of [['password', /./], [FIRST, /Done\. Log in/]] as const) {
    await type(page, 'New password', password)
    await press(page, 'Use this password')
    await page.getByRole('status').filter({ hasText: said }).waitFor()
  }
  await fetch(`${stage.issuer}/auth/password-reset`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'zoe@example.com' })
  })
  await page.goto(toOwn(await readMail(stage, 'zoe@example.com', 2)))
  await type(page, 'New password', SECOND)
  await press(page, 'Use this password')
  await page.getByRole('status').filter({ hasText: 'Done. Log in' }).waitFor()
  await press(other, 'Back to the login')
  await logIn(other, 'zoe@example.com', SECOND)
  await isLoggedIn(other)
  t.strictSame(complaints.filter((complaint) => !/status of 422|favicon/.test(complaint)), [])
})

/** The end of the account asks for a newer proof, once, as it does five minutes after a login. */
async function refuseOnce (context: BrowserContext, { page, issuer }: Stage): Promise<void> {
  let isRefused = false
  await context.route(`${issuer}/account`, (route) => {
    if (isRefused || route.request().method() !== 'DELETE') return route.fallback()
    isRefused = true
    return route.fulfill({
      status: 401,
      headers: {
        'access-control-allow-origin': page,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'www-authenticate',
        'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age="300"',
        'content-type': 'application/problem+json'
      },
      body: JSON.stringify({ code: 'insufficient_user_authentication', detail: 'Log in again.' })
    })
  })
}
