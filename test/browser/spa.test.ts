// The example page and the client in it, as people use them.
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { ask, logIn as getSession } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { askForTip, EMAIL, isLoggedIn, isLoggedOut, logIn, startStage } from './spa.ts'

t.setTimeout(600_000)

let opened: Promise<{ stage: Awaited<ReturnType<typeof startStage>>, browser: Browser }> | undefined

/** One page and one browser for all tests; each has a window of its own. */
async function open () {
  opened ??= Promise.all([startStage(t), launch(t)]).then(([stage, browser]) => ({ stage, browser }))
  return opened
}

const KEPT = /session is kept/

/** What a browser says of answers that are no error here: nobody is logged in yet, or any more; or there is no network. */
function isExpected (complaint: string): boolean {
  return /status of 401 |ERR_INTERNET_DISCONNECTED/.test(complaint)
}

t.test('with the keyboard alone, a person logs in, looks around and logs out', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(stage.page)
  await isLoggedOut(page)
  const { keyboard } = page
  const type = async (text: string) => { await keyboard.press('Tab'); await keyboard.type(text) }

  await type(EMAIL)
  await type('not it')
  await keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'E-mail or password is wrong.' }).waitFor()
  t.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid'), 'true')
  t.equal(await page.evaluate('document.activeElement.id'), 'password', 'where the mistake may be mended')
  await keyboard.press('Control+A')
  await keyboard.type(PASSWORD)
  await keyboard.press('Enter')
  await isLoggedIn(page)
  await page.getByRole('listitem').waitFor()
  await page.locator('#me-heading:focus').waitFor()
  t.match(await page.locator('main').ariaSnapshot(), new RegExp([
    'region "You are logged in":', 'heading "You are logged in" \\[level=1\\]', 'button "Log out"',
    'region "Your sessions":', 'heading "Your sessions" \\[level=2\\]', 'list:', 'listitem:', 'button "End this one: Chrome on Linux, ' +
      'since .+, this device"',
    'region "A guarded call":', 'button "Ask for a tip"'
  ].join('[\\s\\S]*')), 'it reads so to a screen reader')

  for (let presses = 0; presses < 3; presses++) await keyboard.press('Tab')
  await keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'You are here as admin' }).waitFor()
  await page.getByRole('button', { name: 'Log out' }).focus()
  await keyboard.press('Enter')
  await isLoggedOut(page)
  t.equal(await page.getByText('You are logged out.').first().isVisible(), true)
  t.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '', 'the password is gone, too')
  t.strictSame(await context.cookies(), [])
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('two tabs are one session: from the login to the logout, over reloads', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const [one, other] = [await context.newPage(), await context.newPage()]
  for (const page of [one, other]) {
    await page.goto(stage.page)
    await isLoggedOut(page)
  }
  await logIn(one)
  await isLoggedIn(other)
  t.equal(await other.locator('#session-id').innerText(), await one.locator('#session-id').innerText())
  const session = await one.locator('#session-id').innerText()
  for (let round = 0; round < 3; round++) {
    await Promise.all([one.reload(), other.reload()])
    for (const page of [one, other]) {
      await isLoggedIn(page)
      t.equal(await page.locator('#session-id').innerText(), session)
    }
  }
  t.strictSame(await storedBy(one), [], 'no token lies about in the page')
  await one.getByRole('button', { name: 'Log out' }).click()
  for (const page of [one, other]) await isLoggedOut(page)
  await other.reload()
  await isLoggedOut(other)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('offline the session is kept, however long, and back online it goes on', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.clock.install()
  await page.goto(stage.page)
  await logIn(page)
  await context.setOffline(true)
  await page.getByText(KEPT).waitFor()
  for (let minutes = 0; minutes < 60; minutes += 4) await page.clock.fastForward('04:00')
  await page.getByRole('button', { name: 'Ask for a tip' }).click()
  await page.getByText(KEPT).waitFor()
  t.equal(await page.getByRole('heading', { name: 'You are logged in' }).isVisible(), true)
  await context.setOffline(false)
  t.match(await askForTip(page), /admin/)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a laptop that slept, or whose clock was set, wakes up logged in', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.clock.install()
  await page.goto(stage.page)
  await logIn(page)
  let refreshes = 0
  page.on('request', (request) => { if (request.url().endsWith('/auth/refresh') && request.method() === 'POST') refreshes++ })
  await page.clock.fastForward('10:00:00')
  t.match(await askForTip(page), /admin/)
  t.ok(refreshes >= 1, 'the token was renewed')
  for (const time of ['2001-01-01T00:00:00Z', '2040-01-01T00:00:00Z']) {
    await page.clock.setSystemTime(time)
    t.match(await askForTip(page), /admin/, time)
  }
  await page.reload()
  await isLoggedIn(page)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a session that is ended in another browser is over here, and the person is told', { skip: withoutBrowser }, async (t) => {
  const { stage, browser } = await open()
  const { accessToken } = await getSession(stage.issuer, EMAIL, PASSWORD)
  // Those of other tests.
  await ask(`${stage.issuer}/account/sessions`, { method: 'DELETE', token: accessToken })
  const [here, there] = [await openContext(t, browser), await openContext(t, browser)]
  const [page, remote] = [await here.context.newPage(), await there.context.newPage()]
  await page.goto(stage.page)
  await logIn(page)
  const twin = await here.context.newPage()
  await twin.goto(stage.page)
  await isLoggedIn(twin)
  t.match(await askForTip(page), /admin/)

  await remote.goto(stage.page)
  await logIn(remote)
  await remote.getByRole('listitem').nth(1).waitFor()
  await remote.getByRole('listitem').filter({ hasNotText: 'this device' }).getByRole('button').click()
  await remote.getByRole('status').filter({ hasText: 'Ended: Chrome on Linux.' }).waitFor({ state: 'attached' })
  await remote.getByRole('listitem').nth(1).waitFor({ state: 'detached' })
  await remote.locator('#sessions-heading:focus').waitFor()

  await page.getByRole('button', { name: 'Ask for a tip' }).click()
  for (const told of [page, twin]) {
    await isLoggedOut(told)
    await told.getByText('Your session was ended, here or from another device.').first().waitFor()
  }
  t.equal(await page.evaluate('document.activeElement.id'), 'login-heading', 'a screen reader goes on from there')
  await logIn(page)
  t.match(await askForTip(remote), /admin/, 'the other one is none the worse')
  for (const { complaints } of [here, there]) t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

/** Whatever the page could have written down. */
async function storedBy (page: Page): Promise<unknown> {
  return page.evaluate('[...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split(";").filter(Boolean)]')
}
