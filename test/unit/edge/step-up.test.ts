import type { FastifyInstance, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import {
  createUserFactory, edge, type CheckSession, type CurrentUser, type EdgeOptions, type StepUpOptions, type Verifier
} from '../../../src/edge/index.ts'
import { StepUpChecks } from '../../../src/edge/guard.ts'
import type { TokenVerifierOptions } from '../../../src/verify/index.ts'
import { createApp, INSUFFICIENT_SCOPE, INVALID_TOKEN, roles, verifierWith } from './apps.ts'
import { bearer, goodClaims } from '../../support/tokens.ts'

type Claims = Partial<ReturnType<typeof goodClaims>>
type Config = Record<string, unknown>

const NOW_SECONDS = 1_800_000_000
const MACHINE = { auth_time: undefined, acr: undefined }
const PROOF_NEEDED = {
  type: '/problems/insufficient-user-authentication',
  title: 'Unauthorized',
  status: 401,
  detail: 'Prove again who you are: the last proof is too old, or too weak.',
  code: 'insufficient_user_authentication'
}
const AT_ONCE = 'Bearer error="insufficient_user_authentication", max_age="60"'
const STRONG = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
const TOO_WEAK = 'insufficient_user_authentication'

/** A verifier, all of whose tokens are issued now. */
function createScene (options: Partial<TokenVerifierOptions> = {}) {
  const time = { ms: NOW_SECONDS * 1000 }
  return { time, verifier: verifierWith({ clock: () => time.ms, ...options }) }
}

/** Of an admin: a token that is issued now, with a proof of that age. */
function token (ageSeconds = 0, claims: Claims = {}): string {
  return bearer(goodClaims({ role: 'admin', auth_time: NOW_SECONDS - ageSeconds, ...claims }, NOW_SECONDS))
}

/** An app with a module, which has a route for each of these configurations. */
async function createModule (t: Test, options: EdgeOptions, routes: Record<string, Config>): Promise<FastifyInstance> {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, options)
    for (const [url, config] of Object.entries(routes)) module.get(url, { config }, ({ currentUser }) => ({ id: currentUser.id }))
  })
  return app
}

async function request (app: FastifyInstance, url: string, authorization: string, method: InjectOptions['method'] = 'GET') {
  const reply = await app.inject({ method: method ?? 'GET', url, headers: { authorization } })
  const body: { code?: string } = reply.body === '' ? {} : reply.json()
  return { status: reply.statusCode, challenge: reply.headers['www-authenticate'], code: body.code, body, headers: reply.headers }
}

const fetchStatus = async (...parameters: Parameters<typeof request>) => (await request(...parameters)).status

t.test('TF14: a proof that is too old or too weak is 401, with what is asked for', async (t) => {
  const { verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:read' }, {
    '/none': {}, '/recent': { stepUp: { maxAge: 60 } }, '/strong': { stepUp: { maxAge: 300, acr: 'aal2' } }
  })
  const old = token(70)
  t.equal(await fetchStatus(app, '/none', old), 200)
  for (const [url, challenge] of [['/recent', AT_ONCE], ['/strong', STRONG]] as const) {
    const { status, body, headers } = await request(app, url, old)
    t.strictSame({ status, body }, { status: 401, body: PROOF_NEEDED })
    t.match(headers, {
      'www-authenticate': challenge, 'cache-control': 'no-store', 'content-type': 'application/problem+json; charset=utf-8'
    })
  }
  t.equal(await fetchStatus(app, '/recent', token(60)), 200)
  t.equal(await fetchStatus(app, '/strong', token(70, { acr: 'aal2' })), 200)
})

