// Registration, a new password, the address of an account, and its end.
import t, { type Test } from 'tap'
import { StepUpNeededError, UnavailableError, type Client } from '../../../client/index.ts'
import { createBrowser, createLoggedIn, during, type Browser, type NetworkConditions, type Tab } from './fake-browser.ts'
import { MAILED, MAX_AGE_SECONDS, problem, type Reply } from './fake-service.ts'

const GOOD: NetworkConditions = { requestMs: 20, responseMs: 20 }
const PASSWORD = 'a new horse, a new staple'

interface Call {
  method: string
  path: string
  call (client: Client): Promise<unknown>
  body: object
  /** What the method returns. */
  expected: unknown
}

const { code, token } = MAILED

const OPEN: Call[] = [
  {
    method: 'POST',
    path: '/auth/register',
    call: (client) => client.register('bob@example.com'),
    body: { email: 'bob@example.com' },
    expected: { registration: 'registration', expiresInSeconds: 600 }
  },
  {
    method: 'POST',
    path: '/auth/register/complete',
    call: (client) => client.completeRegistration({ token, password: PASSWORD }),
    body: { token, password: PASSWORD },
    expected: { id: /^[\da-f-]{36}$/, email: 'ada@example.com', role: 'user', created_at: undefined }
  },
  {
    method: 'POST',
    path: '/auth/register/complete',
    call: (client) => client.completeRegistration({ registration: 'registration', code, password: PASSWORD }),
    body: { registration: 'registration', code, password: PASSWORD },
    expected: { id: /^[\da-f-]{36}$/, email: 'ada@example.com', role: 'user', created_at: undefined }
  },
  {
    method: 'POST',
    path: '/auth/password-reset',
    call: (client) => client.requestPasswordReset('bob@example.com'),
    body: { email: 'bob@example.com' },
    expected: undefined
  }
]

const RESET: Call = {
  method: 'POST',
  path: '/auth/password-reset/complete',
  call: (client) => client.resetPassword({ token, newPassword: PASSWORD }),
  body: { token, new_password: PASSWORD },
  expected: undefined
}

const OWN: Call[] = [
  {
    method: 'POST',
    path: '/account/email',
    call: (client) => client.changeEmail('ada@example.org'),
    body: { email: 'ada@example.org' },
    expected: { handle: 'handle of /account/email', expiresInSeconds: 600 }
  },
  {
    method: 'POST',
    path: '/account/email/confirm',
    call: (client) => client.confirmEmail({ handle: 'handle', code }),
    body: { handle: 'handle', code },
    expected: undefined
  },
  {
    method: 'POST',
    path: '/account/email/verification',
    call: (client) => client.requestEmailVerification(),
    body: {},
    expected: { handle: 'handle of /account/email/verification', expiresInSeconds: 600 }
  },
  {
    method: 'POST',
    path: '/account/email/verification/confirm',
    call: (client) => client.confirmEmailVerification({ handle: 'handle', code }),
    body: { handle: 'handle', code },
    expected: undefined
  }
]

const DELETE: Call = { method: 'DELETE', path: '/account', call: (client) => client.deleteAccount(), body: {}, expected: undefined }

const ALL = [...OPEN, RESET, ...OWN, DELETE]

const catchError = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no error', (error: unknown) => error)

/** Everything of a session that is to stay as it is. */
function readSession ({ browser, tab }: { browser: Browser, tab: Tab }): unknown {
  return {
    user: tab.client.currentUser(),
    changes: tab.changes.length,
    storage: [...browser.storage],
    cookie: browser.cookie(),
    refreshes: browser.service.refreshes.length
  }
}

t.test('an open route is asked without token and cookie, and the session stays as it is', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    for (const { method, path, call, body, expected } of [...OPEN, RESET]) {
      const { browser, tab } = await createLoggedIn({ delivery })
      const before = readSession({ browser, tab })
      assertResult(t, await during(browser, call(tab.client)), expected)
      t.strictSame(browser.service.requests.slice(1), [{ method, path, body, authorization: undefined, cookie: undefined }])
      t.strictSame(readSession({ browser, tab }), before, path)
    }
  }
})

t.test('an open route needs no session, and begins none', async (t) => {
  const browser = createBrowser({ delivery: 'cookie' })
  const tab = browser.open()
  for (const { call, expected } of [...OPEN, RESET]) {
    assertResult(t, await during(browser, call(tab.client)), expected)
  }
  t.strictSame(readSession({ browser, tab }), { user: undefined, changes: 0, storage: [], cookie: undefined, refreshes: 0 })
  t.equal((await during(browser, tab.client.login('ada@example.com', 'right'))).role, 'user')
})

