// Programs that open every link of every mail and press every button, before its reader does: mail scanners, previews, clicking bots.
import { sql } from 'kysely'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { en } from '../../src/languages/index.ts'
import { eachDatabase } from '../support/database.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { createUser } from '../support/users.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { startMailedService, type Mail, type MailedService } from './mailed-service.ts'

t.setTimeout(600_000)

const { pages: texts } = en
const TABLES = ['users', 'sessions', 'mails', 'mail_proofs', 'audit_events', 'login_attempts', 'revocations']

/** Every row that a link could make, change or use up. */
async function readTables ({ kysely }: Database): Promise<string[]> {
  const rows = []
  for (const table of TABLES) {
    const result = await sql<{ row: unknown }>`select to_jsonb(t) as row from ${sql.table(table)} t order by 1`.execute(kysely)
    rows.push(...result.rows.map(({ row }) => `${table} ${JSON.stringify(row)}`))
  }
  return rows
}

/** Does with each mail what such a program does, in a browser and without one. @returns what it has requested with the browser */
async function scan (context: BrowserContext, mails: readonly Mail[], rounds: number): Promise<string[]> {
  const requests = new Set<string>()
  context.on('request', (request) => requests.add(`${request.method()} ${new URL(request.url()).pathname}`))
  const [reader, page] = [await context.newPage(), await context.newPage()]
  for (const { html } of mails) {
    await reader.setContent(html)
    for (const link of await reader.locator('a').all()) {
      const address = await link.getAttribute('href') ?? ''
      for (const method of ['HEAD', 'GET', 'OPTIONS']) await fetch(address, { method })
      // Links that differ in their token only would not load the page again.
      await page.goto('about:blank')
      await page.goto(address)
      for (let round = 0; round < rounds; round++) await pressEverything(page)
    }
  }
  for (const opened of [reader, page]) await opened.close()
  return [...requests].sort()
}

/** Everything that can be pressed, on whatever page it leads to, and Enter in every field. */
async function pressEverything (page: Page): Promise<void> {
  for (const control of await page.locator('button:visible, a:visible, input[type=checkbox]:visible').all()) {
    if (await control.isVisible()) await control.click()
  }
  for (const field of await page.locator('input:visible').all()) await field.press('Enter')
}

async function logIn ({ app }: Pick<MailedService, 'app'>, email: string, password: string) {
  return app.inject({ method: 'POST', url: '/auth/login', payload: { email, password } })
}

async function ask (page: Page, service: MailedService, name: 'register' | 'reset', email: string): Promise<Mail> {
  await page.goto(`${service.address}/auth/pages/${name}`)
  await page.getByLabel(texts.email).fill(email)
  await page.getByRole('button', { name: texts[name].ask_button }).click()
  await page.getByRole('heading', { name: texts[name].sent_title }).waitFor()
  return service.nextMail(email)
}

async function choosePassword (page: Page, heading: string): Promise<void> {
  const step = page.locator('section:not([hidden])')
  await step.getByLabel(texts.password).fill(NEW_PASSWORD)
  await step.locator('form button').click()
  await page.getByRole('heading', { name: heading }).waitFor()
}

async function work (t: Test, database: Database, browser: Browser): Promise<void> {
  await createUser(database, 'root@example.com', 'admin')
  await createUser(database, 'cleo@example.com')
  const service = await startMailedService(t, database)
  // Another instance, which sends no mail.
  const settings = { HOST: '127.0.0.1', ISSUER: service.address, REGISTRATION: 'open' }
  const { app: otherApp } = await createService(t, database, { settings })
  const other = await otherApp.listen({ port: 0, host: 'localhost' })
  const [{ context: scanner }, { context }] = [await openContext(t, browser), await openContext(t, browser)]
  const page = await context.newPage()

  const registration = await ask(page, service, 'register', 'bob@example.com')
  const reset = await ask(page, service, 'reset', 'cleo@example.com')
  const admin = { authorization: `Bearer ${(await logIn(service, 'root@example.com', PASSWORD)).json().access_token}` }
  const payload = { email: 'dan@example.com', role: 'user' }
  t.equal((await service.app.inject({ method: 'POST', url: '/admin/users', headers: admin, payload })).statusCode, 201)
  const invitation = await service.nextMail('dan@example.com')
  // The page in which somebody waits for the mail to type its code.
  const { code = '' } = await ask(page, service, 'register', 'ada@example.com')
  const { access_token: token } = (await logIn(service, 'cleo@example.com', PASSWORD)).json()
  await until(async () => (await database.kysely.selectFrom('mails').selectAll().where('state', '=', 'due').execute()).length === 0)

  const pages = ['GET /auth/pages/invite', 'GET /auth/pages/register', 'GET /auth/pages/reset']
  const before = await readTables(database)
  t.equal(before.filter((row) => row.startsWith('mail_proofs')).length, 4)
  t.strictSame(await scan(scanner, service.mails(), 3), pages, 'nothing was sent')
  t.strictSame(await readTables(database), before, 'nothing was gained, nothing was used up')

  await page.getByLabel(texts.code).fill(code)
  await choosePassword(page, texts.register.done_title)
  for (const [{ link = '' }, heading] of [
    [registration, texts.register.done_title], [reset, texts.reset.done_title], [invitation, texts.invite.done_title]
  ] as const) {
    // By the other instance, because any of them may be behind an address.
    await page.goto(link.replace(service.address, other))
    await choosePassword(page, heading)
  }
  const statuses = []
  for (const name of ['ada', 'bob', 'cleo', 'dan']) statuses.push((await logIn(service, `${name}@example.com`, NEW_PASSWORD)).statusCode)
  t.strictSame(statuses, [200, 200, 200, 200], 'each flow works as if nobody had been there before')
  const old = await service.app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  t.strictSame([old.statusCode, (await logIn(service, 'cleo@example.com', PASSWORD)).statusCode], [401, 401])
  await until(async () => (await database.kysely.selectFrom('mails').selectAll().where('state', '=', 'due').execute()).length === 0)

  const after = await readTables(database)
  t.strictSame(after.filter((row) => row.startsWith('mail_proofs')), [], 'each was used once')
  t.strictSame(await scan(scanner, service.mails(), 1), pages)
  t.strictSame(await readTables(database), after)
  t.strictSame(await scanner.cookies(), [])
}

const NAME = 'every link of every mail is opened, every button is pressed: each flow still works, and nothing is gained'

if (withoutBrowser === false) {
  const browser = await launch(t)
  eachDatabase(t, NAME, (t, database) => work(t, database, browser))
}
