// A newer proof of the user (RFC 9470): an access token that says so, and nothing else.
import t from 'tap'
import { ProblemError, StepUpNeededError, UnavailableError, type Client } from '../../../client/index.ts'
import { createLoggedIn, during, type Browser, type NetworkConditions, type Tab } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS, forgeToken, MAX_AGE_SECONDS, problem, type Reply } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000
const GOOD: NetworkConditions = { requestMs: 20, responseMs: 20 }
const PROOF = { password: 'right' }

/** A session whose proof is too old for `/sensitive`. */
async function createOldSession (): Promise<{ browser: Browser, tab: Tab }> {
  const logged = await createLoggedIn()
  await logged.browser.time.pass((MAX_AGE_SECONDS + 10) * 1000)
  return logged
}

const catchError = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no error', (error: unknown) => error)

/** @returns the NumericDate of the proof that the token of a request tells of */
async function readAuthTime (client: Client): Promise<number> {
  const { auth_time: authTime } = await (await client.fetch('/me')).json() as { auth_time: number }
  return authTime
}

t.test('a 401 that asks for a newer proof is a StepUpNeededError, and no reason for a refresh', async (t) => {
  const calls: Array<[name: string, call: (client: Client) => Promise<unknown>]> = [
    ['fetch', (client) => client.fetch('/sensitive')],
    ['fetchFor', (client) => client.fetchFor('reports')('/reports/sensitive')],
    ['ask', (client) => client.ask('GET', '/sensitive' as '/me')]
  ]
  for (const [name, call] of calls) {
    const { browser, tab } = await createOldSession()
    await during(browser, tab.client.fetchFor('reports')('/reports/all'))
    const before = browser.service.refreshes.length
    for (let times = 0; times < 10; times++) {
      const error = await during(browser, catchError(call(tab.client)))
      t.ok(error instanceof StepUpNeededError, name)
      t.match(error, { acr: 'aal1', maxAge: MAX_AGE_SECONDS })
    }
    t.equal(browser.service.refreshes.length, before, name)
    t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
    t.equal(tab.changes.length, 1)
  }
})

t.test('it is read from the header, or from the body where a page cannot read the header', async (t) => {
  const code = 'insufficient_user_authentication'
  const responses: Array<[name: string, reply: Reply, expected: { acr?: string | undefined, maxAge?: number | undefined } | undefined]> = [
    ['both', challenge(`Bearer error="${code}", acr_values="aal2", max_age="60"`), { acr: 'aal2', maxAge: 60 }],
    ['no level', challenge(`Bearer error="${code}", max_age="60"`), { acr: undefined, maxAge: 60 }],
    ['no age', challenge(`Bearer error="${code}", acr_values="phr"`), { acr: 'phr', maxAge: undefined }],
    ['other members, no quotes', challenge(`Bearer realm="a", error="${code}", error_description="b", max_age=5`), { maxAge: 5 }],
    ['only the body', problem(401, code), { acr: undefined, maxAge: undefined }],
    ['the body of another code', problem(401, 'invalid_token'), undefined],
    ['a challenge of another code', challenge('Bearer error="invalid_token"'), undefined],
    ['no JSON', { status: 401, body: '<html>' }, undefined],
    ['JSON that is no object', { status: 401, body: 'null' }, undefined],
    ['nothing', { status: 401 }, undefined]
  ]
  for (const [name, reply, expected] of responses) {
    const { browser, tab } = await createLoggedIn()
    browser.service.plannedReplies.push({ path: '/things', reply })
    const outcome = during(browser, tab.client.fetch('/things').then(({ status }) => status, (error: unknown) => error))
    if (expected === undefined) t.equal(await outcome, 200, `${name}: it is refreshed and repeated`)
    else t.match(await outcome, { name: 'StepUpNeededError', ...expected }, name)
    t.equal(browser.service.refreshes.length, expected === undefined ? 1 : 0, name)
  }

  function challenge (header: string): Reply {
    return { status: 401, headers: { 'www-authenticate': header } }
  }
})

t.test('it is also found where the token was refreshed before', async (t) => {
  const { browser, tab } = await createOldSession()
  browser.service.advanceNotBefore()
  t.ok(await during(browser, catchError(tab.client.fetch('/sensitive'))) instanceof StepUpNeededError)
  t.equal(browser.service.refreshes.length, 1)
})

