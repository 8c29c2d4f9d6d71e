import t from 'tap'
import { createClient, ProblemError, UnavailableError } from '../../../client/index.ts'
import { createBrowser, createLoggedIn, during, type NetworkConditions } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS, forgeToken, problem, type Reply } from './fake-service.ts'
import { createFakeMachine } from './fake-machine.ts'

const KEY = 'gatepass https://auth.example.com'
const LIFE_MS = ACCESS_TTL_SECONDS * 1000

t.test('a login says who is current, and a refused one why not', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const browser = createBrowser({ delivery })
    const { client, changes } = browser.open()
    await t.rejects(during(browser, client.login('ada@example.com', 'wrong'), 100), {
      name: 'ProblemError', status: 401, code: 'invalid_credentials', message: 'It is invalid_credentials.'
    })
    t.equal(client.currentUser(), undefined)
    browser.service.plannedReplies.push({ path: '/auth/login', reply: problem(429, 'too_many_attempts', { 'retry-after': '7' }) })
    await t.rejects(during(browser, client.login('ada@example.com', 'right'), 100), { code: 'too_many_attempts', retryAfterSeconds: 7 })
    const user = await during(browser, client.login('ada@example.com', 'right'), 100)
    t.match(user, { id: /^[0-9a-f-]{36}$/, role: 'user', sessionId: /^[0-9a-f-]{36}$/ })
    t.equal(client.currentUser(), user)
    t.ok(Object.isFrozen(user))
    t.strictSame(changes, [[user, 'login']])
    t.equal(browser.cookie() !== undefined, delivery === 'cookie')
    t.equal(browser.storage.has(KEY), delivery === 'body')
  }
})

t.test('F32: a token is refreshed at random, between half and nine tenths of its life', async (t) => {
  for (const [random, fraction] of [[0, 0.5], [0.5, 0.7], [0.999999, 0.9]] as const) {
    const { browser } = await createLoggedIn({ random: () => random })
    await browser.time.pass(LIFE_MS * fraction - 1000)
    t.equal(browser.service.refreshes.length, 0, 'not before')
    await browser.time.pass(1500)
    t.equal(browser.service.refreshes.length, 1, `at ${fraction}`)
    await browser.time.pass(LIFE_MS * fraction + 1000)
    t.equal(browser.service.refreshes.length, 2, 'and again')
  }
})

t.test('that moment is anywhere in between, as likely here as there', async (t) => {
  const fractions: number[] = []
  for (let index = 0; index < 400; index++) {
    const after: number[] = []
    const time = createFakeMachine()
    const browser = createBrowser({ delivery: 'body', random: Math.random, time })
    const { client } = browser.open({
      clock: { ...time.clock, after: (ms, callback) => { after.push(ms); return time.clock.after(ms, callback) } },
      locks: null,
      channel: null
    })
    await during(browser, client.login('ada@example.com', 'right'), 40)
    // Counted from when it was asked for, a round trip ago.
    fractions.push(((after.at(-1) ?? 0) + 40) / LIFE_MS)
    client.close()
  }
  t.ok(fractions.every((fraction) => fraction >= 0.5 && fraction <= 0.9))
  // A tenth of 400 is 40; eight standard deviations below is one.
  for (let tenth = 0; tenth < 10; tenth++) {
    t.ok(
      fractions.filter((fraction) => Math.floor((fraction - 0.5) / 0.04) === tenth).length >= 1, `tenth ${tenth}`
    )
  }
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length
  t.ok(Math.abs(mean - 0.7) < 0.05, `${mean} on average: eight standard deviations are 0.046`)
})

