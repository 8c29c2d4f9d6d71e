import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createClient, UnavailableError, type Client, type Fetch } from '../../client/index.ts'
import { createBrowser, type Browser, type BrowserOptions, type Tab } from './browser.ts'
import { ACCESS_TTL_SECONDS, problem } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000

async function createLoggedIn (options: Partial<BrowserOptions> = {}): Promise<{ browser: Browser, tab: Tab }> {
  const browser = createBrowser({ delivery: 'body', random: () => 0.5, ...options })
  const tab = browser.open()
  await during(browser, tab.client.login('ada@example.com', 'right'), 100)
  return { browser, tab }
}

async function during<T> (browser: Browser, promise: Promise<T>, ms = 1000): Promise<T> {
  promise.catch(() => {})
  await browser.time.pass(ms)
  return Promise.race([promise, Promise.resolve().then(() => { throw new Error('it goes on') })])
}

t.test('a request carries the token, and what else it had', async (t) => {
  const sent: Request[] = []
  const { browser, tab } = await createLoggedIn()
  const fetch: Fetch = async (input, init) => {
    sent.push(new Request(input, init))
    return new Response()
  }
  tab.close()
  const { client } = browser.open({ fetch: async (input, init) => String(input).endsWith('/auth/refresh') ? passOn(input, init) : fetch(input, init), origins: ['https://api.example.com'] })
  await during(browser, client.restore())
  await client.fetch('/things?a=1', { method: 'PATCH', headers: { 'x-own': '1' }, body: 'text', credentials: 'omit' })
  await client.fetch(new URL('https://api.example.com/campaigns'))
  await client.fetch(new Request('https://auth.example.com/me', { headers: { authorization: 'Basic old' } }))
  t.match(sent.map(({ method, url, credentials }) => [method, url, credentials]), [
    ['PATCH', 'https://auth.example.com/things?a=1', 'omit'],
    ['GET', 'https://api.example.com/campaigns', 'same-origin'],
    ['GET', 'https://auth.example.com/me', 'same-origin']
  ])
  for (const { headers } of sent) t.match(headers.get('authorization'), /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
  t.equal(sent[0]?.headers.get('x-own'), '1')
  t.equal(await sent[0]?.text(), 'text')

  function passOn (input: Parameters<Fetch>[0], init?: RequestInit): Promise<Response> {
    const { service } = browser
    const body = JSON.parse(String(init?.body))
    const { status, body: answered } = service.handle({ method: 'POST', path: new URL(String(input)).pathname, body, authorization: undefined, cookie: undefined })
    return Promise.resolve(new Response(JSON.stringify(answered), { status }))
  }
})

t.test('the token is not shown to any other origin', async (t) => {
  const { browser, tab } = await createLoggedIn()
  let asked = 0
  browser.weather = () => {
    asked++
    return { there: 20, back: 20 }
  }
  for (const url of ['https://evil.example', '//evil.example/me', 'https://auth.example.com.evil.example/', 'https://auth.example.com:8443/me', 'http://auth.example.com/me']) {
    await t.rejects(during(browser, tab.client.fetch(url)), TypeError, url)
  }
  t.equal(asked, 0)
})

t.test('origins are compared by what they have, not by what all that are none have in common', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const { client } = browser.open({ origins: ['capacitor://localhost', 'https://api.example.com/', 'HTTPS://Other.Example.com:443'] })
  await during(browser, client.restore())
  for (const url of ['capacitor://localhost/me', 'https://api.example.com/me', 'https://other.example.com/me']) t.equal((await during(browser, client.fetch(url))).status, 200, url)
  let asked = 0
  browser.weather = () => {
    asked++
    return { there: 20, back: 20 }
  }
  const foreign = [
    'capacitor://evil/me', 'capacitor://localhost:8080/me', 'ionic://localhost/me', 'file:///etc/passwd', 'data:text/plain,x', 'about:blank', 'blob:https://auth.example.com/018f', 'blob:null/018f',
    '//evil.example', '\\\\evil.example', '/\\evil.example', '\t//evil.example', ' //evil.example', '/\t/evil.example', 'https:\\\\evil.example', 'https:///evil.example', 'http:evil.example',
    new URL('https://evil.example'), new Request('https://evil.example')
  ]
  for (const input of foreign) await t.rejects(during(browser, client.fetch(input)), { name: 'TypeError', message: /access token is not for/ }, String(input))
  t.equal(asked, 0)
})

