// A login in two steps, a login with a passkey, and a token that only sets up a factor.
import t from 'tap'
import {
  EnrolmentNeededError, ProblemError, SecondFactorNeededError, StepUpNeededError, StorageError, UnavailableError, type PasskeyJson
} from '../../../client/index.ts'
import { createBrowser, createLoggedIn, during, type Browser, type Tab } from './fake-browser.ts'
import { CREDENTIAL, createFakePasskeys, type FakePasskeys } from './fake-passkeys.ts'
import { problem, type Reply } from './fake-service.ts'

const OPTIONS = { challenge: 'AAAA', rpId: 'example.com', allowCredentials: [], userVerification: 'required' }
const OFFER = { passkey_options: OPTIONS, expires_in: 3600 }
const METHODS = ['totp', 'recovery_code', 'passkey']
const STEP = '/auth/login/second-factor'
const BY_PASSKEY = '/auth/passkeys/login'
const ENROLMENT = { access_token: 'an enrolment token', token_type: 'Bearer', expires_in: 300 }

const catchError = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no error', (error: unknown) => error)

const withMembers = (reply: Reply, members: object): Reply => ({ ...reply, body: { ...reply.body as object, ...members } })

function open (delivery: 'cookie' | 'body' = 'cookie'): { browser: Browser, tab: Tab, passkeys: FakePasskeys } {
  const browser = createBrowser({ delivery })
  const passkeys = createFakePasskeys()
  return { browser, tab: browser.open({ passkeys }), passkeys }
}

const needsFactor = (members: object = {}) => withMembers(problem(401, 'second_factor_required'), {
  challenge: 'the challenge', methods: METHODS, passkey_options: OPTIONS, expires_in: 300, ...members
})

/** A login whose password was right. */
async function logIn ({ browser, tab }: { browser: Browser, tab: Tab }, reply = needsFactor()): Promise<SecondFactorNeededError> {
  browser.service.plannedReplies.push({ path: '/auth/login', reply })
  const error = await during(browser, catchError(tab.client.login('ada@example.com', 'right')))
  if (error instanceof SecondFactorNeededError) return error
  throw error
}

const lastRequest = ({ service }: Browser) => service.requests.at(-1)

t.test('a login that needs a second factor says which, and the second step begins the session', async (t) => {
  const factors: Array<[given: { totp: string } | { recoveryCode: string } | { passkey: PasskeyJson }, body: object]> = [
    [{ totp: '123456' }, { totp: '123456' }],
    [{ recoveryCode: '7K2QM-4ZV8B' }, { recovery_code: '7K2QM-4ZV8B' }],
    [{ passkey: CREDENTIAL }, { passkey: CREDENTIAL }]
  ]
  for (const delivery of ['cookie', 'body'] as const) {
    for (const [given, body] of factors) {
      const { browser, tab } = open(delivery)
      const other = browser.open()
      const { challenge, ...needed } = await logIn({ browser, tab })
      t.match(needed, { name: 'SecondFactorNeededError', methods: METHODS, passkeyOptions: OPTIONS, expiresInSeconds: 300 })
      t.strictSame([tab.client.currentUser(), tab.changes], [undefined, []])
      const user = await during(browser, tab.client.secondFactor({ challenge, ...given }))
      t.strictSame(lastRequest(browser)?.body, { challenge, ...body, delivery })
      t.equal(browser.storage.size + Number(browser.cookie() !== undefined), 1, 'it is stored as that of a login')
      for (const { client, changes } of [tab, other]) {
        t.strictSame(client.currentUser(), user)
        t.strictSame(changes, [[user, 'login']], 'other tabs are told')
      }
    }
  }
})

t.test('for a passkey as second factor, the browser asks the user', async (t) => {
  const { browser, tab, passkeys } = open()
  const { challenge, passkeyOptions = {} } = await logIn({ browser, tab })
  const declined = catchError(tab.client.secondFactor({ challenge, passkey: passkeyOptions }))
  await browser.time.pass(1)
  passkeys.decline()
  t.match(await during(browser, declined), { name: 'NotAllowedError' })
  const begun = tab.client.secondFactor({ challenge, passkey: passkeyOptions })
  await browser.time.pass(60_000)
  passkeys.choose()
  t.match(await during(browser, begun), { role: 'user' })
  t.match(passkeys.asked, Array(2).fill({ method: 'get', options: OPTIONS, mediation: undefined }))
  t.strictSame(lastRequest(browser)?.body, { challenge, passkey: CREDENTIAL, delivery: 'cookie' })
})