t.test('a life that is longer than a timer can be is not over at once', async (t) => {
  let asked = 0
  for (const lifetime of ['1e12', '1e999']) {
    const client = createClient({
      baseUrl: 'https://auth.example.com',
      delivery: 'body',
      fetch: async () => {
        asked++
        const sid = '018f0000-0000-7000-8000-000000000000'
        return new Response(JSON.stringify({
          access_token: forgeToken({ sub: 'a', sid, role: 'user', iat: 1 }), session_id: sid, refresh_token: 'x', expires_in: 0
        }).replace('"expires_in":0', `"expires_in":${lifetime}`))
      }
    })
    t.teardown(() => client.close())
    await client.login('ada@example.com', 'right')
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(asked, 2)
})

t.test('the life of a token is counted by a clock that cannot be set', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(3_600_000, { monotonicStops: true })
  const asked: string[] = []
  browser.conditions = (path) => {
    asked.push(path)
    return { requestMs: 20, responseMs: 20 }
  }
  await during(browser, tab.client.fetch('/me'), 1000)
  t.strictSame(asked, ['/me', '/auth/refresh', '/me'], 'the service says that the token has expired; the clock did not')
  t.match(tab.changes, [[{}, 'login']])
})

t.test('AB14: whatever comes but a definite no, the session is kept and goes on', async (t) => {
  const table: Array<[name: string, reply: Reply | Partial<NetworkConditions>]> = [
    ['too many requests', problem(429, 'too_many_attempts', { 'retry-after': '3' })],
    ['a broken service', problem(500, 'internal_error')],
    ['a broken proxy', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['no database', problem(503, 'credential_store_unavailable', { 'retry-after': '2' })],
    ['a refresh on its way', problem(503, 'refresh_retry', { 'retry-after': '20' })],
    ['a captive portal', { status: 200, body: '<html>Welcome to the hotel</html>' }],
    ['a strange answer', { status: 200, body: { access_token: 'x' } }],
    ['a token that is none', { status: 200, body: { access_token: 'x', expires_in: 300, session_id: 'y', refresh_token: 'z' } }],
    ['a proxy that wants a login', { status: 401, body: '<html>Log in</html>' }],
    ['another no', problem(401, 'invalid_credentials')],
    ['another site', problem(403, 'cross_site')],
    ['nothing there', problem(404, 'not_found')],
    ['no network', { offline: true }],
    ['a request lost', { lost: 'request' }],
    ['a response lost', { lost: 'response' }],
    ['a response lost without an error', { lost: 'response', silently: true }]
  ]
  for (const delivery of ['body', 'cookie'] as const) {
    for (const [name, trouble] of table) {
      const { browser, tab } = await createLoggedIn({ delivery })
      const kept = delivery === 'body' ? browser.storage.get(KEY) : browser.cookie()
      let times = 1
      if ('status' in trouble) browser.service.plannedReplies.push({ path: '/auth/refresh', reply: trouble })
      else browser.conditions = () => ({ requestMs: 20, responseMs: 20, ...(times-- > 0 && trouble) })
      await browser.time.pass(LIFE_MS * 0.7 + 400)
      t.equal(delivery === 'body' ? browser.storage.get(KEY) : browser.cookie(), kept, `${delivery}: ${name}`)
      await browser.time.pass(60_000)
      t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 200, name)
      t.not(delivery === 'body' ? browser.storage.get(KEY) : browser.cookie(), kept, 'in the end, it was refreshed')
      t.match(tab.changes, [[{}, 'login']])
      t.equal(tab.changes.length, 1, 'nobody was told of anything')
    }
  }
})

t.test('while the service wants to be left alone it is, and who asks is told for how long', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await browser.time.sleep(LIFE_MS, { monotonicStops: false })
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(503, 'refresh_retry', { 'retry-after': '20' }) })
  await t.rejects(during(browser, tab.client.fetch('/me'), 1000), { name: 'UnavailableError', retryAfterSeconds: 20 })
  for (let second = 1; second < 19; second++) await t.rejects(during(browser, tab.client.fetch('/me'), 1000), UnavailableError)
  t.equal(browser.service.refreshes.length, 1)
  await browser.time.pass(8000)
  t.equal(browser.service.refreshes.length, 2, 'it goes on by itself')
  t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 200)
})

t.test('AV10, F30: an unavailable service is asked less and less often, and at once for a request or when the network is back', async (
  t
) => {
  const { browser, tab } = await createLoggedIn()
  let asked = 0
  browser.conditions = () => {
    asked++
    return { requestMs: 20, responseMs: 20, offline: true }
  }
  await browser.time.pass(3_600_000)
  t.ok(asked >= 50 && asked <= 80, `${asked} attempts in an hour`)
  const before = asked
  await t.rejects(during(browser, tab.client.fetch('/me'), 10), UnavailableError)
  t.equal(asked, before + 1)
  browser.conditions = () => ({ requestMs: 20, responseMs: 20 })
  t.equal((await during(browser, tab.client.fetch('/me'), 100)).status, 200)
})