t.test('a 401 whose body breaks off is refreshed and repeated like any other', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  let count = 0
  const { client } = browser.open({
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname: path } = new URL(request.url)
      if (path === '/broken' && count++ === 0) return new Response(createBrokenStream(), { status: 401 })
      const body = path === '/broken' ? {} : JSON.parse(await request.text())
      const reply = browser.service.handle({ method: 'POST', path, body, authorization: undefined, cookie: undefined })
      return new Response(JSON.stringify(reply.body), { status: path === '/broken' ? 200 : reply.status })
    }
  })
  await during(browser, client.restore())
  t.equal((await during(browser, client.fetch('/broken'))).status, 200)
  t.equal(count, 2)

  function createBrokenStream (): ReadableStream {
    return new ReadableStream({
      start (controller) {
        controller.enqueue(new TextEncoder().encode('{"code":'))
        controller.error(new TypeError('terminated'))
      }
    })
  }
})

t.test('after a step-up the same request succeeds', async (t) => {
  const { browser, tab } = await createOldSession()
  const before = { user: tab.client.currentUser(), storage: [...browser.storage] }
  t.ok(await during(browser, catchError(tab.client.fetch('/sensitive'))) instanceof StepUpNeededError)
  t.equal(await during(browser, tab.client.stepUp(PROOF)), undefined)
  t.equal((await during(browser, tab.client.fetch('/sensitive'))).status, 200)
  t.strictSame({ user: tab.client.currentUser(), storage: [...browser.storage] }, before)
  t.strictSame([browser.service.refreshes.length, tab.changes.length], [0, 1], 'the session is as it was')
})

t.test('a step-up is for one audience', async (t) => {
  const { browser, tab } = await createOldSession()
  const requests = () => during(browser, Promise.all([
    tab.client.fetch('/sensitive'),
    tab.client.fetchFor('reports')('/reports/sensitive'),
    tab.client.fetchFor('billing')('/billing/sensitive')
  ].map((response) => response.then(({ status }) => status, ({ name }: Error) => name))))
  await during(browser, tab.client.stepUp(PROOF, 'reports'))
  t.strictSame(await requests(), ['StepUpNeededError', 200, 'StepUpNeededError'])
  await during(browser, tab.client.stepUp(PROOF))
  t.strictSame(await requests(), [200, 200, 'StepUpNeededError'])
  t.match(await during(browser, catchError(tab.client.stepUp(PROOF, 'nowhere'))), { name: 'ProblemError', code: 'invalid_target' })
  t.strictSame(await requests(), [200, 200, 'StepUpNeededError'])
})

t.test('a wrong password is a ProblemError, and loses nothing', async (t) => {
  const { browser, tab } = await createOldSession()
  await during(browser, tab.client.stepUp(PROOF))
  const error = await during(browser, catchError(tab.client.stepUp({ password: 'wrong' })))
  t.ok(error instanceof ProblemError)
  t.match(error, { status: 403, code: 'wrong_password' })
  browser.service.plannedReplies.push({ path: '/auth/step-up', reply: problem(429, 'too_many_attempts', { 'retry-after': '30' }) })
  t.match(await during(browser, catchError(tab.client.stepUp(PROOF))), { code: 'too_many_attempts', retryAfterSeconds: 30 })
  t.equal((await during(browser, tab.client.fetch('/sensitive'))).status, 200, 'the earlier proof counts still')
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 200)
  t.strictSame([browser.service.refreshes.length, tab.changes.length], [0, 1])
})

t.test('after five minutes the token of a step-up is not used, and no refresh makes it last longer', async (t) => {
  const { browser, tab } = await createOldSession()
  const loginTime = await during(browser, readAuthTime(tab.client))
  await during(browser, tab.client.stepUp(PROOF))
  const proofTime = Math.floor(browser.time.now() / 1000)
  let last = 0
  for (let second = 0; second < 400; second += 10) {
    const authTime = await during(browser, readAuthTime(tab.client))
    if (authTime !== loginTime) {
      last = second
      t.ok(Math.abs(authTime - proofTime) <= 1)
    }
    await browser.time.pass(9000)
  }
  t.ok(last >= 240 && last < 300, `used for ${last} seconds`)
  t.ok(browser.service.refreshes.length > 0, 'the session was refreshed in the meantime')
  t.equal(await during(browser, readAuthTime(tab.client)), loginTime)
  t.ok(await during(browser, catchError(tab.client.fetch('/sensitive'))) instanceof StepUpNeededError)
})