t.test('after a wrong second factor the challenge may be tried again', async (t) => {
  const { browser, tab } = open()
  const { challenge } = await logIn({ browser, tab })
  for (const code of ['invalid_second_factor', 'invalid_challenge']) {
    browser.service.plannedReplies.push({ path: STEP, reply: problem(401, code) })
    t.match(await during(browser, catchError(tab.client.secondFactor({ challenge, totp: '000000' }))), { name: 'ProblemError', code })
  }
  browser.service.plannedReplies.push({ path: STEP, reply: problem(429, 'too_many_attempts', { 'retry-after': '60' }) })
  t.match(await during(browser, catchError(tab.client.secondFactor({ challenge, totp: '000000' }))), { retryAfterSeconds: 60 })
  t.match(await during(browser, tab.client.secondFactor({ challenge, totp: '123456' })), { role: 'user' })
})

t.test('steps of logins run one at a time, also those of other tabs', async (t) => {
  const { browser, tab } = open()
  const other = browser.open()
  browser.conditions = () => ({ requestMs: 500, responseMs: 500 })
  const both = [tab, other].map(({ client }) => client.secondFactor({ challenge: 'the challenge', totp: '123456' }))
  await browser.time.pass(1200)
  t.equal(browser.service.requests.length, 1)
  const users = await during(browser, Promise.all(both), 3000)
  for (const { client } of [tab, other]) t.strictSame(client.currentUser(), users[1])
})

t.test('what is not as the service sends it is no second factor', async (t) => {
  const odd = [{ challenge: 1 }, { methods: 'totp' }, { expires_in: '300' }]
  for (const members of odd) {
    const error = await catchError(logIn(open(), needsFactor(members)))
    t.ok(error instanceof ProblemError)
    t.match(error, { code: 'second_factor_required' })
  }
  t.equal((await logIn(open(), needsFactor({ passkey_options: undefined }))).passkeyOptions, undefined)
})

t.test('a session that cannot be stored is ended again', async (t) => {
  const { browser } = open('body')
  const storage = { getItem: () => null, setItem () { throw new Error('full') }, removeItem () {} }
  const tab = browser.open({ storage })
  const { challenge } = await logIn({ browser, tab })
  t.ok(await during(browser, catchError(tab.client.secondFactor({ challenge, totp: '123456' }))) instanceof StorageError)
  t.equal(lastRequest(browser)?.path, '/auth/logout')
})

t.test('who has to set up a factor gets a token for that, and no session', async (t) => {
  const { browser, tab, passkeys } = open()
  browser.service.plannedReplies.push({ path: '/auth/login', reply: withMembers(problem(403, 'enrolment_required'), ENROLMENT) })
  const error = await during(browser, catchError(tab.client.login('ada@example.com', 'right')))
  t.ok(error instanceof EnrolmentNeededError)
  t.match(error, { accessToken: 'an enrolment token', expiresInSeconds: 300 })
  t.strictSame([tab.changes, browser.cookie()], [[], undefined])

  const { startTotp, confirmTotp, registerPasskey, security } = tab.client.enrol('an enrolment token')
  plan(browser, '/account/totp', { status: 200, body: { secret: 'ABC', otpauth_uri: 'otpauth://totp/a' } })
  t.strictSame(await during(browser, startTotp()), { secret: 'ABC', otpauthUri: 'otpauth://totp/a' })
  plan(browser, '/account/totp/confirm', { status: 200, body: { recovery_codes: ['a', 'b'] } })
  t.strictSame(await during(browser, confirmTotp('123456')), ['a', 'b'])
  plan(browser, '/account/security', { status: 200, body: SECURITY })
  t.equal((await during(browser, security())).recoveryCodesLeft, 9)
  plan(browser, '/account/passkeys/options', { status: 200, body: OFFER })
  plan(browser, '/account/passkeys', { status: 201, body: PASSKEY })
  const registered = registerPasskey('Phone')
  await browser.time.pass(100)
  passkeys.choose()
  t.match(await during(browser, registered), { name: 'Phone' })
  for (const { authorization, cookie } of browser.service.requests.slice(1)) {
    t.strictSame([authorization, cookie], ['Bearer an enrolment token', undefined])
  }
  plan(browser, '/account/totp', problem(401, 'invalid_token'))
  t.match(await during(browser, catchError(startTotp())), { name: 'ProblemError', status: 401 })
  t.equal(browser.service.refreshes.length, 0)
})

t.test('a passkey begins a session without a user name', async (t) => {
  for (const delivery of ['cookie', 'body'] as const) {
    const { browser, tab, passkeys } = open(delivery)
    plan(browser, '/auth/passkeys/options', { status: 200, body: OFFER })
    const begun = tab.client.loginWithPasskey()
    await browser.time.pass(100)
    t.match(browser.service.requests, [{ method: 'POST', path: '/auth/passkeys/options', body: {}, authorization: undefined }])
    passkeys.choose()
    const user = await during(browser, begun)
    t.strictSame(lastRequest(browser)?.body, { credential: CREDENTIAL, delivery })
    t.strictSame(tab.changes, [[user, 'login']])
    t.match(passkeys.asked, [{ method: 'get', options: OPTIONS, mediation: undefined }])
  }
})

