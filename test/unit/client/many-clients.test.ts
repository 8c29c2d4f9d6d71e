// One process, many users: a server that acts for each of them.
import t, { type Test } from 'tap'
import {
  createClient, type Channel, type Client, type ClientOptions, type CurrentUser, type Fetch, type TokenStorage
} from '../../../client/index.ts'
import { createFakeService, type FakeService } from './fake-service.ts'

const COUNT = 10
const BASE = 'https://auth.example.com'

/** Long enough for what one client could tell another, by whatever the platform has. */
const overheard = () => new Promise((resolve) => setTimeout(resolve, 100))

/** A fetch with a cookie jar of its own. */
function createFetch (service: FakeService, onAsked = (_path: string) => {}): Fetch {
  let cookie: string | undefined
  return async (input, init) => {
    const request = new Request(input, init)
    const { pathname: path } = new URL(request.url)
    onAsked(path)
    const text = await request.text()
    const reply = service.handle({
      method: request.method,
      path,
      body: text === '' ? {} : JSON.parse(text),
      authorization: request.headers.get('authorization') ?? undefined,
      cookie
    })
    if (reply.setCookie !== undefined) cookie = reply.setCookie === '' ? undefined : reply.setCookie
    return new Response(reply.status === 204 ? null : JSON.stringify(reply.body), { status: reply.status })
  }
}

/** Takes its time for refreshes, and counts how many are under way at once. */
function slowly (fetch: Fetch, under: { now: number, most: number }): Fetch {
  return async (input, init) => {
    if (!String(input).endsWith('/auth/refresh')) return fetch(input, init)
    under.most = Math.max(under.most, ++under.now)
    await new Promise((resolve) => setTimeout(resolve, 5))
    return fetch(input, init).finally(() => { under.now-- })
  }
}

function createStorage (): TokenStorage & { items: Map<string, string> } {
  const items = new Map<string, string>()
  return {
    items, getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key)
  }
}

function open (t: Test, options: Partial<ClientOptions>): Client {
  const client = createClient({ baseUrl: BASE, delivery: 'body', ...options })
  t.teardown(() => client.close())
  return client
}

/** As Node 24 has them. */
function withLocks (t: Test): string[] {
  const asked: string[] = []
  const had = Object.getOwnPropertyDescriptor(globalThis, 'navigator') ?? { value: undefined, configurable: true }
  const locks = { request: <T>(name: string, _options: unknown, callback: () => Promise<T>) => { asked.push(name); return callback() } }
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
  t.teardown(() => { Object.defineProperty(globalThis, 'navigator', had) })
  return asked
}

t.test('ten clients in one process are ten users, whatever one of them does', async (t) => {
  const locked = withLocks(t)
  for (const delivery of ['body', 'cookie'] as const) {
    const service = createFakeService(() => performance.now())
    const create = () => open(t, { delivery, fetch: createFetch(service), ...(delivery === 'body' && { storage: createStorage() }) })
    const clients = Array.from({ length: COUNT }, create)
    const idle = create()
    const changes: string[] = []
    idle.onChange((_user, change) => changes.push(change))
    const users: CurrentUser[] = []
    for (const [index, client] of clients.entries()) users.push(await client.login(`user-${index}@example.com`, 'right'))
    await overheard()
    t.equal(new Set(users.map(({ id }) => id)).size, COUNT)
    const areWhoTheyAre = async (except = -1) => {
      for (const [index, client] of clients.entries()) {
        if (index === except) continue
        t.strictSame(client.currentUser(), users[index], `${delivery} ${index}`)
        t.match(await (await client.fetch('/me')).json(), { sub: users[index]?.id, sid: users[index]?.sessionId })
      }
    }
    await areWhoTheyAre()
    service.advanceNotBefore()
    await Promise.all(clients.map((client) => client.fetch('/me')))
    await overheard()
    await areWhoTheyAre()
    t.equal(service.refreshes.length, COUNT, 'each has refreshed its own, once')
    await clients[3]?.logout()
    await overheard()
    t.equal(clients[3]?.currentUser(), undefined)
    await areWhoTheyAre(3)
    t.equal(idle.currentUser(), undefined)
    t.strictSame(changes, [], 'who never logged in has heard of nothing')
    t.equal(await idle.restore(), undefined)
  }
  t.strictSame(locked, [], 'and nobody has waited for anybody')
})