t.test('TF14: the age is measured by the clock of the verifier, with a leeway, also where the token is cached', async (t) => {
  const { time, verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:read' }, { '/recent': { stepUp: { maxAge: 60 } } })
  const authorization = token(0, { exp: NOW_SECONDS + 300 })
  const table: Array<[ms: number, status: number]> = [
    [0, 200], [60_000, 200], [64_999, 200], [65_000, 200], [65_001, 401], [200_000, 401], [-5000, 200]
  ]
  for (const [ms, status] of table) {
    time.ms = NOW_SECONDS * 1000 + ms
    t.equal(await fetchStatus(app, '/recent', authorization), status, `${ms} ms`)
  }
  t.equal(verifier.counters.verified, 1)
})

t.test('TF14: each level passes where it or a lower one is asked for', async (t) => {
  const { verifier } = createScene()
  const acrs = ['aal1', 'aal2', 'phr'] as const
  const app = await createModule(t, { verifier, allow: 'campaigns:read' }, Object.fromEntries(
    [undefined, ...acrs].map((acr) => [`/${acr ?? 'any'}`, { stepUp: { maxAge: 300, ...(acr && { acr }) } }])
  ))
  const found: Record<string, number[]> = {}
  for (const acr of acrs) {
    found[acr] = []
    for (const url of ['/any', '/aal1', '/aal2', '/phr']) found[acr].push(await fetchStatus(app, url, token(0, { acr })))
  }
  t.strictSame(found, { aal1: [200, 200, 401, 401], aal2: [200, 200, 200, 401], phr: [200, 200, 200, 200] })
})

t.test('TF14: a token without auth_time is 403, for nobody can ask a machine', async (t) => {
  const { verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:read' }, { '/none': {}, '/recent': { stepUp: { maxAge: 60 } } })
  const { sub } = goodClaims()
  const tokens: Record<string, Claims> = {
    machine: { sub, client_id: sub }, 'API key': { client_id: 'key', scope: 'campaigns:read' }, 'of an earlier release': {}
  }
  for (const [name, claims] of Object.entries(tokens)) {
    const authorization = token(0, { ...MACHINE, ...claims })
    t.equal(await fetchStatus(app, '/none', authorization), 200, name)
    const { status, body, challenge } = await request(app, '/recent', authorization)
    const expected = { status: 403, body: INSUFFICIENT_SCOPE, challenge: 'Bearer error="insufficient_scope"' }
    t.strictSame({ status, body, challenge }, expected, name)
  }
})

t.test('a request that is rejected anyway is not told to prove anything', async (t) => {
  const { verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:write' }, {
    '/recent': { stepUp: { maxAge: 60 } }, '/users': { allow: 'users:read', stepUp: { maxAge: 60 } }
  })
  const table: Array<[url: string, authorization: string, status: number, code: string]> = [
    ['/recent', 'Basic dTpw', 401, 'missing_token'],
    ['/recent', 'Bearer x.y.z', 401, 'invalid_token'],
    ['/recent', token(70, { aud: 'other' }), 401, 'invalid_token'],
    ['/recent', token(70, { role: 'user' }), 403, 'insufficient_scope'],
    ['/users', token(70, { role: 'sub-editor' }), 403, 'insufficient_scope'],
    ['/recent', token(70, { client_id: 'reports', scope: 'users:read' }), 403, 'insufficient_scope'],
    ['/recent', token(70, { role: 'sub-editor' }), 401, 'insufficient_user_authentication']
  ]
  for (const [url, authorization, status, code] of table) {
    const reply = await request(app, url, authorization)
    t.strictSame([reply.status, reply.code], [status, code], `${url}, ${code}`)
  }
})

t.test('TF14: what a module and its route ask for must both be met', async (t) => {
  const { verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:read', stepUp: { maxAge: 120, acr: 'aal2' } }, {
    '/module': {},
    '/younger': { stepUp: { maxAge: 60 } },
    '/stronger': { stepUp: { maxAge: 300, acr: 'phr' } },
    '/less': { stepUp: { maxAge: 3600, acr: 'aal1' } }
  })
  const asked: Record<string, string> = {
    '/module': 'acr_values="aal2", max_age="120"',
    '/younger': 'acr_values="aal2", max_age="60"',
    '/stronger': 'acr_values="phr", max_age="120"',
    '/less': 'acr_values="aal2", max_age="120"'
  }
  for (const [url, parameters] of Object.entries(asked)) {
    const { challenge } = await request(app, url, token(1000, { acr: 'aal1' }))
    t.equal(challenge, `Bearer error="insufficient_user_authentication", ${parameters}`, url)
  }
  const seen = async (ageSeconds: number, acr: 'aal1' | 'aal2' | 'phr') =>
    await Promise.all(Object.keys(asked).map((url) => fetchStatus(app, url, token(ageSeconds, { acr }))))
  t.strictSame(await seen(0, 'aal1'), [401, 401, 401, 401])
  t.strictSame(await seen(0, 'aal2'), [200, 200, 401, 200])
  t.strictSame(await seen(100, 'phr'), [200, 401, 200, 200])
  t.strictSame(await seen(200, 'phr'), [401, 401, 401, 401])
})

