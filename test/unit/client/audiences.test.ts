// One session, and an access token for each audience.
import t from 'tap'
import { ProblemError, UnavailableError, type Client } from '../../../client/index.ts'
import { createBrowser, createLoggedIn, during, toTokenStorage, type Browser, type BrowserOptions, type Tab } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS, forgeToken, problem } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000
const GOOD = { requestMs: 20, responseMs: 20 }
const SHARING: ReadonlyArray<Pick<BrowserOptions, 'hasLocks' | 'hasChannel'>> = [{}, { hasLocks: false, hasChannel: false }]

const CALLS: ReadonlyArray<[audience: string, call: (client: Client) => Promise<Response>]> = [
  ['api', (client) => client.fetch('/me')],
  ['reports', (client) => client.fetchFor('reports')('/reports/all')],
  ['billing', (client) => client.fetchFor('billing')('/billing/all')]
]

/** Two tabs of one session. */
async function createTwoTabs (options: Partial<BrowserOptions>): Promise<{ browser: Browser, tab: Tab, other: Tab }> {
  const { browser, tab } = await createLoggedIn(options)
  const other = browser.open()
  await during(browser, other.client.restore())
  return { browser, tab, other }
}

async function readBody (response: Response): Promise<unknown> {
  const body = await response.json() as object
  return { status: response.status, ...body }
}

function countRefreshes ({ service }: Browser): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { audience = 'none' } of service.refreshes) counts[String(audience)] = (counts[String(audience)] ?? 0) + 1
  return counts
}

t.test('each audience has a token of its own, and one rotation of the refresh token serves them all', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab } = await createLoggedIn({ delivery })
    const { id: sub = '', sessionId: sid = '' } = tab.client.currentUser() ?? {}
    await browser.time.sleep(LIFE_MS, { monotonicStops: false })
    const bodies = Promise.all(CALLS.map(async ([, call]) => readBody(await call(tab.client))))
    t.match(await during(browser, bodies), CALLS.map(([aud]) => ({ status: 200, aud, sub, sid })))
    t.strictSame(countRefreshes(browser), { none: 1, reports: 1, billing: 1 })
    t.equal(browser.service.countRotations(sid), 1)
    t.equal(tab.changes.length, 1, 'the current user is the same')
  }
})

t.test('however many requests begin at once, each audience is refreshed once, before the first and after a 401', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const statuses = () => during(browser, Promise.all(
    Array.from({ length: 50 }, (_value, index) => CALLS[index % 3]?.[1](tab.client)).map(async (response) => (await response)?.status)
  ))
  t.strictSame(await statuses(), Array(50).fill(200))
  t.strictSame(countRefreshes(browser), { reports: 1, billing: 1 })
  t.strictSame(await statuses(), Array(50).fill(200))
  t.strictSame(countRefreshes(browser), { reports: 1, billing: 1 }, 'the tokens are kept')
  browser.service.advanceNotBefore()
  t.strictSame(await statuses(), Array(50).fill(200))
  t.strictSame(countRefreshes(browser), { none: 1, reports: 2, billing: 2 })
})

t.test('refreshes of several audiences happen one after the other, in all tabs', async (t) => {
  const { browser, tab, other } = await createTwoTabs({ delivery: 'cookie' })
  const before = browser.service.refreshes.length
  await during(browser, Promise.all([tab, other].flatMap(({ client }) => CALLS.map(([, call]) => call(client)))))
  const times = browser.service.refreshes.slice(before).map(({ at }) => at)
  t.equal(times.length, 4)
  // A request and its response take 40 ms.
  t.ok(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) >= 40), times.join(' '))
})

t.test('a page that asks for another audience first restores its session', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const { client, changes } = browser.open()
  t.match(await during(browser, client.fetchFor('reports')('/reports/all').then(readBody)), { status: 200, aud: 'reports' })
  t.match(changes.map(([, change]) => change), ['restored'])
})