t.test('after a new password the session of the user has ended, and the page is told when it next asks', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await during(browser, RESET.call(tab.client))
  t.equal((await during(browser, tab.client.fetch('/me'))).status, 401)
  t.match(tab.changes, [[Object, 'login'], [undefined, 'ended']])
})

t.test('the account of the user goes with the token, which is refreshed once where it is rejected', async (t) => {
  for (const isRejected of [false, true]) {
    for (const { method, path, call, body, expected } of OWN) {
      const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
      await browser.time.pass(1000)
      if (isRejected) browser.service.advanceNotBefore()
      assertResult(t, await during(browser, call(tab.client)), expected)
      t.match(browser.service.requests.at(-1), { method, path, body, authorization: /^Bearer / })
      t.equal(browser.service.refreshes.length, isRejected ? 1 : 0, path)
      t.equal(tab.changes.length, 1, path)
    }
  }
})

t.test('a change of the address and the end of the account need a recent proof, which a step-up gives', async (t) => {
  for (const { path, call } of [...OWN, DELETE]) {
    const isSensitive = !path.startsWith('/account/email/verification')
    const { browser, tab } = await createLoggedIn()
    await browser.time.pass((MAX_AGE_SECONDS + 10) * 1000)
    const error = await during(browser, catchError(call(tab.client)))
    if (isSensitive) t.ok(error instanceof StepUpNeededError, path)
    t.match(error, isSensitive ? { acr: 'aal1', maxAge: MAX_AGE_SECONDS } : 'no error', path)
    t.equal(browser.service.refreshes.length, 0, path)
    await during(browser, tab.client.stepUp({ password: 'right' }))
    t.equal(await during(browser, catchError(call(tab.client))), 'no error', path)
  }
})

t.test('what the service rejects says why, and for how long', async (t) => {
  const rejections: Array<[path: string, reply: Reply]> = [
    ['/auth/register', problem(403, 'registration_closed')],
    ['/auth/register', problem(429, 'too_many_attempts', { 'retry-after': '60' })],
    ['/auth/register/complete', problem(401, 'invalid_proof')],
    ['/auth/register/complete', problem(422, 'weak_password')],
    ['/auth/password-reset', problem(403, 'mail_disabled')],
    ['/auth/password-reset/complete', problem(401, 'invalid_proof')],
    ['/account/email', problem(429, 'too_many_attempts', { 'retry-after': '60' })],
    ['/account/email/confirm', problem(403, 'wrong_code')],
    ['/account/email/confirm', problem(409, 'email_taken')],
    ['/account/email/verification', problem(403, 'mail_disabled')],
    ['/account/email/verification/confirm', problem(403, 'wrong_code')],
    ['/account', problem(409, 'last_admin')]
  ]
  for (const [path, reply] of rejections) {
    const { browser, tab } = await createLoggedIn()
    const before = readSession({ browser, tab })
    browser.service.plannedReplies.push({ path, reply })
    const retryAfterSeconds = reply.status === 429 ? 60 : undefined
    const { code } = reply.body as { code: string }
    t.match(await during(browser, catchError(findCall(path).call(tab.client))), {
      name: 'ProblemError', status: reply.status, code, message: `It is ${code}.`, retryAfterSeconds
    }, path)
    t.strictSame(readSession({ browser, tab }), before, path)
  }
})

t.test('without a usable response, within ten seconds, the service is unavailable, and the session is kept', async (t) => {
  const obstacles: Array<[name: string, prepare: (browser: Browser, path: string) => void]> = [
    ['no network', (browser) => { browser.conditions = () => ({ ...GOOD, offline: true }) }],
    ['a response that never comes', (browser) => { browser.conditions = () => ({ ...GOOD, lost: 'request', silently: true }) }],
    ['a late response', (browser) => { browser.conditions = () => ({ ...GOOD, requestMs: 5000, responseMs: 6000 }) }],
    ['a captive portal', (browser, path) => { browser.service.plannedReplies.push({ path, reply: { status: 200, body: '<html>' } }) }],
    ['a proxy', (browser, path) => {
      browser.service.plannedReplies.push({ path, reply: { status: 502, body: '<html>', headers: { 'retry-after': '5' } } })
    }]
  ]
  for (const [name, prepare] of obstacles) {
    for (const { path, call } of ALL) {
      const { browser, tab } = await createLoggedIn()
      const before = readSession({ browser, tab })
      prepare(browser, path)
      const error = await during(browser, catchError(call(tab.client)), 12_000)
      t.ok(error instanceof UnavailableError, `${name}: ${path}`)
      t.match(error, { retryAfterSeconds: name === 'a proxy' ? 5 : undefined })
      t.strictSame(readSession({ browser, tab }), before, `${name}: ${path}`)
    }
  }
})