t.test('TF14: a nested module asks in addition, and its routes meet both', async (t) => {
  const { verifier } = createScene()
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read', stepUp: { maxAge: 300 } })
    await module.register(async (plain) => {
      plain.get('/plain', () => ({}))
    })
    await module.register(async (nested) => {
      await nested.register(edge, { verifier, allow: 'users:read', stepUp: { maxAge: 60, acr: 'aal2' } })
      nested.get('/nested', () => ({}))
      nested.get('/strongest', { config: { stepUp: { maxAge: 300, acr: 'phr' } } }, () => ({}))
    })
  })
  const seen = async (ageSeconds: number, acr: 'aal1' | 'aal2' | 'phr') =>
    await Promise.all(['/plain', '/nested', '/strongest'].map((url) => fetchStatus(app, url, token(ageSeconds, { acr }))))
  t.strictSame(await seen(0, 'aal1'), [200, 401, 401])
  t.strictSame(await seen(0, 'aal2'), [200, 200, 401])
  t.strictSame(await seen(0, 'phr'), [200, 200, 200])
  t.strictSame(await seen(100, 'phr'), [200, 401, 401])
  t.strictSame(await seen(400, 'phr'), [401, 401, 401])
})

t.test('TF14: the session is checked before the proof: who has no session is not told to prove anything', async (t) => {
  const asked: CurrentUser[] = []
  const results = new Map<string, CheckSession>([
    ['active', async (user) => user],
    ['ended', async () => 'revoked'],
    ['changed', async () => 'refresh_required'],
    ['demoted', async (user) => createUserFactory(roles)({ ...user, role: 'guest' })],
    ['of an older proof', async (user) => createUserFactory(roles)({ ...user, authenticatedAt: NOW_SECONDS - 70 })]
  ])
  const table: Array<[session: string, ageSeconds: number, status: number, code: string | undefined]> = [
    ['active', 0, 200, undefined],
    ['active', 70, 401, 'insufficient_user_authentication'],
    ['ended', 0, 401, 'invalid_token'],
    ['ended', 70, 401, 'invalid_token'],
    ['changed', 70, 401, 'invalid_token'],
    ['demoted', 70, 403, 'insufficient_scope'],
    ['of an older proof', 0, 401, 'insufficient_user_authentication']
  ]
  for (const [session, ageSeconds, status, code] of table) {
    const { verifier } = createScene({
      async checkSession (user) {
        asked.push(user)
        return await results.get(session)?.(user) ?? 'revoked'
      }
    })
    const app = await createModule(t, { verifier, allow: 'campaigns:read' }, { '/both': { freshness: 'central', stepUp: { maxAge: 60 } } })
    const reply = await request(app, '/both', token(ageSeconds))
    t.strictSame([reply.status, reply.code], [status, code], `${session}, ${ageSeconds} s`)
    if (code === 'invalid_token') t.strictSame(reply.body, INVALID_TOKEN)
  }
  t.equal(asked.length, table.length, 'once for each')
})

t.test('AZ11: HEAD asks for the same proof', async (t) => {
  const { verifier } = createScene()
  const app = await createModule(t, { verifier, allow: 'campaigns:read', stepUp: { maxAge: 300 } }, {
    '/module': {}, '/recent': { stepUp: { maxAge: 60 } }
  })
  const { status, challenge } = await request(app, '/recent', token(70), 'HEAD')
  t.strictSame([status, challenge], [401, AT_ONCE])
  t.equal(await fetchStatus(app, '/recent', token(), 'HEAD'), 200)
  t.equal(await fetchStatus(app, '/module', token(70), 'HEAD'), 200)
  t.equal(await fetchStatus(app, '/module', token(400), 'HEAD'), 401)
})

t.test('a step-up that cannot be met does not boot, and the message names the route', async (t) => {
  const { verifier } = createScene()
  const table: Array<[stepUp: unknown, message: string]> = [
    [{ maxAge: 300, acr: 'aal4' }, 'stepUp asks for acr "aal4"; there are aal1, aal2, phr'],
    [{ maxAge: 300, acr: null }, 'stepUp asks for acr "null"; there are aal1, aal2, phr'],
    [{ maxAge: 0 }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ maxAge: 1.5 }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ maxAge: Number.NaN }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ maxAge: '300' }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ acr: 'aal2' }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ maxAge: 300, methods: ['totp'] }, 'stepUp has "methods"; there are "maxAge" and "acr"'],
    [null, 'stepUp needs a maxAge, in whole seconds from 1'],
    [300, 'stepUp needs a maxAge, in whole seconds from 1'],
    [false, 'stepUp needs a maxAge, in whole seconds from 1']
  ]
  for (const [stepUp, message] of table) {
    const options = stepUp as StepUpOptions
    await t.rejects(
      createModule(t, { verifier, allow: 'campaigns:read', stepUp: options }, {}),
      { name: 'TypeError', message: `edge: the module: ${message}` }
    )
    for (const ofModule of [undefined, { maxAge: 60, acr: 'aal1' as const }]) {
      await t.rejects(
        createModule(t, { verifier, allow: 'campaigns:read', ...(ofModule && { stepUp: ofModule }) }, { '/recent': { stepUp } }),
        { name: 'TypeError', message: `edge: GET /recent: ${message}` },
        'what the module asks for does not hide it'
      )
    }
  }
})