t.test('an audience that does not exist is a mistake of the program: the session goes on as before', async (t) => {
  const rejections: Array<[audience: string, code: string]> = [['nowhere', 'invalid_target'], ['', 'invalid_request']]
  for (const [audience, code] of rejections) {
    const { browser, tab } = await createLoggedIn()
    // The service's schema rejects an empty name.
    if (audience === '') browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(400, 'invalid_request') })
    const error: unknown = await during(browser, tab.client.fetchFor(audience)('/reports/all').catch((error: unknown) => error))
    t.ok(error instanceof ProblemError)
    t.match(error, { status: 400, code })
    t.equal(browser.service.refreshes.length, 1)
    await browser.time.pass(LIFE_MS * 0.65)
    t.equal(browser.service.refreshes.length, 1, 'it is not tried again')
    browser.service.advanceNotBefore()
    t.equal((await during(browser, tab.client.fetch('/me'))).status, 200, 'other refreshes do not wait')
    t.match(tab.changes.map(([, change]) => change), ['login'])
  }
})

t.test('an API that rejects every token of its audience does not cause a refresh for each request', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const statuses: number[] = []
  for (let second = 0; second < 600; second++) {
    // Asked for anew each time, as a program does that keeps nothing.
    statuses.push((await during(browser, tab.client.fetchFor('reports')('/me'))).status)
  }
  t.strictSame(statuses, Array(600).fill(401))
  const { reports: count = 0 } = countRefreshes(browser)
  t.ok(count >= 8 && count < 25, `${count} refreshes in ten minutes`)
  t.equal((await during(browser, tab.client.fetchFor('billing')('/billing/all'))).status, 200, 'another audience is not affected')
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200, 'nor is the default one')
})

t.test('after a logout no token is sent, and after another login that of the new session', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const request = () => during(browser, tab.client.fetchFor('reports')('/reports/all').then(readBody))
  const { sessionId } = tab.client.currentUser() ?? {}
  t.match(await request(), { status: 200, sid: sessionId })
  await during(browser, tab.client.logout())
  t.match(await request(), { status: 401, code: 'missing_token' })
  const bob = await during(browser, tab.client.login('bob@example.com', 'right'))
  t.match(await request(), { status: 200, sub: bob.id, sid: bob.sessionId })
})

t.test('a logout waits for a refresh of another audience, and what the refresh brings is not used', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/refresh' ? 3000 : 20 })
  const response = tab.client.fetchFor('reports')('/reports/all')
  await browser.time.pass(100)
  const [, answer] = await during(browser, Promise.all([tab.client.logout(), response.then(readBody)]), 4000)
  t.match(answer, { status: 401 })
  t.strictSame([...browser.storage], [])
  t.match(tab.changes.map(([, change]) => change), ['login', 'logout'])
})

t.test('a logout in another tab during a refresh of another audience ends the session here', async (t) => {
  const { browser, tab, other } = await createTwoTabs({ hasLocks: false })
  browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/refresh' ? 3000 : 20 })
  const response = tab.client.fetchFor('reports')('/reports/all').then(readBody)
  await browser.time.pass(100)
  await during(browser, other.client.logout())
  t.match(await during(browser, response, 4000), { status: 401, code: 'missing_token' })
  t.strictSame([...browser.storage], [], 'the refresh token is not stored again')
  t.match(tab.changes.map(([, change]) => change), ['login', 'logout'])
})

t.test('a login in another tab during a refresh of another audience: the request has the token of the new session', async (t) => {
  const { browser, tab, other } = await createTwoTabs({ hasLocks: false })
  browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/refresh' ? 3000 : 20 })
  const response = tab.client.fetchFor('reports')('/reports/all').then(readBody)
  await browser.time.pass(100)
  const bob = await during(browser, other.client.login('bob@example.com', 'right'))
  t.match(await during(browser, response, 7000), { status: 200, aud: 'reports', sub: bob.id, sid: bob.sessionId })
  t.match(tab.changes.map(([, change]) => change), ['login', 'login'])
})

t.test('a request that has been sent in one session is not repeated in another', async (t) => {
  const { browser, tab, other } = await createTwoTabs({ delivery: 'cookie' })
  t.equal((await during(browser, tab.client.fetchFor('reports')('/reports/all'))).status, 200)
  browser.conditions = (path) => ({ ...GOOD, requestMs: path === '/reports/transfer' ? 500 : 20 })
  const response = tab.client.fetchFor('reports')('/reports/transfer', { method: 'POST', body: '{}' })
  await during(browser, other.client.login('bob@example.com', 'right'), 200)
  t.equal((await during(browser, response)).status, 401)
})

