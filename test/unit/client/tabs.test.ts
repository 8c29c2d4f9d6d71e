import t from 'tap'
import { createClient, type Client, type Locks } from '../../../client/index.ts'
import { type Browser, type BrowserOptions, createBrowser, during, type Tab } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS, forgeToken, problem } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000
const SHARING: ReadonlyArray<Pick<BrowserOptions, 'hasLocks' | 'hasChannel'>> = [
  {}, { hasLocks: false }, { hasChannel: false }, { hasLocks: false, hasChannel: false }
]

async function createTabs (count: number, options: Partial<BrowserOptions> = {}): Promise<{ browser: Browser, tabs: Tab[] }> {
  const browser = createBrowser({ delivery: 'cookie', ...options })
  const tabs = Array.from({ length: count }, () => browser.open())
  await during(browser, tabs[0]?.client.login('ada@example.com', 'right') ?? Promise.reject(new Error('no tab')))
  await during(browser, Promise.all(tabs.map(({ client }) => client.restore())))
  return { browser, tabs }
}

t.test('ten tabs that are opened at once do not ask ten times', async (t) => {
  const { browser, tabs } = await createTabs(1)
  tabs[0]?.close()
  const opened = Array.from({ length: 10 }, () => browser.open())
  const users = await during(browser, Promise.all(opened.map(({ client }) => client.restore())))
  t.equal(new Set(users.map((user) => user?.sessionId)).size, 1)
  // The lock may be quicker than the news.
  t.ok(browser.service.refreshes.length <= 2)
})

t.test('ten tabs keep one session between them for hours, with or without locks and channels', async (t) => {
  for (const sharing of SHARING) {
    for (const delivery of ['cookie', 'body'] as const) {
      const { browser, tabs } = await createTabs(10, { delivery, ...sharing })
      await browser.time.pass(LIFE_MS * 40)
      for (const { client, changes } of tabs) {
        t.equal((await during(browser, client.fetch('/me'))).status, 200)
        t.equal(changes.length, 1)
      }
      t.ok(browser.service.refreshes.every(({ status }) => status === 200))
      const perLife = browser.service.refreshes.length / 40
      if (sharing.hasChannel !== false) t.ok(perLife < 2.5, `${perLife} refreshes in the life of a token`)
    }
  }
})

t.test('the refresh token is read for every attempt', async (t) => {
  const { browser, tabs: [tab, other] } = await createTabs(2, { delivery: 'body', hasChannel: false })
  await browser.time.sleep(LIFE_MS, { monotonicStops: false })
  await during(browser, other?.client.fetch('/me') ?? Promise.reject(new Error('no tab')))
  await browser.time.sleep(LIFE_MS * 2, { monotonicStops: false })
  t.equal((await during(browser, tab?.client.fetch('/me') ?? Promise.reject(new Error('no tab')))).status, 200)
  t.strictSame(browser.service.refreshes.map(({ status }) => status).filter((status) => status !== 200), [], 'nobody came with an old one')
})

t.test('a session that another tab has replaced in the store is not gone on with', async (t) => {
  const { browser, tabs: [tab, other] } = await createTabs(2, { delivery: 'body', hasChannel: false })
  if (tab === undefined || other === undefined) throw new Error('no tabs')
  await during(browser, other.client.login('bob@example.com', 'right'))
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 401)
  t.match(tab.changes.at(-1), [undefined, 'replaced'])
  t.equal((await during(browser, other.client.fetch('/me'))).status, 200, 'and the other one is none the worse')
  t.equal((await during(browser, tab.client.restore()))?.id, other.client.currentUser()?.id, 'unless somebody says so')
})

t.test('in the cookie, too', async (t) => {
  const { browser, tabs: [tab, other] } = await createTabs(2, { hasChannel: false })
  if (tab === undefined || other === undefined) throw new Error('no tabs')
  await during(browser, other.client.login('bob@example.com', 'right'))
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 401)
  t.match(tab.changes.at(-1), [undefined, 'replaced'])
  t.equal((await during(browser, other.client.fetch('/me'))).status, 200)
})

