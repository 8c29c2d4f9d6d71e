// Storages that are full, closed to the page, slow for ever, or somebody else's; channels and locks that throw.
import t, { type Test } from 'tap'
import { StorageError, UnavailableError, type Channel, type Locks, type TokenStorage } from '../../../client/index.ts'
import { type Browser, createBrowser, during, type Tab } from './fake-browser.ts'

const KEY = 'gatepass https://auth.example.com'

const full = () => new DOMException('the quota has been exceeded', 'QuotaExceededError')
const refuse = (): never => { throw full() }
const refuseLater = (): Promise<never> => Promise.reject(full())
const hang = (): Promise<never> => new Promise(() => {})
const FAILING: Array<[name: string, fail: () => never | Promise<never>]> = [['throws', refuse], ['rejects', refuseLater], ['hangs', hang]]

/** A storage of which one method can be broken. */
function createFragile (): { storage: TokenStorage, items: Map<string, string>, broken: Partial<TokenStorage> } {
  const items = new Map<string, string>()
  const broken: Partial<TokenStorage> = {}
  const storage: TokenStorage = {
    getItem: (key) => broken.getItem === undefined ? items.get(key) ?? null : broken.getItem(key),
    setItem: (key, value) => broken.setItem === undefined ? items.set(key, value) : broken.setItem(key, value),
    removeItem: (key) => broken.removeItem === undefined ? items.delete(key) : broken.removeItem(key)
  }
  return { storage, items, broken }
}

t.test('a login that cannot be stored leaves no session behind, neither here nor at the service', async (t) => {
  for (const [name, setItem] of FAILING) {
    const browser = createBrowser({ delivery: 'body' })
    const { storage, broken } = createFragile()
    const { client, changes } = browser.open({ storage })
    const tokens: string[] = []
    const { handle } = browser.service
    Object.assign(browser.service, {
      handle: (ask: Parameters<typeof handle>[0]) => {
        const reply = handle(ask)
        if (ask.path === '/auth/login') tokens.push(Object(reply.body).refresh_token)
        return reply
      }
    })
    broken.setItem = setItem
    const error = await during(browser, client.login('ada@example.com', 'right'), 5000).catch((reason: unknown) => reason)
    t.ok(error instanceof StorageError && !(error instanceof UnavailableError), name)
    t.notMatch(error, { message: /service|reached/ })
    if (setItem !== hang) t.match(error, { cause: { name: 'QuotaExceededError' } })
    t.equal(client.currentUser(), undefined)
    t.strictSame(changes, [])
    t.equal(handle({
      method: 'POST', path: '/auth/refresh', body: { refresh_token: tokens[0] }, authorization: undefined, cookie: undefined
    }).status, 401, 'it is over')
    delete broken.setItem
    t.ok(await during(browser, client.login('ada@example.com', 'right')), 'and the next one is as good as any')
  }
})

t.test('a login that cannot be stored does not touch the session that was there', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const { storage, broken } = createFragile()
  const { client } = browser.open({ storage })
  const ada = await during(browser, client.login('ada@example.com', 'right'))
  broken.setItem = refuse
  await t.rejects(during(browser, client.login('bob@example.com', 'right')), StorageError)
  t.strictSame(client.currentUser(), ada)
  browser.service.advanceNotBefore()
  t.equal((await during(browser, client.fetch('/me'))).status, 200)
})

t.test('what cannot be read is not a service that cannot be reached, and is read later', async (t) => {
  for (const [name, getItem] of FAILING) {
    const browser = createBrowser({ delivery: 'body' })
    const { storage, broken } = createFragile()
    const first = browser.open({ storage })
    const user = await during(browser, first.client.login('ada@example.com', 'right'))
    first.close()
    broken.getItem = getItem
    const { client, changes } = browser.open({ storage })
    const error = await during(browser, client.restore(), 5000).catch((reason: unknown) => reason)
    t.match(error, { name: 'UnavailableError', message: /^The storage .* cannot be read at the moment; the session is kept\.$/ }, name)
    t.equal(browser.service.refreshes.length, 0, 'nobody was asked')
    delete broken.getItem
    await browser.time.pass(20_000)
    t.strictSame(changes, [[user, 'restored']])
  }
})

t.test('a logout ends the session at the service, whatever the storage does', async (t) => {
  for (const [name, fail] of FAILING) {
    for (const methods of [['removeItem'], ['getItem', 'removeItem']] as const) {
      const browser = createBrowser({ delivery: 'body' })
      const { storage, items, broken } = createFragile()
      const { client } = browser.open({ storage })
      await during(browser, client.login('ada@example.com', 'right'))
      for (const method of methods) broken[method] = fail
      await during(browser, client.logout(), 10_000)
      t.equal(client.currentUser(), undefined, `${name}: ${methods.join()}`)
      for (const method of methods) delete broken[method]
      t.equal(items.size, 1)
      t.equal(await during(browser, browser.open({ storage }).client.restore()), undefined, 'what could not be removed is refused')
      t.equal(items.size, 0)
    }
  }
})

