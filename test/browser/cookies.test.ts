// The session cookie as a real browser keeps it: after COOKIE_DOMAIN was changed, and of two services on one machine.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { onPostgres } from '../support/database.ts'
import { freePort } from '../../scripts/free-port.js'
import { createAuthenticationApp } from '../support/authentication-app.ts'
import { createUser } from '../support/users.ts'
import { PASSWORD } from '../support/password.ts'
import { launch, withoutBrowser } from './chromium.ts'

t.setTimeout(300_000)

const LOGIN = { email: 'ada@example.com', password: PASSWORD, delivery: 'cookie' }
const HOST = 'auth.example.com'

interface Reply { status: number, code?: string }

let opened: Promise<Browser> | undefined

/** One browser for all tests. */
async function open (): Promise<Browser> {
  opened ??= launch(t, { parameters: [`--host-resolver-rules=MAP ${HOST} 127.0.0.1`], isWhole: true })
  return opened
}

function inBrowser (name: string, work: Parameters<typeof onPostgres>[2]): void {
  if (withoutBrowser === false) onPostgres(t, name, work)
  else t.test(name, { skip: withoutBrowser }, async () => {})
}

/** From within the page, as its scripts would. */
async function post (page: Page, path: string, body: object = {}): Promise<Reply> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return page.evaluate(`fetch('${path}', ${JSON.stringify(init)}).then(async (reply) => ({ status: reply.status, code: (await ` +
    'reply.json().catch(() => ({}))).code }))')
}

inBrowser('after COOKIE_DOMAIN was changed a browser is refused once, and then goes on', async (t, database) => {
  await createUser(database)
  const port = await freePort()
  const issuer = `https://${HOST}:${port}`
  const [before, after] = [await page(t, database, issuer, 'example.com'), await page(t, database, issuer, HOST)]
  let current = before
  const server = createServer(certificate(t), (request, response) => current.routing(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections() }))
  const context = await (await open()).newContext({ ignoreHTTPSErrors: true })
  t.teardown(() => context.close())
  const browser = await context.newPage()
  for (const path of ['/auth/refresh', '/auth/login', '/auth/logout']) {
    current = before
    await context.clearCookies()
    await browser.goto(issuer)
    t.match(await post(browser, '/auth/login', LOGIN), { status: 200 })
    current = after
    t.match(await post(browser, '/auth/refresh'), { status: 200 }, 'the old cookie alone is good')
    t.equal((await context.cookies()).length, 2)
    const body = path === '/auth/login' ? LOGIN : {}
    t.match(await post(browser, path, body), { status: 400, code: 'ambiguous_credentials' }, path)
    t.match(await context.cookies(), [{ name: '__Secure-gatepass', domain: `.${HOST}`, path: '/auth' }], 'that of today stays')
    t.match(await post(browser, path, body), { status: path === '/auth/logout' ? 204 : 200 }, path)
  }
  // One that was set beside it, by another path.
  await post(browser, '/auth/login', LOGIN)
  await context.addCookies([{ name: '__Secure-gatepass', value: 'x', domain: '.example.com', path: '/auth/refresh', secure: true }])
  t.match(await post(browser, '/auth/refresh'), { status: 400 })
  t.match(await post(browser, '/auth/refresh'), { status: 200 })
})

inBrowser('two services on one machine leave each other\'s session alone', async (t, database) => {
  await createUser(database)
  const context = await (await open()).newContext()
  t.teardown(() => context.close())
  const pages: Page[] = []
  for (let service = 0; service < 2; service++) {
    const port = await freePort()
    const issuer = `http://localhost:${port}`
    await (await page(t, database, issuer)).listen({ host: 'localhost', port })
    const opened = await context.newPage()
    await opened.goto(issuer)
    pages.push(opened)
  }
  const [one, other] = pages as [Page, Page]
  for (const opened of pages) t.match(await post(opened, '/auth/login', LOGIN), { status: 200 })
  for (const opened of pages) t.match(await post(opened, '/auth/refresh'), { status: 200 })
  t.match(await post(one, '/auth/logout'), { status: 204 })
  t.match(await post(one, '/auth/refresh'), { status: 401 })
  t.match(await post(other, '/auth/refresh'), { status: 200 })
})

/** A service with an empty page at its root. */
async function page (
  t: Test, database: Parameters<typeof createAuthenticationApp>[1], issuer: string, cookieDomain?: string
): Promise<FastifyInstance> {
  const app = await createAuthenticationApp(t, database, { issuer, cookieDomain })
  app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html><title>page</title>'))
  await app.ready()
  return app
}

function certificate (t: Test): { key: Buffer, cert: Buffer } {
  const directory = t.testdir()
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${HOST}`, '-days', '1', '-keyout',
    key, '-out', cert
  ], { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}
