// Swagger UI, as a person uses it.
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { startService, type Service } from '../support/process.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { PASSWORD } from '../support/password.ts'

t.setTimeout(600_000)

// The e-mail of the examples, which fill the page's forms.
const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD }

let opened: Promise<{ service: Service, browser: Browser }> | undefined

/** One service and one browser for all tests; each has a window of its own. */
async function open () {
  opened ??= Promise.all([
    startService(t, { DATA_DIR: t.testdir(), ...ADMIN }), launch(t, ['--host-resolver-rules=MAP gatepass.test 127.0.0.1'])
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

async function useDocs (page: Page, address: string): Promise<Record<string, number>> {
  await page.goto(`${address}/docs`)
  await page.locator('.opblock').first().waitFor()
  const before = await execute(page, 'whoAmI')
  const login = await execute(page, 'login', { email: ADMIN.ADMIN_EMAIL, password: PASSWORD })
  const me = await execute(page, 'whoAmI')
  const users = await execute(page, 'listUsers')
  if (!users.text.includes(ADMIN.ADMIN_EMAIL)) throw new Error(users.text)
  return { before: before.status, login: login.status, me: me.status, users: users.status }
}

t.test('a login in the page authorises the page, and nothing complains', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  t.strictSame(await useDocs(page, service.address), { before: 401, login: 200, me: 200, users: 200 })
  t.strictSame(complaints.filter((complaint) => !complaint.includes('401 (Unauthorized)')), [])
  t.equal(await page.locator('.auth-wrapper .authorize.locked').count(), 1, 'the button shows it')
})

t.test('on plain http under another host name, too', { skip: withoutBrowser }, async (t) => {
  const { service, browser } = await open()
  const { context, complaints } = await openContext(t, browser)
  const page = await context.newPage()
  t.strictSame(await useDocs(page, service.address.replace('localhost', 'gatepass.test')), { before: 401, login: 200, me: 200, users: 200 })
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
