import t from 'tap'
import { UnavailableError, type Fetch } from '../../../client/index.ts'
import { createLoggedIn, during } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS, problem } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000

t.test('a request carries the token, and what else it had', async (t) => {
  const sent: Request[] = []
  const { browser, tab } = await createLoggedIn()
  const fetch: Fetch = async (input, init) => {
    sent.push(new Request(input, init))
    return new Response()
  }
  tab.close()
  const { client } = browser.open({
    fetch: async (input, init) => String(input).endsWith('/auth/refresh') ? passOn(input, init) : fetch(input, init),
    origins: ['https://api.example.com']
  })
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
    const { status, body: answered } = service.handle({
      method: 'POST', path: new URL(String(input)).pathname, body, authorization: undefined, cookie: undefined
    })
    return Promise.resolve(new Response(JSON.stringify(answered), { status }))
  }
})

t.test('the token is not shown to any other origin', async (t) => {
  const { browser, tab } = await createLoggedIn()
  let asked = 0
  browser.conditions = () => {
    asked++
    return { requestMs: 20, responseMs: 20 }
  }
  for (const url of [
    'https://evil.example', '//evil.example/me', 'https://auth.example.com.evil.example/', 'https://auth.example.com:8443/me',
    'http://auth.example.com/me'
  ]) {
    await t.rejects(during(browser, tab.client.fetch(url)), TypeError, url)
  }
  t.equal(asked, 0)
})

t.test('a token that is refused is refreshed once, and the request is sent again as it was', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.service.advanceNotBefore()
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
    browser.service.advanceNotBefore()
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
  browser.conditions = () => {
    asked++
    return { requestMs: 20, responseMs: 20, lost: 'request', silently: true }
  }
  const outcomes = Promise.all(Array.from({ length: 20 }, () => tab.client.fetch('/me').catch((error: unknown) => error)))
  t.ok(
    (await during(browser, outcomes, 10_500)).every((outcome) => outcome instanceof UnavailableError), 'and all are told, ten seconds later'
  )
  t.equal(asked, 1)
})

t.test('a token that is about to expire is refreshed first, lest it expire on its way', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(LIFE_MS * 0.95, { monotonicStops: false })
  let asked: string[] = []
  browser.conditions = (path) => {
    asked.push(path)
    return { requestMs: 20, responseMs: 20 }
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
  browser.conditions = (path) => ({ requestMs: 20, responseMs: 20, ...(path === '/auth/refresh' && { lost: 'request' as const }) })
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  await browser.time.pass(LIFE_MS * 0.05)
  await t.rejects(during(browser, tab.client.fetch('/me')), UnavailableError)
  t.ok(tab.client.currentUser(), 'whoever it is, it is still them')
})

t.test('an API that refuses every token is not a reason for a refresh each time', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const statuses: number[] = []
  for (let second = 0; second < 600; second++) {
    browser.service.plannedReplies.push(...Array.from({ length: 2 }, () => ({ path: '/broken', reply: problem(401, 'invalid_token') })))
    statuses.push((await during(browser, tab.client.fetch('/broken'))).status)
    browser.service.plannedReplies.splice(0)
  }
  t.strictSame(statuses, Array(600).fill(401))
  const count = browser.service.refreshes.length
  t.ok(count >= 8 && count < 25, `${count} refreshes in ten minutes`)
  t.equal(tab.changes.length, 1, 'and none for a logout')
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  const before = browser.service.refreshes.length
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetch('/me'), 60_000)).status, 401)
  browser.service.advanceNotBefore()
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
  const statuses: number[][] = []
  for (let second = 0; second < 600; second += 2) {
    browser.service.plannedReplies.push(...Array.from({ length: 2 }, () => ({ path: '/broken', reply: problem(401, 'invalid_token') })))
    const broken = await during(browser, client.fetch('https://api.example.com/broken'))
    browser.service.plannedReplies.splice(0)
    const fine = await during(browser, client.fetch(second % 4 === 0 ? '/me' : 'https://api.example.com/fine'))
    statuses.push([broken.status, fine.status])
  }
  t.strictSame(statuses, Array(300).fill([401, 200]))
  const count = browser.service.refreshes.length - before
  t.ok(count >= 8 && count < 25, `${count} refreshes in ten minutes`)
  browser.service.advanceNotBefore()
  t.equal((await during(browser, client.fetch('/me'))).status, 200, 'a refusal elsewhere is another matter')
})

t.test('what was meant for one session is not sent again in another', async (t) => {
  const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
  const other = browser.open()
  await during(browser, other.client.restore())
  const ada = tab.client.currentUser()
  browser.conditions = (path) => ({ requestMs: path === '/transfer' ? 500 : 20, responseMs: 20 })
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
  browser.service.advanceNotBefore()
  const controller = new AbortController()
  const answered = tab.client.fetch('/me', { signal: controller.signal })
  answered.catch(() => {})
  await browser.time.pass(60)
  controller.abort()
  await t.rejects(during(browser, answered), { name: 'AbortError' })
})