t.test('autofill waits for a day, with options that are good, and ends with another login', async (t) => {
  const { browser, tab, passkeys } = open()
  for (let time = 0; time < 40; time++) plan(browser, '/auth/passkeys/options', { status: 200, body: OFFER })
  const waiting = catchError(tab.client.loginWithPasskey({ autofill: true }))
  for (let hour = 0; hour < 24; hour++) await browser.time.pass(3_600_000)
  t.equal(passkeys.asked.length, 30)
  t.ok(passkeys.asked.every(({ mediation }) => mediation === 'conditional'))
  t.strictSame(passkeys.asked.filter(({ signal }) => !signal.aborted), passkeys.asked.slice(-1))
  await during(browser, tab.client.login('ada@example.com', 'right'))
  t.match(await during(browser, waiting), { name: 'AbortError' })
})

t.test('one request for a passkey at a time: the next one ends the one that waits', async (t) => {
  const { browser, tab, passkeys } = open()
  for (let count = 0; count < 3; count++) plan(browser, '/auth/passkeys/options', { status: 200, body: OFFER })
  const waiting = catchError(tab.client.loginWithPasskey({ autofill: true }))
  await browser.time.pass(100)
  const early = catchError(tab.client.loginWithPasskey({ autofill: true }))
  const pressed = tab.client.loginWithPasskey()
  await browser.time.pass(100)
  for (const ended of [waiting, early]) t.match(await during(browser, ended), { name: 'AbortError' })
  t.equal(passkeys.asked.length, 2, 'one had not asked yet')
  await browser.time.pass(3_600_000)
  passkeys.choose()
  t.match(await during(browser, pressed), { role: 'user' })
})

t.test('a signal ends the wait, whenever it comes', async (t) => {
  for (const after of [0, 10, 100]) {
    const { browser, tab, passkeys } = open()
    plan(browser, '/auth/passkeys/options', { status: 200, body: OFFER })
    const controller = new AbortController()
    if (after === 0) controller.abort(new Error('enough'))
    const waiting = catchError(tab.client.loginWithPasskey({ autofill: true, signal: controller.signal }))
    await browser.time.pass(after)
    controller.abort(new Error('enough'))
    t.match(await during(browser, waiting), { message: 'enough' })
    t.equal(passkeys.asked.length, after === 100 ? 1 : 0)
    t.equal(browser.service.requests.filter(({ path }) => path === BY_PASSKEY).length, 0)
  }
})

t.test('a passkey that the service does not know is signalled, any other one is not', async (t) => {
  for (const [code, signalled] of [
    ['unknown_passkey', [{ rpId: 'example.com', credentialId: 'credential' }]], ['invalid_passkey', []]
  ] as const) {
    const { browser, tab, passkeys } = open()
    plan(browser, '/auth/passkeys/options', { status: 200, body: OFFER })
    plan(browser, BY_PASSKEY, problem(401, code))
    const failed = catchError(tab.client.loginWithPasskey())
    await browser.time.pass(100)
    passkeys.choose()
    t.match(await during(browser, failed), { name: 'ProblemError', code })
    t.strictSame(passkeys.signalled, signalled)
    t.equal(tab.client.currentUser(), undefined)
  }
})

t.test('without passkeys or a network, the reason is said', async (t) => {
  const { browser, tab } = open()
  t.match(await during(browser, catchError(browser.open().client.loginWithPasskey())), { message: 'passkeys: this platform has none' })
  for (const reply of [{ status: 502, body: '<html>' }, { status: 200, body: {} }]) {
    plan(browser, '/auth/passkeys/options', reply)
    t.ok(await during(browser, catchError(tab.client.loginWithPasskey())) instanceof UnavailableError)
  }
})

const PASSKEY = {
  id: 'id',
  name: 'Phone',
  created_at: '2026-01-01T00:00:00.000Z',
  last_used_on: null,
  backed_up: true,
  credential_id: 'AQ',
  rp_id: 'example.com'
}
const SECURITY = {
  second_factor: {
    required: true, totp: true, passkeys: [PASSKEY, { ...PASSKEY, credential_id: 'Ag', rp_id: 'example.org' }, {}], recovery_codes_left: 9
  },
  email_verified_at: null,
  rp_id: 'example.com',
  user_handle: 'dXNlcg'
}

function plan ({ service }: Browser, path: string, reply: Reply): void {
  service.plannedReplies.push({ path, reply })
}

