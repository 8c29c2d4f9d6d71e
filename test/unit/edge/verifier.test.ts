import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import t from 'tap'
import { createUserFactory, edge, type CheckSession, type CurrentUser, type AuthResult, type Verifier } from '../../../src/edge/index.ts'
import { CredentialStoreUnavailableError } from '../../../src/errors.ts'
import { createBareApp } from '../../support/app.ts'
import { createApp, DOUBLED, INSUFFICIENT_SCOPE, INVALID_TOKEN, MISSING_TOKEN, roles, verifierWith } from './apps.ts'
import { bearer } from '../../support/tokens.ts'

const createUser = createUserFactory(roles)

/** A verifier that looks a session up by a header. */
function createHeaderVerifier (find: (session: string) => Promise<AuthResult>): Verifier {
  return {
    roles,
    checkSession: async (user) => user,
    authenticate ({ headers: { session } }: FastifyRequest) {
      return typeof session === 'string' ? find(session) : 'missing_token'
    }
  }
}

function createSessionUser (role: string): CurrentUser {
  return createUser({ id: randomUUID(), role, sessionId: randomUUID(), issuedAt: 1, expiresAt: 2 })
}

async function addModule (app: FastifyInstance, verifier: Verifier, config: { freshness?: 'central' } = {}): Promise<FastifyInstance> {
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/campaigns', ({ currentUser: { role } }) => ({ role }))
    module.post('/campaigns', { config: { allow: 'campaigns:write', ...config } }, ({ currentUser: { role } }) => ({ role }))
  })
  return app
}

t.test('an asynchronous verifier gives a module the same user', async (t) => {
  const sessions = new Map([['a', createSessionUser('user')], ['b', createSessionUser('admin')]])
  const app = await addModule(createApp(t), createHeaderVerifier(async (id) => {
    await setTimeout(1)
    return sessions.get(id) ?? 'revoked'
  }))
  const table: Array<[session: string | undefined, method: 'GET' | 'POST', status: number, body: object]> = [
    [undefined, 'GET', 401, MISSING_TOKEN],
    ['unknown', 'GET', 401, INVALID_TOKEN],
    ['a', 'GET', 200, { role: 'user' }],
    ['a', 'POST', 403, INSUFFICIENT_SCOPE],
    ['b', 'POST', 200, { role: 'admin' }]
  ]
  for (const [session, method, status, body] of table) {
    const reply = await app.inject({ method, url: '/campaigns', ...(session !== undefined && { headers: { session } }) })
    t.strictSame([reply.statusCode, reply.json()], [status, body], `${session} ${method}`)
  }
})

t.test('every rejection reason of a verifier has a response', async (t) => {
  const app = await addModule(
    createApp(t),
    createHeaderVerifier(async (reason) => reason === 'doubled_credentials' || reason === 'expired' ? reason : 'missing_token')
  )
  const answerTo = async (session: string) => (await app.inject({ url: '/campaigns', headers: { session } })).json()
  t.strictSame(await answerTo('doubled_credentials'), DOUBLED)
  t.strictSame(await answerTo('expired'), INVALID_TOKEN)
  t.strictSame(await answerTo('anything'), MISSING_TOKEN)
})

