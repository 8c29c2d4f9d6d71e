// examples/react, as docs/frameworks/react.md makes it, in a browser.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import t from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn } from '../support/client.ts'
import { compile, findObstacle, prepareExample } from '../support/npm-example.ts'
import { PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'
import { startProgram } from '../support/program.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'

const EMAIL = 'ada@example.com'
const run = promisify(execFile)

t.setTimeout(600_000)
const obstacle = findObstacle('react')

t.test('a React page made with Vite', { skip: obstacle }, async (t) => {
  const directory = await prepareExample(t, 'react', 'gatepass-client')

  await t.test('its types fit, and those of the hook', async (t) => t.equal(await compile(directory), ''))

  await t.test('on a server the hook says that the session is loading, though the client has one', async (t) => {
    const script = join(directory, 'server.js')
    writeFileSync(script, SERVER)
    t.equal((await run(process.execPath, [script], { cwd: directory })).stdout, '<p>loading </p>\n')
  })

  await t.test('people log in, see other tabs follow, and are told when the session ends', { skip: withoutBrowser }, async (t) => {
    const port = await freePort()
    const address = `http://localhost:${port}`
    const service = await startService(t, {
      DATA_DIR: t.testdir(), CORS_ORIGINS: address, ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD
    })
    const vite = [join(directory, 'node_modules/vite/bin/vite.js'), '--port', String(port), '--strictPort']
    await startProgram(t, { cwd: directory, parameters: vite, settings: { VITE_GATEPASS_URL: service.address }, said: /Local:/ })
    const browser = await launch(t)
    const { context, complaints } = await openContext(t, browser)
    const [page, other] = [await context.newPage(), await context.newPage()]

    await page.goto(address)
    await heading(page, 'Log in')
    await fillIn(page, 'not it')
    await page.getByRole('alert').filter({ hasText: 'E-mail or password is wrong.' }).waitFor()
    await other.goto(address)
    await heading(other, 'Log in')
    await fillIn(page, PASSWORD)
    for (const each of [page, other]) await heading(each, 'You are logged in')
    await page.getByText(`${EMAIL}, as admin`).waitFor()
    await page.reload()
    await heading(page, 'You are logged in')

    await context.route('**/auth/refresh', (route) => route.abort())
    await other.reload()
    await other.getByRole('status').filter({ hasText: 'Your session is kept.' }).waitFor()
    await context.unroute('**/auth/refresh')
    await other.evaluate('dispatchEvent(new Event("online"))')
    await heading(other, 'You are logged in')

    const { accessToken } = await logIn(service.address, EMAIL, PASSWORD)
    await ask(`${service.address}/account/sessions`, { method: 'DELETE', token: accessToken })
    await page.getByRole('button', { name: 'Load again' }).click()
    for (const each of [page, other]) await each.getByRole('alert').filter({ hasText: 'Your session has ended.' }).waitFor()

    await fillIn(page, PASSWORD)
    await heading(page, 'You are logged in')
    await page.getByRole('button', { name: 'Log out' }).click()
    for (const each of [page, other]) await heading(each, 'Log in')
    t.strictSame(complaints.filter((complaint) => !/status of 401|ERR_FAILED/.test(complaint)), [])
  })
})

/** Renders a component of a client that has a session, as frameworks do on the server. */
const SERVER = `
  import { createElement } from 'react'
  import { renderToString } from 'react-dom/server'
  import { createClient } from 'gatepass-client'
  import { useSession } from 'gatepass-client/react'

  const claims = { sub: 'ada', role: 'user', sid: 'session', iat: 1 }
  const token = ['', Buffer.from(JSON.stringify(claims)).toString('base64url'), ''].join('.')
  const body = JSON.stringify({ access_token: token, expires_in: 300, refresh_token: 'r', session_id: 'session' })
  const fetch = async () => new Response(body, { headers: { 'content-type': 'application/json' } })
  const client = createClient({ baseUrl: 'http://localhost', delivery: 'body', fetch })
  await client.login('ada@example.com', 'password')
  if (client.currentUser() === undefined) throw new Error('no session')
  function Page () {
    const { status, user } = useSession(client)
    return createElement('p', undefined, status + ' ' + (user?.id ?? ''))
  }
  console.log(renderToString(createElement(Page)))
`

async function heading (page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { name, exact: true }).waitFor()
}

async function fillIn (page: Page, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}