t.test('when the network is back, what has failed is tried at once, unless the service wants to be left alone', async (t) => {
  const network = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: network.addEventListener.bind(network), removeEventListener: network.removeEventListener.bind(network)
  })
  t.teardown(() => { for (const name of ['addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name) })
  const { browser, tab } = await createLoggedIn()
  const comesBack = async () => {
    network.dispatchEvent(new Event('online'))
    await browser.time.pass(100)
    return browser.service.refreshes.length
  }
  t.equal(await comesBack(), 0, 'nothing has failed')
  browser.conditions = () => ({ requestMs: 20, responseMs: 20, offline: true })
  await browser.time.pass(LIFE_MS * 3)
  browser.conditions = () => ({ requestMs: 20, responseMs: 20 })
  t.equal(await comesBack(), 1)
  browser.service.plannedReplies.push({
    path: '/auth/refresh', reply: problem(503, 'credential_store_unavailable', { 'retry-after': '120' })
  })
  await browser.time.pass(LIFE_MS * 0.7 + 200)
  t.equal(await comesBack(), 2)
  tab.client.close()
  await browser.time.pass(LIFE_MS)
  t.equal(await comesBack(), 2, 'nor is one that was closed')
})

t.test('a definite no ends the session here and in every tab, and nothing is sent after it', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab } = await createLoggedIn({ delivery })
    const other = browser.open()
    await during(browser, other.client.restore(), 100)
    browser.service.endSession(tab.client.currentUser()?.sessionId ?? '')
    t.equal((await during(browser, tab.client.fetch('/me'), 100)).status, 401)
    for (const { client, changes } of [tab, other]) {
      t.equal(client.currentUser(), undefined)
      t.match(changes.at(-1), [undefined, 'ended'])
      t.equal(changes.filter(([user]) => user === undefined).length, 1, 'told once')
    }
    t.equal(browser.storage.has(KEY), false)
    t.equal(browser.cookie(), undefined)
    const before = browser.service.refreshes.length
    t.match(await (await during(browser, other.client.fetch('/me'), 1000)).json(), { code: 'missing_token' })
    await browser.time.pass(LIFE_MS)
    t.equal(browser.service.refreshes.length, before)
  }
})

t.test('an answer that comes late is thrown away', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab } = await createLoggedIn({ delivery })
    const kept = browser.storage.get(KEY)
    await browser.time.sleep(LIFE_MS, { monotonicStops: false })
    browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' ? 10_500 : 20 })
    await t.rejects(during(browser, tab.client.fetch('/me'), 10_100), UnavailableError, 'it is not waited for')
    browser.conditions = () => ({ requestMs: 20, responseMs: 20, offline: true })
    await browser.time.pass(10_000)
    t.equal(browser.storage.get(KEY), kept, 'and not stored')
    browser.conditions = () => ({ requestMs: 20, responseMs: 20 })
    t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 200)
  }
})

t.test('an answer for which the machine slept is late, whatever its clock says', async (t) => {
  for (const monotonicStops of [true, false]) {
    const { browser, tab } = await createLoggedIn()
    const kept = browser.storage.get(KEY)
    browser.service.advanceNotBefore()
    browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' ? 2000 : 20 })
    const answered = tab.client.fetch('/me')
    answered.catch(() => {})
    await browser.time.pass(1000)
    await browser.time.sleep(60_000, { monotonicStops })
    await t.rejects(during(browser, answered, 1100), UnavailableError)
    t.equal(browser.storage.get(KEY), kept)
  }
})