const FAILURES: Array<[name: string, authenticate: () => unknown]> = [
  ['a rejection', async () => { throw new Error('relation "secret_sessions" does not exist') }],
  ['a throw', () => { throw new Error('relation "secret_sessions" does not exist') }],
  ['a rejection with a string', async () => { throw 'secret' }], // eslint-disable-line no-throw-literal
  ['nothing', () => undefined],
  ['nothing, later', async () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['an object that is no user', () => ({ id: 'x' })],
  ['an object that is no user, later', async () => ({ id: 'x' })]
]

t.test('ER9, F23: a verifier that fails denies the request, and tells the client nothing, with any error handler', async (t) => {
  for (const [name, authenticate] of FAILURES) {
    for (const hasErrorHandler of [true, false]) {
      const app = await addModule(
        hasErrorHandler ? await createBareApp(t) : createApp(t), { roles, authenticate: authenticate as Verifier['authenticate'] }
      )
      const reply = await app.inject({ url: '/campaigns', headers: { authorization: bearer() } })
      t.equal(reply.statusCode, 500, name)
      t.notMatch(reply.body, /secret|role|undefined|null|function|\bcan\b/, name)
    }
  }
})

t.test('an error of the catalogue is sent as it is', async (t) => {
  const app = await addModule(await createBareApp(t), createHeaderVerifier(async () => { throw new CredentialStoreUnavailableError() }))
  const reply = await app.inject({ url: '/campaigns', headers: { session: 'a' } })
  t.match(
    { status: reply.statusCode, code: reply.json().code, wait: reply.headers['retry-after'] },
    { status: 503, code: 'credential_store_unavailable', wait: '2' }
  )
})

t.test('a late rejection is the only response, also with slow hooks', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    module.addHook('onSend', async (_request, _reply, payload) => {
      await setTimeout(5)
      return payload
    })
    await module.register(edge, { verifier: createHeaderVerifier(async () => 'revoked'), allow: 'campaigns:read' })
    module.addHook('onRequest', async () => t.fail('a later hook ran'))
    module.get('/campaigns', () => t.fail('the handler ran'))
  })
  const reply = await app.inject({ url: '/campaigns', headers: { session: 'a' } })
  t.strictSame([reply.statusCode, reply.json()], [401, INVALID_TOKEN])
})

function createCheckingVerifier (checkSession: CheckSession) {
  return verifierWith({ checkSession })
}

t.test('TF14: a route with freshness checks the session once, after all other checks', async (t) => {
  const asked: CurrentUser[] = []
  const app = await addModule(createApp(t), createCheckingVerifier(async (user) => {
    asked.push(user)
    return user
  }), { freshness: 'central' })
  const fetchStatus = async (method: 'GET' | 'POST', authorization: string) => (await app.inject({
    method, url: '/campaigns', headers: { authorization }
  })).statusCode
  t.equal(await fetchStatus('GET', bearer({ role: 'admin' })), 200)
  t.equal(await fetchStatus('POST', 'Bearer x.y.z'), 401)
  t.equal(await fetchStatus('POST', bearer({ role: 'user' })), 403)
  t.strictSame(asked, [], 'no session check for a request that is rejected anyway')
  t.equal(await fetchStatus('POST', bearer({ role: 'admin' })), 200)
  t.strictSame(asked.map(({ role }) => role), ['admin'])
})

t.test('the result of the session check decides', async (t) => {
  const table: Array<[name: string, central: CheckSession, status: number, body: object | undefined]> = [
    ['ended', async () => 'revoked', 401, INVALID_TOKEN],
    [
      'demoted', async ({ id, sessionId }) => createUser({ id, role: 'user', sessionId, issuedAt: 1, expiresAt: 2 }), 403,
      INSUFFICIENT_SCOPE
    ],
    [
      'another role that may',
      async ({ id, sessionId }) => createUser({ id, role: 'sub-editor', sessionId, issuedAt: 1, expiresAt: 2 }), 200,
      { role: 'sub-editor' }
    ],
    ['broken', async () => { throw new Error('secret') }, 500, undefined],
    ['away', async () => { throw new CredentialStoreUnavailableError() }, 503, undefined],
    ['nothing', (async () => undefined) as unknown as CheckSession, 500, undefined]
  ]
  for (const [name, central, status, body] of table) {
    const app = await addModule(await createBareApp(t), createCheckingVerifier(central), { freshness: 'central' })
    const reply = await app.inject({ method: 'POST', url: '/campaigns', headers: { authorization: bearer({ role: 'admin' }) } })
    t.equal(reply.statusCode, status, name)
    t.notMatch(reply.body, /secret/)
    if (body !== undefined) t.strictSame(reply.json(), body)
  }
})

t.test('a verifier that always looks sessions up supports freshness, too', async (t) => {
  const app = await addModule(createApp(t), createHeaderVerifier(async () => createSessionUser('admin')), { freshness: 'central' })
  t.equal((await app.inject({ method: 'POST', url: '/campaigns', headers: { session: 'a' } })).statusCode, 200)
})

t.test('a module whose verifier does not check tokens has no decorators of @fastify/jwt', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier: createHeaderVerifier(async () => createSessionUser('user')), allow: 'campaigns:read' })
    t.ok(module.hasRequestDecorator('currentUser'))
    t.notOk(module.hasRequestDecorator('jwtVerify'))
  })
  await app.ready()
})