t.test('a body that the service does not send is that of a proxy', async (t) => {
  const bodies: Array<[path: string, status: number, body: unknown]> = [
    ['/auth/register', 202, {}],
    ['/auth/register', 202, { registration: 1, expires_in: 600 }],
    ['/auth/register', 202, 'null'],
    ['/auth/register/complete', 201, { id: 'a', email: 'b' }],
    ['/account/email', 202, { handle: 'a', expires_in: '600' }],
    ['/account/email/verification', 202, { expires_in: 600 }]
  ]
  for (const [path, status, body] of bodies) {
    const { browser, tab } = await createLoggedIn()
    browser.service.plannedReplies.push({ path, reply: { status, body } })
    t.ok(await during(browser, catchError(findCall(path).call(tab.client))) instanceof UnavailableError, path)
  }
})

t.test('with the account its session ends, as in a logout: here, in other tabs and in the store', async (t) => {
  for (const delivery of ['body', 'cookie'] as const) {
    for (const isLogoutLost of [false, true]) {
      const { browser, tab } = await createLoggedIn({ delivery })
      const other = browser.open()
      await during(browser, other.client.restore())
      if (isLogoutLost) browser.conditions = (path) => ({ ...GOOD, offline: path === '/auth/logout' })
      t.equal(await during(browser, tab.client.deleteAccount()), undefined)
      for (const { client, changes } of [tab, other]) {
        t.equal(client.currentUser(), undefined)
        t.match(changes.at(-1), [undefined, 'logout'])
      }
      t.strictSame([...browser.storage], [])
      if (!isLogoutLost) t.equal(browser.cookie(), undefined)
      browser.conditions = () => GOOD
      t.equal(await during(browser, browser.open().client.restore()), undefined)
    }
  }
})

t.test('a session that has begun while the account was deleted goes on', async (t) => {
  for (const isElsewhere of [false, true]) {
    const { browser, tab } = await createLoggedIn()
    browser.conditions = (path) => ({ ...GOOD, responseMs: path === '/account' ? 3000 : 20 })
    const deleted = tab.client.deleteAccount()
    await browser.time.pass(100)
    const { client } = isElsewhere ? browser.open({ channel: null }) : tab
    const bob = await during(browser, client.login('bob@example.com', 'right'))
    t.equal(await during(browser, deleted, 4000), undefined)
    t.equal(client.currentUser(), bob)
    t.equal((await during(browser, client.fetch('/me'))).status, 200)
    t.strictSame(await during(browser, browser.open().client.restore()), bob)
  }
})

t.test('when the response to the end of an account was lost, the next attempt finds that the session has ended', async (t) => {
  const { browser, tab } = await createLoggedIn()
  browser.conditions = () => ({ ...GOOD, lost: 'response' })
  t.ok(await during(browser, catchError(tab.client.deleteAccount())) instanceof UnavailableError)
  browser.conditions = () => GOOD
  t.match(await during(browser, catchError(tab.client.deleteAccount())), { name: 'ProblemError', code: 'invalid_token' })
  t.match(tab.changes.at(-1), [undefined, 'ended'])
  t.strictSame([...browser.storage], [])
})

t.test('who is logged out is told so', async (t) => {
  const { browser, tab } = await createLoggedIn()
  await during(browser, tab.client.logout())
  for (const { path, call } of [...OWN, DELETE]) {
    t.match(await during(browser, catchError(call(tab.client))), { name: 'ProblemError', code: 'missing_token' }, path)
  }
})

t.test('a page that has just been loaded deletes the account of the session that it finds', async (t) => {
  const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
  tab.close()
  const { client, changes } = browser.open()
  t.equal(await during(browser, client.deleteAccount()), undefined)
  t.match(changes, [[Object, 'restored'], [undefined, 'logout']])
  t.equal(browser.cookie(), undefined)
})

function assertResult (t: Test, result: unknown, expected: unknown): void {
  if (expected === undefined) t.equal(result, undefined)
  else t.match(result, expected)
}

function findCall (path: string): Call {
  const found = ALL.find((call) => call.path === path)
  if (found === undefined) throw new Error(path)
  return found
}