t.test('a refresh that is on its way when another tab logs in changes nothing', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tabs: [tab, other] } = await createTabs(2, { delivery, hasLocks: false })
    if (tab === undefined || other === undefined) throw new Error('no tabs')
    browser.service.advanceNotBefore()
    browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' ? 3000 : 20 })
    const answered = tab.client.fetch('/me')
    await browser.time.pass(100)
    const bob = await during(browser, other.client.login('bob@example.com', 'right'))
    await during(browser, answered, 4000)
    t.strictSame(tab.client.currentUser(), bob)
    t.match(tab.changes.map(([, change]) => change), ['login', 'login'])
    if (delivery === 'body') t.match(JSON.parse([...browser.storage.values()][0] ?? ''), { id: bob.id, sessionId: bob.sessionId })
  }
})

t.test('a no to a token that is not stored any more is none', async (t) => {
  const { browser, tabs: [tab, other] } = await createTabs(2, { delivery: 'body', hasLocks: false, hasChannel: false })
  if (tab === undefined || other === undefined) throw new Error('no tabs')
  await browser.time.pass(60_000)
  browser.service.advanceNotBefore()
  let slow = true
  browser.conditions = (path) => {
    const requestMs = path === '/auth/refresh' && slow ? 2000 : 20
    if (path === '/auth/refresh') slow = false
    return { requestMs, responseMs: 20 }
  }
  const answered = tab.client.fetch('/me')
  await browser.time.pass(100)
  t.equal((await during(browser, other.client.fetch('/me'))).status, 200)
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(401, 'invalid_refresh_token') })
  t.equal((await during(browser, answered, 3000)).status, 200)
  t.equal(tab.changes.length, 1)
})

t.test('a tab that logged in a moment ago is not upset by what is told of before', async (t) => {
  const { browser, tabs: [tab, other] } = await createTabs(2)
  if (tab === undefined || other === undefined) throw new Error('no tabs')
  await during(browser, tab.client.logout())
  await during(browser, tab.client.login('ada@example.com', 'right'))
  t.equal(other.client.currentUser()?.sessionId, tab.client.currentUser()?.sessionId)
  t.match(other.changes.map(([, change]) => change), ['login', 'logout', 'login'])
})

t.test('nobody lets go of a lock: after a while it is done without', async (t) => {
  const stuck: Locks = {
    request: (_name, { signal }) => new Promise((_resolve, reject) => {
      signal.addEventListener(
        'abort', () => reject(new DOMException('aborted', 'AbortError'))
      )
    })
  }
  const forbidden: Locks = { request: () => Promise.reject(new DOMException('not here', 'SecurityError')) }
  for (const [locks, ms] of [[stuck, 16_000], [forbidden, 1000]] as const) {
    const browser = createBrowser({ delivery: 'cookie' })
    const { client } = browser.open({ locks })
    t.ok(await during(browser, client.login('ada@example.com', 'right'), ms))
  }
})

t.test('what is told holds no refresh token, and what is no news is not listened to', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const told: unknown[] = []
  let tell: (message: unknown) => void = () => {}
  const { client, changes } = browser.open({
    channel: { post: (message) => told.push(message), onMessage (listener) { tell = listener }, close () {} }
  })
  const user = await during(browser, client.login('ada@example.com', 'right'))
  browser.service.advanceNotBefore()
  await during(browser, client.fetch('/me'))
  t.equal(told.length, 2)
  const { refreshToken } = JSON.parse(browser.storage.get('gatepass https://auth.example.com') ?? '{}')
  t.notMatch(JSON.stringify(told), refreshToken)
  const foreign = {
    kind: 'tokens',
    isLogin: false,
    requestedAtWall: browser.time.clock.wall(),
    expires_in: 300,
    session_id: 'x',
    access_token: forgeToken({ sub: 'y', sid: 'x', role: 'admin', iat: 9 })
  }
  for (const message of [undefined, null, 'ended', {}, { kind: 'ended' }, { kind: 'ended', sessionId: 'x' }, {
    kind: 'tokens'
  }, { ...foreign, access_token: 'x' }, { ...foreign, expires_in: -1 }, { ...foreign, requestedAtWall: 'now' }, foreign]) tell(message)
  t.equal(client.currentUser()?.sessionId, user.sessionId)
  t.equal(changes.length, 1)
  await during(browser, client.logout())
  tell({ ...foreign, session_id: user.sessionId, access_token: forgeToken({ sub: user.id, sid: user.sessionId, role: 'user', iat: 9 }) })
  t.equal(client.currentUser(), undefined, 'nor does it bring a session back')
})