t.test('addresses and origins that are none are said so when the client is made', (t) => {
  for (const origin of ['*', '', 'api.example.com', 'https://api.example.com/v1', 'https://api.example.com/?a', 'https://a:b@api.example.com', 'file:///', 'null', 'data:text/plain,x']) {
    t.throws(() => createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', origins: [origin] }), { name: 'TypeError', message: /^origins: / }, origin)
  }
  for (const baseUrl of ['', '/auth', 'auth.example.com', 'ftp://auth.example.com', 'capacitor://localhost', 'https://a:b@auth.example.com', 'https://auth.example.com?a=1', 'https://auth.example.com/#x']) {
    t.throws(() => createClient({ baseUrl, delivery: 'body' }), { name: 'TypeError', message: /^baseUrl: / }, baseUrl)
  }
  t.end()
})

t.test('a base address with a path is used whole, and paths stay below it', async (t) => {
  const table: Array<[baseUrl: string, input: string, asked: string]> = [
    ['https://example.com/login', '/me', '/login/me'],
    ['https://example.com/login/', '/me?a=1', '/login/me?a=1'],
    ['https://example.com/a/b//', 'me', '/a/b/me'],
    ['https://example.com/login', '../me', '/login/me'],
    ['https://example.com/login', '/../../me', '/login/me'],
    ['https://example.com/login', '/.//evil.example', '/login//evil.example'],
    ['https://example.com/login', 'https://example.com/api/things', '/api/things'],
    ['https://example.com', '/.//evil.example', '//evil.example'],
    ['https://example.com/', 'me', '/me']
  ]
  for (const [baseUrl, input, path] of table) {
    const urls: string[] = []
    const client = createClient({ baseUrl, delivery: 'body', fetch: async (asked) => { urls.push(asked instanceof Request ? asked.url : String(asked)); return new Response('{}') } })
    await client.fetch(input)
    await client.login('a', 'b').catch(() => {})
    t.strictSame(urls, [`https://example.com${path}`, `${baseUrl.replace(/\/+$/, '')}/auth/login`], `${baseUrl} ${input}`)
  }
})

t.test('the token does not follow a redirect to another origin', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const seen: Array<string | undefined> = []
  const listen = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => { server.close() })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const evil = await listen((request, response) => { seen.push(request.headers.authorization); response.end('evil') })
  const api = await listen((request, response) => { seen.push(request.headers.authorization); response.writeHead(307, { location: evil, connection: 'close' }).end() })
  const { service } = browser
  const client = createClient({
    baseUrl: 'https://auth.example.com',
    delivery: 'body',
    origins: [api],
    fetch: async (input, init) => {
      if (input instanceof Request) return globalThis.fetch(input, init)
      const { body } = service.handle({ method: 'POST', path: '/auth/login', body: JSON.parse(String(init?.body)), authorization: undefined, cookie: undefined })
      return Response.json(body)
    }
  })
  t.teardown(() => client.close())
  await client.login('ada@example.com', 'right')
  t.equal(await (await client.fetch(api)).text(), 'evil')
  t.match(seen, [/^Bearer /, undefined])
})

t.test('a token that is refused is refreshed once, and the request is sent again as it was', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.service.cut()
  const init = { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } }
  const response = await during(browser, tab.client.fetch('/things', init))
  t.equal(response.status, 200)
  t.match(await response.json(), { echo: { a: 1 } })
  t.equal(browser.service.refreshes.length, 1)
})