t.test('what secures the account, and what is changed of it', async (t) => {
  type Call = (client: Tab['client']) => Promise<unknown>
  const calls: Array<[call: Call, method: string, path: string, body: object, reply: Reply, result: unknown]> = [
    [(client) => client.startTotp(), 'POST', '/account/totp', {}, { status: 200, body: { secret: 'A', otpauth_uri: 'B' } }, {
      secret: 'A', otpauthUri: 'B'
    }],
    [(client) => client.confirmTotp('123456'), 'POST', '/account/totp/confirm', { code: '123456' }, {
      status: 200, body: { recovery_codes: [] }
    }, []],
    [(client) => client.removeTotp(), 'DELETE', '/account/totp', {}, { status: 204 }, undefined],
    [(client) => client.renewRecoveryCodes(), 'POST', '/account/recovery-codes', {}, {
      status: 200, body: { recovery_codes: ['a'] }
    }, ['a']],
    [(client) => client.requireSecondFactor(false), 'PUT', '/account/second-factor', { required: false }, { status: 204 }, undefined],
    [(client) => client.renamePasskey('a/b', 'Key'), 'PATCH', '/account/passkeys/a%2Fb', { name: 'Key' }, { status: 204 }, undefined]
  ]
  for (const [call, method, path, body, reply, result] of calls) {
    const { browser, tab } = await createLoggedIn({ delivery: 'cookie' })
    plan(browser, path, reply)
    t.strictSame(await during(browser, call(tab.client)), result)
    t.match(lastRequest(browser), { method, path, body, authorization: /^Bearer / })
    plan(browser, path, problem(409, 'last_factor'))
    t.match(await during(browser, catchError(call(tab.client))), { name: 'ProblemError', code: 'last_factor' })
    plan(browser, path, { status: reply.status === 204 ? 502 : 200, body: {} })
    t.ok(await during(browser, catchError(call(tab.client))) instanceof UnavailableError, `${path} of a proxy`)
  }
})

t.test('the list of passkeys tells the browser which are good: those of this domain', async (t) => {
  const { browser } = await createLoggedIn({ delivery: 'cookie' })
  const passkeys = createFakePasskeys()
  const { client } = browser.open({ passkeys })
  await during(browser, client.restore())
  plan(browser, '/account/security', { status: 200, body: SECURITY })
  const expected = {
    id: 'id',
    name: 'Phone',
    createdAt: '2026-01-01T00:00:00.000Z',
    lastUsedOn: null,
    backedUp: true,
    credentialId: 'AQ',
    rpId: 'example.com'
  }
  t.strictSame(await during(browser, client.security()), {
    required: true,
    totp: true,
    passkeys: [expected, { ...expected, credentialId: 'Ag', rpId: 'example.org' }],
    recoveryCodesLeft: 9,
    emailVerifiedAt: null,
    rpId: 'example.com',
    userHandle: 'dXNlcg'
  })
  plan(browser, '/account/passkeys/id', { status: 204 })
  plan(browser, '/account/security', { status: 200, body: { ...SECURITY, second_factor: { ...SECURITY.second_factor, passkeys: [] } } })
  t.equal(await during(browser, client.removePasskey('id')), undefined)
  t.strictSame(passkeys.signalled, [['AQ'], []].map((ids) => ({ rpId: 'example.com', userId: 'dXNlcg', allAcceptedCredentialIds: ids })))
})

t.test('a step-up takes a second factor, and says when it needs one', async (t) => {
  const { browser, tab } = await createLoggedIn()
  plan(browser, '/auth/step-up', withMembers(problem(403, 'second_factor_required'), { methods: METHODS }))
  const needed = await during(browser, catchError(tab.client.stepUp({ password: 'right' })))
  t.ok(needed instanceof StepUpNeededError)
  t.match(needed, { methods: METHODS, acr: 'aal2' })
  await during(browser, tab.client.stepUp({ password: 'right', totp: '123456' }))
  t.strictSame(lastRequest(browser)?.body, { password: 'right', totp: '123456' })
  await during(browser, tab.client.stepUp({ password: 'right', recoveryCode: 'ABC' }, 'reports'))
  t.strictSame(lastRequest(browser)?.body, { password: 'right', recovery_code: 'ABC', audience: 'reports' })
})

t.test('a step-up with a passkey asks for options of this session first', async (t) => {
  const { browser } = await createLoggedIn({ delivery: 'cookie' })
  const passkeys = createFakePasskeys()
  const { client } = browser.open({ passkeys })
  await during(browser, client.restore())
  plan(browser, '/auth/step-up/options', { status: 200, body: OFFER })
  plan(browser, '/auth/step-up', problem(403, 'wrong_passkey'))
  const rejected = catchError(client.stepUp({ passkey: true }))
  await browser.time.pass(100)
  t.match(lastRequest(browser), { path: '/auth/step-up/options', authorization: /^Bearer / })
  passkeys.choose()
  t.match(await during(browser, rejected), { name: 'ProblemError', code: 'wrong_passkey' })
  t.strictSame(lastRequest(browser)?.body, { passkey: CREDENTIAL })
})