t.test('a late no ends nothing either', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.service.advanceNotBefore()
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(401, 'invalid_refresh_token') })
  let times = 1
  browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' && times-- > 0 ? 2000 : 20 })
  const answered = tab.client.fetch('/me')
  answered.catch(() => {})
  await browser.time.pass(1000)
  await browser.time.sleep(60_000, { monotonicStops: true })
  await t.rejects(during(browser, answered, 9000), UnavailableError)
  t.equal((await during(browser, tab.client.fetch('/me'), 5000)).status, 200)
})

t.test('tokens of another session or another user are not taken from a refresh', async (t) => {
  for (const claim of ['sub', 'sid'] as const) {
    const { browser, tab } = await createLoggedIn()
    const kept = browser.storage.get(KEY)
    const { id: sub, sessionId: sid } = tab.client.currentUser() ?? {}
    const claims = { sub, sid, role: 'admin', iat: 1, [claim]: '018f0000-0000-7000-8000-000000000000' }
    browser.service.plannedReplies.push({
      path: '/auth/refresh',
      reply: {
        status: 200, body: { access_token: forgeToken(claims), expires_in: 300, session_id: claims.sid, refresh_token: 'foreign' }
      }
    })
    browser.service.advanceNotBefore()
    t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 401, claim)
    t.match(tab.changes.at(-1), [undefined, 'replaced'])
    t.equal(browser.storage.get(KEY), kept, 'what is stored is not theirs')
  }
})

t.test('a session id that is not the one of the token is no answer', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const { id: sub, sessionId: sid } = tab.client.currentUser() ?? {}
  const body = {
    access_token: forgeToken({ sub, sid: '018f0000-0000-7000-8000-000000000000', role: 'user', iat: 1 }),
    expires_in: 300,
    session_id: sid,
    refresh_token: 'x'
  }
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: { status: 200, body } })
  browser.service.advanceNotBefore()
  await t.rejects(during(browser, tab.client.fetch('/me'), 1000), UnavailableError)
  t.equal(tab.client.currentUser()?.sessionId, sid)
})

t.test('a session goes on after a reload, and is known for the same', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab } = await createLoggedIn({ delivery })
    const user = tab.client.currentUser()
    tab.close()
    const again = browser.open()
    t.strictSame(await during(browser, again.client.restore(), 100), user)
    t.match(again.changes, [[user, 'restored']])
    t.strictSame(await during(browser, again.client.restore(), 100), user)
    t.equal(browser.service.refreshes.length, 1, 'it is restored once')
    const implicit = browser.open({ channel: null })
    t.equal((await during(browser, implicit.client.fetch('/me'), 100)).status, 200, 'asking for something restores it, too')
  }
})

t.test('where there is no session, none is restored', async (t) => {
  const body = createBrowser({ delivery: 'body' })
  const fresh = body.open()
  t.equal(await during(body, fresh.client.restore(), 0), undefined, 'nobody has to be asked')
  t.strictSame(fresh.changes, [[undefined, 'none']])
  for (const broken of ['', '{', 'null', '[]', '{"refreshToken":1}', '"x"']) {
    body.storage.set(KEY, broken)
    t.equal(await during(body, body.open().client.restore(), 0), undefined, broken)
  }
  t.equal(body.service.refreshes.length, 0)
  const cookie = createBrowser({ delivery: 'cookie' })
  t.equal(await during(cookie, cookie.open().client.restore(), 100), undefined)
  t.match(cookie.service.refreshes, [{ code: 'invalid_refresh_token' }])
})

t.test('what cannot be restored yet is restored later, and told', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const again = browser.open()
  browser.conditions = () => ({ requestMs: 20, responseMs: 20, offline: true })
  await t.rejects(during(browser, again.client.restore(), 100), UnavailableError)
  t.equal(again.changes.length, 0)
  browser.conditions = () => ({ requestMs: 20, responseMs: 20 })
  await browser.time.pass(2000)
  t.match(again.changes, [[{ role: 'user' }, 'restored']])
})

t.test('a logout ends the session at the service, here, and in every tab', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab } = await createLoggedIn({ delivery })
    const other = browser.open()
    await during(browser, other.client.restore(), 100)
    await during(browser, tab.client.logout(), 100)
    for (const { client, changes } of [tab, other]) {
      t.equal(client.currentUser(), undefined)
      t.match(changes.at(-1), [undefined, 'logout'])
    }
    t.equal(browser.storage.size, 0)
    t.equal(browser.cookie(), undefined)
    await during(browser, tab.client.logout(), 100)
    await browser.time.pass(LIFE_MS)
    t.equal((await during(browser, tab.client.fetch('/me'), 100)).status, 401)
  }
})

