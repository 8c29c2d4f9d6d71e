// Several audiences and a step-up from a page of another origin, which sees only what CORS lets it see.
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { decodeJwt } from 'jose'
import type { Browser } from 'playwright-core'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import type { Database } from '../../src/database/index.ts'
import { eachDatabase } from '../support/database.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'

t.setTimeout(600_000)

const EMAIL = 'root@example.com'
/** The proof of a login is older than any route allows. */
const PROOF_AGE_SECONDS = 1000

async function listen (t: Test, port: number, onRequest: RequestListener): Promise<string> {
  const server = createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://localhost:${port}`
}

/** An empty page, and the client's own files. */
const servePage: RequestListener = async ({ url = '' }, response) => {
  const [, name] = /^\/client\/([\w-]+\.js)$/.exec(url) ?? []
  if (name !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(`dist/client/${name}`))
  else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title><link rel="icon" href="data:,">')
}

/** An API of another audience that says whom a token is for. As by default, pages of other origins cannot read WWW-Authenticate. */
function serveApi (page: string): RequestListener {
  return ({ method, url, headers: { authorization = '' } }, response) => {
    response.setHeader('access-control-allow-origin', page)
    response.setHeader('access-control-allow-headers', 'authorization')
    if (method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    const { aud, auth_time: authTime } = decodeJwt(authorization.replace('Bearer ', ''))
    const isOld = url === '/sensitive' && Date.now() / 1000 - Number(authTime) > PROOF_AGE_SECONDS / 2
    if (isOld) response.setHeader('www-authenticate', 'Bearer error="insufficient_user_authentication", max_age="500"')
    response.writeHead(isOld ? 401 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isOld ? { code: 'insufficient_user_authentication', detail: 'Log in again.' } : { aud }))
  }
}

/** Runs in the page, with a client whose session is restored. */
function script (baseUrl: string, api: string, body: string): string {
  return `(async () => {
    const { createClient } = await import('/client/index.js')
    const client = createClient({ baseUrl: '${baseUrl}', delivery: 'cookie', origins: ['${api}'] })
    const settle = (promise) => promise.then((value) => value ?? null, ({ name, code, acr, maxAge }) => ({ name, code, acr, maxAge }))
    const readAudience = async (fetch) => (await (await fetch('${api}/things')).json()).aud
    ${body}
  })()`
}

const work = async (t: Test, database: Database, browser: Browser): Promise<void> => {
  await createUser(database, EMAIL, 'admin')
  const id = await createUser(database, 'ada@example.com')
  const ports = { service: await freePort(), page: await freePort(), api: await freePort() }
  const [issuer, origin, api] = [ports.service, ports.page, ports.api].map((port) => `http://localhost:${port}`) as [string, string, string]
  const settings = { ISSUER: issuer, CORS_ORIGINS: origin, AUDIENCES: 'api,reports,billing', ADMIN_STEP_UP: 'always' }
  const { app } = await createService(t, database, { settings })
  await app.listen({ port: ports.service, host: 'localhost' })
  await listen(t, ports.page, servePage)
  await listen(t, ports.api, serveApi(origin))
  const { context } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(origin)
  await page.evaluate(script(issuer, api, `await client.login('${EMAIL}', '${PASSWORD}')`))
  const authenticatedAt = new Date(Date.now() - PROOF_AGE_SECONDS * 1000)
  await database.kysely.updateTable('sessions').set({ authenticated_at: authenticatedAt }).execute()
  await page.reload()

  t.strictSame(await page.evaluate(script(issuer, api, `
    await client.restore()
    return Promise.all([client.fetch, client.fetchFor('reports'), client.fetchFor('billing')].map(readAudience))
  `)), ['api', 'reports', 'billing'])

  const seen = await page.evaluate(script(issuer, api, `
    const change = () => settle(client.ask('PATCH', '/admin/users/{id}', { path: { id: '${id}' }, body: { role: 'advertiser' } }))
    const fetchReports = client.fetchFor('reports')
    const readReport = () => settle(fetchReports('${api}/sensitive').then(({ status }) => status))
    const before = [await change(), await readReport()]
    const wrong = await settle(client.stepUp({ password: 'not it' }))
    const stepUps = []
    for (const audience of [undefined, 'reports']) stepUps.push(await settle(client.stepUp({ password: '${PASSWORD}' }, audience)))
    return { before, wrong, stepUps, role: (await change()).role, report: await readReport() }
  `))
  t.strictSame(JSON.parse(JSON.stringify(seen)), {
    before: [{ name: 'StepUpNeededError', maxAge: 900 }, { name: 'StepUpNeededError' }],
    wrong: { name: 'ProblemError', code: 'wrong_password' },
    stepUps: [null, null],
    role: 'advertiser',
    report: 200
  }, 'the service lets pages read its challenge, this API does not')

  await page.reload()
  t.match(await page.evaluate(script(issuer, api, `
    await client.restore()
    return settle(client.ask('PATCH', '/admin/users/{id}', { path: { id: '${id}' }, body: { role: 'user' } }))
  `)), { name: 'StepUpNeededError' }, 'the proof is gone with the page, and the session goes on')
}

const NAME = 'a page of another origin has several audiences and steps up'

if (withoutBrowser === false) {
  const browser = await launch(t)
  eachDatabase(t, NAME, (t, database) => work(t, database, browser))
} else t.test(NAME, { skip: withoutBrowser }, async () => {})