t.test('a session that another tab has replaced, unnoticed, is given up when another audience is refreshed', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    const { browser, tab, other } = await createTwoTabs({ delivery, hasChannel: false })
    await during(browser, other.client.login('bob@example.com', 'right'))
    t.match(await during(browser, tab.client.fetchFor('reports')('/reports/all').then(readBody)), { status: 401, code: 'missing_token' })
    t.match(tab.changes.at(-1), [undefined, 'replaced'], delivery)
    t.equal((await during(browser, other.client.fetchFor('reports')('/reports/all'))).status, 200)
  }
})

t.test('a session that the service has ended is given up when another audience is refreshed, in every tab', async (t) => {
  const { browser, tab, other } = await createTwoTabs({})
  browser.service.endSession(tab.client.currentUser()?.sessionId ?? '')
  t.match(await during(browser, tab.client.fetchFor('reports')('/reports/all').then(readBody)), { status: 401, code: 'missing_token' })
  for (const { changes } of [tab, other]) t.match(changes.at(-1), [undefined, 'ended'])
  t.strictSame([...browser.storage], [])
})

t.test('a token that comes late, or is for another audience or session, is not used', async (t) => {
  const responses: Array<[name: string, prepare: (browser: Browser, tab: Tab) => void, change: string]> = [
    ['late', (browser) => {
      browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/refresh' ? 11_000 : 20 })
    }, 'login'],
    ['another audience', plan({ aud: 'billing' }), 'login'],
    ['several audiences', plan({ aud: ['reports', 'billing'] }), 'login'],
    ['another session', plan({ sid: 'another' }), 'replaced'],
    ['another user', plan({ sub: 'another' }), 'replaced']
  ]
  for (const [name, prepare, change] of responses) {
    const { browser, tab } = await createLoggedIn()
    const stored = [...browser.storage]
    prepare(browser, tab)
    const outcome = await during(browser, tab.client.fetchFor('reports')('/reports/all').then(readBody, (error: unknown) => error), 12_000)
    if (change === 'login') t.ok(outcome instanceof UnavailableError, name)
    else t.match(outcome, { status: 401, code: 'missing_token' }, name)
    t.equal(tab.changes.at(-1)?.[1], change, name)
    t.strictSame([...browser.storage], stored, name)
    if (change !== 'login') continue
    browser.conditions = () => GOOD
    t.equal((await during(browser, tab.client.fetchFor('reports')('/reports/all'), 15_000)).status, 200, `${name}: the next one is`)
  }

  function plan (claims: Record<string, unknown>): (browser: Browser, tab: Tab) => void {
    return ({ service, time }, { client }) => {
      const { id: sub, sessionId: sid } = client.currentUser() ?? {}
      const accessToken = forgeToken({ sub, sid, aud: 'reports', role: 'user', iat: Math.floor(time.now() / 1000), ...claims })
      const body = { access_token: accessToken, session_id: claims.sid ?? sid, expires_in: ACCESS_TTL_SECONDS, refresh_token: 'planned' }
      service.plannedReplies.push({ path: '/auth/refresh', reply: { status: 200, body } })
    }
  }
})

t.test('a refresh of another audience that fails is put off like any other, and the session is refreshed afterwards', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const wait = { 'retry-after': '60' }
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(503, 'credential_store_unavailable', wait) })
  const request = () => during(browser, tab.client.fetchFor('reports')('/reports/all'))
  await t.rejects(request(), UnavailableError)
  await t.rejects(request(), { name: 'UnavailableError', retryAfterSeconds: 60 })
  t.equal(browser.service.refreshes.length, 1, 'the service has asked for no more')
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200, 'the default audience has its token still')
  await browser.time.pass(80_000)
  t.strictSame(countRefreshes(browser), { reports: 1, none: 1 }, 'the session is refreshed when that is allowed')
  t.equal((await request()).status, 200)
  await browser.time.pass(LIFE_MS * 10)
  const { none = 0 } = countRefreshes(browser)
  t.ok(none >= 11 && none <= 20, `${none} refreshes in ten lives of a token: the schedule is the usual one`)
})

