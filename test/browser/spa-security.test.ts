// The example page: people secure their accounts with an authenticator app and with passkeys, and log in with them.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../support/password.ts'
import { findViolations } from './accessibility.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { EMAIL, heading, isLoggedIn, isLoggedOut, press, startStage, type } from './spa.ts'
import { toCode } from './totp-app.ts'
import { addAuthenticator } from './virtual-authenticator.ts'

t.setTimeout(900_000)

type Stage = Awaited<ReturnType<typeof startStage>>

let opened: Promise<{ stage: Stage, browser: Browser }> | undefined

/** One service, one page and one browser for most tests; each has a user of its own. */
async function open () {
  opened ??= Promise.all([startStage(t), launch(t)]).then(([stage, browser]) => ({ stage, browser }))
  return opened
}

/** What a browser says of refusals that are meant here. */
const isExpected = (complaint: string): boolean => /status of (401|403|409|422) /.test(complaint)

async function createUser ({ issuer }: Stage, email: string): Promise<void> {
  const send = async (path: string, body: object, headers = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
    return await (await fetch(issuer + path, init)).json() as { access_token: string }
  }
  const { access_token: token } = await send('/auth/login', { email: EMAIL, password: PASSWORD })
  await send('/admin/users', { email, password: PASSWORD, role: 'user' }, { authorization: `Bearer ${token}` })
}

// A virtual authenticator answers a request of autofill at once: without this, nobody would stay logged out.
const NO_AUTOFILL = 'if (globalThis.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false'

/** A window with the page; somebody new is logged in. */
async function openLoggedIn (
  t: Test, email: string, { hasAutofill = false } = {}
): Promise<{ stage: Stage, page: Page, context: BrowserContext, complaints: string[] }> {
  const { stage, browser } = await open()
  await createUser(stage, email)
  const { context, complaints } = await openContext(t, browser)
  if (!hasAutofill) await context.addInitScript(NO_AUTOFILL)
  const page = await context.newPage()
  await page.goto(stage.page)
  await logIn(page, email)
  await isLoggedIn(page)
  return { stage, page, context, complaints }
}

async function logIn (page: Page, email: string): Promise<void> {
  await type(page, 'E-mail', email)
  await type(page, 'Password', PASSWORD)
  await press(page, 'Log in')
}

async function logOut (page: Page): Promise<void> {
  await press(page, 'Log out')
  await isLoggedOut(page)
}

/** Lets requests of that address wait. */
async function hold (page: Page, url: string): Promise<{ isAsked: Promise<void>, release: () => void }> {
  let ask = () => {}
  let release = () => {}
  const isAsked = new Promise<void>((resolve) => { ask = resolve })
  const released = new Promise<void>((resolve) => { release = resolve })
  await page.route(url, async (route) => { ask(); await released; await route.continue() })
  return { isAsked, release }
}

/** In the dialog that is open. @returns the secret of the app */
async function setUpApp (page: Page): Promise<string> {
  await heading(page, 'Set up an authenticator app')
  const secret = await page.locator('#app-secret').innerText()
  await type(page, 'The six digits that the app shows', toCode(secret))
  await press(page, 'Turn it on')
  return secret
}

/** In the dialog that is open. @returns the recovery codes */
async function keepCodes (page: Page): Promise<string[]> {
  await heading(page, 'Keep your recovery codes')
  const codes = await page.locator('#codes-list code').allInnerTexts()
  await page.getByLabel('I have kept them').check()
  await press(page, 'Done')
  return codes
}

const isNoted = (page: Page, text: string) => page.locator('#security-note').filter({ hasText: text }).waitFor()
const isRefused = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).waitFor()

/** Nothing is cut off on a small phone, and nothing is in the way of somebody who cannot see, in light and in dark. */
async function findFaults (page: Page): Promise<unknown[]> {
  const faults: unknown[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    faults.push(...await findViolations(page))
  }
  const size = page.viewportSize()
  await page.setViewportSize({ width: 360, height: 740 })
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  if (width > 360) faults.push(`it is ${width} pixels wide`)
  await page.setViewportSize(size ?? { width: 1280, height: 720 })
  return faults
}