t.test('a logout of what can neither be read nor is known is none', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const { storage, broken } = createFragile()
  broken.getItem = refuse
  await t.rejects(during(browser, browser.open({ storage }).client.logout()), { name: 'UnavailableError', message: /storage/ })
})

t.test('a storage that hangs while a token is stored holds nobody up for long, and what it brings late is not used', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const { storage, items, broken } = createFragile()
  const { client, changes } = browser.open({ storage })
  await during(browser, client.login('ada@example.com', 'right'))
  broken.setItem = hang
  browser.service.advanceNotBefore()
  t.equal((await during(browser, client.fetch('/me'), 5000)).status, 200)
  delete broken.setItem
  const old = items.get(KEY) ?? ''
  const asked: Array<(value: string) => void> = []
  broken.getItem = () => new Promise((resolve) => { asked.push(resolve) })
  browser.service.advanceNotBefore()
  await t.rejects(during(browser, client.fetch('/me'), 5000), { name: 'UnavailableError', message: /storage/ })
  delete broken.getItem
  // One that was begun meanwhile may hang yet.
  await browser.time.pass(10_000)
  asked[0]?.(JSON.stringify({ ...JSON.parse(old), refreshToken: 'late' }))
  t.equal((await during(browser, client.fetch('/me'), 5000)).status, 200)
  t.equal(changes.length, 1)
  t.strictSame(browser.service.refreshes.filter(({ status }) => status === 401), [], 'what came late was sent nowhere')
})

t.test('what somebody else has stored under the name is no session, and asks nobody', async (t) => {
  const rubbish: unknown[] = [
    '', ' ', 'null', '0', '"x"', '[]', '{}', '{', 'undefined', '[object Object]', '\u0000', '{"token":"abc","user":{"id":1}}',
    '{"refreshToken":1,"id":"a","sessionId":"b"}',
    '{"refreshToken":"","id":"","sessionId":""}', '{"__proto__":{"refreshToken":"a","id":"b","sessionId":"c"}}', JSON.stringify({
      refreshToken: 'x'.repeat(5000), id: 'a', sessionId: 'b'
    }),
    undefined, 0, 7, true, {}, [], { refreshToken: 'a', id: 'b', sessionId: 'c' }, new Date(0), Symbol('x')
  ]
  for (const found of rubbish) {
    const browser = createBrowser({ delivery: 'body' })
    const { storage, items, broken } = createFragile()
    broken.getItem = () => found as string
    const { client } = browser.open({ storage })
    t.equal(await during(browser, client.restore()), undefined, String(found))
    t.equal(browser.service.refreshes.length, 0)
    await during(browser, client.logout())
    delete broken.getItem
    const user = await during(browser, client.login('ada@example.com', 'right'))
    t.match(JSON.parse(items.get(KEY) ?? ''), { id: user.id, sessionId: user.sessionId }, 'a login takes its place')
  }
})

const THROWING: Channel = { post: refuse, onMessage: refuse, close: refuse }

async function goesOn (t: Test, browser: Browser, { client, changes, close }: Tab): Promise<void> {
  t.ok(await during(browser, client.login('ada@example.com', 'right')))
  browser.service.advanceNotBefore()
  t.equal((await during(browser, client.fetch('/me'))).status, 200)
  await during(browser, client.logout())
  t.strictSame(changes.map(([, change]) => change), ['login', 'logout'])
  t.doesNotThrow(close)
}

t.test('a channel that throws is done without', async (t) => {
  for (const method of ['post', 'onMessage', 'close'] as const) {
    const browser = createBrowser({ delivery: 'cookie' })
    const quiet: Channel = { post () {}, onMessage () {}, close () {} }
    await goesOn(t, browser, browser.open({ channel: { ...quiet, [method]: THROWING[method] } }))
  }
})

t.test('locks that throw, lie or are taken away are done without, and nothing is done twice', async (t) => {
  const table: Record<string, Locks['request']> = {
    throws: refuse,
    rejects: refuseLater,
    'never answers': hang,
    'does nothing and says that it is done': async () => undefined as never,
    'is stolen while the work goes on': (_name, _options, callback) => {
      callback().catch(() => {})
      return Promise.reject(new DOMException('stolen', 'AbortError'))
    },
    'fails when the work is done': async (_name, _options, callback) => {
      await callback()
      throw full()
    },
    'calls twice': async (_name, _options, callback) => {
      await callback()
      return callback()
    }
  }
  for (const [name, request] of Object.entries(table)) {
    const browser = createBrowser({ delivery: 'body' })
    let logins = 0
    browser.conditions = (path) => {
      if (path === '/auth/login') logins++
      return { requestMs: 20, responseMs: 20 }
    }
    const { client } = browser.open({ locks: { request } })
    await during(browser, client.login('ada@example.com', 'right'), 16_000)
    t.equal(logins, 1, name)
    await t.rejects(during(browser, client.login('ada@example.com', 'wrong'), 16_000), { code: 'invalid_credentials' }, name)
    t.equal(logins, 2, name)
    browser.service.advanceNotBefore()
    t.equal((await during(browser, client.fetch('/me'), 16_000)).status, 200, name)
    t.equal(browser.service.refreshes.length, 1, name)
  }
})
