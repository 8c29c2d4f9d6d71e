// The client in a real browser, where the platform decides what is shared, and what is refused.
import { readFile } from 'node:fs/promises'
import { createServer, request as ask, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { startService, type Service } from '../support/process.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { PASSWORD } from '../support/password.ts'

t.setTimeout(600_000)

const SETTINGS = { ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD, ARGON2_MEMORY: '1024', ARGON2_TIME: '1' }
const MODULE = /^\/client\/([\w-]+\.js)$/
const PREFIX = '/auth-service'

/** An empty page, the client's own files, and the service below a path. */
async function serve (t: Test, port: number, service: Service): Promise<string> {
  const onRequest: RequestListener = async (incoming, outgoing) => {
    const { url = '' } = incoming
    const [, name] = MODULE.exec(url) ?? []
    if (name !== undefined) {
      outgoing.writeHead(200, { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' }).end(
        await readFile(`dist/client/${name}`)
      )
    } else if (url.startsWith(PREFIX)) {
      const upstream = ask(`${service.address}${url.slice(PREFIX.length)}`, {
        method: incoming.method, headers: incoming.headers
      }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(upstream)
    } else outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title><link rel="icon" href="data:,">')
  }
  const server = createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://localhost:${port}`
}

async function start (t: Test): Promise<{ service: Service, page: string, unlisted: string }> {
  const ports = { page: await freePort(), unlisted: await freePort() }
  const service = await startService(t, { DATA_DIR: t.testdir(), CORS_ORIGINS: `http://localhost:${ports.page}`, ...SETTINGS })
  const [page, unlisted] = [await serve(t, ports.page, service), await serve(t, ports.unlisted, service)]
  const login = await post(`${service.address}/auth/login`, { email: 'ada@example.com', password: PASSWORD })
  const { access_token: accessToken } = JSON.parse(await login.text())
  const bob = { email: 'bob@example.com', password: PASSWORD, role: 'user' }
  const response = await post(`${service.address}/admin/users`, bob, { authorization: `Bearer ${accessToken}` })
  if (response.status !== 201) throw new Error(await response.text())
  return { service, page, unlisted }
}

async function post (url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
}

/** Runs in the page, with `open` to make a client. */
function script (baseUrl: string, body: string): string {
  return `(async () => {
    const { createClient } = await import('/client/index.js')
    const open = (options) => createClient({ baseUrl: '${baseUrl}', delivery: 'body', ...options })
    const logIn = (client, name) => client.login(name + '@example.com', '${PASSWORD}')
    const own = () => {
      const items = new Map()
      return {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => { items.set(key, value) },
        removeItem: (key) => { items.delete(key) }
      }
    }
    const pause = () => new Promise((resolve) => setTimeout(resolve, 300))
    ${body}
  })()`
}

t.test('the client and what a browser shares, or refuses', { skip: withoutBrowser }, async (t) => {
  const { service, page: origin, unlisted } = await start(t)
  const browser = await launch(t)
  const openPage = async (t: Test, address = origin) => {
    const { context } = await openContext(t, browser)
    const page = await context.newPage()
    await page.goto(address)
    return { context, page }
  }

  await t.test('clients with storages of their own are users of their own, in one page', async (t) => {
    const { page } = await openPage(t)
    const seen = await page.evaluate(script(service.address, `
      const [ada, bob, nobody] = [0, 1, 2].map(() => open({ storage: own() }))
      const cookie = open({ delivery: 'cookie' })
      const users = [await logIn(ada, 'ada'), await logIn(bob, 'bob')]
      await pause()
      const mes = await Promise.all([ada, bob].map((client) => client.ask('GET', '/me')))
      const others = [nobody.currentUser() ?? null, cookie.currentUser() ?? null]
      return { isSelf: mes.map((me, index) => me.id === users[index].id), others }
    `))
    t.strictSame(seen, { isSelf: [true, true], others: [null, null] })
  })

  await t.test('pages with one localStorage are one user: told of a login and a logout', async (t) => {
    const { context, page } = await openPage(t)
    const other = await context.newPage()
    await other.goto(origin)
    const heard = other.evaluate(script(service.address, `
      const client = open({ storage: localStorage })
      const changes = []
      globalThis.isReady = true
      return new Promise((resolve) => client.onChange((user, change) => {
        if (changes.push(change + ' ' + user?.role) === 2) resolve(changes)
      }))
    `))
    await other.waitForFunction('globalThis.isReady')
    await page.evaluate(script(
      service.address, 'const client = open({ storage: localStorage }); await logIn(client, "ada"); await pause(); await client.logout()'
    ))
    t.strictSame(await heard, ['login admin', 'logout undefined'])
  })

  await t.test('a page whose origin is not listed hears what it may be, and a listed one does not', async (t) => {
    const { page } = await openPage(t, unlisted)
    const failing = (baseUrl: string) => script(baseUrl, 'return Promise.all(["cookie", "body"].map((delivery) => logIn(open({ delivery ' +
      '}), "ada").catch(({ name, message }) => name + ": " + message)))')
    const said = `UnavailableError: The service cannot be reached at the moment, or this page's origin, ${unlisted}, is not listed in ` +
      'its CORS_ORIGINS; the session is kept.'
    t.strictSame(await page.evaluate(failing(service.address)), [said, said])
    const { context, page: listed } = await openPage(t)
    const seen = listed.evaluate(script(service.address, `
      const client = open({ delivery: 'cookie' })
      await logIn(client, 'ada')
      globalThis.isReady = true
      await new Promise((resolve) => addEventListener('offline', resolve))
      return client.logout().catch(({ message }) => message)
    `))
    await listed.waitForFunction('globalThis.isReady')
    await context.setOffline(true)
    t.equal(await seen, 'The service cannot be reached at the moment; the session is kept.', 'once it has answered, it is only away')
  })

  await t.test('below a path of the page\'s own origin, a session by cookie goes on after a reload', async (t) => {
    const { page } = await openPage(t)
    const baseUrl = `${origin}${PREFIX}`
    await page.evaluate(script(baseUrl, 'await logIn(open({ delivery: "cookie" }), "ada")'))
    await page.reload()
    const seen = await page.evaluate(script(baseUrl, `
      const client = open({ delivery: 'cookie' })
      const user = await client.restore()
      const me = await client.ask('GET', '/me')
      await client.logout()
      return { role: user.role, isSelf: me.id === user.id, left: await open({ delivery: 'cookie' }).restore() ?? null }
    `))
    t.strictSame(seen, { role: 'admin', isSelf: true, left: null })
  })

  const refusals: Array<[name: string, init: string]> = [
    [
      'channels that cannot be made',
      'globalThis.BroadcastChannel = class { constructor () { throw new DOMException("no", "SecurityError") } }'
    ],
    [
      'channels that cannot be read',
      'Object.defineProperty(globalThis, "BroadcastChannel", { get () { throw new DOMException("no", "SecurityError") } })'
    ],
    [
      'channels that cannot be used', 'BroadcastChannel.prototype.postMessage = () => { throw new DOMException("no", "InvalidStateError") }'
    ],
    [
      'locks that cannot be read',
      'Object.defineProperty(Navigator.prototype, "locks", { get () { throw new DOMException("no", "SecurityError") } })'
    ],
    ['locks that cannot be used', 'LockManager.prototype.request = () => { throw new DOMException("no", "SecurityError") }']
  ]
  for (const [name, init] of refusals) {
    await t.test(`${name} are done without`, async (t) => {
      const { context, page } = await openPage(t)
      await context.addInitScript(init)
      await page.reload()
      const seen = await page.evaluate(script(service.address, `
        const client = open({ delivery: 'cookie' })
        await logIn(client, 'ada')
        const again = open({ delivery: 'cookie' })
        const { role } = await again.restore()
        await again.logout()
        return role
      `))
      t.equal(seen, 'admin')
    })
  }

  await t.test('a frame without an origin, in a sandbox, is told so', async (t) => {
    const { page } = await openPage(t)
    const seen = await page.evaluate(`new Promise((resolve) => {
      addEventListener('message', ({ data }) => resolve(data))
      const frame = document.createElement('iframe')
      frame.sandbox = 'allow-scripts'
      frame.srcdoc = '<script type="module">import { createClient } from "${origin}/client/index.js";' +
        'const client = createClient({ baseUrl: "${service.address}", delivery: "cookie" });' +
        'client.restore().then(String, ({ name, message }) => parent.postMessage(name + ": " + message, "*"))</script>'
      document.body.append(frame)
    })`)
    t.match(seen, /^UnavailableError: The service cannot be reached .* this page's origin, null, is not listed in its CORS_ORIGINS/)
  })
})