t.test('when it is old, the token of the session is used, and nothing is refreshed for that', async (t) => {
  const { browser, tab } = await createOldSession()
  const loginTime = await during(browser, readAuthTime(tab.client))
  await during(browser, tab.client.stepUp(PROOF))
  // The session's own token is refreshed in the meantime, and again a moment later.
  await browser.time.pass(LIFE_MS * 0.9)
  const paths: string[] = []
  browser.conditions = (path) => {
    paths.push(path)
    return GOOD
  }
  t.equal(await during(browser, readAuthTime(tab.client)), loginTime)
  t.strictSame(paths, ['/me'])
})

t.test('other tabs do not notice a step-up', async (t) => {
  const { browser } = await createOldSession()
  const sent: unknown[] = []
  const tab = browser.open({ channel: { post: (message) => sent.push(message), onMessage () {}, close () {} } })
  const other = browser.open()
  await during(browser, Promise.all([tab.client.restore(), other.client.restore()]))
  sent.length = 0
  const seen = () => [other.changes.length, browser.storage.get('gatepass https://auth.example.com'), sent.length]
  const before = seen()
  await during(browser, tab.client.stepUp(PROOF))
  t.equal((await during(browser, tab.client.fetch('/sensitive'))).status, 200)
  t.ok(await during(browser, catchError(other.client.fetch('/sensitive'))) instanceof StepUpNeededError)
  t.strictSame(seen(), before)
})

t.test('a stepped-up token that is rejected makes way for a refreshed one, once', async (t) => {
  for (const [audience, path] of [[undefined, '/me'], ['reports', '/reports/all']] as const) {
    const { browser, tab } = await createOldSession()
    await during(browser, tab.client.stepUp(PROOF, audience))
    const fetch = audience === undefined ? tab.client.fetch : tab.client.fetchFor(audience)
    browser.service.setRole('admin')
    browser.service.advanceNotBefore()
    const statuses = Promise.all(Array.from({ length: 20 }, async () => (await fetch(path)).status))
    t.strictSame(await during(browser, statuses), Array(20).fill(200))
    t.strictSame(browser.service.refreshes.map((refresh) => refresh.audience), audience === undefined ? [undefined] : [audience, undefined])
    t.ok(await during(browser, catchError(fetch(path.replace(/\w+$/, 'sensitive')))) instanceof StepUpNeededError)
    t.strictSame(tab.changes.map(([user, change]) => [user?.role, change]), [['user', 'login'], ['admin', 'role']])
  }
})

t.test('a refresh leaves the token of a step-up in use, whichever begins first', async (t) => {
  for (const slow of ['/auth/refresh', '/auth/step-up']) {
    const { browser, tab } = await createOldSession()
    browser.conditions = (path) => ({ ...GOOD, responseMs: path === slow ? 3000 : 20 })
    const { client } = tab
    // The scheduled refresh is due at 70 % of the token's life.
    await browser.time.pass(LIFE_MS * 0.7 - (MAX_AGE_SECONDS + 10) * 1000 - 1000)
    const steppedUp = slow === '/auth/step-up' ? client.stepUp(PROOF) : undefined
    await browser.time.pass(1500)
    await during(browser, steppedUp ?? client.stepUp(PROOF), 4000)
    t.strictSame(browser.service.refreshes.map(({ status }) => status), [200])
    t.equal((await during(browser, client.fetch('/sensitive'))).status, 200, slow)
  }
})

t.test('a step-up refreshes a token that is rejected or has expired', async (t) => {
  for (const prepare of [
    ({ service }: Browser) => service.advanceNotBefore(),
    ({ time }: Browser) => time.sleep(LIFE_MS, { monotonicStops: false })
  ]) {
    const { browser, tab } = await createOldSession()
    await prepare(browser)
    t.equal(await during(browser, tab.client.stepUp(PROOF)), undefined)
    t.equal(browser.service.refreshes.length, 1)
    t.equal((await during(browser, tab.client.fetch('/sensitive'))).status, 200)
  }
})

t.test('while the session cannot be refreshed, a step-up says for how long', async (t) => {
  const { browser, tab } = await createOldSession()
  browser.service.advanceNotBefore()
  const wait = { 'retry-after': '60' }
  browser.service.plannedReplies.push({ path: '/auth/refresh', reply: problem(503, 'credential_store_unavailable', wait) })
  t.match(await during(browser, catchError(tab.client.stepUp(PROOF))), { name: 'UnavailableError', retryAfterSeconds: 60 })
  t.equal(tab.changes.length, 1)
})