t.test('a person sets up an authenticator app, and logs in with its codes', { skip: withoutBrowser }, async (t) => {
  const { page, complaints } = await openLoggedIn(t, 'app@example.com')
  await page.getByText('Whoever has your password can log in.').waitFor()
  t.strictSame(await findFaults(page), [])
  await press(page, 'Set up an app')
  await heading(page, 'Set up an authenticator app')
  await page.locator('#app-heading:focus').waitFor()
  await page.getByRole('img', { name: 'QR code of the secret below' }).waitFor()
  t.match(await page.getByRole('link', { name: 'open it in an app here' }).getAttribute('href'), /^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}/)
  t.strictSame(await findFaults(page), [])
  const secret = await page.locator('#app-secret').innerText()
  await type(page, 'The six digits that the app shows', toCode(secret) === '000000' ? '111111' : '000000')
  await page.keyboard.press('Enter')
  await page.locator('#app-code[aria-invalid=true]:focus').waitFor()
  const used = toCode(secret)
  await type(page, 'The six digits that the app shows', used.replace(/.../, '$& '))
  await page.keyboard.press('Enter')

  await heading(page, 'Keep your recovery codes')
  await page.locator('#codes-heading:focus').waitFor()
  t.strictSame(await findFaults(page), [])
  await page.keyboard.press('Escape')
  await press(page, 'Done')
  await page.locator('#codes :invalid').first().waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  const file = await (await download).createReadStream()
  const codes = (await file.toArray()).join('').trim().split('\n')
  t.equal(codes.length, 10)
  t.strictSame(await keepCodes(page), codes)
  await isNoted(page, 'Your authenticator app is on.')
  await page.locator('#security-heading:focus').waitFor()
  t.equal(await page.getByRole('switch').isChecked(), true)
  t.equal(await page.locator('#codes-list, #qr, #app-secret').filter({ hasText: /./ }).count(), 0, 'nobody finds them later')

  await logOut(page)
  await logIn(page, 'app@example.com')
  await heading(page, 'One more step')
  await page.locator('#step-code:focus').waitFor()
  t.strictSame(await findFaults(page), [])
  await page.keyboard.type(used)
  await page.keyboard.press('Enter')
  await isRefused(page, 'Codes of the app work once: wait for the next one.')
  await page.locator('#step-code[aria-invalid=true]:focus').waitFor()
  await type(page, 'Code from your authenticator app', toCode(secret, 1))
  await page.keyboard.press('Enter')
  await page.locator('#me-heading:focus').waitFor()

  await logOut(page)
  await logIn(page, 'app@example.com')
  await press(page, 'Use a recovery code')
  await page.locator('#step-recovery:focus').waitFor()
  t.strictSame(await findFaults(page), [])
  await type(page, 'Recovery code', (codes[0] ?? '').toLowerCase())
  await page.keyboard.press('Enter')
  await isLoggedIn(page)
  await page.getByText('9 are left.').waitFor()
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('changes ask again who it is: with the password and a code, or a recovery code', { skip: withoutBrowser }, async (t) => {
  const { stage, page, context, complaints } = await openLoggedIn(t, 'again@example.com')
  await press(page, 'Set up an app')
  const secret = await setUpApp(page)
  const codes = await keepCodes(page)
  await isNoted(page, 'Your authenticator app is on.')

  // The login of this session was with the password alone.
  await press(page, 'New recovery codes')
  await heading(page, 'Make new recovery codes?')
  await press(page, 'Make them')
  await heading(page, 'Is it you?')
  t.strictSame(await findFaults(page), [])
  await type(page, 'Type your password to go on', 'not it')
  await type(page, 'Code from your authenticator app, or a recovery code', toCode(secret, 1))
  await press(page, 'Go on')
  await page.locator('#proof-password[aria-invalid=true]:focus').waitFor()
  await type(page, 'Type your password to go on', PASSWORD)
  await press(page, 'Go on')
  const others = await keepCodes(page)
  t.equal(others.filter((code) => codes.includes(code)).length, 0)
  await isNoted(page, 'Your new recovery codes count.')

  await press(page, 'Remove the app')
  await press(page, 'Remove it')
  await isRefused(page, 'this is the last one')
  await page.getByRole('switch').click()
  await isNoted(page, 'A login asks for the password only.')
  await refuseOnce(context, stage)
  await press(page, 'Remove the app')
  await press(page, 'Remove it')
  await heading(page, 'Is it you?')
  await press(page, 'Cancel')
  await page.getByText('It is on.').waitFor()
  await press(page, 'Remove the app')
  await press(page, 'Remove it')
  await isNoted(page, 'The app is removed.')
  await logOut(page)
  await logIn(page, 'again@example.com')
  await isLoggedIn(page)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a person adds a passkey, and logs in with it', { skip: withoutBrowser }, async (t) => {
  const { page, complaints } = await openLoggedIn(t, 'passkey@example.com')
  const authenticator = await addAuthenticator(page)
  await authenticator.setPresence(true)
  await press(page, 'Add a passkey')
  await heading(page, 'Name of the passkey')
  t.strictSame(await findFaults(page), [])
  t.equal(await page.getByLabel('So that you know it later').inputValue(), 'Chrome on Linux')
  await type(page, 'So that you know it later', 'My phone')
  await press(page, 'Go on')
  await isNoted(page, 'The passkey is added.')
  await page.getByRole('listitem').filter({ hasText: 'My phone' }).waitFor()
  t.equal((await authenticator.listCredentials()).length, 1)
  t.equal(await page.getByRole('switch').isChecked(), false, 'a passkey is no second factor of a password by itself')
  await press(page, 'Add a passkey')
  await press(page, 'Go on')
  await isRefused(page, 'This device has a passkey of your account already.')
  await page.locator('#name').getByRole('button', { name: 'Cancel' }).click()
  t.strictSame(await findFaults(page), [])

  await logOut(page)
  await page.getByRole('button', { name: 'Log in with a passkey' }).focus()
  await page.keyboard.press('Enter')
  await page.locator('#me-heading:focus').waitFor()

  await press(page, 'Rename My phone')
  await type(page, 'So that you know it later', 'My other phone')
  await page.keyboard.press('Enter')
  await isNoted(page, 'Renamed.')
  await press(page, 'Delete My other phone')
  await heading(page, 'Delete My other phone?')
  await press(page, 'Delete it')
  await isNoted(page, 'My other phone is deleted.')
  t.equal(await page.locator('#passkeys li').count(), 0)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('autofill offers the passkey in the field for the address', { skip: withoutBrowser }, async (t) => {
  const { stage, page, context, complaints } = await openLoggedIn(t, 'autofill@example.com', { hasAutofill: true })
  const authenticator = await addAuthenticator(page)
  await authenticator.setPresence(true)
  await press(page, 'Add a passkey')
  await press(page, 'Go on')
  await isNoted(page, 'The passkey is added.')
  const session = await page.locator('#session-id').innerText()

  // The authenticator stands for the person who chooses what is offered.
  await press(page, 'Log out')
  await page.locator('#session-id').filter({ hasText: /-/, hasNotText: session }).waitFor()
  await page.locator('#me-heading:focus').waitFor()

  // Whoever chooses nothing can log in with the password, or press the button: then the browser is asked once more.
  await authenticator.setPresence(false)
  await logOut(page)
  await logIn(page, 'autofill@example.com')
  await isLoggedIn(page)
  const asked = page.waitForResponse(`${stage.issuer}/auth/passkeys/options`)
  await logOut(page)
  await asked
  // The browser asks the authenticator now. Somebody who touches it before that would choose what is offered.
  await page.waitForTimeout(1000)
  await authenticator.setPresence(true)
  await press(page, 'Log in with a passkey')
  await isLoggedIn(page)
  t.equal((await context.cookies()).length, 1)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('the button, pressed while the passkey of autofill logs in: that login counts', { skip: withoutBrowser }, async (t) => {
  const { page, complaints } = await openLoggedIn(t, 'button@example.com', { hasAutofill: true })
  const authenticator = await addAuthenticator(page)
  await authenticator.setPresence(true)
  await press(page, 'Add a passkey')
  await press(page, 'Go on')
  await isNoted(page, 'The passkey is added.')

  const login = await hold(page, '**/auth/passkeys/login')
  await press(page, 'Log out')
  await login.isAsked
  const options = await hold(page, '**/auth/passkeys/options')
  await press(page, 'Log in with a passkey')
  await options.isAsked
  login.release()
  await isLoggedIn(page)
  const answered = page.waitForResponse('**/auth/passkeys/options')
  options.release()
  await (await answered).finished()
  await page.waitForTimeout(100)
  t.equal(await page.locator('#login-error').innerText(), '')
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('a passkey of no account any more: the person is told, and logs in with the password', { skip: withoutBrowser }, async (t) => {
  const { page, context, stage } = await openLoggedIn(t, 'gone@example.com')
  const authenticator = await addAuthenticator(page)
  await authenticator.setPresence(true)
  await press(page, 'Add a passkey')
  await press(page, 'Go on')
  await isNoted(page, 'The passkey is added.')
  await removePasskeys(context, stage)
  await logOut(page)
  await press(page, 'Log in with a passkey')
  await isRefused(page, 'This passkey belongs to no account here.')
  await logIn(page, 'gone@example.com')
  await isLoggedIn(page)
})

t.test('a passkey is the second step of a login, and proves again who it is', { skip: withoutBrowser }, async (t) => {
  const { stage, page, context, complaints } = await openLoggedIn(t, 'both@example.com')
  const authenticator = await addAuthenticator(page)
  await authenticator.setPresence(true)
  await press(page, 'Add a passkey')
  await press(page, 'Go on')
  await isNoted(page, 'The passkey is added.')
  await page.getByRole('switch').click()
  await isNoted(page, 'Each login asks for a second factor.')
  await logOut(page)
  await logIn(page, 'both@example.com')
  await heading(page, 'One more step')
  await page.locator('#second-step-heading:focus').waitFor()
  t.equal(await page.getByRole('button', { name: 'Use a code from the app' }).isVisible(), false, 'there is none')
  t.strictSame(await findFaults(page), [])
  await press(page, 'Use a passkey')
  await page.locator('#me-heading:focus').waitFor()

  await refuseOnce(context, stage, 'passkeys/')
  await press(page, 'Delete Chrome on Linux')
  await press(page, 'Delete it')
  await heading(page, 'Is it you?')
  await page.locator('#proof').getByRole('button', { name: 'Use a passkey' }).click()
  await isRefused(page, 'this is the last one')
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

t.test('where the service asks everybody for a second factor, the first login sets one up', { skip: withoutBrowser }, async (t) => {
  const stage = await startStage(t, { SECOND_FACTOR: 'everybody' })
  const { browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(stage.page)
  await logIn(page, EMAIL)
  await heading(page, 'Secure your account')
  await page.locator('#enrol-heading:focus').waitFor()
  t.strictSame(await findFaults(page), [])
  await press(page, 'Back to the login')
  await isLoggedOut(page)
  await logIn(page, EMAIL)
  await press(page, 'Use an authenticator app')
  const secret = await setUpApp(page)
  t.equal((await keepCodes(page)).length, 10)
  await isLoggedOut(page)
  await page.getByText('Your authenticator app is on. Log in again, with its next code.').first().waitFor()
  await logIn(page, EMAIL)
  await type(page, 'Code from your authenticator app', toCode(secret, 1))
  await page.keyboard.press('Enter')
  await isLoggedIn(page)
  await page.getByRole('switch').click()
  await isRefused(page, /./)
  t.equal(await page.getByRole('switch').isChecked(), true)
  t.strictSame(complaints.filter((complaint) => !isExpected(complaint)), [])
})

/** A change asks for a newer proof, once, as it does five minutes after a login. */
async function refuseOnce (context: BrowserContext, { page, issuer }: Stage, path = 'totp'): Promise<void> {
  let isDone = false
  await context.route((url) => url.href.startsWith(`${issuer}/account/${path}`), (route) => {
    if (isDone || route.request().method() !== 'DELETE') return route.fallback()
    isDone = true
    return route.fulfill({
      status: 401,
      headers: {
        'access-control-allow-origin': page,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'www-authenticate',
        'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"',
        'content-type': 'application/problem+json'
      },
      body: JSON.stringify({ code: 'insufficient_user_authentication', detail: 'Prove again who you are.' })
    })
  })
}

/** Somebody removes them elsewhere: this browser is not told. */
async function removePasskeys (context: BrowserContext, { page, issuer }: Stage): Promise<void> {
  const elsewhere = await context.newPage()
  await elsewhere.goto(page)
  await isLoggedIn(elsewhere)
  await elsewhere.evaluate('Object.defineProperty(PublicKeyCredential, \'signalAllAcceptedCredentials\', { value: undefined })')
  await elsewhere.getByRole('button', { name: /^Delete Chrome/ }).click()
  await press(elsewhere, 'Delete it')
  await isNoted(elsewhere, 'is deleted.')
  await elsewhere.close()
}