t.test('a logout that the service did not hear of is none', async (t) => {
  const table: Array<[name: string, reply: Reply | undefined, error: object]> = [
    ['no database', problem(503, 'credential_store_unavailable', { 'retry-after': '2' }), {
      code: 'credential_store_unavailable', retryAfterSeconds: 2
    }],
    ['no network', undefined, { name: 'UnavailableError' }]
  ]
  for (const [name, reply, error] of table) {
    const { browser, tab } = await createLoggedIn()
    if (reply === undefined) browser.conditions = () => ({ requestMs: 20, responseMs: 20, offline: true })
    else browser.service.plannedReplies.push({ path: '/auth/logout', reply })
    t.match(await during(browser, tab.client.logout(), 100).catch((reason: unknown) => reason), error, name)
    t.ok(tab.client.currentUser())
    t.equal(browser.storage.size, 1)
  }
})

t.test('a refresh that is on its way does not undo a logout', async (t) => {
  const { browser, tab } = await createLoggedIn({ hasLocks: false, hasChannel: false })
  browser.service.advanceNotBefore()
  browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' ? 3000 : 20 })
  const answered = tab.client.fetch('/me')
  await browser.time.pass(200)
  await during(browser, tab.client.logout(), 5000)
  await answered
  t.equal(tab.client.currentUser(), undefined)
  t.equal(browser.storage.size, 0)
})

t.test('a login waits for the refresh that is on its way, lest the answer to that take its cookie back', async (t) => {
  const { browser, tab } = await createLoggedIn({ delivery: 'cookie', hasLocks: false })
  browser.service.advanceNotBefore()
  browser.conditions = (path) => ({ requestMs: path === '/auth/refresh' ? 300 : 20, responseMs: 20 })
  const answered = tab.client.fetch('/me')
  await browser.time.pass(100)
  const bob = await during(browser, tab.client.login('bob@example.com', 'right'), 1000)
  await answered
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 200)
  t.strictSame(tab.client.currentUser(), bob)
})

t.test('a listener that fails is reported, and hinders nobody', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const reported: unknown[] = []
  const { client, changes } = browser.open({
    clock: {
      ...browser.time.clock,
      after: (ms, callback) => browser.time.clock.after(ms, () => { try { callback() } catch (error) { reported.push(error) } })
    }
  })
  client.onChange(() => { throw new Error('oops') })
  let heard = 0
  const stop = client.onChange(() => { heard++ })
  await during(browser, client.login('ada@example.com', 'right'), 100)
  t.match(changes, [[{}, 'login']])
  t.match(reported, [{ message: 'oops' }])
  stop()
  await during(browser, client.logout(), 100)
  t.equal(heard, 1)
})

t.test('a new role is told of, and the session goes on', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.service.setRole('admin')
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetch('/me'), 1000)).status, 200)
  t.match(tab.changes.map(([user, change]) => [user?.role, change]), [['user', 'login'], ['admin', 'role']])
})

t.test('custom claims are shown as they are, here and in other tabs, and a change of them once', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const other = browser.open()
  t.strictSame({ ...(await during(browser, other.client.restore()))?.claims }, {}, 'none')
  const claims = { org_id: 'Café Müller 🥐', seats: 12, trial: false }
  const steps: Array<[role: string, claims: Record<string, unknown>]> = [
    ['user', claims], ['user', claims], ['user', { ...claims, seats: 13 }], ['user', {}], ['admin', claims]
  ]
  for (const [role, next] of steps) {
    browser.service.setRole(role)
    browser.service.setClaims(next)
    browser.service.advanceNotBefore()
    t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
    t.strictSame(tab.client.currentUser()?.claims, next)
    t.equal((await during(browser, other.client.fetch('/me'))).status, 200)
  }
  for (const { changes } of [tab, other]) {
    t.strictSame(changes.slice(1).map(([user, change]) => [change, user?.claims]), [
      ['claims', claims], ['claims', { ...claims, seats: 13 }], ['claims', {}], ['role', claims]
    ])
  }
  t.throws(() => Object.assign(tab.client.currentUser()?.claims ?? {}, { org_id: 'other' }), TypeError, 'they are frozen')
})