t.test('a session that ends, or makes way for another, during a step-up: an error, and its token is not used', async (t) => {
  const ends: Array<[name: string, end: (browser: Browser, client: Client) => Promise<unknown>]> = [
    ['a logout', (_browser, client) => client.logout()],
    ['a logout in another tab', async (browser) => {
      const { client } = browser.open()
      await client.restore()
      await client.logout()
    }],
    ['another login', (_browser, client) => client.login('bob@example.com', 'right')],
    ['another login in another tab', (browser) => browser.open().client.login('bob@example.com', 'right')],
    ['the same user\'s next login', (_browser, client) => client.login('ada@example.com', 'right')]
  ]
  for (const [name, end] of ends) {
    const { browser, tab } = await createOldSession()
    browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/auth/step-up' ? 3000 : 20 })
    const steppedUp = catchError(tab.client.stepUp(PROOF))
    await browser.time.pass(100)
    await during(browser, end(browser, tab.client))
    const user = tab.client.currentUser()
    const error = await during(browser, steppedUp, 4000)
    t.ok(error instanceof ProblemError, name)
    t.match(error, { status: 401, code: 'invalid_token' }, name)
    const response = await during(browser, tab.client.fetch('/me'))
    t.match(await response.json(), user === undefined ? { code: 'missing_token' } : { sub: user.id, sid: user.sessionId }, name)
  }
})

t.test('who is logged out is told so', async (t) => {
  const { browser, tab } = await createOldSession()
  await during(browser, tab.client.logout())
  t.match(await during(browser, catchError(tab.client.stepUp(PROOF))), { name: 'ProblemError', code: 'missing_token' })
  browser.service.endSession((await during(browser, tab.client.login('ada@example.com', 'right'))).sessionId)
  t.match(await during(browser, catchError(tab.client.stepUp(PROOF))), { name: 'ProblemError', code: 'invalid_token' })
  t.match(tab.changes.at(-1), [undefined, 'ended'])
})

t.test('without a usable response, within ten seconds, the service is unavailable, and the next attempt succeeds', async (t) => {
  const obstacles: Array<[name: string, prepare: (browser: Browser, client: Client) => void]> = [
    ['no network', (browser) => { browser.conditions = () => ({ ...GOOD, offline: true }) }],
    ['a lost response', (browser) => { browser.conditions = () => ({ ...GOOD, lost: 'response' }) }],
    ['a response that never comes', (browser) => { browser.conditions = () => ({ ...GOOD, lost: 'response', silently: true }) }],
    ['a late response', (browser) => { browser.conditions = () => ({ ...GOOD, responseMs: 11_000 }) }],
    ['a captive portal', plan({ status: 200, body: '<html>' })],
    ['a proxy', plan({ status: 502, body: '<html>' })],
    ['a token for another audience', (browser, client) => plan({ status: 200, body: forge(client, { aud: 'billing' }) })(browser)],
    ['a token without a session', (browser, client) => plan({ status: 200, body: forge(client, { sid: undefined }) })(browser)]
  ]
  for (const [name, prepare] of obstacles) {
    const { browser, tab } = await createOldSession()
    prepare(browser, tab.client)
    const error = await during(browser, catchError(tab.client.stepUp(PROOF, 'reports')), 12_000)
    t.ok(error instanceof UnavailableError, name)
    browser.conditions = () => GOOD
    const fetch = tab.client.fetchFor('reports')
    t.ok(await during(browser, catchError(fetch('/reports/sensitive')), 2000) instanceof StepUpNeededError, name)
    await during(browser, tab.client.stepUp(PROOF, 'reports'))
    t.equal((await during(browser, fetch('/reports/sensitive'))).status, 200, name)
    t.equal(tab.changes.length, 1, name)
  }

  function plan (reply: Reply): (browser: Browser) => void {
    return ({ service }) => { service.plannedReplies.push({ path: '/auth/step-up', reply }) }
  }

  function forge (client: Client, claims: Record<string, unknown>): object {
    const { id: sub, sessionId: sid } = client.currentUser() ?? {}
    const token = forgeToken({ sub, sid, aud: 'reports', role: 'user', iat: 1_700_000_000, ...claims })
    return { access_token: token, token_type: 'Bearer', expires_in: ACCESS_TTL_SECONDS, acr: 'aal1' }
  }
})

t.test('a page with delivery by cookie steps up too', async (t) => {
  const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
  const cookie = browser.cookie()
  await browser.time.pass((MAX_AGE_SECONDS + 10) * 1000)
  await during(browser, tab.client.stepUp(PROOF))
  t.equal((await during(browser, tab.client.fetch('/sensitive'))).status, 200)
  t.equal(browser.cookie(), cookie)
})
