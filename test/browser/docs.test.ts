// Swagger UI, as a person uses it.
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { startService, type Service } from '../support/process.ts'
import { until } from '../support/until.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'

t.setTimeout(600_000)

let opened: Promise<{ service: Service, browser: Browser }> | undefined

/** One service and one browser for all tests; each has a window of its own. */
async function open () {
  opened ??= Promise.all([
    startService(t, { DATA_DIR: t.testdir() }), launch(t, { parameters: ['--host-resolver-rules=MAP gatepass.test 127.0.0.1'] })
  ])
    .then(([service, browser]) => ({ service, browser }))
  return opened
}

/** Opens an operation, executes it, and waits for what it is answered with. */
async function execute (page: Page, operation: string, body?: object): Promise<{ status: number, text: string }> {
  const block = page.locator(`[id^="operations-"][id$="-${operation}"]`)
  if (!await block.getByRole('button', { name: 'Execute' }).isVisible()) await block.locator('.opblock-summary-control').click()
  if (body !== undefined) await block.locator('textarea.body-param__text').fill(JSON.stringify(body))
  // What an earlier call was answered with stays on the page until the next answer comes.
  const clear = block.getByRole('button', { name: 'Clear' })
  if (await clear.isVisible()) await clear.click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table .response').first()
  await answer.waitFor()
  return {
    status: Number(await answer.locator('.response-col_status').innerText().then((text) => text.split(/\s/)[0])),
    text: await answer.innerText()
  }
}

/** What the first start prints. */
function readBanner (service: Service): { link: string, password: string } {
  const [link = ''] = /http\S+#\S+/.exec(service.stdout()) ?? []
  const [, password = ''] = /password +(\S+)/.exec(service.stdout()) ?? []
  return { link, password }
}

/** Executes operations as they are on the page, one after the other. */
async function executeAll (page: Page, operations: readonly string[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  for (const operation of operations) statuses[operation] = (await execute(page, operation)).status
  return statuses
}

const LOGGED_IN = ['whoAmI', 'listMySessions']

t.test('the address that the first start prints fills the login, so nothing is typed', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  const { link, password } = readBanner(service)
  await page.goto(link)
  await page.locator('.opblock').first().waitFor()
  t.equal(page.url(), `${service.address}/docs`, 'the password is not in the address any more')
  t.equal((await execute(page, 'whoAmI')).status, 401)
  t.strictSame(await executeAll(page, ['login', ...LOGGED_IN]), { login: 200, whoAmI: 200, listMySessions: 200 })
  t.equal(await page.locator('.auth-wrapper .authorize.locked').count(), 1, 'the button shows it')
  t.match((await execute(page, 'listUsers')).text, 'admin@example.com')
  t.equal(await page.locator('.errors-wrapper').count(), 0, 'every reference is resolved')
  t.strictSame(complaints.filter((complaint) => !complaint.includes('401 (Unauthorized)')), [])
  await page.reload()
  await page.locator('.opblock').first().waitFor()
  t.notMatch(await page.content(), password)
  for (const path of ['/docs', '/openapi.json', '/docs/static/swagger-initializer.js']) {
    t.notMatch(await (await fetch(`${service.address}${path}`)).text(), password, `${path} does not have it`)
  }
})

t.test('on plain http under another host name, with the password typed in', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(`${service.address.replace('localhost', 'gatepass.test')}/docs`)
  await page.locator('.opblock').first().waitFor()
  t.equal((await execute(page, 'login', { email: 'admin@example.com', password: readBanner(service).password })).status, 200)
  t.equal((await execute(page, 'whoAmI')).status, 200)
  t.strictSame(complaints, [])
})

const SCREENSHOTS = process.env.SCREENSHOTS

/** By the colour behind the text of the page. */
async function isDark (page: Page): Promise<boolean> {
  const colours: number[] = await page.evaluate('getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number)')
  const [red = 0, green = 0, blue = 0, alpha = 1] = colours
  return alpha === 0 ? page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches') : red + green + blue < 200
}

t.test('on a phone nothing scrolls to the side, in dark colours and in light ones', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const viewport = { width: 360, height: 740 }
  const { context, complaints } = await openContext(t, browser, { viewport, colorScheme: 'dark', hasTouch: true })
  const page = await context.newPage()
  for (const path of ['/', '/problems/insufficient-user-authentication', '/docs']) {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(`${service.address}${path}`)
    if (path === '/docs') {
      await page.locator('.opblock').first().waitFor()
      await execute(page, 'whoAmI')
      await execute(page, 'login')
      await page.locator('.models-control').first().click()
    }
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await until(async () => await isDark(page) === (colorScheme === 'dark'))
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, `${path} is as wide as the screen`)
      if (SCREENSHOTS !== undefined) {
        await page.screenshot({ path: `${SCREENSHOTS}/${colorScheme}${path.replaceAll('/', '-')}.png`, fullPage: path !== '/docs' })
      }
    }
  }
  t.strictSame(complaints.filter((complaint) => !complaint.includes('401 (Unauthorized)')), [])
})

t.test('with a query, with a slash and without one, the page has its document', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  for (const path of ['/docs', '/docs/', '/docs?x', '/docs/?x', '/docs?x#/account/whoAmI', '/docs/static/index.html?x']) {
    const page = await context.newPage()
    await page.goto(`${service.address}${path}`)
    await page.locator('.opblock').first().waitFor()
    t.notMatch(await page.locator('body').innerText(), /Failed to load|Fetch error/, path)
    await page.close()
  }
  t.strictSame(complaints, [])
})