t.test('the age of what is told counts', async (t) => {
  const { browser, tabs: [tab] } = await createTabs(1)
  let tell: (message: unknown) => void = () => {}
  const frozen = browser.open({ channel: { post () {}, onMessage (listener) { tell = listener }, close () {} } })
  await during(browser, frozen.client.restore())
  const sent: unknown[] = []
  const witness = browser.open({ channel: { post: (message) => sent.push(message), onMessage () {}, close () {} } })
  await during(browser, witness.client.restore())
  witness.close()
  await browser.time.sleep(LIFE_MS, { monotonicStops: false })
  tell(sent[0])
  const asked: string[] = []
  browser.conditions = (path) => {
    asked.push(path)
    return { requestMs: 20, responseMs: 20 }
  }
  t.equal((await during(browser, frozen.client.fetch('/me'))).status, 200)
  t.strictSame(asked.filter((path) => path === '/me'), ['/me'], 'a token that was told of long ago is refreshed first')
  tab?.close()
})

t.test('two clients in one process share nothing unless they are given a storage', async (t) => {
  const answers = createBrowser({ delivery: 'body' })
  const clients: Client[] = []
  for (const email of ['ada@example.com', 'bob@example.com']) {
    const client = createClient({
      baseUrl: 'https://auth.example.com',
      delivery: 'body',
      fetch: async (_input, init) => {
        const { status, body } = answers.service.handle({
          method: 'POST', path: '/auth/login', body: JSON.parse(String(init?.body)), authorization: undefined, cookie: undefined
        })
        return new Response(JSON.stringify(body), { status })
      }
    })
    clients.push(client)
    t.teardown(() => client.close())
    await client.login(email, 'right')
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.not(clients[0]?.currentUser()?.id, clients[1]?.currentUser()?.id)
})

t.test('clients of one storage in one process tell each other, by what the platform has', async (t) => {
  const { service } = createBrowser({ delivery: 'body' })
  const items = new Map<string, string>()
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
    removeItem: (key: string) => items.delete(key)
  }
  const create = () => createClient({
    baseUrl: 'https://shared.example.com',
    delivery: 'body',
    storage,
    fetch: fetchFrom(service)
  })
  const [a, b] = [create(), create()]
  // Neither of them keeps a process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(alive)
    a.close()
    b.close()
  })
  const heard = new Promise<string>((resolve) => b.onChange((user, change) => resolve(`${user?.role} ${change}`)))
  await a.login('ada@example.com', 'right')
  t.equal(await heard, 'user login')
  const ended = new Promise<string>((resolve) => b.onChange((user, change) => resolve(`${user?.role} ${change}`)))
  await a.logout()
  t.equal(await ended, 'undefined logout')
})

t.test('where a platform has neither locks nor channels, as React Native, a client with a storage does without', async (t) => {
  for (const name of ['BroadcastChannel', 'navigator']) {
    const had: unknown = Reflect.get(globalThis, name)
    const put = (value: unknown) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
    put(undefined)
    t.teardown(() => { put(had) })
  }
  const { service } = createBrowser({ delivery: 'body' })
  const items = new Map<string, string>()
  // Its storages answer later, all of them.
  const storage = {
    getItem: async (key: string) => items.get(key) ?? null,
    setItem: async (key: string, value: string) => { items.set(key, value) },
    removeItem: async (key: string) => { items.delete(key) }
  }
  const create = () => {
    const client = createClient({
      baseUrl: 'https://native.example.com',
      delivery: 'body',
      storage,
      fetch: fetchFrom(service)
    })
    t.teardown(() => client.close())
    return client
  }
  const user = await create().login('ada@example.com', 'right')
  const again = create()
  t.strictSame(await again.restore(), user, 'after a restart of the app')
  await again.logout()
  t.equal(items.size, 0)
})

/** For clients whose tokens travel in bodies. */
function fetchFrom (service: ReturnType<typeof createBrowser>['service']): typeof fetch {
  return async (input, init) => {
    const { status, body } = service.handle({
      method: 'POST',
      path: new URL(String(input)).pathname,
      body: JSON.parse(String(init?.body)),
      authorization: undefined,
      cookie: undefined
    })
    return new Response(status === 204 ? null : JSON.stringify(body), { status })
  }
}