t.test('a route declared before its guard asks for a proof, too, and is open to nobody where it asks for nonsense', async (t) => {
  const { verifier } = createScene()
  const app = createApp(t)
  await app.register(async (module) => {
    module.get('/recent', { config: { stepUp: { maxAge: 60 } } }, () => ({}))
    module.get('/nonsense', { config: { stepUp: { maxAge: 0 } } }, () => ({}))
    await module.register(edge, { verifier, allow: 'campaigns:read' })
  })
  t.strictSame([await fetchStatus(app, '/recent', token(70)), await fetchStatus(app, '/recent', token())], [401, 200])
  t.equal(await fetchStatus(app, '/nonsense', token()), 500)
})

/** As a team might write it: a class, with state of its own. */
class SessionVerifier implements Verifier {
  readonly roles = roles
  readonly #user: CurrentUser
  readonly #nowMs: number

  constructor (user: CurrentUser, nowMs: number) {
    this.#user = user
    this.#nowMs = nowMs
  }

  async authenticate () {
    return this.#user
  }

  clock () {
    return this.#nowMs
  }
}

t.test('TF14: the users of any verifier are asked for a proof, by its clock, or by that of the machine', async (t) => {
  const stepUp = { maxAge: 60 }
  const ofAge = (nowSeconds: number, ageSeconds: number) => createUserFactory(roles)({
    id: 'u', role: 'admin', sessionId: 's', issuedAt: 1, expiresAt: 2, authenticatedAt: nowSeconds - ageSeconds, level: 1
  })
  const seen = async (create: (ageSeconds: number) => Verifier) => await Promise.all([0, 70].map(async (age) => {
    const app = await createModule(t, { verifier: create(age), allow: 'campaigns:read' }, { '/recent': { stepUp } })
    return await fetchStatus(app, '/recent', '')
  }))
  t.strictSame(await seen((age) => new SessionVerifier(ofAge(NOW_SECONDS, age), NOW_SECONDS * 1000)), [200, 401], 'a class with a clock')
  const machineSeconds = Math.floor(Date.now() / 1000)
  t.strictSame(await seen((age) => ({ roles, authenticate: () => ofAge(machineSeconds, age) })), [200, 401], 'no clock')
  t.strictSame(await seen((age) => ({ roles, authenticate: () => ofAge(1, age), clock: () => Number.NaN })), [401, 401], 'a broken clock')
})

t.test('the log says why, and names the user', async (t) => {
  const lines: string[] = []
  const { verifier } = createScene()
  const app = createApp(t, { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } })
  const users: unknown[] = []
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read', stepUp: { maxAge: 60 } })
    module.addHook('onResponse', async ({ currentUser }) => { users.push(currentUser.id) })
    module.get('/recent', () => ({}))
  })
  const { sub } = goodClaims()
  await fetchStatus(app, '/recent', token(70, { sub }))
  t.match(lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'request_rejected'), {
    reason: 'insufficient_user_authentication'
  })
  t.strictSame(users, [sub])
})

t.test('the check of a route is made once, with its response', async (t) => {
  for (const ofModule of [undefined, { maxAge: 60 }]) {
    const checks = new StepUpChecks(ofModule)
    const [one, other]: StepUpOptions[] = [{ maxAge: 300 }, { maxAge: 300 }]
    const check = checks.find(one)
    t.ok(check)
    t.equal(checks.find(one), check)
    t.equal(checks.find(one)?.toResponse(TOO_WEAK), check?.toResponse(TOO_WEAK))
    t.not(checks.find(other), check, 'by identity: no two routes share options')
    t.equal(checks.find(undefined), checks.find(undefined))
  }
  t.equal(new StepUpChecks(undefined).find(undefined), undefined)
})