t.test('however many requests are refused at once, one refresh answers them all', async (t) => {
  for (const options of [{}, { hasLocks: false }, { delivery: 'cookie' as const }]) {
    const { browser, tab } = await createLoggedIn(options)
    const other = browser.open()
    await during(browser, other.client.restore())
    const before = browser.service.refreshes.length
    browser.service.cut()
    const responses = Promise.all(Array.from({ length: 20 }, () => tab.client.fetch('/me')))
    t.ok((await during(browser, responses)).every(({ status }) => status === 200))
    t.equal((await during(browser, other.client.fetch('/me'))).status, 200)
    t.equal(browser.service.refreshes.length, before + 1, 'the other tab was told')
  }
})

t.test('however many requests wait for a service that is away, it is asked once for all of them', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(LIFE_MS, { monotonicStops: false })
  let asked = 0
  browser.weather = () => {
    asked++
    return { there: 20, back: 20, lost: 'question', silently: true }
  }
  const outcomes = Promise.all(Array.from({ length: 20 }, () => tab.client.fetch('/me').catch((error: unknown) => error)))
  t.ok((await during(browser, outcomes, 10_500)).every((outcome) => outcome instanceof UnavailableError), 'and all are told, ten seconds later')
  t.equal(asked, 1)
})

t.test('a token that is about to expire is refreshed first, lest it expire on its way', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(LIFE_MS * 0.95, { monotonicStops: false })
  let asked: string[] = []
  browser.weather = (path) => {
    asked.push(path)
    return { there: 20, back: 20 }
  }
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  t.strictSame(asked, ['/auth/refresh', '/me'])
  asked = []
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  t.strictSame(asked, ['/me'])
})

t.test('one that cannot be refreshed is used while it lives, and no longer', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(LIFE_MS * 0.95, { monotonicStops: false })
  browser.weather = (path) => ({ there: 20, back: 20, ...(path === '/auth/refresh' && { lost: 'question' as const }) })
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  await browser.time.pass(LIFE_MS * 0.05)
  await t.rejects(during(browser, tab.client.fetch('/me')), UnavailableError)
  t.ok(tab.client.currentUser(), 'whoever it is, it is still them')
})

t.test('an API that refuses every token is not a reason for a refresh each time', async (t) => {
  const { browser, tab } = await createLoggedIn()
  for (let second = 0; second < 600; second++) {
    browser.service.fakes.push(...Array.from({ length: 2 }, () => ({ path: '/broken', reply: problem(401, 'invalid_token') })))
    t.equal((await during(browser, tab.client.fetch('/broken'))).status, 401)
    browser.service.fakes.splice(0)
  }
  const count = browser.service.refreshes.length
  t.ok(count >= 8 && count < 25, `${count} refreshes in ten minutes`)
  t.equal(tab.changes.length, 1, 'and none for a logout')
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  const before = browser.service.refreshes.length
  browser.service.cut()
  t.equal((await during(browser, tab.client.fetch('/me'), 60_000)).status, 401)
  browser.service.cut()
  await during(browser, tab.client.fetch('/me'), 60_000)
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  t.ok(browser.service.refreshes.length > before, 'but later one is tried again')
})

t.test('nor is one that others accept, and nobody else waits for it', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const { client } = browser.open({ origins: ['https://api.example.com'] })
  await during(browser, client.restore())
  const before = browser.service.refreshes.length
  for (let second = 0; second < 600; second += 2) {
    browser.service.fakes.push(...Array.from({ length: 2 }, () => ({ path: '/broken', reply: problem(401, 'invalid_token') })))
    t.equal((await during(browser, client.fetch('https://api.example.com/broken'))).status, 401)
    browser.service.fakes.splice(0)
    t.equal((await during(browser, client.fetch(second % 4 === 0 ? '/me' : 'https://api.example.com/fine'))).status, 200)
  }
  const count = browser.service.refreshes.length - before
  t.ok(count >= 8 && count < 25, `${count} refreshes in ten minutes`)
  browser.service.cut()
  t.equal((await during(browser, client.fetch('/me'))).status, 200, 'a refusal elsewhere is another matter')
})