t.test('a storage that fails loses no session', async (t) => {
  const browser = createBrowser({ delivery: 'body', random: () => 0.5 })
  const items = new Map<string, string>()
  let broken = false
  const guarded = <A extends unknown[], R>(work: (...parameters: A) => R) => async (...parameters: A): Promise<R> => {
    if (broken) throw new Error('the disk is full')
    return work(...parameters)
  }
  const storage = {
    getItem: guarded((key: string) => items.get(key) ?? null),
    setItem: guarded((key: string, value: string) => { items.set(key, value) }),
    removeItem: guarded((key: string) => { items.delete(key) })
  }
  const { client, changes } = browser.open({ storage })
  await during(browser, client.login('ada@example.com', 'right'), 100)
  broken = true
  browser.service.advanceNotBefore()
  await t.rejects(during(browser, client.fetch('/me'), 100), UnavailableError, 'it cannot be read')
  broken = false
  t.equal((await during(browser, client.fetch('/me'), 5000)).status, 200)
  const setItem = storage.setItem
  storage.setItem = () => Promise.reject(new Error('the disk is full'))
  await browser.time.pass(LIFE_MS * 2)
  storage.setItem = setItem
  await browser.time.pass(LIFE_MS)
  t.equal(
    (await during(browser, client.fetch('/me'), 5000)).status,
    200,
    'a token that was not written is one that was lost, and the service gets over it'
  )
  t.equal(changes.length, 1)
  browser.service.endSession(client.currentUser()?.sessionId ?? '')
  storage.removeItem = () => Promise.reject(new Error('the disk is full'))
  t.equal((await during(browser, client.fetch('/me'), 5000)).status, 401)
  t.match(changes.at(-1), [undefined, 'ended'], 'and what is over is over')
})

t.test('a login that something on the way answers is none', async (t) => {
  const { browser, tab } = await createLoggedIn()
  for (const body of ['<html>Welcome to the hotel</html>', { access_token: 'x' }]) {
    browser.service.plannedReplies.push({ path: '/auth/login', reply: { status: 200, body } })
    await t.rejects(during(browser, tab.client.login('bob@example.com', 'right'), 100), UnavailableError)
  }
  t.equal(tab.changes.length, 1, 'and nothing has changed')
})

t.test('a client that is closed while it asks has its answer, and tells nobody', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.client.close()
  let isOpen = true
  const channel = {
    post () { if (!isOpen) throw new DOMException('closed', 'InvalidStateError') }, onMessage () {}, close () { isOpen = false }
  }
  const { client } = browser.open({ channel })
  const restored = client.restore()
  await browser.time.pass(10)
  client.close()
  t.match(await during(browser, restored, 100), { role: 'user' })
})

t.test('a client that is closed does nothing any more, and has not logged out', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.client.close()
  await browser.time.pass(LIFE_MS * 3)
  t.equal(browser.service.refreshes.length, 0)
  t.equal(browser.storage.size, 1)
})

t.test('errors say what they are', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const { client } = browser.open()
  browser.service.plannedReplies.push({
    path: '/auth/login',
    reply: {
      ...problem(400, 'invalid_request'),
      body: {
        ...Object(problem(400, 'invalid_request').body), errors: [{ path: '/email', message: 'must be a string' }, 7]
      }
    }
  })
  const error = await during(browser, client.login('', ''), 100).then(() => undefined, (reason: unknown) => reason)
  t.ok(error instanceof ProblemError && error instanceof Error)
  t.match(error, { errors: [{ path: '/email', message: 'must be a string' }], retryAfterSeconds: undefined })
  browser.service.plannedReplies.push({ path: '/auth/login', reply: { status: 502, body: '<html>' } })
  await t.rejects(during(browser, client.login('a', 'b'), 100), { name: 'UnavailableError', message: /session is kept/ })
})