t.test('what is heard on a channel that several stores share counts only where the store holds it, too', async (t) => {
  const service = createFakeService(() => performance.now())
  const listeners = new Set<(message: unknown) => void>()
  const channel = (): Channel => {
    let own = (_message: unknown) => {}
    return {
      post: (message) => { for (const listener of listeners) if (listener !== own) listener(message) },
      onMessage (listener) { own = listener; listeners.add(listener) },
      close () {}
    }
  }
  const [ada, bob, nobody] = [
    0, 1, 2
  ].map(() => open(t, { fetch: createFetch(service), storage: createStorage(), channel: channel() })) as [Client, Client, Client]
  const user = await ada.login('ada@example.com', 'right')
  const other = await bob.login('bob@example.com', 'right')
  service.advanceNotBefore()
  for (const client of [ada, bob]) await client.fetch('/me')
  await overheard()
  t.strictSame([ada, bob, nobody].map((client) => client.currentUser()), [user, other, undefined])
})

t.test('clients of one storage are one: they tell each other, and one refresh is at a time', async (t) => {
  const service = createFakeService(() => performance.now())
  const storage = createStorage()
  const under = { now: 0, most: 0 }
  const clients = Array.from({ length: COUNT }, () => open(t, { storage, fetch: slowly(createFetch(service), under) }))
  const user = await clients[0]?.login('ada@example.com', 'right')
  await overheard()
  for (const client of clients) t.strictSame(client.currentUser(), user)
  service.advanceNotBefore()
  const responses = await Promise.all(clients.map((client) => client.fetch('/me')))
  t.ok(responses.every(({ status }) => status === 200))
  t.equal(under.most, 1)
  t.equal(service.refreshes.length, 1)
  const elsewhere = open(t, { baseUrl: 'https://other.example.com', storage, fetch: createFetch(service) })
  t.equal(await elsewhere.restore(), undefined, 'the session of another service is another item')
  clients[1]?.close()
  await clients[0]?.logout()
  await overheard()
  t.strictSame(
    clients.map((client) => client.currentUser() === undefined),
    clients.map((_client, index) => index !== 1),
    'one that is closed hears nothing'
  )
})

t.test('without a channel, clients of one storage still refresh one at a time', async (t) => {
  const service = createFakeService(() => performance.now())
  const storage = createStorage()
  const under = { now: 0, most: 0 }
  const [first, ...others] = Array.from({
    length: COUNT
  }, () => open(t, { storage, fetch: slowly(createFetch(service), under), channel: null })) as [Client, ...Client[]]
  const user = await first.login('ada@example.com', 'right')
  for (const client of others) t.strictSame(await client.restore(), user)
  service.advanceNotBefore()
  t.ok((await Promise.all([first, ...others].map((client) => client.fetch('/me')))).every(({ status }) => status === 200))
  t.equal(under.most, 1)
  t.ok(service.refreshes.every(({ status }) => status === 200))
})

t.test('where no cookies are kept, a login by cookie says so, and nobody is found', async (t) => {
  const client = open(t, { delivery: 'cookie' })
  const changes: string[] = []
  client.onChange((_user, change) => changes.push(change))
  await t.rejects(client.login('ada@example.com', 'right'), { name: 'TypeError', message: /^delivery: .*keeps no cookies/ })
  t.equal(await client.restore(), undefined)
  await client.logout()
  t.strictSame(changes, ['none'])
})