t.test('what was meant for one session is not sent again in another', async (t) => {
  const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
  const other = browser.open()
  await during(browser, other.client.restore())
  const ada = tab.client.currentUser()
  browser.weather = (path) => ({ there: path === '/transfer' ? 500 : 20, back: 20 })
  const answered = tab.client.fetch('/transfer', { method: 'POST', body: '{}' })
  answered.catch(() => {})
  await during(browser, other.client.login('bob@example.com', 'right'), 200)
  t.not(tab.client.currentUser()?.id, ada?.id, 'this tab has heard of it')
  t.match(tab.changes.at(-1), [{ id: other.client.currentUser()?.id }, 'login'])
  t.equal((await during(browser, answered)).status, 401)
})

t.test('who is logged out asks without a token', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await during(browser, tab.client.logout())
  t.match(await (await during(browser, tab.client.fetch('/me'))).json(), { code: 'missing_token' })
})

t.test('a request that is called off is not sent again', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.service.cut()
  const controller = new AbortController()
  const answered = tab.client.fetch('/me', { signal: controller.signal })
  answered.catch(() => {})
  await browser.time.pass(60)
  controller.abort()
  await t.rejects(during(browser, answered), { name: 'AbortError' })
})

t.test('whoever calls off is told at once, and why, while the refresh goes on for others', async (t) => {
  const reason = new Error('the user has left the page')
  const calls: Array<[name: string, call: (client: Client, signal: AbortSignal) => Promise<unknown>]> = [
    ['fetch', (client, signal) => client.fetch('/me', { signal })],
    ['fetch of a request', (client, signal) => client.fetch(new Request('https://auth.example.com/me', { signal }))],
    ['ask', (client, signal) => client.ask('GET', '/me', { signal })]
  ]
  for (const [name, call] of calls) {
    for (const phase of ['before it expires', 'after a 401'] as const) {
      const { browser, tab } = await createLoggedIn()
      if (phase === 'after a 401') browser.service.cut()
      else await browser.time.sleep(LIFE_MS, { monotonicStops: false })
      browser.weather = (path) => ({ there: 20, back: path === '/auth/refresh' ? 5000 : 20 })
      const controller = new AbortController()
      const outcome = outcomeOf(call(tab.client, controller.signal))
      const other = tab.client.fetch('/me')
      await browser.time.pass(1000)
      t.equal(outcome.value, undefined)
      controller.abort(reason)
      await browser.time.pass(0)
      t.equal(outcome.value, reason, `${name}, ${phase}`)
      t.equal((await during(browser, other, 10_000)).status, 200, 'the other has what it waited for')
      t.equal(browser.service.refreshes.length, 1)
    }
  }
})

t.test('what was called off before is not begun, and is not sent once a refresh has ended', async (t) => {
  const asked: string[] = []
  const { browser, tab: { close } } = await createLoggedIn()
  close()
  // It would have to refresh first.
  const tab = browser.open()
  browser.weather = (path) => {
    asked.push(path)
    return { there: 20, back: 20 }
  }
  for (const reason of [new Error('too late'), 'a text', undefined]) {
    const signal = AbortSignal.abort(reason)
    for (const call of [() => tab.client.fetch('/me', { signal }), () => tab.client.ask('GET', '/me', { signal })]) {
      const outcome = outcomeOf(call())
      await browser.time.pass(0)
      t.equal(outcome.value, signal.reason)
    }
  }
  t.strictSame(asked, [])
  const controller = new AbortController()
  const outcome = outcomeOf(tab.client.fetch('/me', { signal: controller.signal }))
  await browser.time.pass(10)
  controller.abort()
  await browser.time.pass(1000)
  t.match(outcome.value, { name: 'AbortError' })
  t.strictSame(asked, ['/auth/refresh'])
})

t.test('a platform whose signals have no reason, as React Native, gives an AbortError', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const signal = AbortSignal.abort()
  Object.defineProperty(signal, 'reason', { value: undefined })
  await t.rejects(during(browser, tab.client.fetch('/me', { signal }), 0), { name: 'AbortError' })
})

function outcomeOf (promise: Promise<unknown>): { value: unknown } {
  const outcome: { value: unknown } = { value: undefined }
  promise.then((value) => { outcome.value = value }, (reason: unknown) => { outcome.value = reason })
  return outcome
}