t.test('a token that cannot be refreshed is used until it expires', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const request = () => during(browser, tab.client.fetchFor('reports')('/reports/all'))
  t.equal((await request()).status, 200)
  await browser.time.sleep(LIFE_MS * 0.95, { monotonicStops: false })
  browser.conditions = (path) => ({ ...GOOD, ...(path === '/auth/refresh' && { lost: 'request' as const }) })
  t.equal((await request()).status, 200)
  await browser.time.pass(LIFE_MS * 0.05)
  await t.rejects(request(), UnavailableError)
  browser.conditions = () => GOOD
  t.equal((await request()).status, 200)
})

t.test('a storage that cannot be written while another audience is refreshed loses no session', async (t) => {
  const browser = createBrowser({ delivery: 'body' })
  const storage = toTokenStorage(browser.storage)
  let isBroken = false
  const { client, changes } = browser.open({
    storage: {
      ...storage,
      setItem (key, value) {
        if (isBroken) throw new DOMException('full', 'QuotaExceededError')
        return storage.setItem(key, value)
      }
    }
  })
  await during(browser, client.login('ada@example.com', 'right'))
  isBroken = true
  const statuses: Array<number | string> = []
  for (let minute = 0; minute < 60; minute++) {
    const outcomes = CALLS.map(([, call]) => call(client).then(({ status }) => status, ({ name }: Error) => name))
    statuses.push(...await during(browser, Promise.all(outcomes), 60_000))
  }
  t.strictSame(changes.map(([, change]) => change), ['login'])
  t.strictSame(statuses.filter((status) => status !== 200 && status !== 'UnavailableError'), [])
  t.strictSame(statuses.filter((status, index) => index % 3 === 0 && status !== 200), [], 'the default audience is not affected')
  isBroken = false
  await browser.time.pass(120_000)
  for (const [, call] of CALLS) t.equal((await during(browser, call(client), 60_000)).status, 200)
})

t.test('a caller who aborts is told at once, while the refresh of the audience goes on for others', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/refresh' ? 5000 : 20 })
  const reason = new Error('the user has left the page')
  const controller = new AbortController()
  const fetchReports = tab.client.fetchFor('reports')
  let outcome: unknown
  fetchReports('/reports/all', { signal: controller.signal }).catch((error: unknown) => { outcome = error })
  const other = fetchReports('/reports/all')
  await browser.time.pass(1000)
  controller.abort(reason)
  await browser.time.pass(0)
  t.equal(outcome, reason)
  t.equal((await during(browser, other, 10_000)).status, 200)
  t.strictSame(countRefreshes(browser), { reports: 1 })
})

t.test('what another audience shows of the user is felt here and in other tabs, once', async (t) => {
  const { browser, tab, other } = await createTwoTabs({})
  await during(browser, tab.client.fetchFor('reports')('/reports/all'))
  browser.service.setRole('admin')
  browser.service.setClaims({ org_id: 'acme' })
  browser.service.advanceNotBefore()
  t.equal((await during(browser, tab.client.fetchFor('reports')('/reports/all'))).status, 200)
  for (const { changes } of [tab, other]) {
    t.strictSame(changes.slice(1).map(([user, change]) => [user?.role, user?.claims, change]), [['admin', { org_id: 'acme' }, 'role']])
  }
})

t.test('ten tabs with three audiences keep one session for hours, with or without locks and channels', async (t) => {
  for (const sharing of SHARING) {
    for (const delivery of ['cookie', 'body'] as const) {
      const { browser, tab } = await createLoggedIn({ delivery, random: Math.random, ...sharing })
      const tabs = [tab, ...Array.from({ length: 9 }, () => browser.open())]
      const statuses = new Set<number>()
      for (let round = 0; round < 40; round++) {
        const responses = Promise.all(tabs.flatMap(({ client }) => CALLS.map(([, call]) => call(client))))
        for (const { status } of await during(browser, responses, LIFE_MS * (0.1 + Math.random()))) statuses.add(status)
      }
      t.strictSame([...statuses], [200])
      t.strictSame(tabs.map(({ changes }) => changes.length), Array(10).fill(1))
      t.strictSame(browser.service.refreshes.filter(({ status }) => status !== 200), [])
    }
  }
})
