// examples/next, as docs/frameworks/nextjs.md shows it: a page that is rendered on the server, behind the session.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn, refresh } from '../support/client.ts'
import { findObstacle, prepareExample } from '../support/npm-example.ts'
import { PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'
import { startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { launch, openContext, withoutBrowser } from '../browser/chromium.ts'

const run = promisify(execFile)

const EMAIL = 'ada@example.com'
const ACCESS = '__Host-access-token'
const REFRESH = '__Host-refresh-token'

t.setTimeout(240_000)

t.test('an app of Next.js', { skip: findObstacle('next') }, async (t) => {
  const directory = await prepareExample(t, 'next', 'gatepass-verify')
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const next = join(directory, 'node_modules/next/dist/bin/next')
  await run(process.execPath, [next, 'build'], { cwd: directory, env: { PATH: process.env.PATH, ...ENVIRONMENT } })
  const issuer = await startService(t, { DATA_DIR: t.testdir(), FEED_TOKEN, ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD })
  const port = String(await freePort())
  const settings = { ...ENVIRONMENT, ISSUER: issuer.address, FEED_TOKEN }
  await startProgram(t, { cwd: directory, parameters: [next, 'start', '--port', port], settings, said: /Ready in/ })
  const app = `http://localhost:${port}`

  await t.test('without a session it shows the login, and no report', async (t) => {
    t.match(await visit(`${app}/`, {}), { status: 200, text: /For everybody/ })
    t.match(await visit(`${app}/reports`, {}), { status: 307, location: /\/login$/, text: '/login' })
    t.match(await visit(`${app}/login`, {}), { status: 200, text: /Password/ })
    t.match(await ask(`${app}/api/reports`), { status: 401, body: { code: 'missing_token' } })
  })

  await t.test('a request without an access token refreshes, and the page has the user', async (t) => {
    const { refreshToken } = await logIn(issuer.address, EMAIL, PASSWORD)
    const first = await visit(`${app}/reports`, { [REFRESH]: refreshToken })
    t.match(first, { status: 200, text: /For ada@example\.com, as admin/, cache: 'private, no-store' })
    t.match(first.cookies.get(ACCESS), /^[\w-]+\.[\w-]+\.[\w-]+; Path=\/;.* Max-Age=270; Secure; HttpOnly; SameSite=lax$/i)
    t.match(first.cookies.get(REFRESH), /^[\w-]+; Path=\/;.* Secure; HttpOnly; SameSite=lax$/i)
    const second = await visit(`${app}/reports`, first.jar)
    t.match(second, { status: 200, text: /as admin/ })
    t.strictSame([...second.cookies], [], 'nothing is refreshed while the token is good')
    t.match((await ask(`${app}/api/reports`, { headers: { cookie: toHeader(first.jar) } })).body, { isAdmin: true })
  })

  await t.test('thirty requests of two tabs at once are one session', async (t) => {
    const { refreshToken } = await logIn(issuer.address, EMAIL, PASSWORD)
    const paths = Array.from({ length: 30 }, (_nothing, index) => index % 2 === 0 ? '/reports' : '/api/reports')
    const responses = await Promise.all(paths.map((path) => visit(`${app}${path}`, { [REFRESH]: refreshToken })))
    t.strictSame([...new Set(responses.map(({ status }) => status))], [200])
    t.equal(new Set(responses.map(({ jar }) => jar[REFRESH])).size, 1, 'all get the same next token')
    t.equal((await visit(`${app}/reports`, { [REFRESH]: refreshToken })).status, 200, 'a tab that has missed it goes on')
    t.equal((await refresh(issuer.address, responses[0]?.jar[REFRESH] ?? '')).status, 200)
  })

  await t.test('a session that has ended leads to the login, and the cookies go', async (t) => {
    const { refreshToken, accessToken } = await logIn(issuer.address, EMAIL, PASSWORD)
    const { jar } = await visit(`${app}/reports`, { [REFRESH]: refreshToken })
    await ask(`${issuer.address}/auth/logout`, { method: 'POST', body: { refresh_token: refreshToken } })
    let last: Visit | undefined
    await until(async () => {
      last = await visit(`${app}/reports`, jar)
      return last.cookies.size > 0
    })
    t.match(last, { status: 307, location: /\/login$/ })
    for (const name of [ACCESS, REFRESH]) t.match(last?.cookies.get(name), /^; Path=\/;.* Max-Age=0; Secure; HttpOnly/i)
    const { status, cache } = await visit(`${app}/login`, { [REFRESH]: refreshToken })
    t.strictSame([status, cache], [200, 'private, no-store'], 'no cache keeps cookies, though the page is static')
    const headers = { cookie: `${ACCESS}=${accessToken}` }
    await until(async () => (await ask(`${app}/api/reports`, { headers })).body.code === 'invalid_token')
  })

  await t.test('another role is felt without a login', async (t) => {
    const root = await logIn(issuer.address, EMAIL, PASSWORD)
    const { body: { id } } = await ask(`${issuer.address}/admin/users`, {
      method: 'POST', token: root.accessToken, body: { email: 'bob@example.com', password: PASSWORD, role: 'user' }
    })
    const bob = await logIn(issuer.address, 'bob@example.com', PASSWORD)
    const { status, jar } = await visit(`${app}/reports`, { [REFRESH]: bob.refreshToken })
    t.equal(status, 404, 'a user has no reports')
    await ask(`${issuer.address}/admin/users/${String(id)}`, { method: 'PATCH', token: root.accessToken, body: { role: 'admin' } })
    await until(async () => (await visit(`${app}/reports`, jar)).status === 200)
  })

  await t.test('people log in, open a second tab, and log out', { skip: withoutBrowser }, (t) => useBrowser(t, app))

  await t.test('while gatepass does not answer the cookies stay', async (t) => {
    const { refreshToken } = await logIn(issuer.address, EMAIL, PASSWORD)
    await issuer.stop()
    const { status, cookies } = await visit(`${app}/reports`, { [REFRESH]: refreshToken })
    t.strictSame([status, [...cookies]], [503, []])
  })
})

const ENVIRONMENT = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }

async function useBrowser (t: Test, app: string): Promise<void> {
  const { context, complaints } = await openContext(t, await launch(t))
  const page = await context.newPage()
  await page.goto(`${app}/reports`)
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password').fill('not it')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').filter({ hasText: 'E-mail or password is wrong.' }).waitFor()
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText(`For ${EMAIL}, as admin`).waitFor()
  const other = await context.newPage()
  await other.goto(`${app}/login`)
  await other.getByText(`For ${EMAIL}, as admin`).waitFor()
  t.equal(await page.evaluate('document.cookie'), '', 'no script sees a token')
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  t.strictSame(await context.cookies(), [])
  await other.reload()
  await other.getByRole('heading', { name: 'Log in' }).waitFor()
  t.strictSame(complaints, [])
}

interface Visit {
  status: number
  location: string | null
  cache: string | null
  text: string
  /** What the response sets. */
  cookies: Map<string, string>
  /** What a browser has afterwards. */
  jar: Record<string, string>
}

/** A request of a browser that has these cookies. */
async function visit (url: string, jar: Record<string, string>): Promise<Visit> {
  const response = await fetch(url, { headers: { cookie: toHeader(jar) }, redirect: 'manual' })
  const cookies = new Map(response.headers.getSetCookie().map((line) => {
    const [, name = '', rest = ''] = /^([^=]+)=(.*)$/.exec(line) ?? []
    return [name, rest]
  }))
  const values = Object.fromEntries([...cookies].map(([name, rest]) => [name, rest.split(';')[0] ?? '']))
  const { status, headers } = response
  const [location, cache] = [headers.get('location'), headers.get('cache-control')]
  return { status, location, cache, text: toText(await response.text()), cookies, jar: { ...jar, ...values } }
}

/** React separates the texts of a page with comments. */
function toText (html: string): string {
  return html.replaceAll('<!-- -->', '')
}

function toHeader (jar: Record<string, string>): string {
  return Object.entries(jar).map(([name, value]) => `${name}=${value}`).join('; ')
}
